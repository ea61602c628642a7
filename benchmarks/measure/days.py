"""Any number of order lines as CSV files: the real rows again and again, on later days, under other numbers.

The source's days are laid one after another without a gap, copy after copy, so the density is that of a real shop:
some 1,800 rows a day, 54,000 a month. A copy's invoice numbers are a million above those of the copy before. The rows
stay valid, their texts as they were, and all LineIds differ.
"""

import csv
import io
import itertools
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from benchmarks.measure.rows import files
from commerce.lines import FIRST_FIELDS

FIRST_DAY = date(2010, 12, 1)
COPY = 1_000_000
"""The difference between the invoice numbers of two successive copies."""

Row = tuple[str, int, str, str, str]
"""A row in the pieces from which a copy is put together: the invoice's letter and number, the cells from StockCode to
Quantity, the time of the day, the cells after InvoiceDate."""

HEADER = (",".join(FIRST_FIELDS) + "\n").encode()


def write(folder: Path, rows: int, files_of: str = "day") -> list[Path]:
    """Write so many rows into `folder`, a file a `day` or a `month`; the files in their order. Nothing is held but
    the source."""
    folder.mkdir(parents=True, exist_ok=True)
    name = "{:%Y-%m}" if files_of == "month" else "{:%Y-%m-%d}"
    paths = []
    for stem, days in itertools.groupby(_days(rows), key=lambda found: name.format(found[0])):
        paths.append(folder / f"{stem}.csv")
        with paths[-1].open("wb") as file:
            file.write(HEADER)
            file.writelines(body for _, body in days)
    return paths


def documents(rows: int) -> Iterator[tuple[str, bytes]]:
    """So many rows as documents of a day, each with its file's name; nothing is written, nor held but the source."""
    for day, body in _days(rows):
        yield f"{day}.csv", HEADER + body


def small_file(path: Path, dates: list[date], copy: int, rows: int = 1_000) -> Path:
    """Write rows under the numbers of this copy, spread over these days in turn."""
    spread = itertools.cycle(dates)
    with path.open("wb") as file:
        file.write(HEADER)
        for row in itertools.islice(itertools.chain.from_iterable(_source()), rows):
            file.write(_text([row], next(spread), copy))
    return path


def last_day(rows: int) -> date:
    """The day of the last row, where so many were written."""
    return max(day for day, _ in _days(rows, text=False))


def _days(rows: int, *, text: bool = True) -> Iterator[tuple[date, bytes]]:
    """Each day and its rows as CSV."""
    source, left = _source(), rows
    for number in itertools.count():
        copy, at = divmod(number, len(source))
        day = source[at][:left]
        when = FIRST_DAY + timedelta(number)
        yield when, _text(day, when, copy) if text else b""
        left -= len(day)
        if left == 0:
            return


def _text(rows: list[Row], day: date, copy: int) -> bytes:
    """The rows as CSV on this day, under this copy's numbers."""
    above, day_text = copy * COPY, day.isoformat()
    text = [
        f"{letter}{number + above},{goods},{day_text} {time},{rest}\n" for letter, number, goods, time, rest in rows
    ]
    return "".join(text).encode("latin-1")  # as it was read: every byte as it was


def _source() -> list[list[Row]]:
    """The rows of each source file, in pieces."""
    found = []
    for path in files():
        with path.open(encoding="latin-1", newline="") as document:
            found.append([_row(cells) for cells in csv.DictReader(document)])
    return found


def _row(cells: dict[str, str]) -> Row:
    invoice = cells["InvoiceNo"]
    letter = invoice[:1] if invoice[:1].isalpha() else ""
    goods = _csv([cells[name] for name in ("StockCode", "Description", "Quantity")])
    rest = _csv([cells[name] for name in ("UnitPrice", "CustomerID", "Country")])
    return letter, int(invoice.removeprefix(letter)), goods, cells["InvoiceDate"][11:], rest


def _csv(cells: list[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()
