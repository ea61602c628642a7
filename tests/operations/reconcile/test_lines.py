"""The compact lines: what they count, and that they compare as sets of ids do."""

import hashlib
import subprocess
import sys
from collections import Counter
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from commerce.lines import OrderLine
from operations.reconcile.lines import LineCounter, LineSet
from tests.orders import a_line, order_lines


def counted(lines: list[OrderLine]) -> LineSet:
    counter = LineCounter()
    for line in lines:
        counter.add(line)
    return counter.settle()


@given(st.lists(order_lines, max_size=20), st.data())
def test_lines_are_counted_as_a_counter_of_ids_would(lines: list[OrderLine], data: st.DataObject) -> None:
    delivered = lines + (data.draw(st.lists(st.sampled_from(lines))) if lines else [])
    held, ids = counted(delivered), Counter(line.LineId for line in delivered)
    assert (held.counts.rows, held.counts.lines) == (len(delivered), len(ids))
    assert held.counts.repeated == sum(count > 1 for count in ids.values())
    amounts = {line.LineId: Decimal(line.Quantity) * line.UnitPrice for line in delivered}
    assert str(held.counts.net_amount) == f"{sum(amounts.values(), Decimal()):.3f}".replace("-0.000", "0.000")
    assert held.counts.digest == hashlib.sha256("".join(f"{line_id}\n" for line_id in sorted(ids)).encode()).hexdigest()
    assert all(line_id in held for line_id in ids)


@given(st.lists(order_lines, max_size=12, unique_by=lambda line: line.LineId), st.data())
def test_what_others_lack_is_named(lines: list[OrderLine], data: st.DataObject) -> None:
    some = data.draw(st.lists(st.sampled_from(lines), unique_by=id)) if lines else []
    others = data.draw(st.lists(st.sampled_from(lines), unique_by=id)) if lines else []
    left = list(counted(lines).without(counted(some), counted(others)))
    expected = [line for line in lines if line not in some and line not in others]
    assert [ref.line_id for ref in left] == sorted(line.LineId for line in expected)
    by_id = {line.LineId: line for line in expected}
    assert all(by_id[ref.line_id].InvoiceNo == ref.invoice_no for ref in left)
    assert all(by_id[ref.line_id].Quantity * by_id[ref.line_id].UnitPrice == ref.amount for ref in left)
    assert all(ref.line_id not in counted(some) for ref in left)


def test_no_lines_hold_nothing() -> None:
    nothing = counted([])
    assert (nothing.counts.rows, nothing.counts.lines, str(nothing.counts.net_amount)) == (0, 0, "0.000")
    assert nothing.counts.digest == hashlib.sha256(b"").hexdigest()
    assert a_line().LineId not in nothing


def test_an_amount_beyond_64_bits_is_exact() -> None:
    greatest = a_line(Quantity=2**31 - 1, UnitPrice=Decimal(10**9))
    least = a_line(Quantity=-(2**31), UnitPrice=Decimal(10**9))
    assert str(counted([greatest]).counts.net_amount) == "2147483647000000000.000"
    assert str(counted([greatest, least]).counts.net_amount) == "-1000000000.000"


def test_a_hundred_thousand_lines_take_less_than_twelve_megabytes() -> None:
    script = """if True:
        import re
        def peak_kilobytes():
            # not ru_maxrss: that of a child begins with its parent's
            return int(re.search(r"VmHWM:\\s*([0-9]+) kB", open("/proc/self/status").read())[1])
        from operations.reconcile.lines import LineCounter
        from tests.orders import a_line
        counter, line = LineCounter(), a_line()
        counter.add(line)
        import hashlib, msgspec
        before = peak_kilobytes()
        for number in range(100_000):
            identifier = hashlib.sha256(b"%d" % number).hexdigest()[:32]
            counter.add(msgspec.structs.replace(line, LineId=identifier))
        held = counter.settle()
        print(held.counts.lines, peak_kilobytes() - before)
    """
    lines, kilobytes = map(int, subprocess.check_output([sys.executable, "-c", script], text=True).split())
    assert lines == 100_001
    assert kilobytes < 12_000
