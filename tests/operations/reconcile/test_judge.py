"""The rules, on platforms in memory: a right one agrees, and each way to break one is found and named."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commerce import wire
from commerce.errors import InvalidSelection
from commerce.lines import OrderLine
from commerce.raw import NO_TIMESTAMP, Position
from commerce.summaries import summaries
from stores.dynamodb import items
from stores.dynamodb.ledger import Row
from tests.operations.platform import Platform, a_platform, broken, on, reconciled, with_metadata
from tests.orders import a_line

DAY = date(2010, 12, 1)
BAD = (b"no json", b'{"InvoiceNo":"536365"}', None, b"\xff\xfe")


def some_lines(count: int, seed: int = 0) -> list[OrderLine]:
    """Distinct lines of a few days, invoices and customers; some invoices are cancellations of the same number."""
    random = Random(seed)
    made: dict[str, OrderLine] = {}
    for number in range(count):
        digits = random.randint(1, max(1, count // 4))
        line = a_line(
            InvoiceNo=f"{random.choice(['', '', 'C'])}{536_000 + digits}",
            StockCode=str(20_000 + number),
            Quantity=random.randint(-9, 9),
            InvoiceDate=datetime(2010, 12, 1 + digits % 3, 8, 26) + timedelta(minutes=number),
            CustomerID=random.choice([None, 12_345, 12_346, 12_347]),
            Occurrence=random.randint(1, 2),
        )
        made[line.LineId] = line
    return list(made.values())


@given(st.integers(1, 60), st.integers(0, 10**6), st.sets(st.sampled_from(BAD)))
@settings(max_examples=60, deadline=None)
def test_a_platform_that_lost_nothing_agrees(count: int, seed: int, bad: set[bytes | None]) -> None:
    lines = some_lines(count, seed)
    verdict = reconciled(a_platform(lines, bad=list(bad), seed=seed), lines)
    assert verdict.agree, verdict.answer()
    csv, topic, s3, dynamodb = (hop.answer() for hop in verdict.hops)
    assert topic == s3 | {"name": "topic"}
    assert topic["rows"] == len(lines) + len(lines) // 4 + len(bad)
    assert topic["rejected"] == len(bad)
    amount = sum((line.Quantity * line.UnitPrice for line in lines), Decimal("0.000"))
    for hop in (csv, topic, s3, dynamodb):
        assert (hop["lines"], hop["net_amount"], hop["digest"]) == (len(lines), str(amount), csv["digest"])
        assert (hop["missing"], hop["surplus"]) == ([], [])


# each breaks one thing; a rule that must then be named
Break = Callable[[Platform, Sequence[OrderLine], Random], str]


def lose_an_item(platform: Platform, lines: Sequence[OrderLine], random: Random) -> str:
    del platform.invoice_items[random.choice(sorted(platform.invoice_items))]
    return "dynamodb-lines"


def change_an_item(platform: Platform, lines: Sequence[OrderLine], random: Random) -> str:
    item = platform.invoice_items[random.choice(sorted(platform.invoice_items))]
    item["Quantity"] = {"N": str(int(item["Quantity"]["N"]) + 1)}
    return "dynamodb-items"


def drop_an_attribute(platform: Platform, lines: Sequence[OrderLine], random: Random) -> str:
    del platform.invoice_items[random.choice(sorted(platform.invoice_items))]["Country"]
    return "dynamodb-items"


def put_an_item_under_another_key(platform: Platform, lines: Sequence[OrderLine], random: Random) -> str:
    item = platform.invoice_items[random.choice(sorted(platform.invoice_items))]
    item["InvoiceNo"] = {"N": str(int(item["InvoiceNo"]["N"]) + 1)}
    return "dynamodb-items"


def put_a_line_that_no_file_holds(platform: Platform, lines: Sequence[OrderLine], random: Random) -> str:
    platform.put([a_line(InvoiceNo="999999", InvoiceDate=random.choice(lines).InvoiceDate)])
    return "dynamodb-lines"


def publish_a_line_that_no_file_holds(platform: Platform, lines: Sequence[OrderLine], random: Random) -> str:
    message = platform.publish_line(a_line(InvoiceNo="999999", InvoiceDate=random.choice(lines).InvoiceDate))
    platform.archive(message.partition, [message])
    return "topic-lines"


def leave_a_message_unarchived(platform: Platform, lines: Sequence[OrderLine], random: Random) -> str:
    platform.publish_line(random.choice(lines))
    return "s3-deliveries"


def lose_a_raw_object(platform: Platform, lines: Sequence[OrderLine], random: Random) -> str:
    del platform.objects[random.choice(sorted(platform.objects))]
    return "s3-deliveries"


def lose_a_raw_line(platform: Platform, lines: Sequence[OrderLine], random: Random) -> str:
    key = random.choice(sorted(platform.objects))
    messages = platform.lines_of(key)
    lost = messages.pop(random.randrange(len(messages)))
    if messages:
        platform.rewrite(key, messages)
    else:
        del platform.objects[key]
    assert lost not in messages
    return "s3-deliveries"


def change_a_raw_line(platform: Platform, lines: Sequence[OrderLine], random: Random) -> str:
    key = random.choice(sorted(platform.objects))
    messages = platform.lines_of(key)
    at = random.randrange(len(messages))
    changed: dict[str, Any] = random.choice(
        [{"value": wire.encode(random.choice(lines)) + b" "}, {"key": b"another"}, {"schema": None}, {"timestamp": 5}]
    )
    messages[at] = msgspec.structs.replace(messages[at], **changed)
    platform.rewrite(key, messages)
    return "s3-deliveries"


def invent_a_raw_line(platform: Platform, lines: Sequence[OrderLine], random: Random) -> str:
    message = platform.publish_line(random.choice(lines))
    platform.archive(message.partition, [message])
    platform.topic[message.partition].pop()
    return "s3-deliveries"


def archive_a_message_twice(platform: Platform, lines: Sequence[OrderLine], random: Random) -> str:
    key = random.choice(sorted(platform.objects))
    *_, last = platform.lines_of(key)
    if last.offset == key.first_offset:  # the same key: under another day instead
        twin = msgspec.structs.replace(key, day="1999-01-01")
        platform.objects[twin] = msgspec.structs.replace(platform.objects[key], key=twin)
    else:
        platform.archive(key.partition, [last])
    return "s3-objects"


def file_a_raw_object_under_another_day(platform: Platform, lines: Sequence[OrderLine], random: Random) -> str:
    fetched = platform.objects.pop(random.choice(sorted(platform.objects)))
    key = msgspec.structs.replace(fetched.key, day="1999-01-01")
    platform.objects[key] = msgspec.structs.replace(fetched, key=key)
    return "s3-objects"


def damage_a_raw_object(platform: Platform, lines: Sequence[OrderLine], random: Random) -> str:
    key = random.choice(sorted(platform.objects))
    body = bytearray(platform.objects[key].body)
    body[random.randrange(len(body))] ^= 1 << random.randrange(8)
    platform.objects[key] = msgspec.structs.replace(platform.objects[key], body=bytes(body))
    return "s3-objects"


def cut_a_raw_object(platform: Platform, lines: Sequence[OrderLine], random: Random) -> str:
    key = random.choice(sorted(platform.objects))
    body = platform.objects[key].body
    platform.objects[key] = msgspec.structs.replace(platform.objects[key], body=body[: random.randrange(len(body))])
    return "s3-objects"


def lie_in_metadata(platform: Platform, lines: Sequence[OrderLine], random: Random) -> str:
    key = random.choice(sorted(platform.objects))
    name = random.choice(["next_offset", "count", "sha256", "first_timestamp", "greatest_timestamp"])
    platform.objects[key] = with_metadata(platform.objects[key], **{name: 7_777})
    return "s3-objects"


def lose_metadata(platform: Platform, lines: Sequence[OrderLine], random: Random) -> str:
    key = random.choice(sorted(platform.objects))
    platform.objects[key] = msgspec.structs.replace(platform.objects[key], metadata={})
    return "s3-objects"


def recreate_the_topic(platform: Platform, lines: Sequence[OrderLine], random: Random) -> str:
    for partition, messages in platform.topic.items():
        platform.topic[partition] = [
            msgspec.structs.replace(message, timestamp=message.timestamp + 10**9) for message in messages
        ]
    return "s3-deliveries"


def lose_a_summary(platform: Platform, lines: Sequence[OrderLine], random: Random) -> str:
    del platform.customer_items[random.choice(sorted(platform.customer_items))]
    return "customers"


def change_a_summary(platform: Platform, lines: Sequence[OrderLine], random: Random) -> str:
    item = platform.customer_items[random.choice(sorted(platform.customer_items))]
    name, value = random.choice(
        [("Lines", {"N": "77"}), ("Units", {"N": "7777"}), ("Amount", {"N": "0.001"}), ("Version", {"N": "0"}),
         ("Country", {"S": "Nowhere"}), ("InvoiceDate", {"S": "2010-12-01T00:00:01"})]
    )  # fmt: skip
    item[name] = value
    return "customers"


def break_a_summary(platform: Platform, lines: Sequence[OrderLine], random: Random) -> str:
    del platform.customer_items[random.choice(sorted(platform.customer_items))]["Lines"]
    return "customers"


def store_a_summary_without_lines(platform: Platform, lines: Sequence[OrderLine], random: Random) -> str:
    pair = random.choice(sorted(platform.customer_items))
    orphan = platform.customer_items[pair] | {"InvoiceNo": {"S": "999999"}}
    orphan["InvoiceDate"] = {"S": random.choice(lines).InvoiceDate.isoformat()}
    platform.customer_items[pair[0], "999999"] = orphan
    return "customers"


def lose_a_quarantined_message(platform: Platform, lines: Sequence[OrderLine], random: Random) -> str:
    platform.quarantined.discard(random.choice(sorted(platform.quarantined)))
    return "quarantine"


BREAKS: tuple[Break, ...] = (
    lose_an_item,
    change_an_item,
    drop_an_attribute,
    put_an_item_under_another_key,
    put_a_line_that_no_file_holds,
    publish_a_line_that_no_file_holds,
    leave_a_message_unarchived,
    lose_a_raw_object,
    lose_a_raw_line,
    change_a_raw_line,
    invent_a_raw_line,
    archive_a_message_twice,
    file_a_raw_object_under_another_day,
    damage_a_raw_object,
    cut_a_raw_object,
    lie_in_metadata,
    lose_metadata,
    recreate_the_topic,
    lose_a_summary,
    change_a_summary,
    break_a_summary,
    store_a_summary_without_lines,
    lose_a_quarantined_message,
)


@pytest.mark.parametrize("break_it", BREAKS, ids=lambda break_it: break_it.__name__)
@given(st.integers(8, 40), st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_each_way_to_break_a_platform_is_found_and_named(break_it: Break, count: int, seed: int) -> None:
    lines = [*some_lines(count, seed), a_line()]  # at least one has a customer
    platform = a_platform(lines, bad=BAD, seed=seed)
    named = break_it(platform, lines, Random(seed))
    verdict = reconciled(platform, lines)
    assert named in broken(verdict)
    assert not verdict.agree
    assert all(rule.against.examples for rule in verdict.rules if not rule.holds)


def test_a_line_that_never_came_is_missing_everywhere_by_its_id() -> None:
    lost, *others = some_lines(20)
    verdict = reconciled(a_platform(others), [lost, *others])
    assert broken(verdict) == {"topic-lines", "dynamodb-lines"}
    assert [hop.answer()["missing"] for hop in verdict.hops] == [[], [lost.LineId], [lost.LineId], [lost.LineId]]
    said = next(rule for rule in verdict.rules if rule.name == "topic-lines").against.examples
    assert said == [f"{lost.LineId} (invoice {lost.InvoiceNo}, {lost.Quantity * lost.UnitPrice:.3f}) is missing"]


def test_lines_of_other_days_are_not_judged() -> None:
    lines = some_lines(30)
    platform = a_platform([*lines, *(on(line, date(2011, 7, 7)) for line in lines)])
    assert reconciled(platform, lines).agree
    since = reconciled(platform, lines, since=date(2010, 12, 2))
    assert since.agree
    assert since.hops[1].counts.lines == sum(line.InvoiceDate.date() >= date(2010, 12, 2) for line in lines)


def test_an_invoice_over_midnight_has_the_summary_of_all_its_lines() -> None:
    evening, morning = (
        a_line(InvoiceDate=datetime(2010, 12, 1, 23, 59)),
        a_line(InvoiceDate=datetime(2010, 12, 2, 0, 1)),
    )
    platform = a_platform([evening, morning])
    assert reconciled(platform, [evening]).agree
    platform.customer_items.clear()
    platform.customer_items[12_345, "600001"] = items.summary_item(*summaries([evening]))
    assert broken(reconciled(platform, [evening])) == {"customers"}
    assert broken(reconciled(platform, [morning])) == {"customers"}


def test_a_surplus_line_is_found_by_days_and_by_invoice_and_not_by_rows() -> None:
    lines = some_lines(30)
    platform = a_platform(lines)
    assert not reconciled(platform, lines[1:]).agree
    of_one = [line for line in lines if line.InvoiceNo == lines[0].InvoiceNo]
    assert len(of_one) > 1
    assert not reconciled(platform, of_one[1:], invoice=lines[0].InvoiceNo).agree
    assert reconciled(platform, lines[1:], rows=len(lines) - 1).agree
    assert reconciled(platform, lines, rows=7).hops[3].counts.lines == 7


def test_a_customer_alone_is_judged_whole() -> None:
    lines = some_lines(40)
    platform = a_platform(lines)
    theirs = [line for line in lines if line.CustomerID == 12_346]
    verdict = reconciled(platform, lines, customer=12_346)
    assert verdict.agree
    assert [hop.counts.lines for hop in verdict.hops] == [len(theirs)] * 4
    day = theirs[0].InvoiceDate
    platform.put([a_line(InvoiceNo="999999", CustomerID=12_346, InvoiceDate=day)])
    assert broken(reconciled(platform, lines, customer=12_346)) == {"dynamodb-lines"}
    del platform.customer_items[12_346, theirs[0].InvoiceNo]
    assert broken(reconciled(platform, lines, customer=12_346)) == {"dynamodb-lines", "customers"}
    assert reconciled(platform, lines, customer=12_347).agree


def test_a_message_that_is_archived_twice_is_counted_once() -> None:
    lines = some_lines(40)
    platform = a_platform(lines)
    key = max(platform.objects, key=lambda key: len(platform.lines_of(key)))
    platform.archive(key.partition, platform.lines_of(key)[1:])
    verdict = reconciled(platform, lines)
    assert broken(verdict) == {"s3-objects"}
    assert verdict.hops[1].rows == verdict.hops[2].rows


def test_a_summary_is_measured_by_the_whole_invoice_however_the_scan_tears_it() -> None:
    lines = [a_line(StockCode=str(20_000 + number)) for number in range(7)]
    for page_size in range(1, 8):
        platform = a_platform(lines)
        platform.page_size = page_size
        assert reconciled(platform, lines).agree
        last_page = lines[-(7 % page_size or page_size) :] if page_size < 7 else lines[-1:]
        platform.customer_items[12_345, "600001"] = items.summary_item(*summaries(last_page))
        assert broken(reconciled(platform, lines)) == {"customers"}


def test_messages_past_the_retention_are_expired_and_not_missing() -> None:
    lines = some_lines(40)
    platform = a_platform(lines)
    for partition, messages in platform.topic.items():
        platform.starts[partition] = messages[len(messages) // 2].offset if messages else 0
    verdict = reconciled(platform, lines)
    assert verdict.agree
    assert verdict.facts["expired"] > 0
    assert verdict.hops[1].counts.rows == verdict.hops[2].counts.rows - verdict.facts["expired"]


def test_a_message_that_expires_while_the_topic_is_read_is_expired() -> None:
    lines = some_lines(40)
    platform = a_platform(lines)
    began = platform.all_bounds()
    platform.starts = dict.fromkeys(platform.topic, 2)
    verdict = reconciled(platform, lines, bounds=began)
    assert verdict.agree
    assert verdict.facts["expired"] == 6


def test_an_object_that_is_gone_after_its_messages_expired_is_found_by_its_gap() -> None:
    lines = some_lines(40)
    platform = a_platform(lines, seed=1)
    key = sorted(platform.objects)[1]
    del platform.objects[key]
    end = platform.bounds(key.partition)[1]
    platform.starts[key.partition] = end
    verdict = reconciled(platform, lines)
    assert "s3-objects" in broken(verdict)
    against = next(rule.against for rule in verdict.rules if rule.name == "s3-objects")
    assert against.examples[0].startswith(f"epoch 1, partition {key.partition}, offsets {key.first_offset} to ")
    # an operator gave them up: what they held is missing all the same
    row = platform.ledger[key.partition]
    platform.ledger[key.partition] = msgspec.structs.replace(row, given_up=((key.first_offset, end),))
    verdict = reconciled(platform, lines)
    assert "s3-objects" not in broken(verdict)
    assert verdict.facts["raw"]["gaps"]


def test_the_last_object_that_is_gone_is_found_by_the_ledger() -> None:
    lines = some_lines(40)
    platform = a_platform(lines, seed=1)
    key = max(key for key in platform.objects if key.partition == 0)
    del platform.objects[key]
    platform.starts[0] = platform.bounds(0)[1]
    assert "s3-objects" in broken(reconciled(platform, lines))


def test_a_gap_that_the_topic_has_itself_is_no_fault() -> None:
    lines = some_lines(40)
    platform = Platform()
    for line in lines:
        platform.publish_line(line)
    for partition, messages in platform.topic.items():  # every other offset, as after transactions
        platform.topic[partition] = [
            msgspec.structs.replace(message, offset=2 * message.offset + 1) for message in messages
        ]
    platform.archive_all(Random(3))
    platform.put(lines)
    assert reconciled(platform, lines).agree


def test_a_new_epoch_keeps_what_was_filed_under_the_old_one() -> None:
    lines = some_lines(40)
    platform = a_platform(lines[:20])
    platform.topic = {partition: [] for partition in platform.topic}
    platform.ledger = {number: Row("order-lines", number, Position(2, 0, NO_TIMESTAMP)) for number in platform.topic}
    platform.put(lines[20:])
    for line in lines[20:]:
        message = platform.publish_line(line)
        platform.archive(message.partition, [message], epoch=2)
    verdict = reconciled(platform, lines)
    assert verdict.agree
    assert verdict.facts["raw"]["epoch"] == 2
    assert verdict.facts["expired"] == 25
    assert verdict.hops[1].counts.lines == 20
    assert verdict.hops[2].counts.lines == 40


def test_an_epoch_that_began_and_holds_nothing_yet_leaves_the_old_one_expired() -> None:
    lines = some_lines(20)
    platform = a_platform(lines)
    platform.topic = {partition: [] for partition in platform.topic}
    platform.ledger = {number: Row("order-lines", number, Position(2, 0, NO_TIMESTAMP)) for number in platform.topic}
    assert reconciled(platform, lines).agree
    platform.ledger = {}
    assert broken(reconciled(platform, lines)) == {"s3-deliveries", "topic-lines"}


def test_what_is_published_and_archived_meanwhile_is_not_judged() -> None:
    lines = some_lines(20)
    platform = a_platform(lines)
    began = platform.all_bounds()
    message = platform.publish_line(a_line(InvoiceNo="999999"))
    platform.archive(message.partition, [message])
    platform.publish_line(a_line(InvoiceNo="999998"))
    assert reconciled(platform, lines, bounds=began).agree


def test_without_the_topic_s3_is_measured_by_the_files() -> None:
    lost, *others = some_lines(20)
    platform = a_platform(others)
    assert reconciled(platform, others, hops=["csv", "s3"]).agree
    assert broken(reconciled(platform, [lost, *others], hops=["csv", "s3"])) == {"s3-lines"}
    assert broken(reconciled(platform, [lost, *others], hops=["csv", "topic"])) == {"topic-lines"}


def test_a_line_that_stands_in_two_files_is_counted_and_no_fault() -> None:
    lines = some_lines(20)
    verdict = reconciled(a_platform(lines), [*lines, *lines[:3]])
    assert verdict.agree
    assert verdict.facts["lines_in_several_files"] == 3
    assert (verdict.hops[0].counts.rows, verdict.hops[0].counts.lines) == (23, 20)


def test_a_selection_without_a_row_proves_nothing() -> None:
    with pytest.raises(InvalidSelection, match="no row"):
        reconciled(a_platform(some_lines(5)), some_lines(5), since=date(2030, 1, 1))


def test_an_item_of_another_invoice_with_the_same_number_is_not_mixed_in() -> None:
    sale, cancellation = a_line(InvoiceNo="536379"), a_line(InvoiceNo="C536379", Quantity=-6)
    platform = a_platform([sale, cancellation])
    verdict = reconciled(platform, [sale, cancellation], invoice="C536379")
    assert verdict.agree
    assert [hop.counts.lines for hop in verdict.hops] == [1] * 4
    assert items.line(platform.invoice("536379")[0]).InvoiceNo == "536379"
