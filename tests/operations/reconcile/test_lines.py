"""The compact lines: what they count, and that they compare as sets of ids do."""

import hashlib
import subprocess
import sys
from collections import Counter
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from commerce.lines import OrderLine
from operations.reconcile.buckets import HELD_BYTES
from operations.reconcile.lines import LineCounter, LineSet
from tests.orders import a_line, order_lines

held_bytes = st.sampled_from([HELD_BYTES, 0, 3 * 42])
"""How much is kept in memory: everything, nothing, or some of the lines."""


def counted(lines: list[OrderLine], held: int = HELD_BYTES) -> LineSet:
    counter = LineCounter(held)
    for line in lines:
        counter.add(line)
    return counter.settle()


@given(st.lists(order_lines, max_size=20), st.data())
def test_lines_are_counted_as_a_counter_of_ids_would(lines: list[OrderLine], data: st.DataObject) -> None:
    delivered = lines + (data.draw(st.lists(st.sampled_from(lines))) if lines else [])
    held, ids = counted(delivered, data.draw(held_bytes)), Counter(line.LineId for line in delivered)
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
    of_some = counted(some, data.draw(held_bytes))
    left = list(counted(lines, data.draw(held_bytes)).without(of_some, counted(others, data.draw(held_bytes))))
    expected = [line for line in lines if line not in some and line not in others]
    assert [ref.line_id for ref in left] == sorted(line.LineId for line in expected)
    by_id = {line.LineId: line for line in expected}
    assert all(by_id[ref.line_id].InvoiceNo == ref.invoice_no for ref in left)
    assert all(by_id[ref.line_id].Quantity * by_id[ref.line_id].UnitPrice == ref.amount for ref in left)
    assert all(ref.line_id not in of_some for ref in left)


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


def peak_kilobytes_of(lines: int, held: int) -> int:
    """The memory that so many counted lines take at most, beside what the code takes."""
    script = f"""if True:
        from operations.reconcile.lines import LineCounter
        from tests.memory import peak_kilobytes
        from tests.orders import a_line
        counter, line = LineCounter({held}), a_line()
        counter.add(line)
        import hashlib, msgspec
        before = peak_kilobytes()
        for number in range({lines}):
            identifier = hashlib.sha256(b"%d" % number).hexdigest()[:32]
            counter.add(msgspec.structs.replace(line, LineId=identifier))
        held = counter.settle()
        print(held.counts.lines, peak_kilobytes() - before)
    """
    found, kilobytes = map(int, subprocess.check_output([sys.executable, "-c", script], text=True).split())
    assert found == lines + 1
    return kilobytes


def test_a_hundred_thousand_lines_take_less_than_twelve_megabytes() -> None:
    assert peak_kilobytes_of(100_000, HELD_BYTES) < 12_000


def test_four_times_as_many_lines_take_no_more_memory() -> None:
    few, many = (peak_kilobytes_of(lines, 1 << 20) for lines in (50_000, 200_000))
    assert many < few + 1_500, (few, many)


def test_lines_for_which_the_temporary_folder_has_no_room_are_refused() -> None:
    script = """if True:
        import resource
        from commerce.errors import NoRoom
        from operations.reconcile.lines import LineCounter
        from tests.orders import a_line
        import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
        counter = LineCounter(0)
        try:
            for _ in range(10):
                counter.add(a_line())
        except NoRoom as error:
            print(error)
    """
    said = subprocess.check_output([sys.executable, "-c", script], text=True)
    assert "the lines to compare" in said
    assert "TMPDIR" in said
