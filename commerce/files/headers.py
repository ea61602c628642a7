"""The columns of a document by its header: which cell of a record is which field.

Titles are taken as they are written, else where case alone differs. Occurrence and LineId may have columns too, as what
`tillstream sql` and `tillstream lake` write: they are claims, checked against what the document itself gives.
"""

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import Final

from commerce.errors import UnreadableDocument, shown
from commerce.files.column_maps import quoted
from commerce.lines import ADDED, CLAIMS

_WAYS: Final = "--map FILE, which `tillstream replay FILE --suggest-map` writes"


def columns(
    name: str, line_number: int, header: Sequence[str], wanted: Mapping[str, str], note: Callable[[str], None]
) -> dict[str, int]:
    """Each field, and each claim that has a column, with its position; `wanted` holds the title of each field.

    Columns of other titles are left out, with a remark to `note`. Raises `UnreadableDocument` naming the line where a
    column is missing or occurs twice. An added field may have no column, unless a map says its title.
    """
    titles = [cell.strip() for cell in header]
    where = f"{name}, line {line_number}"
    others = {title.casefold() for title in wanted.values()}
    claims = {claim: claim for claim in CLAIMS if claim.casefold() not in others and _at(titles, claim)}
    found = {field: _at(titles, title) for field, title in {**wanted, **claims}.items()}
    taken = {at for positions in found.values() for at in positions}
    needed = {field: title for field, title in wanted.items() if field not in ADDED or title != field}
    if missing := {field: title for field, title in needed.items() if not found[field]}:
        besides = [title for at, title in enumerate(titles) if title and at not in taken]
        raise UnreadableDocument(
            f"{where}: no column {', '.join(missing.values())} among {shown(', '.join(titles))}"
            + _hint(missing, besides)
        )
    if repeated := [positions for positions in found.values() if len(positions) > 1]:
        raise UnreadableDocument(f"{where}: {_repeated([titles[at] for at in repeated[0]])}")
    if ignored := [title for at, title in enumerate(titles) if at not in taken]:
        what, verb = ("columns", "are not fields") if len(ignored) > 1 else ("column", "is not a field")
        note(f"{name}: {what} {shown(', '.join(ignored))} {verb} of an order line: ignored")
    return {field: positions[0] for field, positions in found.items() if positions}


def _at(titles: Sequence[str], title: str) -> list[int]:
    """The positions of the title among a header's titles; if there is none, of those that differ in case alone."""
    exactly = [at for at, found in enumerate(titles) if found == title]
    return exactly or [at for at, found in enumerate(titles) if found.casefold() == title.casefold()]


def _repeated(titles: Sequence[str]) -> str:
    if len(set(titles)) == 1:
        return f"column {titles[0]} occurs twice"
    return f"columns {' and '.join(titles)} differ in case alone: a map says which is meant (--map FILE)"


def _hint(missing: Mapping[str, str], others: Sequence[str]) -> str:
    """The end of an error: the line of a map that would use a similar column instead of a missing one."""
    if not others:
        return ""
    field, title = next(iter(missing.items()))
    for field_, title_ in missing.items():
        by_lower = {other.lower(): other for other in others}
        if alike := get_close_matches(title_.lower(), by_lower, 1, 0.75):
            said = f"columns.{field_} = {quoted(by_lower[alike[0]])}"
            return f"; if {shown(by_lower[alike[0]])} is {title_}, a map says so by {said} ({_WAYS})"
    return f"; if another column is {title}, a map says so by columns.{field} ({_WAYS})"
