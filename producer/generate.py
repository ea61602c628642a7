"""A believable day of a shop that sells gifts: invented rows with every oddity of real ones, for those without data.

Every row parses. The same day, seed and number of invoices give the same bytes on every machine. The rows come from
recipes, one an invoice: the plain ones by chance, and each odd one at least once a day. A cancellation credits lines of
an earlier invoice of the same customer, or, before the first sale, of an earlier day.
"""

import csv
import io
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Final

from commerce.lines import FIRST_FIELDS
from producer.replay.options import INVOICES

LONGEST_INVOICE: Final = 1_114
MOST_COPIES: Final = 20
LARGEST_QUANTITY: Final = 80_995

OPENS: Final = time(8, 1)
OPEN_MINUTES: Final = 12 * 60
MOST_CREDITABLE: Final = 50
"""The latest sales of which a credit chooses one: the memory of a day of any size is bounded."""

HOME: Final = "United Kingdom"

COLOURS: Final = ("AMBER", "COBALT", "CORAL", "IVORY", "MINT", "OCHRE", "PLUM", "RUSSET", "SAGE", "SLATE", "UMBER")
THINGS: Final = (
    *("BIRDBOX", "BOOKEND", "COASTER", "DOORBELL", "EGGCUP", "JEWEL TRAY", "KITE", "LADLE", "MOBILE", "NAPKIN"),
    *("PENNANT", "QUILT", "THIMBLE", "VASE"),
)
ABROAD: Final = ("Andorra", "Chile", "EIRE", "Estonia", "Fiji", "New Zealand", "Peru", "Slovenia")


@dataclass(frozen=True, slots=True)
class Sold:
    """One invented row; the price is in thousandths."""

    invoice: str
    code: str
    description: str
    quantity: int
    at: datetime
    price: int
    customer: int | None
    country: str
    latin_1: bool = False


@dataclass(frozen=True, slots=True)
class Invoice:
    """The fields that all rows of an invoice share."""

    number: str
    at: datetime
    customer: int | None
    country: str

    def row(self, code: str, description: str, quantity: int, price: int, *, latin_1: bool = False) -> Sold:
        """A row of this invoice."""
        return Sold(self.number, code, description, quantity, self.at, price, self.customer, self.country, latin_1)


Recipe = Callable[[Invoice, Random], list[Sold]]


def records(day: date, *, seed: int = 0, invoices: int = INVOICES, utf_8: bool = False) -> Iterator[bytes]:
    """The records of a CSV file of that day, the header first: about this many invoices, some 20 rows each.

    No row has an added field. Text is UTF-8; without `utf_8` some records are in Latin-1, as exports that were stitched
    together have it.
    """
    yield _record(FIRST_FIELDS, "utf-8")
    for sold in rows(day, seed=seed, invoices=invoices):
        yield _record(_cells(sold), "latin-1" if sold.latin_1 and not utf_8 else "utf-8")


def rows(day: date, *, seed: int = 0, invoices: int = INVOICES) -> Iterator[Sold]:
    """The rows of that day, invoice after invoice by time; one invoice goes on after the next one."""
    random = Random(f"{day.isoformat()} {seed}")
    recipes = _recipes(invoices, random)
    split, rest = recipes.index(_split), []
    sales = {recipe: deque[list[Sold]](maxlen=MOST_CREDITABLE) for recipe in CREDITED.values()}
    for index, recipe in enumerate(recipes):
        invoice = _invoice(day, index, len(recipes), recipe, random)
        earlier = sales[CREDITED[recipe]] if recipe in CREDITED else None
        sold = _credit(invoice, earlier, random) if earlier else recipe(invoice, random)
        if recipe in sales:
            sales[recipe].append(sold)
        if index == split:
            sold, rest = sold[:3], sold[3:]
        yield from sold
        if index == split + 1:
            yield from rest


def _recipes(count: int, random: Random) -> list[Recipe]:
    """A recipe for each invoice: each odd one once, at a place by chance, and plain ones around them."""
    recipes: list[Recipe] = random.choices(
        (_plain, _cancelled, _anonymous, _written_off), (78, 13, 8, 1), k=max(0, count - len(ODD))
    )
    for recipe in ODD:
        recipes.insert(random.randint(0, len(recipes)), recipe)
    bulk, undone = sorted((recipes.index(_bulk), recipes.index(_undone)))
    recipes[bulk], recipes[undone] = _bulk, _undone
    recipes.append(_plain)  # never end with the invoice that goes on after the next one
    return recipes


