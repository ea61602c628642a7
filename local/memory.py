"""Memories of this checkout between runs of the platform, each kind in a JSON file of the state directory."""

from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from local.state import write_json

Entry = TypeVar("Entry")


@dataclass(frozen=True, slots=True)
class Memory(Generic[Entry]):
    """The entries of one file by name; `kind` is the type of each."""

    path: Path
    kind: type[Entry]

    def entries(self) -> dict[str, Entry]:
        """All entries; none where nothing was ever put."""
        try:
            found = msgspec.json.decode(self.path.read_bytes(), type=dict[str, msgspec.Raw])
        except FileNotFoundError:
            return {}
        return {name: msgspec.json.decode(entry, type=self.kind) for name, entry in found.items()}

    def put(self, name: str, entry: Entry) -> None:
        """Remember the entry, in place of an earlier one of this name."""
        self._write({**self.entries(), name: entry})

    def forget(self, name: str) -> None:
        """Remove the entry of this name."""
        self._write({kept: entry for kept, entry in self.entries().items() if kept != name})

    def _write(self, entries: dict[str, Entry]) -> None:
        write_json(self.path, msgspec.to_builtins(entries))
