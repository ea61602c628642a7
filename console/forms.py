"""The column map of each file that a user names: the option `--map`, the same for every command that reads files.

`--map MAP.toml` is for all files, `--map 'GLOB=MAP.toml'` for those that the glob matches; a file that no map is for is
plain. Of several globs that match a file the first one counts.
"""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from os.path import abspath
from pathlib import Path
from typing import Final

import msgspec

from commerce.errors import InvalidMap
from commerce.files.column_maps import PLAIN, ColumnMap, column_map
from console.files import STANDARD_INPUT

_DASH: Final = "-"


class Forms(msgspec.Struct, frozen=True):
    """The column map of each file; a file without one is plain."""

    maps: dict[Path, ColumnMap] = {}

    def of(self, file: Path) -> ColumnMap:
        """The column map of this file."""
        return self.maps.get(file, PLAIN)


PLAIN_FORMS: Final = Forms()
"""The forms of files without maps."""


class _MapOption(msgspec.Struct, frozen=True):
    """One `--map`, as it was written: the map's path, and the glob of the files that it is for; None means all."""

    written: str
    glob: str | None
    path: Path

    def is_for(self, file: Path) -> bool:
        return self.glob is None or matches(file, self.glob)


def forms(options: Sequence[str], files: Sequence[Path]) -> Forms:
    """The column map of each of these files, by the values of `--map`.

    Raises `InvalidMap` where a map cannot be read or is wrong, and where a glob takes no effect: it matches no file, or
    only files that an earlier glob matches too.
    """
    maps = [_map_option(written) for written in options]
    if len(for_all := [it for it in maps if it.glob is None]) > 1:
        raise InvalidMap(
            f"--map {for_all[0].written} and --map {for_all[1].written} are both for all files: "
            "say which files one is for, as in --map 'GLOB=MAP.toml'"
        )
    in_turn = sorted(maps, key=lambda it: it.glob is None)
    read = {it.path: _read(it) for it in maps}
    chosen = {file: option for file in files if (option := next((it for it in in_turn if it.is_for(file)), None))}
    for option in maps:
        if option.glob is not None and option not in chosen.values():
            raise InvalidMap(_unused(option, [file for file in files if option.is_for(file)], chosen))
    return Forms({file: read[option.path] for file, option in chosen.items()})


def matches(file: Path, glob: str) -> bool:
    """Whether the glob matches the file's name, with as many of its folders as the glob names.

    `*` and `?` stay within a name, `**` is any number of folders. A glob that begins with `/` is of the whole path.

    >>> matches(Path("in/shop/day.csv"), "*.csv"), matches(Path("in/shop/day.csv"), "shop/*.csv")
    (True, True)
    >>> matches(Path("in/shop/day.csv"), "in/*.csv"), matches(Path("in/shop/day.csv"), "in/**/*.csv")
    (False, True)
    """
    if file == STANDARD_INPUT and glob == _DASH:
        return True
    wanted = Path(glob).parts
    pattern = wanted if Path(glob).is_absolute() else ("**", *wanted)
    return any(_fit(path.parts, pattern) for path in (file.absolute(), Path(abspath(file))))


def _fit(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    if not pattern:
        return not parts
    if pattern[0] == "**":
        return any(_fit(parts[at:], pattern[1:]) for at in range(len(parts) + 1))
    return bool(parts) and fnmatchcase(parts[0], pattern[0]) and _fit(parts[1:], pattern[1:])


def _map_option(written: str) -> _MapOption:
    """The glob and the path in a value of `--map`.

    Either may hold `=` itself: the text is cut at the last `=` behind which the path of an existing file stands.
    """
    if Path(written).exists() or "=" not in written:
        return _MapOption(written, None, Path(written))
    splits = [(written[:at], written[at + 1 :]) for at, sign in enumerate(written) if sign == "="]
    glob, path = next(((glob, path) for glob, path in reversed(splits) if path and Path(path).exists()), splits[0])
    if not glob or not path:
        raise InvalidMap(f"--map {written}: must be MAP.toml, or 'GLOB=MAP.toml' with a glob and the path of a map")
    return _MapOption(written, glob, Path(path))


def _read(option: _MapOption) -> ColumnMap:
    try:
        return column_map(str(option.path), option.path.read_bytes())
    except OSError as error:
        whole = "" if option.glob is None else f" (of --map {option.written})"
        raise InvalidMap(f"--map {option.path} cannot be read{whole}: {error.strerror}") from error


def _unused(option: _MapOption, matched: Sequence[Path], chosen: dict[Path, _MapOption]) -> str:
    if not matched:
        return f"--map {option.written}: the glob {option.glob} matches none of the files"
    return (
        f"--map {option.written}: every file that the glob {option.glob} matches has the map of --map "
        f"{chosen[matched[0]].written} already: name the map for fewer files first"
    )
