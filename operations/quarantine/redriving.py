"""Carries out a plan: decisions are written, lines are published, and the tables are asked until they hold them."""

from collections.abc import Callable, Iterable, Sequence
from time import monotonic, sleep
from typing import Final

import msgspec

from commerce.errors import FieldError
from commerce.keys import INVOICES, line_key
from commerce.quarantined.decisions import Decision, message
from commerce.wire import decode
from console.counts import counted, counted_of, verb
from operations.asking import READER, patient
from operations.errors import StoreUnreachable, reading
from operations.quarantine.claims import Holder, in_time, uptime
from operations.quarantine.plan import Known, Planned, Row, decided_otherwise, is_claimed, is_of_another
from operations.quarantine.store import Quarantine
from stores.dynamodb.items import key_of
from stores.dynamodb.presence import absent
from stores.kafka.topic import Publisher, headers, producer_settings
from stores.parallel import batches
from stores.retries import Retries
from stores.s3 import erasures
from stores.s3.objects import Lake
from stores.target import Target

AT_ONCE: Final = 500
"""Records that are decided, published and noted together."""

DELIVERY_SECONDS: Final = 30.0
LOOK_SECONDS: Final = 0.5
"""Seconds between two looks into the table."""


def known(quarantine: Quarantine, rows: Iterable[Row] = ()) -> Known:
    """The facts for a plan that puts these rows of files."""
    return Known(decided=quarantine.decided(), published=quarantine.published(), copies=quarantine.copies(rows))


def decide(quarantine: Quarantine, planned: Sequence[Planned]) -> list[Planned]:
    """Write the new decisions; returns the plan as it stands then.

    Somebody else may decide at the same time. The first decision about a record stands, and the record that holds the
    claim of a line becomes it: for another one the plan has an error. Raises `StoreUnreachable` where it takes so long
    that the claims could end.
    """
    new = [one.decision for one in planned if one.is_new and one.decision is not None]
    shared = {one.record.id for one in planned if one.is_itself}
    claims, began = [made for made in new if made.LineId and made.Record not in shared], uptime()
    holders = dict(zip((made.Record for made in claims), quarantine.claim(claims), strict=True))
    ours = [made for made in new if made.Record not in holders or holders[made.Record].record == made.Record]
    stands = {made.Record: made for made in quarantine.decide(in_time(ours, began))}
    return [_standing(one, holders.get(one.record.id), stands.get(one.record.id)) for one in planned]


def _standing(one: Planned, holder: Holder | None, stands: Decision | None) -> Planned:
    """The plan of a record, now that `holder` has its line and this decision stands; None where nothing was written."""
    if one.decision is None:
        return one
    if holder is not None and holder.record != one.record.id:
        error = is_of_another if holder.is_decided else is_claimed
        return Planned(record=one.record, errors=(error(one.decision.LineId, holder.record),))
    if stands is None:
        return one
    if stands.LineId != one.decision.LineId:
        return decided_otherwise(one.record, stands)
    return msgspec.structs.replace(one, decision=stands)


def publish(
    quarantine: Quarantine, target: Target, planned: Sequence[Planned], say: Callable[[str], None]
) -> list[Planned]:
    """Decide and publish what is left of the plan; returns the plan as it stands then.

    Raises `StoreUnreachable` for lines that the topic did not acknowledge: the same command goes on with them.
    """
    settings = producer_settings(target.bootstrap_servers, target.kafka_security, DELIVERY_SECONDS)
    publisher, done = Publisher(target.topic, settings, DELIVERY_SECONDS), 0
    standing = {one.record.id: one for one in planned}
    for some in batches([one for one in planned if one.publishes], AT_ONCE):
        decided = decide(quarantine, some)
        standing |= {one.record.id: one for one in decided}
        left = [one.decision for one in decided if one.decision is not None]
        failed = set(publisher.publish([message(made) for made in left], headers()))
        quarantine.note_published(made for number, made in enumerate(left) if number not in failed)
        done += len(left) - len(failed)
        say(f"{done:,} published")
        if failed:
            lines = counted(len(failed), "line")
            raise StoreUnreachable(f"the topic did not acknowledge {lines} in {DELIVERY_SECONDS:.0f} s: run it again")
    return list(standing.values())


def checked(target: Target, planned: Sequence[Planned]) -> list[Planned]:
    """The plan, in which no new decision makes a mended record a line that Invoices holds already.

    Such a row would be published as a copy that is there, and vanish. What Lambda gave up on may be a line already.
    None becomes a line that was erased either.
    """
    with reading(f"bucket {target.lake_bucket}"):
        gone = erasures.line_ids(Lake(target.client("s3", config=READER), target.lake_bucket, patient()))
    planned = [_erased(one) if one.decision is not None and one.decision.LineId in gone else one for one in planned]
    new = [one.decision for one in planned if one.is_new and one.decision is not None and not one.is_itself]
    lacking = {made.LineId for made in _lacking(target, new, patient())}
    refused = {made.Record for made in new if made.LineId not in lacking}
    return [_held(one) if one.record.id in refused else one for one in planned]


def _held(one: Planned) -> Planned:
    assert one.decision is not None
    rule = "is a line of the tables already: discard the record if it is that line, or say another Occurrence"
    return Planned(record=one.record, errors=(FieldError("LineId", one.decision.LineId, rule),))


def _erased(one: Planned) -> Planned:
    assert one.decision is not None
    rule = "was erased on a customer's demand: discard the record"
    return Planned(record=one.record, errors=(FieldError("LineId", one.decision.LineId, rule),))


def undrained(
    target: Target, decisions: Sequence[Decision], wait_seconds: float, say: Callable[[str], None]
) -> list[Decision]:
    """The redriven lines that Invoices does not hold, asked again as long as their number falls."""
    left, since = list(decisions), monotonic()
    while left:
        still = _lacking(target, left, patient(wait_seconds))
        if len(still) < len(left):
            since = monotonic()
        left = still
        if not left or monotonic() - since >= wait_seconds:
            break
        say(f"{counted_of(len(left), len(decisions), 'line')} {verb(len(left), 'is', 'are')} not in the tables yet")
        sleep(LOOK_SECONDS)  # between two looks, with the patience above
    return left


def _lacking(target: Target, decisions: Iterable[Decision], retries: Retries) -> list[Decision]:
    """The decisions, one a line, of which Invoices does not hold the line: two dead letters may be of one."""
    lines = [(made, decode(made.Value.encode())) for made in decisions]
    made_of = {line_key(line): made for made, line in lines}
    keys = {line_key(line): key_of(line) for _, line in lines}
    with reading(f"table {target.invoices_table}"):
        lacking = absent(target.client("dynamodb", config=READER), target.invoices_table, keys.values(), retries)
    return [made_of[key[INVOICES.sort][INVOICES.sort_type]] for key in lacking]