def _invoice(day: date, index: int, count: int, recipe: Recipe, random: Random) -> Invoice:
    digits = (100 + day.toordinal() % 900) * 10 ** max(3, len(str(count))) + index
    at = datetime.combine(day, OPENS) + timedelta(minutes=OPEN_MINUTES * index // count)
    customer: int | None = random.choice(REGULARS) if random.random() < 0.1 else random.randint(12_000, 18_999)
    country = HOME if random.random() < 0.9 else ABROAD[(customer or 0) % len(ABROAD)]
    if recipe in (_anonymous, _adjusted, _written_off, _unexplained, _vouchers):
        customer, country = None, HOME
    if recipe in (_here, _there):
        customer, country = TRAVELLER, HOME if recipe is _here else ABROAD[0]
    letter = "C" if recipe in (_cancelled, _undone) else "A" if recipe is _adjusted else ""
    return Invoice(f"{letter}{digits}", at, customer, country)


REGULARS: Final = (13_579, 14_680, 15_791)
TRAVELLER: Final = 12_345


def _plain(invoice: Invoice, random: Random) -> list[Sold]:
    sold = [_product(invoice, random) for _ in range(random.randint(1, 38))]
    if random.random() < 0.3:
        sold.append(random.choice(sold))  # the same thing passed over the till twice
    return sold


def _credit(invoice: Invoice, sales: deque[list[Sold]], random: Random) -> list[Sold]:
    """Take back one to three lines of one of these sales, for its own customer; no later credit finds it again."""
    at = random.randrange(len(sales))
    sale = sales[at]
    del sales[at]
    taken_back = random.sample(sale, min(len(sale), random.randint(1, 3)))
    return [replace(_reversed(sold), invoice=invoice.number, at=invoice.at) for sold in taken_back]


def _cancelled(invoice: Invoice, random: Random) -> list[Sold]:
    """A credit for a sale of an earlier day."""
    return [_reversed(_product(invoice, random)) for _ in range(random.randint(1, 3))]


def _anonymous(invoice: Invoice, random: Random) -> list[Sold]:
    return [_product(invoice, random) for _ in range(random.randint(1, 90))]


def _written_off(invoice: Invoice, random: Random) -> list[Sold]:
    words = random.choice(("", "", "damaged", "?", "lost, or counted wrong"))
    return [invoice.row(str(random.randint(20_000, 23_999)), words, -random.randint(1, 300), 0)]


def _unexplained(invoice: Invoice, random: Random) -> list[Sold]:
    return [replace(sold, description="") for sold in _written_off(invoice, random)]


def _adjusted(invoice: Invoice, random: Random) -> list[Sold]:
    debt = random.randint(1_000_000, 20_000_000) // 10 * 10
    return [invoice.row("B", "Adjusted by hand", 1, price) for price in (debt, -debt, -random.randint(1, 999) * 10)]


def _copies(invoice: Invoice, random: Random) -> list[Sold]:
    many, few, once = (_product(invoice, random) for _ in range(3))
    sold = [many] * MOST_COPIES + [few] * 2 + [once]
    random.shuffle(sold)
    return sold


def _cases(invoice: Invoice, random: Random) -> list[Sold]:
    number, thing = random.randint(20_000, 23_999), _description(random)
    return [invoice.row(f"{number}{letter}", thing, random.randint(1, 12), 1_250) for letter in "AaBb"]


def _charges(invoice: Invoice, random: Random) -> list[Sold]:
    return [
        _product(invoice, random),
        invoice.row("BANK CHARGES", "Charges of the bank", 1, 15_000),
        invoice.row("POST", " CARRIAGE ", 1, 18_000),
        invoice.row("FREE", "SAMPLE CARD", 1, 0),
    ]


def _thousandths(invoice: Invoice, random: Random) -> list[Sold]:
    return [
        invoice.row("PADS", "PADS TO MATCH ALL CUSHIONS", random.randint(1, 9), 1),
        _product(invoice, random, 3_163),
    ]


def _texts(invoice: Invoice, random: Random) -> list[Sold]:
    texts = (
        'FRAME 8" BY 10"',
        'SIGN "OPEN", TWO SIDES',
        "CUPS, SAUCERS, AND PLATES",
        "  TWO BLANKS FIRST",
        "BLANKS LAST  ",
        " , ",
        '"QUOTED"',
    )
    return [invoice.row(str(22_000 + number), text, random.randint(1, 24), 2_950) for number, text in enumerate(texts)]


def _vouchers(invoice: Invoice, random: Random) -> list[Sold]:
    voucher = invoice.row("gift_0001_20", "Gift voucher worth £20.00", 1, 16_670)
    kit = invoice.row("gift_0001_10", "Gift voucher worth £10.00", random.randint(1, 3), 8_330)
    # the same text in two encodings is the same row: the second voucher is a copy of the first
    return [voucher, kit, replace(voucher, latin_1=True), *(replace(kit, quantity=n + 4) for n in range(4))]


def _wholesale(invoice: Invoice, random: Random) -> list[Sold]:
    return [_product(invoice, random) for _ in range(LONGEST_INVOICE)]


def _bulk(invoice: Invoice, random: Random) -> list[Sold]:
    return [invoice.row("23999", "PAPER CRAFT, LITTLE HERON", LARGEST_QUANTITY, 2_080)]


def _undone(invoice: Invoice, random: Random) -> list[Sold]:
    return [_reversed(sold) for sold in _bulk(invoice, random)]


def _split(invoice: Invoice, random: Random) -> list[Sold]:
    return [_product(invoice, random) for _ in range(random.randint(6, 12))]


def _here(invoice: Invoice, random: Random) -> list[Sold]:
    return _split(invoice, random)


def _there(invoice: Invoice, random: Random) -> list[Sold]:
    return _split(invoice, random)


ODD: Final[tuple[Recipe, ...]] = (
    _plain,
    _cancelled,
    _anonymous,
    _unexplained,
    _adjusted,
    _copies,
    _cases,
    _charges,
    _thousandths,
    _texts,
    _vouchers,
    _wholesale,
    _bulk,
    _undone,
    _split,
    _here,
    _there,
)


CREDITED: Final[Mapping[Recipe, Recipe]] = {_cancelled: _plain, _undone: _bulk}
"""The recipe of the sales whose lines each recipe of a credit takes back, as far as such a sale came before."""


def _product(invoice: Invoice, random: Random, price: int | None = None) -> Sold:
    code = f"{random.randint(20_000, 23_999)}{random.choice(('', '', '', 'A', 'B', 'c'))}"
    quantity = random.choice((1, 1, 2, 3, 4, 6, 6, 8, 10, 12, 12, 24, 25, 48, 96))
    if price is None:
        price = random.choice((290, 420, 550, 650, 850, 1_250, 1_650, 2_100, 2_550, 3_750, 4_950, 7_950, 12_750))
    return invoice.row(code, _description(random), quantity, price)


def _description(random: Random) -> str:
    words = f"{random.choice(COLOURS)} {random.choice(THINGS)}"
    return random.choice((words, words, words, f"{words} ", f" {words}", f"SET OF {random.randint(2, 12)} {words}S"))


def _reversed(sold: Sold) -> Sold:
    return replace(sold, quantity=-sold.quantity)


def _cells(sold: Sold) -> tuple[str, ...]:
    """The row as an export writes it: an ISO date, and the customer a float that is empty where missing."""
    return (
        sold.invoice,
        sold.code,
        sold.description,
        str(sold.quantity),
        sold.at.isoformat(" "),
        _price(sold.price),
        "" if sold.customer is None else f"{sold.customer}.0",
        sold.country,
    )


def _price(thousandths: int) -> str:
    whole, part = divmod(abs(thousandths), 1000)
    digits = f"{part:03}".rstrip("0") or "0"
    return f"{'-' if thousandths < 0 else ''}{whole}.{digits}"


def _record(cells: tuple[str, ...], encoding: str) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().encode(encoding)
