"""Erased lines are expected nowhere; one that is found in a store is a finding of its own kind."""

from collections.abc import Sequence

import pytest

from commerce.erasures import as_kept, erased
from commerce.lines import OrderLine
from operations.reconcile.hops.names import HOPS
from operations.reconcile.verdict import Outcome, Verdict
from tests.operations.platform import Platform, reconciled
from tests.operations.reconcile.test_due import a_loaded_platform, due, lost
from tests.operations.reconcile.test_judge import some_lines

LINES = some_lines(40, 3)
GONE = [line for line in LINES if line.CustomerID == 12_345]
LEFT = [line for line in LINES if line.CustomerID != 12_345]


def an_erased_platform(left: Sequence[OrderLine] = LEFT) -> Platform:
    """A platform that carried all lines and erased some; the topic holds their messages still."""
    platform = a_loaded_platform(LINES)
    gone = {line.LineId for line in GONE}
    for key in list(platform.objects):
        platform.rewrite(key, [as_kept(message, gone) for message in platform.lines_of(key)])
    platform.invoice_items.clear()
    platform.customer_items.clear()
    platform.put(left)
    platform.lake.rows, platform.warehouse.rows = list(left), list(left)
    return platform


def judged(platform: Platform, hops: Sequence[str] = HOPS) -> Verdict:
    return reconciled(platform, LINES, hops, erased=GONE)


def test_an_erased_platform_agrees_on_the_lines_that_are_left_and_counts_the_others() -> None:
    assert 5 < len(GONE) < 35
    verdict = judged(an_erased_platform())
    assert verdict.outcome is Outcome.HOLDS, verdict.answer()
    assert {(hop.name, hop.counts.lines) for hop in verdict.hops} == {(name, len(LEFT)) for name in HOPS}
    assert verdict.facts["erased_rows"] == len(GONE)


def test_it_agrees_once_the_topic_has_let_go_of_all_messages() -> None:
    platform = an_erased_platform()
    platform.starts = platform.ends()
    assert judged(platform).outcome is Outcome.HOLDS


def test_the_mark_of_a_message_that_is_no_line_stands_for_it_and_not_for_a_line() -> None:
    platform = a_loaded_platform(LINES)
    message = platform.publish(b"customer 12345 called", b"?", 0)
    key = platform.archive(0, [erased(message, None)])
    platform.quarantined.add(f"quarantine/stream/order-lines/0/{message.offset}-{message.timestamp}.json")
    assert reconciled(platform, LINES).outcome is Outcome.HOLDS
    [first, *others] = platform.lines_of(min(platform.objects))
    platform.rewrite(min(platform.objects), [erased(first, None), *others])
    assert lost(reconciled(platform, LINES))["s3-deliveries"] == 1
    assert key in platform.objects


@pytest.mark.parametrize("store", ["s3", "dynamodb", "lake", "redshift"])
def test_an_erased_line_that_came_back_is_found_in_its_store_alone(store: str) -> None:
    platform = an_erased_platform()
    back = GONE[0]
    if store == "s3":
        whole = a_loaded_platform(LINES)
        [key] = [
            key for key in whole.objects if any(back.LineId.encode() in (it.value or b"") for it in whole.lines_of(key))
        ][:1]
        platform.rewrite(key, whole.lines_of(key))
    elif store == "dynamodb":
        platform.put([back])
    else:
        (platform.lake if store == "lake" else platform.warehouse).rows.append(back)
    found = judged(platform)
    assert set(lost(found)) == {f"{store}-erased"}
    assert found.pages == []  # they are about losses


def test_what_an_erasure_under_way_has_not_reached_is_due() -> None:
    platform = an_erased_platform(LINES)
    platform.erasing = True
    verdict = judged(platform)
    assert (verdict.outcome, lost(verdict)) == (Outcome.DUE, {})
    after = ("the erasure has ended (`tillstream erase` goes on with one that was stopped)",)
    stores = ("dynamodb", "lake", "redshift")
    assert due(verdict) == {f"{store}-erased": {after: len(GONE)} for store in stores}


def test_without_a_record_the_same_lines_are_lost() -> None:
    found = lost(reconciled(an_erased_platform(), LINES, HOPS))
    assert {name: found[f"{name}-lines"] for name in ("dynamodb", "lake", "redshift")} == dict.fromkeys(
        ("dynamodb", "lake", "redshift"), len(GONE)
    )
