"""Words such as NA that stand in cells where other programs have no value, counted by word and by field."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from producer.replay import Row

WORDS: Final = frozenset(
    ("na", "n/a", "#n/a", "<na>", "nan", "nat", "null", "(null)", "none", "nil", "missing", "-", "--", "?", ".", "\\n")
)
"""What R, pandas, spreadsheets and databases write for a missing value, in small letters."""


class MissingWords:
    """The words in the rows of files, which `columns` and `add` are shown in turn."""

    def __init__(self) -> None:
        self._columns: Mapping[str, int] = {}
        self._counted: dict[str, Counter[str]] = {}

    def columns(self, columns: Mapping[str, int]) -> None:
        """Take the columns of the document whose rows come next: each field and its position."""
        self._columns = columns

    def add(self, row: Row, missing: frozenset[str]) -> None:
        """Count the words of a row, but for those that a map knows to be `missing`."""
        for field, at in self._columns.items():
            if at < len(row.cells):
                word = row.cells[at].strip(" ")
                if len(word) <= 7 and word.lower() in WORDS and word not in missing:
                    self._counted.setdefault(word, Counter())[field] += 1

    def sentences(self) -> list[str]:
        """One sentence a word: in how many cells of which columns it stands, and what a map would say."""
        return [
            f"'{word}' stands in {sum(cells.values()):,} {'cells' if sum(cells.values()) > 1 else 'cell'} ("
            + ", ".join(f"{field} {count:,}" for field, count in cells.items())
            + f'): if it means missing, a map says so: missing = ["{word}"]'.replace("\\", "\\\\")
            for word, cells in self._counted.items()
        ]
