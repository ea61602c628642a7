"""A generated day holds every oddity of the real data, every row parses, and it is the same bytes each time."""

import hashlib
import io
from collections import Counter, defaultdict
from datetime import date
from functools import cache
from itertools import groupby, pairwise
from pathlib import Path

import pytest

from commerce.files.documents import order_lines
from commerce.lines import OrderLine
from producer.generate import records
from tests.orders import REAL_DATA, needs_real_data
from tests.producer.conftest import Command

DAY = date(2010, 12, 1)
SEEDS = range(4)


@cache
def document(seed: int = 0, invoices: int = 120) -> bytes:
    return b"".join(records(DAY, seed=seed, invoices=invoices))


@cache
def lines(seed: int = 0, invoices: int = 120) -> list[OrderLine]:
    read = list(order_lines("day.csv", io.BytesIO(document(seed, invoices))))
    assert [entry.errors for entry in read if entry.errors] == []
    return [entry.line for entry in read if entry.line]


@pytest.fixture(params=SEEDS)
def day(request: pytest.FixtureRequest) -> list[OrderLine]:
    return lines(request.param)


def test_a_day_is_the_same_bytes_each_time_and_another_one_for_each_seed_and_day() -> None:
    again = b"".join(records(DAY))
    assert again == document()
    assert len({again, document(1), b"".join(records(date(2010, 12, 2)))}) == 3


def test_a_day_does_not_change_from_machine_to_machine() -> None:
    assert hashlib.sha256(document()).hexdigest() == "1de5563b3468cb1b79273de6b5ec7d0d53faeaf78a908bf0653c076bf5b4c14f"


@pytest.mark.parametrize("invoices", [1, 5, 30, 1_000])
def test_every_row_of_any_size_of_day_parses(invoices: int) -> None:
    assert len({line.InvoiceNo for line in lines(0, invoices)}) >= invoices


def test_all_rows_are_of_that_day_in_order(day: list[OrderLine]) -> None:
    assert {line.InvoiceDate.date() for line in day} == {DAY}
    firsts = [next(group).InvoiceDate for _, group in groupby(day, key=lambda line: line.InvoiceNo)]
    assert sum(later < earlier for earlier, later in pairwise(firsts)) == 1


def test_two_days_have_no_invoice_in_common() -> None:
    other = {
        entry.line.InvoiceNo
        for entry in order_lines("", io.BytesIO(b"".join(records(date(2010, 12, 2)))))
        if entry.line
    }
    assert not other & {line.InvoiceNo for line in lines()}


def test_a_row_may_be_copied_up_to_twenty_times(day: list[OrderLine]) -> None:
    assert max(line.Occurrence for line in day) >= 20
    assert sum(line.Occurrence == 2 for line in day) > 2


def test_cancellations_have_negative_quantities(day: list[OrderLine]) -> None:
    cancelled = [line for line in day if line.InvoiceNo.startswith("C")]
    assert len({line.InvoiceNo for line in cancelled}) > 5
    assert all(line.Quantity < 0 for line in cancelled)


def test_a_cancellation_takes_back_lines_of_an_earlier_invoice_of_the_same_customer(day: list[OrderLine]) -> None:
    sold: set[tuple[object, ...]] = set()
    for line in day:
        of = (line.CustomerID, line.Country, line.StockCode, line.Description, line.UnitPrice)
        if line.InvoiceNo.startswith("C"):
            assert (*of, -line.Quantity) in sold
        else:
            sold.add((*of, line.Quantity))


def test_there_are_adjustments_with_negative_prices(day: list[OrderLine]) -> None:
    assert sum(line.UnitPrice < 0 for line in day if line.InvoiceNo.startswith("A")) == 2


def test_customers_are_missing_but_never_within_an_invoice(day: list[OrderLine]) -> None:
    missing = {line.InvoiceNo for line in day if line.CustomerID is None}
    assert missing
    assert not missing & {line.InvoiceNo for line in day if line.CustomerID is not None}
    assert 0.02 < sum(line.CustomerID is None for line in day) / len(day) < 0.6


def test_descriptions_are_missing_prices_are_zero_or_have_three_decimals() -> None:
    of_all_seeds = [line for seed in SEEDS for line in lines(seed)]
    assert any(line.Description is None for line in of_all_seeds)
    for seed in SEEDS:
        assert any(line.Description is None for line in lines(seed)), seed
        assert any(line.UnitPrice == 0 for line in lines(seed)), seed
        assert any(line.UnitPrice.normalize().as_tuple().exponent == -3 for line in lines(seed)), seed


def test_quantities_are_never_zero_and_may_be_very_large_either_way(day: list[OrderLine]) -> None:
    assert (min(line.Quantity for line in day), max(line.Quantity for line in day)) == (-80_995, 80_995)
    assert 0 not in {line.Quantity for line in day}


