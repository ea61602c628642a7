"""The answer to posted rows: one result a row, and the status for all of them."""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Final

import msgspec

from commerce.errors import FieldError, InvalidRow
from commerce.lines import CLAIMS, FIELDS
from commerce.wire import encode_answer
from lambdas.http import ACCEPTED, BAD_REQUEST, MULTI_STATUS, UNAVAILABLE, Answer

MOST_BYTES: Final = 3_000_000
"""The most bytes of an answer's body. Lambda takes 6 MB, in which each quote and backslash of the body doubles."""


KNOWN: Final = frozenset((*FIELDS, *CLAIMS))
"""The fields that have a count of refused rows of their own: few, whatever a client sends."""


class Accepted(msgspec.Struct, frozen=True, gc=False):
    """The row with this index is the line with this id, and the broker has acknowledged it."""

    index: int
    LineId: str
    Occurrence: int


class Failed(msgspec.Struct, frozen=True, gc=False):
    """The row with this index was not accepted: status 400 never will be, 503 may be when it is sent again."""

    index: int
    status: int
    errors: tuple[FieldError, ...]


Result = Accepted | Failed


class Report(msgspec.Struct, frozen=True, gc=False):
    """The answer to a request of rows: one result a row, in their order."""

    accepted: int
    rejected: int
    results: Sequence[Result]


def refused(index: int, invalid: InvalidRow) -> Failed:
    """The result of a row that is not an order line."""
    return Failed(index, BAD_REQUEST, invalid.errors)


def answer(results: Sequence[Result], unacknowledged: Collection[int] = ()) -> Answer:
    """The answer with these results; the rows with the `unacknowledged` indices did not reach the broker.

    202 when all were accepted, 207 when some were, 503 when none was and some may be later, else 400.
    """
    if unacknowledged:
        results = [_again(result) if result.index in unacknowledged else result for result in results]
    failed = [result.status for result in results if isinstance(result, Failed)]
    accepted = len(results) - len(failed)
    status = MULTI_STATUS if accepted and failed else max(failed, default=ACCEPTED)
    body = encode_answer(Report(accepted, len(failed), results))
    if len(body) > MOST_BYTES:
        body = encode_answer(Report(accepted, len(failed), [_shortened(result) for result in results]))
    return Answer(status, body)


def refused_fields(results: Sequence[Result]) -> dict[str, Counter[str]]:
    """For each field by which rows were refused, the rules that they broke and how often.

    What is not a field of an order line, such as a name that the client made up, counts as `row`.
    """
    found: dict[str, Counter[str]] = {}
    for result in results:
        for error in result.errors if isinstance(result, Failed) else ():
            field = error.field if error.field in KNOWN else "row"
            found.setdefault(field, Counter())[error.rule] += 1
    return found


def _shortened(result: Result) -> Result:
    """The result with its first error only: thousands of rows with many errors each would not fit an answer."""
    if isinstance(result, Accepted) or len(result.errors) == 1:
        return result
    more = FieldError("row", f"{len(result.errors) - 1} more errors", "are left out: the answer would be too long")
    return Failed(result.index, result.status, (result.errors[0], more))


def _again(result: Result) -> Result:
    """The result of a valid row that did not reach the broker in time.

    It names the copy that the row was, since alone, in another request, the same row would count as the first.
    """
    if isinstance(result, Failed):
        return result
    rule = "was not acknowledged by the broker: send the row again, with this Occurrence"
    return Failed(result.index, UNAVAILABLE, (FieldError("Occurrence", str(result.Occurrence), rule),))
