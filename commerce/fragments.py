"""A row as its three fragments: an invoice's head, a product and a quantity, each checked and written once.

Order lines repeat themselves: an invoice's number, date, customer and country are on each of its lines, and so are a
product's code, text and price; quantities are few. So each fragment carries, beside its checked values, the bytes that
stand for it in the canonical form (commerce.identity) and in the wire form (commerce.wire). A row whose fragments have
been seen takes three look-ups, a join and one SHA-256. The added fields of a row, if it has any, are a fourth fragment.
Tests hold both forms equal to those of the two modules.

A fragment is made only of a row that the rules of commerce.lines have passed.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final, Self, TypeVar

import msgspec

from commerce.identity import added_element
from commerce.json_text import json_text
from commerce.lines import ADDED, OrderLine, OrderRow, row_of, thousandths

MOST_REMEMBERED: Final = 16_384
"""Entries of a memory. With one more it forgets them all: each is then checked once more when it comes again."""

LONGEST_REMEMBERED: Final = 512
"""Characters of an entry's text: the blanks around a number may be a megabyte."""

_canonical: Final = msgspec.json.Encoder().encode


class Head(msgspec.Struct, frozen=True, gc=False):
    """The part that an invoice's lines share, with its bytes in both forms: before product, price and Occurrence."""

    InvoiceNo: str
    InvoiceDate: datetime
    CustomerID: int | None
    Country: str
    day: date
    canonical_number: bytes
    canonical_date: bytes
    canonical_country: bytes
    wire_number: bytes
    wire_date: bytes
    wire_country: bytes

    @classmethod
    def of(cls, row: OrderRow) -> Self:
        """The head of the row's invoice."""
        number, when = _canonical(row.InvoiceNo), _canonical(row.InvoiceDate)
        customer, country = _canonical(row.CustomerID), _canonical(row.Country)
        return cls(
            row.InvoiceNo,
            row.InvoiceDate,
            row.CustomerID,
            row.Country,
            row.InvoiceDate.date(),
            b"[%b," % number,
            b",%b," % when,
            b",%b,%b," % (customer, country),
            b'{"InvoiceNo":%b,"StockCode":' % number,
            b',"InvoiceDate":%b,"UnitPrice":' % when,
            b',"CustomerID":%b,"Country":%b,"Occurrence":' % (customer, json_text(row.Country)),
        )


class Product(msgspec.Struct, frozen=True, gc=False):
    """A product at its price, and its bytes in both forms: the text before the quantity, and the price."""

    StockCode: str
    Description: str | None
    UnitPrice: Decimal
    canonical_text: bytes
    canonical_price: bytes
    wire_text: bytes
    wire_price: bytes

    @classmethod
    def of(cls, row: OrderRow) -> Self:
        """The product of the row."""
        code, description = row.StockCode, row.Description
        return cls(
            code,
            description,
            row.UnitPrice,
            b"%b,%b," % (_canonical(code), _canonical(description)),
            b"%d" % thousandths(row.UnitPrice),
            b'%b,"Description":%b,"Quantity":' % (json_text(code), json_text(description)),
            json_text(row.UnitPrice),
        )


class Quantity(msgspec.Struct, frozen=True, gc=False):
    """A quantity and its digits."""

    value: int
    digits: bytes

    @classmethod
    def of(cls, row: OrderRow) -> Self:
        """The quantity of the row."""
        return cls(row.Quantity, b"%d" % row.Quantity)


