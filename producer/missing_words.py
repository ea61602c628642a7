"""Words such as NA that other programs write for a missing value: which they are, and which cells contain them."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from commerce.files.column_maps import quoted
from producer.replay.plan import Row

_OF_TEXTS: Final = frozenset(("none", "nil", "missing", "-", "--", "?", "."))
_OF_PROGRAMS: Final = frozenset(
    ("na", "n/a", "n.a.", "k.a.", "<na>", "nan", "nat", "null", "(null)", "<null>", "(blank)", "undefined", "\\n")
)
_OF_SPREADSHEETS: Final = frozenset(("#n/a", "#ref!", "#value!", "#div/0!", "#name?", "#num!", "#null!"))
_WORDS: Final = _OF_TEXTS | _OF_PROGRAMS | _OF_SPREADSHEETS
"""The words that R, pandas, spreadsheets and databases write for a missing value, in lower case."""

_LONGEST: Final = max(map(len, _WORDS))


def may_mean_missing(cell: str) -> bool:
    """Whether a cell, stripped of outer blanks, is a word that some program writes for a missing value.

    >>> may_mean_missing("NA"), may_mean_missing("#REF!"), may_mean_missing(""), may_mean_missing("NAPKIN")
    (True, True, False, False)
    """
    return len(cell) <= _LONGEST and cell.lower() in _WORDS


def is_common_in_texts(word: str) -> bool:
    """Whether people also write this word in descriptions, so that it proves little there.

    >>> is_common_in_texts("?"), is_common_in_texts("NULL")
    (True, False)
    """
    return word.lower() in _OF_TEXTS


class MissingWords:
    """Counts such words over files: `columns` takes a document's columns, then `add` each of its rows."""

    def __init__(self) -> None:
        self._columns: Mapping[str, int] = {}
        self._counted: dict[str, Counter[str]] = {}

    def columns(self, columns: Mapping[str, int]) -> None:
        """Set the columns of the document whose rows are added next: each field and its position."""
        self._columns = columns

    def add(self, row: Row, missing: frozenset[str]) -> None:
        """Count such words in a row, except those that the map already declares `missing`."""
        for field, at in self._columns.items():
            if at < len(row.cells):
                word = row.cells[at].strip(" ")
                if may_mean_missing(word) and word not in missing:
                    self._counted.setdefault(word, Counter())[field] += 1

    def sentences(self) -> list[str]:
        """One sentence a word: its cells by column, and the line of a map that declares it missing."""
        return [_sentence(word, cells) for word, cells in self._counted.items()]


def _sentence(word: str, cells: Counter[str]) -> str:
    total = cells.total()
    places = ", ".join(f"{field} {count:,}" for field, count in cells.items())
    return (
        f"'{word}' stands in {total:,} {'cells' if total > 1 else 'cell'} ({places}): "
        f"if it means missing, a map says so: missing = [{quoted(word)}]"
    )
