"""The summaries due in Customers: the same doubts wherever they are kept, in memory that does not grow."""

import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from random import Random

import msgspec
import pytest

from commerce.lines import OrderLine
from commerce.summaries import InvoiceSummary, summaries
from operations.reconcile.buckets import HELD_BYTES
from operations.reconcile.scope import Scope
from operations.reconcile.summaries import Summaries
from tests.operations.reconcile.test_judge import some_lines

DAYS = frozenset(date(2010, 12, day) for day in range(1, 32))


def runs_of(lines: Sequence[OrderLine]) -> dict[str, list[OrderLine]]:
    """The lines by invoice."""
    return {it: [line for line in lines if line.InvoiceNo == it] for it in sorted({line.InvoiceNo for line in lines})}


def doubtful(runs: Sequence[Sequence[OrderLine]], stored: Sequence[InvoiceSummary], held_bytes: int) -> list[str]:
    found = Summaries(Scope(frozenset(line.InvoiceDate.date() for run in runs for line in run) or DAYS), held_bytes)
    for run in runs:
        found.add(run[0].InvoiceNo, run)
    return list(found.doubts(stored))


@pytest.mark.parametrize("held_bytes", [0, 500, HELD_BYTES])
@pytest.mark.parametrize("seed", range(5))
def test_an_invoice_is_doubtful_if_it_was_divided_or_a_summary_differs(seed: int, held_bytes: int) -> None:
    random = Random(seed)
    by_invoice = runs_of(some_lines(200, seed))
    stored = [it for run in by_invoice.values() for it in summaries(run)]
    with_customers = sorted({it.InvoiceNo for it in stored})
    lacking, wrong, divided, strange = random.sample(with_customers, 4)
    runs = [run for invoice_no, run in by_invoice.items() if invoice_no not in (divided, strange)]
    # in two runs, of which the second alone has all lines; a summary of no line that was read
    runs = [by_invoice[divided][:1], *runs, by_invoice[divided]]
    kept = [it for it in stored if it.InvoiceNo != lacking]
    kept = [msgspec.structs.replace(it, Units=it.Units + 1) if it.InvoiceNo == wrong else it for it in kept]
    random.shuffle(runs)
    random.shuffle(kept)
    assert doubtful(runs, kept, held_bytes) == sorted([lacking, wrong, divided, strange])


@pytest.mark.parametrize("held_bytes", [0, HELD_BYTES])
def test_the_pairs_due_are_named_and_counted(held_bytes: int) -> None:
    by_invoice = runs_of(some_lines(100))
    found = Summaries(
        Scope(frozenset(line.InvoiceDate.date() for run in by_invoice.values() for line in run)), held_bytes
    )
    for invoice_no, run in by_invoice.items():
        found.add(invoice_no, run)
    expected = sorted((it.CustomerID, it.InvoiceNo) for run in by_invoice.values() for it in summaries(run))
    assert found.pairs() == expected
    assert found.count == len(expected)


def peak_kilobytes_of(invoices: int) -> int:
    """The memory that so many invoices and their summaries take at most, beside what the code takes."""
    script = f"""if True:
        from datetime import date
        import msgspec
        from commerce.summaries import summaries
        from operations.reconcile.scope import Scope
        from operations.reconcile.summaries import Summaries
        from tests.memory import peak_kilobytes
        from tests.orders import a_line
        line = a_line()
        [summary] = summaries([line])
        found = Summaries(Scope(frozenset([line.InvoiceDate.date()])), 1 << 20)
        before = peak_kilobytes()
        def numbers():
            return map(str, range(600_000, 600_000 + {invoices}))
        for number in numbers():
            found.add(number, [msgspec.structs.replace(line, InvoiceNo=number)])
        assert not found.doubts(msgspec.structs.replace(summary, InvoiceNo=number) for number in numbers())
        print(found.count, peak_kilobytes() - before)
    """
    found, kilobytes = map(int, subprocess.check_output([sys.executable, "-c", script], text=True).split())
    assert found == invoices
    return kilobytes


def test_four_times_as_many_invoices_take_no_more_memory() -> None:
    few, many = (peak_kilobytes_of(invoices) for invoices in (20_000, 80_000))
    assert many < few + 1_500, (few, many)
