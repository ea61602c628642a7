"""Chunks: each line once, and an invoice's summary never before its lines."""

from collections import defaultdict
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from commerce.lines import OrderLine
from glue_jobs.load_tables.chunks import chunks
from tests.orders import a_line


def lines_of(sizes: dict[int, int]) -> list[OrderLine]:
    """So many lines of each of these invoices, as Spark hands them to a task: an invoice's together, by LineId."""
    return [
        line
        for number, size in sizes.items()
        for line in sorted(
            (a_line(InvoiceNo=f"{600_000 + number}", StockCode=f"{code}") for code in range(size)),
            key=lambda line: line.LineId,
        )
    ]


@given(st.dictionaries(st.integers(1, 99), st.integers(1, 12)), st.integers(1, 15), st.integers(0, 9))
def test_every_line_comes_once_and_every_invoice_is_whole_after_its_last(
    sizes: dict[int, int], size: int, seed: int
) -> None:
    lines = lines_of(sizes)
    random = Random(seed)
    delivered = [line for line in lines for _ in range(random.randint(1, 3))]
    put: defaultdict[str, list[OrderLine]] = defaultdict(list)
    whole = []
    for chunk in chunks(delivered, size):
        assert len(chunk.lines) <= size
        for line in chunk.lines:
            put[line.InvoiceNo].append(line)
        for invoice_no in chunk.whole:
            assert len(put[invoice_no]) == sizes[int(invoice_no) - 600_000]
            whole.append(invoice_no)
    assert sorted(whole) == sorted(put)
    assert sorted(line.LineId for lines in put.values() for line in lines) == sorted(line.LineId for line in lines)


def test_a_chunks_invoices_are_shuffled() -> None:
    (chunk,) = chunks(lines_of({1: 50, 2: 50, 3: 50}))
    runs = sum(one.InvoiceNo != other.InvoiceNo for one, other in zip(chunk.lines, chunk.lines[1:], strict=False))
    assert runs > 50
    assert chunk.whole == ["600001", "600002", "600003"]


def test_no_lines_make_no_chunk() -> None:
    assert list(chunks([])) == []