class Fragments(msgspec.Struct, frozen=True, gc=False):
    """A checked row."""

    head: Head
    product: Product
    quantity: Quantity

    def row(self) -> OrderRow:
        """The same row, field by field."""
        return row_of(self.line(0, ""))

    def line_id(self, occurrence: int, end: bytes = b"") -> str:
        """The LineId of this copy of the row (commerce.identity.line_id); its form ends with `end`, or with `]`."""
        head, product = self.head, self.product
        form = (
            head.canonical_number,
            product.canonical_text,
            self.quantity.digits,
            head.canonical_date,
            product.canonical_price,
            head.canonical_country,
            b"%d%b" % (occurrence, end) if end else b"1]" if occurrence == 1 else b"%d]" % occurrence,
        )
        return sha256(b"".join(form)).hexdigest()[:32]

    def line(self, occurrence: int, line_id: str) -> OrderLine:
        """The line that is this copy of the row; the LineId must be the one that follows from both."""
        head, product = self.head, self.product
        return OrderLine(
            head.InvoiceNo,
            product.StockCode,
            product.Description,
            self.quantity.value,
            head.InvoiceDate,
            product.UnitPrice,
            head.CustomerID,
            head.Country,
            occurrence,
            line_id,
        )

    def wire(self, occurrence: int, line_id: str) -> bytes:
        """The wire form of that line (commerce.wire.encode)."""
        head, product = self.head, self.product
        form = (
            head.wire_number,
            product.wire_text,
            self.quantity.digits,
            head.wire_date,
            product.wire_price,
            head.wire_country,
            b'1,"LineId":"' if occurrence == 1 else b'%d,"LineId":"' % occurrence,
            line_id.encode(),
            b'"}',
        )
        return b"".join(form)


class Added(msgspec.Struct, frozen=True, gc=False):
    """The added fields of a row that have a value, and their bytes in both forms, behind which either form ends."""

    values: dict[str, Any]
    canonical: bytes
    wire: bytes

    @classmethod
    def of(cls, row: OrderRow) -> Self:
        """The added fields of the row."""
        values = {name: value for name in ADDED if (value := getattr(row, name)) is not None}
        wire = b"".join(b",%b:%b" % (json_text(name), json_text(value)) for name, value in values.items())
        return cls(values, added_element(row) + b"]", wire + b"}")


class Extended(Fragments, frozen=True, gc=False):
    """A checked row that has added fields."""

    added: Added

    def line_id(self, occurrence: int, end: bytes = b"") -> str:
        """The LineId of this copy of the row, over the canonical form with the added fields; `end` is not used."""
        return super().line_id(occurrence, self.added.canonical)

    def line(self, occurrence: int, line_id: str) -> OrderLine:
        """The line that is this copy of the row, with its added fields."""
        return msgspec.structs.replace(super().line(occurrence, line_id), **self.added.values)

    def wire(self, occurrence: int, line_id: str) -> bytes:
        """The wire form of that line, which ends with its added fields."""
        return super().wire(occurrence, line_id)[:-1] + self.added.wire


Text = str | bytes | tuple[str | bytes, ...]
"""The text or texts of an entry, in a fixed order."""

Value = TypeVar("Value")
Kind = TypeVar("Kind", Head, Product, Quantity, Added)


class Remembered(dict[Text, Value]):
    """Values by the text that they were read of, in bounded memory."""

    def keep(self, text: Text, value: Value) -> None:
        """Remember the value, unless its text is long; forget all others first if there are as many as may be."""
        if (sum(map(len, text)) if isinstance(text, tuple) else len(text)) > LONGEST_REMEMBERED:
            return
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        self[text] = value


class Memory:
    """The fragments of rows that one reader has seen, by the texts of their fields: equal ones must mean equal values.

    The reader looks them up itself, which raises `KeyError` where one is not known, and then gives the checked row to
    `fragments`.
    """

    def __init__(self) -> None:
        self.heads = Remembered[Head]()
        self.products = Remembered[Product]()
        self.quantities = Remembered[Quantity]()
        self.added = Remembered[Added]()

    def fragments(self, row: OrderRow, texts: Sequence[Any]) -> Fragments:
        """The fragments of a checked row but its added fields, known from now on by the texts of the first eight."""
        invoice, code, description, quantity, date, price, customer, country = texts
        return Fragments(
            _fragment(self.heads, (invoice, date, customer, country), Head, row),
            _fragment(self.products, (code, description, price), Product, row),
            _fragment(self.quantities, quantity, Quantity, row),
        )

    def with_added(self, known: Fragments, row: OrderRow, texts: tuple[Any, ...]) -> Fragments:
        """These fragments and the row's added fields, known from now on by their texts."""
        return extended(known, _fragment(self.added, texts, Added, row))


def extended(known: Fragments, added: Added) -> Fragments:
    """The row of these fragments and these added fields."""
    return Extended(known.head, known.product, known.quantity, added) if added.values else known


def _fragment(memory: Remembered[Kind], text: Text, kind: type[Kind], row: OrderRow) -> Kind:
    found = memory.get(text)
    if found is None:
        found = kind.of(row)
        memory.keep(text, found)
    return found