def test_codes_hold_blanks_and_underscores_and_differ_in_case_only(day: list[OrderLine]) -> None:
    codes = {line.StockCode for line in day}
    assert "BANK CHARGES" in codes
    assert "gift_0001_20" in codes
    by_invoice: defaultdict[str, set[str]] = defaultdict(set)
    for line in day:
        by_invoice[line.InvoiceNo].add(line.StockCode)
    assert any(len(codes) > len({code.lower() for code in codes}) for codes in by_invoice.values())


def test_one_invoice_goes_on_after_another_one(day: list[OrderLine]) -> None:
    runs = Counter(number for number, _ in groupby(day, key=lambda line: line.InvoiceNo))
    assert Counter(runs.values())[2] == 1


def test_one_customer_appears_with_two_countries(day: list[OrderLine]) -> None:
    countries: defaultdict[int, set[str]] = defaultdict(set)
    for line in day:
        if line.CustomerID:
            countries[line.CustomerID].add(line.Country)
    assert countries[12_345] == {"United Kingdom", "Andorra"}


def test_one_invoice_is_very_long_and_one_customer_has_several(day: list[OrderLine]) -> None:
    assert max(Counter(line.InvoiceNo for line in day).values()) == 1_114
    assert (
        max(len({line.InvoiceNo for line in day if line.CustomerID == regular}) for regular in (13579, 14680, 15791))
        > 1
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_text_is_quoted_padded_and_in_two_encodings(seed: int) -> None:
    text = document(seed)
    assert b'""' in text
    assert b'", "' in text or b'" , "' in text
    descriptions = [line.Description or "" for line in lines(seed)]
    assert any(text.startswith(" ") for text in descriptions)
    assert any(text.endswith(" ") for text in descriptions)
    assert any("," in text for text in descriptions)
    assert any('"' in text for text in descriptions)
    assert any("£" in text for text in descriptions)
    records = text.split(b"\n")
    assert any("£".encode() in record for record in records)
    latin_1 = [record for record in records if b"\xa3" in record.replace("£".encode(), b"")]
    assert 0 < len(latin_1) < len([record for record in records if b"\xa3" in record])
    assert {text for text in descriptions if not text.isascii()} == {
        "Gift voucher worth £20.00",
        "Gift voucher worth £10.00",
    }


def test_customers_and_dates_are_written_as_pandas_does() -> None:
    header, first = document().splitlines()[:2]
    assert header == b"InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
    assert first.split(b",")[4].startswith(b"2010-12-01 08:0")
    assert any(cell.endswith(b".0") and len(cell) == 7 for cell in document().split(b","))


@needs_real_data
def test_no_row_is_a_real_one() -> None:
    real = set()
    for file in (REAL_DATA / "online-retail").glob("*.csv"):
        with file.open("rb") as rows:
            real |= {entry.line.Description for entry in order_lines("", rows) if entry.line}
    common = real & {line.Description for seed in SEEDS for line in lines(seed)}
    assert common <= {None, "damaged", "?", " , "}


def test_the_command_writes_the_day_to_a_file_or_to_standard_output(command: Command, tmp_path: Path) -> None:
    ended = command("generate", "2010-12-01", "--seed", 3, "--invoices", 20, "-o", tmp_path / "day.csv")
    assert ended.code == 0
    assert (tmp_path / "day.csv").read_bytes() == document(3, 20)
    assert f"{len(lines(3, 20)):,} rows of 2010-12-01 in {tmp_path / 'day.csv'}" in ended.err


def test_a_file_with_something_else_is_replaced_by_force_alone(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "day.csv"
    generate = ("generate", "2010-12-01", "--invoices", 20, "-o", file)
    file.touch()
    assert command(*generate).code == 0
    written = file.read_bytes()
    assert command(*generate).code == 0  # the same bytes: nothing to lose
    for other in (b"real rows", written[:-1], written + b"1"):
        file.write_bytes(other)
        refused = command(*generate)
        assert (refused.code, file.read_bytes()) == (2, other)
        assert f"{file} is there already and holds something else: --force replaces it" in refused.err
    assert (command(*generate, "--force").code, file.read_bytes()) == (0, written)


def test_the_same_day_can_be_had_in_utf_8_alone(command: Command, tmp_path: Path) -> None:
    ended = command("generate", "2010-12-01", "--seed", 3, "--invoices", 20, "--utf-8", "-o", tmp_path / "day.csv")
    assert (ended.code, "Windows-1252" in ended.err) == (0, False)
    text = (tmp_path / "day.csv").read_text("utf-8")
    with pytest.raises(UnicodeDecodeError):
        document(3, 20).decode()
    assert lines(3, 20) == [entry.line for entry in order_lines("", io.BytesIO(text.encode()))]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["yesterday"], "argument DAY"),
        (["2010-02-30"], "argument DAY"),
        (["2010-12-01", "--invoices", "0"], "must be a whole number from 1"),
        (["2010-12-01", "-o", "no/day.csv"], "no/day.csv cannot be written: No such file or directory"),
    ],
)
def test_wrong_use_is_told(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = command("generate", *arguments)
    assert ended.code == 2
    assert sentence in ended.err
