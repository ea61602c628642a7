"""Texts and answers for the screens: the API's pages merged, and results in words. Pure."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from commerce.errors import FieldError, UnreadableDocument
from commerce.wire import parse
from console.counts import counted
from producer.errors import ApiRefused
from producer.replay.plan import Reject
from producer.replay.progress import Counts

OF_NO_DAY: Final = (
    "refused rows are counted whatever --since, --until, --customer and --invoice choose, so that no row goes uncounted"
)
"""The reason why a selection of some days shows refused rows of others."""


NAMED: Final = 6
"""The most files that a replay names."""


def named(files: Sequence[Path]) -> str:
    """The files of a replay in the order in which they are sent, without those in the middle of many.

    >>> named([Path("days/1.csv"), Path("days/2.csv")])
    '2 files: days/1.csv, days/2.csv'
    >>> named([Path(f"{day:02}.csv") for day in range(1, 32)])
    '31 files: 01.csv, 02.csv, 03.csv, 04.csv, 05.csv, … 31.csv'
    """
    names = list(map(str, files))
    some = names if len(names) <= NAMED else [*names[: NAMED - 1], f"… {names[-1]}"]
    return f"{counted(len(names), 'file')}: {', '.join(some)}"


def merged(pages: Iterable[bytes]) -> dict[str, Any]:
    """One answer from all its pages: the first page's totals, and every page's lists joined.

    >>> merged([b'{"Lines":2,"lines":[1],"next":"x"}', b'{"Lines":2,"lines":[2],"next":null}'])
    {'Lines': 2, 'lines': [1, 2], 'next': None}
    """
    answer: dict[str, Any] = {}
    for page in map(_page, pages):
        for name, value in page.items():
            if isinstance(value, list) and name in answer:
                answer[name] += value
            else:
                answer.setdefault(name, value)
    return answer | ({"next": None} if "next" in answer else {})


def _page(text: bytes) -> dict[str, Any]:
    try:
        page = parse(text)
    except UnreadableDocument as error:
        raise ApiRefused(f"the API's answer cannot be read: {error}") from None
    if not isinstance(page, dict):
        raise ApiRefused("the API's answer is not a JSON object")
    return page


def closing(counts: Counts, files: int, seconds: float, done_before: int = 0, rounds: int = 1) -> str:
    """The summary of a replay, for people; earlier runs with the same state settled `done_before` rows.

    With `--loop` the rows are those of all rounds that were begun.

    >>> closing(Counts(rows=5, accepted=4, rejected=1), 1, 0.5)
    '5 rows of 1 file in 0.5 s: 4 accepted, 1 rejected'
    >>> closing(Counts(rows=5, accepted=5), 1, 0.5, done_before=3)
    '5 rows of 1 file in 0.5 s: 5 accepted, 0 rejected (3 of them before this run)'
    >>> closing(Counts(rows=12, accepted=12), 1, 0.5, rounds=3)
    '12 rows of 1 file, sent in 3 rounds, in 0.5 s: 12 accepted, 0 rejected'
    """
    parts = [f"{counts.accepted:,} accepted", f"{counts.rejected:,} rejected"]
    if counts.retried:
        parts.append(f"{counts.retried:,} sent more than once")
    if counts.unsent:
        parts.append(f"{counts.unsent:,} unsent")
    note = f" ({done_before:,} of them before this run)" if done_before else ""
    of_files = counted(files, "file") + (f", sent in {rounds:,} rounds," if rounds > 1 else "")
    return f"{counted(counts.rows, 'row')} of {of_files} in {seconds:.1f} s: {', '.join(parts)}{note}"


def rejected(file: str, reject: Reject) -> str:
    """A rejected row as one line: its place, and each reason."""
    reasons: Sequence[Any] = reject.reasons if isinstance(reject.reasons, list | tuple) else [reject.reasons]
    return f"{reject.row.within(file)}, line {reject.row.line_number}: {'; '.join(map(_reason, reasons))}"


def _reason(reason: Any) -> str:
    if isinstance(reason, dict) and reason.keys() >= {"field", "value", "rule"}:
        reason = FieldError(str(reason["field"]), str(reason["value"]), str(reason["rule"]))
    return str(reason)
