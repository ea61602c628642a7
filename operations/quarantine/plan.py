"""The plan of a redrive: the line that each chosen record becomes, or the reason why it becomes none. Pure.

A record keeps the decision that was made about it. A patched record is checked whole, by the API's rules. A row of a
file is one more copy behind those that the file has as accepted lines and those of its rows that were redriven before;
where the file is gone, the patch must say the Occurrence. No two records ever become one line.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from commerce import wire
from commerce.errors import FieldError, InvalidRow, shown
from commerce.files.doubtful_cells import doubts
from commerce.identity import line_id, order_line
from commerce.keys import message_key
from commerce.lines import OrderLine, OrderRow, PostedRow, posted_row
from commerce.quarantined.decisions import Action, Decision, State, state
from commerce.quarantined.records import Kind, Record
from operations.quarantine.patches import Operation, Patches, applied, of_record

Row = tuple[tuple[str, str], str, str]
"""A row of a file: its key and ETag, its document, and the LineId of its first copy."""


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """A record with the decision about it, or with errors where none can be made.

    `is_new` says that the decision is not stored yet; `publishes` that the topic has not acknowledged its line.
    """

    record: Record
    decision: Decision | None = None
    errors: tuple[FieldError, ...] = ()
    is_new: bool = False
    publishes: bool = False

    @property
    def is_itself(self) -> bool:
        """Whether the line is the very message that Lambda gave up on, which may be in the tables already."""
        return self.record.kind is Kind.DESTINATION and not (self.decision and self.decision.Patched)


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """The facts from which a plan is made.

    `decided` and `published` are of all records, chosen or not. `copies` is how many copies of a row its file has as
    accepted lines; a file that is gone has no entry.
    """

    decided: Mapping[str, Decision]
    published: frozenset[str] = frozenset()
    copies: Mapping[Row, int] = {}


def plan(
    records: Sequence[Record], given: Patches, settings: tuple[Operation, ...], known: Known, now: str
) -> list[Planned]:
    """The plan for each record, in their order. Raises `InvalidPatch` where a patch does not fit its record."""
    taken = {made.LineId: made.Record for made in known.decided.values() if made.Action is Action.REDRIVE}
    redriven = _redriven_rows(known.decided)
    found = []
    for record in records:
        steps = of_record(record.id, given, settings)
        one = _settled(record, steps, known) or _new(record, steps, known, redriven, taken, now)
        if one.is_new and one.decision is not None:
            taken[one.decision.LineId] = record.id
            if record.file is not None:
                row = (record.file, record.document, one.decision.Row)
                redriven[row] = max(redriven.get(row, 0), one.decision.Occurrence)
        found.append(one)
    return found


def rows(records: Iterable[Record], given: Patches, settings: tuple[Operation, ...]) -> set[Row]:
    """The rows of files whose copies a plan of these records must know. Raises `InvalidPatch`."""
    found: set[Row] = set()
    for record in records:
        if record.file is not None and not record.is_whole_file:
            try:
                row = _posted(record, of_record(record.id, given, settings)).row
            except InvalidRow:
                continue
            found.add((record.file, record.document, line_id(row, 1)))
    return found


def _redriven_rows(decided: Mapping[str, Decision]) -> dict[Row, int]:
    """The greatest copy of each row of a file that was redriven."""
    found: dict[Row, int] = {}
    for made in decided.values():
        if made.Row:
            row = ((made.File[0], made.File[1]), made.Document, made.Row)
            found[row] = max(found.get(row, 0), made.Occurrence)
    return found


def _settled(record: Record, steps: tuple[Operation, ...], known: Known) -> Planned | None:
    """The plan of a record about which a decision stands; None if there is none.

    A patch by which it would become another line than the decided one is an error. Raises `InvalidPatch`.
    """
    match state(record.id, known.decided, known.published):
        case State.OPEN:
            return None
        case State.DISCARDED:
            return decided_otherwise(record, known.decided[record.id])
        case found:
            made = known.decided[record.id]
            if any(step.op != "test" for step in steps) and not _makes(record, steps, made):
                return decided_otherwise(record, made)
            return Planned(record=record, decision=made, publishes=found is State.REDRIVING)


def _makes(record: Record, steps: tuple[Operation, ...], made: Decision) -> bool:
    """Whether the patched record is the line of this decision."""
    try:
        posted = _posted(record, steps)
    except InvalidRow:
        return False
    return order_line(posted.row, posted.occurrence or made.Occurrence).LineId == made.LineId


_NAMELESS: Final = FieldError(
    "document",
    "no names of its cells",
    "the file is not in incoming/ any more (it was replaced or deleted, perhaps with an erased customer), or the row "
    "does not fit its header: say every field by --patch, or discard the record",
)


def decided_otherwise(record: Record, made: Decision) -> Planned:
    """The plan of a record about which another decision stands than the one that was wanted."""
    if made.LineId:
        rule = f"was redriven as line {made.LineId}: that is final, and this change is not made"
        return Planned(record=record, errors=(FieldError("record", "redriven", rule),))
    return Planned(record=record, errors=(FieldError("record", "discarded", f"was discarded: {made.Reason}"),))


def _new(
    record: Record, steps: tuple[Operation, ...], known: Known, redriven: Mapping[Row, int],
    taken: Mapping[str, str], now: str,
) -> Planned:  # fmt: skip
    if record.is_whole_file:
        what = "a file that cannot be read has no rows: mend the file and `tillstream put` it, then discard this record"
        return Planned(record=record, errors=(FieldError("document", shown(record.document), what),))
    try:
        posted = _posted(record, steps)
        line = _line(record, posted, known, redriven)
    except InvalidRow as invalid:
        nameless = record.kind is Kind.BULK and record.fields is None
        return Planned(record=record, errors=(_NAMELESS, *invalid.errors) if nameless else invalid.errors)
    # a message that Lambda gave up on may be a line already, and is published as the same line
    is_itself = record.kind is Kind.DESTINATION and not steps
    if (other := taken.get(line.LineId)) and not is_itself:
        return Planned(record=record, errors=(is_of_another(line.LineId, other),))
    return Planned(record=record, decision=_decision(record, line, steps, now), is_new=True, publishes=True)


def is_of_another(line_id: str, record: str) -> FieldError:
    """The error of a record that would become the line which another record becomes."""
    rule = f"is the line that {record} becomes: discard one of both, or say another Occurrence"
    return FieldError("LineId", line_id, rule)


def is_claimed(line_id: str, record: str) -> FieldError:
    """The error of a record that would become a line which another record has claimed, undecided."""
    rule = f"is claimed for {record}, which is not decided: redrive that one again, or discard it"
    return FieldError("LineId", line_id, rule)


def _posted(record: Record, steps: tuple[Operation, ...]) -> PostedRow:
    """The patched record as a row. Raises `InvalidRow`.

    Its LineId is dropped once anything is changed. Cells of a file that are not changed must not be doubtful.
    """
    before = dict(record.fields or {})
    fields = applied(before, steps)
    if fields != before:
        fields.pop("LineId", None)
    if record.kind is Kind.BULK:
        kept = {name: text for name, text in fields.items() if isinstance(text, str) and before.get(name) == text}
        patched = {step.field for step in steps if step.op in ("add", "replace")}
        if wrong := doubts({name: text for name, text in kept.items() if name not in patched}, None):
            raise InvalidRow(wrong)
    return posted_row(fields)


def _line(record: Record, posted: PostedRow, known: Known, redriven: Mapping[Row, int]) -> OrderLine:
    occurrence = posted.occurrence
    if occurrence is None and record.kind is Kind.BULK:
        occurrence = _next_copy(record, posted.row, known, redriven)
    if occurrence is None:
        occurrence = 1
    line = order_line(posted.row, occurrence)
    if posted.line_id not in (None, line.LineId):
        rule = f"must be {line.LineId}, which follows from the fields and Occurrence {occurrence}"
        raise InvalidRow([FieldError("LineId", str(posted.line_id), rule)])
    return line


def _next_copy(record: Record, row: OrderRow, known: Known, redriven: Mapping[Row, int]) -> int:
    first = line_id(row, 1)
    assert record.file is not None
    held = known.copies.get((record.file, record.document, first))
    if held is None:
        rule = (
            "the file is not in incoming/ any more, so its copies of this row cannot be counted: patch the Occurrence"
        )
        raise InvalidRow([FieldError("Occurrence", "missing", rule)])
    return max(held, redriven.get((record.file, record.document, first), 0)) + 1


def _decision(record: Record, line: OrderLine, steps: tuple[Operation, ...], now: str) -> Decision:
    before: Mapping[str, Any] = record.fields or {}
    return Decision(
        Record=record.id,
        Action=Action.REDRIVE,
        At=now,
        LineId=line.LineId,
        InvoiceNo=message_key(line).decode(),
        Row=line_id(line, 1) if record.file else "",
        File=record.file or (),
        Document=record.document,
        Occurrence=line.Occurrence,
        Value=wire.encode(line).decode(),
        Patched={
            step.field: step.value for step in steps if step.op != "test" and before.get(step.field) != step.value
        },
    )


def discards(records: Sequence[Record], known: Known, reason: str, now: str) -> list[Planned]:
    """The discard of each record; one that was redriven is refused, one that was discarded stays so."""
    found = []
    for record in records:
        made = known.decided.get(record.id)
        if made is None:
            decided = Decision(Record=record.id, Action=Action.DISCARD, At=now, Reason=reason)
            found.append(Planned(record=record, decision=decided, is_new=True))
        elif made.Action is Action.DISCARD:
            found.append(Planned(record=record, decision=made))
        else:
            rule = f"was redriven as line {made.LineId}, and cannot be discarded"
            found.append(Planned(record=record, errors=(FieldError("record", "redriven", rule),)))
    return found
