"""The state of a replay on disk, from which a stopped or killed replay resumes.

Of each file: path, size, SHA-256 of its first 64 KB and of its map, and the leading rows that are settled, with how
they ended. The file is read from its start again, since copies are counted over the whole of it; its settled rows are
not sent again.
Written whole or not at all, and on the disk before it counts.
"""

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec

from commerce.selection import Selection
from console.files import is_stream
from console.forms import PLAIN_FORMS, Forms
from producer.errors import WrongUse
from producer.replay.progress import Leading

VERSION: Final = 2
"""The version of the format. Version 1 had one map for all files, among the options."""
HEAD_BYTES: Final = 65_536


class FileState(msgspec.Struct, frozen=True):
    """A file's identity, by which a changed file of the same name is noticed, and its settled leading rows.

    `map` is the digest of the column map that it is read by, empty where it has none.
    """

    path: str
    size: int
    sha256: str
    settled: Leading = Leading()
    map: str = ""

    def is_same_file(self, other: "FileState") -> bool:
        """Whether both are the same file, unchanged."""
        return (self.path, self.size, self.sha256) == (other.path, other.size, other.sha256)


class ReplayState(msgspec.Struct, frozen=True):
    """A replay: its target, selection, progress in each file, and the settled rejects."""

    target: str
    selection: dict[str, Any]
    files: list[FileState]
    rejects_bytes: int = 0
    version: int = VERSION


def file_state(path: Path, map_digest: str = "") -> FileState:
    """The file as it is now, with nothing settled; raises `WrongUse` if it cannot be read.

    What can be read once only is not looked into.
    """
    if is_stream(path):
        return FileState(str(path), 0, "", map=map_digest)
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
            size, digest = os.fstat(file.fileno()).st_size, hashlib.sha256(head).hexdigest()
            return FileState(str(path.resolve()), size, digest, map=map_digest)
    except OSError as error:
        raise WrongUse(f"{path} cannot be read: {error.strerror}") from error


def new_state(target: str, selection: Selection, files: Sequence[Path], forms: Forms = PLAIN_FORMS) -> ReplayState:
    """The state of a replay that has not begun."""
    options = {name: value for name, value in msgspec.to_builtins(asdict(selection)).items() if value is not None}
    return ReplayState(target, options, [file_state(file, forms.of(file).digest) for file in files])


def resumed(wanted: ReplayState, stored: ReplayState, path: Path) -> ReplayState:
    """The wanted replay with the progress of the stored one.

    Files that the stored one did not have begin at their start. Raises `WrongUse` where the two are not the same
    replay: another target, other options, a file that changed or has another map.
    """
    if stored.target != wanted.target:
        raise WrongUse(
            f"{path} is the state of a replay to {stored.target}, not to {wanted.target}: give another --state file"
        )
    if stored.selection != wanted.selection:
        raise WrongUse(
            f"{path} is the state of a replay with {_options(stored.selection)}, "
            f"not with {_options(wanted.selection)}: "
            "resume with the same options, or give another --state file"
        )
    if "rows" in wanted.selection and [file.path for file in stored.files] != [file.path for file in wanted.files]:
        raise WrongUse(f"{path} is the state of a replay of other files, over which --rows counts: name the same files")
    known = {file.path: file for file in stored.files}
    for file in wanted.files:
        if file.path in known and known[file.path].map != file.map:
            raise WrongUse(
                f"{path} is the state of a replay of {file.path} with {_map(known[file.path])}, not with {_map(file)}: "
                "resume with the same --map, or give another --state file"
            )
        if file.path in known and not known[file.path].is_same_file(file):
            raise WrongUse(
                f"{file.path} has changed since {path} was written: replay it without that state; "
                "rows that were sent before are the same lines, so nothing is counted twice"
            )
    files = [known.pop(file.path, file) for file in wanted.files]
    return msgspec.structs.replace(wanted, files=files + list(known.values()), rejects_bytes=stored.rejects_bytes)


_decode: Final = msgspec.json.Decoder(ReplayState).decode


def load(path: Path) -> ReplayState | None:
    """The state saved in this file; None if there is none. Raises `WrongUse` if the file is not a state."""
    try:
        stored = _decode(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise WrongUse(f"--state {path} cannot be read: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        raise WrongUse(f"--state {path} is not the state of a replay: {error}") from error
    if stored.version == 1:
        return _of_version_1(stored)
    if stored.version != VERSION:
        raise WrongUse(f"--state {path} has version {stored.version}, and this program knows {VERSION}")
    return stored


def save(path: Path, state: ReplayState) -> None:
    """Save the state: after a crash at any point, the file holds this state or the one before."""
    real = path.resolve()  # behind a symbolic link too, as the lock is
    part = real.with_name(real.name + ".part")
    try:
        with part.open("wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(state)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        part.replace(real)
        folder = os.open(real.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        raise WrongUse(f"--state {path} cannot be written: {error.strerror}") from error


@contextmanager
def held(path: Path | None) -> Iterator[None]:
    """Hold the state file for one replay while the block runs; nothing without one.

    Raises `WrongUse` while another replay holds it: each would overwrite the progress of the other. The lock is a file
    beside it; the kernel lets go of it however a replay ends.
    """
    if path is None:
        yield
        return
    lock = path.resolve().with_name(path.resolve().name + ".lock")
    with _locked(lock, path):
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                lock.unlink()


def _locked(lock: Path, path: Path) -> BinaryIO:
    """The open and locked file of the lock; it is opened again where its last owner deleted it meanwhile."""
    while True:
        try:
            file = lock.open("ab")
        except OSError as error:
            raise WrongUse(f"--state {path} cannot be written: {error.strerror}") from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(file.fileno()), lock.stat()):
                    return file
        except BlockingIOError:
            file.close()
            raise WrongUse(
                f"another replay uses --state {path} now: wait until it has ended, or give another --state file"
            ) from None
        except OSError as error:
            file.close()
            raise WrongUse(f"--state {path} cannot be locked here: {error.strerror}") from error
        file.close()


def _of_version_1(stored: ReplayState) -> ReplayState:
    """A state of version 1 converted to this version: its one map becomes that of each file."""
    digest = stored.selection.get("map", "")
    selection = {name: value for name, value in stored.selection.items() if name != "map"}
    files = [msgspec.structs.replace(file, map=digest) for file in stored.files]
    return msgspec.structs.replace(stored, selection=selection, files=files, version=VERSION)


def _map(file: FileState) -> str:
    return f"the map {file.map[:12]}…" if file.map else "no map"


def _options(selection: dict[str, Any]) -> str:
    return " ".join(f"--{name} {value}" for name, value in selection.items()) or "no selection"
