"""The order line: its fields, the accepted values of each, and the refused ones.

The rules are written once, here, and serve the client, the API, the consumers and the batch jobs alike. A row is
parsed at the border; past `order_row` it is right, and a wrong one has said why, field by field.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Context, Decimal, DecimalException, Rounded
from functools import lru_cache
from typing import Final, TypeVar

import msgspec
from msgspec.structs import replace

from commerce.errors import FieldError, InvalidRow, shown
from commerce.repeated_names import RepeatedNames


class AddedFields(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """The optional fields that the record got after its first eight, the oldest first; each is None where missing.

    In every form they come last, behind LineId, and a missing one is left out: a row without any has the bytes and the
    identity that it had before they were added (docs/adr/0015-the-record-grows.md).
    """


class OrderRow(AddedFields, frozen=True, gc=False):
    """The fields of a row, valid and typed, without the number of the row's copy.

    `InvoiceDate` is local business time without a zone; `UnitPrice` is exact, with at most three decimals and no
    trailing zeros.
    """

    InvoiceNo: str
    StockCode: str
    Description: str | None
    Quantity: int
    InvoiceDate: datetime
    UnitPrice: Decimal
    CustomerID: int | None
    Country: str


class OrderLine(OrderRow, frozen=True, gc=False):
    """A row, the number of its copy (`Occurrence`, 1 for the first), and the `LineId` that follows from both."""

    Occurrence: int
    LineId: str


class PostedRow(msgspec.Struct, frozen=True, gc=False):
    """A row with the identity that its sender claims for it; None where it claims none."""

    row: OrderRow
    occurrence: int | None
    line_id: str | None


FIELDS: Final = OrderRow.__struct_fields__
ADDED: Final = AddedFields.__struct_fields__
FIRST_FIELDS: Final = tuple(field for field in FIELDS if field not in ADDED)
"""The eight fields of the data set, which every row has."""
CLAIMS: Final = ("Occurrence", "LineId")

_UNSAFE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, bidirectional overrides (text that shows as another one) and lone surrogates."""

_INVOICE: Final = re.compile("[A-Z]?[1-9][0-9]{0,14}")
_WHOLE: Final = re.compile(r"(-?[0-9]{1,30})(?:\.0+)?")
_PRICE: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_ISO: Final = re.compile("([0-9]{4})-([0-9]{2})-([0-9]{2})[ T]([0-9]{2}):([0-9]{2}):([0-9]{2})")
_MONTH_FIRST: Final = re.compile("([0-9]{1,2})/([0-9]{1,2})/([0-9]{4}|[0-9]{2}) ([0-9]{1,2}):([0-9]{2})")
_LINE_ID: Final = re.compile("[0-9a-f]{32}")
_HIGHEST_PRICE: Final = 10**9
_LONGEST_REMEMBERED: Final = 256
_LONGEST_NUMBER: Final = Context(prec=40, traps=[Rounded])

Value = TypeVar("Value")


def _remembered(parse: Callable[[object], Value]) -> Callable[[object], Value]:
    """The parser with a memory of its answers for short values: order lines repeat codes, dates, prices, countries."""
    # typed: True is no 1, and the text "6" is no number
    cached = lru_cache(maxsize=16_384, typed=True)(parse)

    def field(value: object) -> Value:
        if isinstance(value, str):
            if len(value) > _LONGEST_REMEMBERED:
                return parse(value)
        elif isinstance(value, Decimal) and not _is_short(value):
            return parse(value)
        try:
            return cached(value)
        except TypeError:  # a list or an object has no hash
            return parse(value)

    return field


def _is_short(number: Decimal) -> bool:
    """Whether the number has at most 40 digits, trailing zeros counted. A longer one cannot be a price or a quantity.

    Asked before any arithmetic: a body of 1 MB may be one number, which costs seconds and megabytes to go on with.
    """
    try:
        _LONGEST_NUMBER.plus(number)
    except DecimalException:
        return False
    return True


def _text(value: object, what: str) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if abs(value) < 10**30 else "9" * 31
    if not isinstance(value, str):
        raise ValueError(f"must be {what}")
    if _UNSAFE.search(value):
        raise ValueError("must hold no control character, bidirectional override or lone surrogate")
    return value.strip(" ")


@_remembered
def _invoice_no(value: object) -> str:
    rule = "at most one upper-case letter, then 1 to 15 digits without a leading zero"
    text = _text(value, rule)
    if not _INVOICE.fullmatch(text):
        raise ValueError(f"must be {rule}")
    return text


@_remembered
def _stock_code(value: object) -> str:
    text = _text(value, "text of 1 to 20 characters, or an integer")
    if not 1 <= len(text) <= 20:
        raise ValueError("must have 1 to 20 characters")
    return text


@_remembered
def _description(value: object) -> str | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise ValueError("must be text or null")
    _text(value, "text")
    if len(value) > 200:
        raise ValueError("must have at most 200 characters")
    return value


def _whole(value: object, rule: str) -> int:
    """The integer in a number or text; `6.0` is 6."""
    if isinstance(value, str) and (matched := _WHOLE.fullmatch(value.strip(" "))):
        return int(matched[1])
    if (
        isinstance(value, Decimal)
        and value.is_finite()
        and value.adjusted() < 30
        and _is_short(value)
        and value == value.to_integral_value()
    ):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError(f"must be {rule}")


@_remembered
def _quantity(value: object) -> int:
    rule = "an integer of 32 bits"
    number = _whole(value, rule)
    if not -(2**31) <= number < 2**31:
        raise ValueError(f"must be {rule}")
    return number


@_remembered
def _invoice_date(value: object) -> datetime:
    rule = "a date and time such as 2010-12-01 08:26:00 or 12/1/2010 8:26 (month first), without zone or fraction"
    if not isinstance(value, str):
        raise ValueError(f"must be {rule}")
    value = value.strip(" ")
    if matched := _ISO.fullmatch(value):
        year, month, day, hour, minute, second = map(int, matched.groups())
    elif matched := _MONTH_FIRST.fullmatch(value):
        month, day, hour, minute, second = *map(int, matched.group(1, 2, 4, 5)), 0
        year = full_year(matched[3])
    else:
        raise ValueError(f"must be {rule}")
    if not 1900 <= year <= 2099:
        raise ValueError("must be in the years 1900 to 2099")
    try:
        return datetime(year, month, day, hour, minute, second)
    except ValueError:
        raise ValueError("must be a date and time that exists") from None


def full_year(text: str) -> int:
    """The year of two digits or four, by the rule of strptime (and POSIX): 69 to 99 are of the last century.

    >>> full_year("2010"), full_year("10"), full_year("69")
    (2010, 2010, 1969)
    """
    year = int(text)
    return year if len(text) > 2 else year + (2000 if year < 69 else 1900)


@_remembered
def _unit_price(value: object) -> Decimal:
    rule = "a number with at most 3 decimals between -10^9 and 10^9"
    if isinstance(value, str):
        value = value.strip(" ")
        if len(value) > 40 or not _PRICE.fullmatch(value):
            raise ValueError(f"must be {rule}")
    # a binary float is refused too: it is not the price that was written
    if not isinstance(value, str | Decimal | int) or isinstance(value, bool):
        raise ValueError(f"must be {rule}")
    number = Decimal(value)
    # the size first: a number of many digits or a great exponent is refused before any arithmetic on it
    if not number.is_finite() or number.adjusted() > 9 or not _is_short(number):
        raise ValueError(f"must be {rule}")
    if _decimals(number) > 3 or number.copy_abs() > _HIGHEST_PRICE:
        raise ValueError(f"must be {rule}")
    return plain(int(number.scaleb(3)))


def _decimals(number: Decimal) -> int:
    """The number of decimals of a finite number, trailing zeros not counted."""
    _, digits, exponent = number.as_tuple()
    if not number or not isinstance(exponent, int):
        return 0
    return -exponent - (len(digits) - len("".join(map(str, digits)).rstrip("0")))


@_remembered
def _customer_id(value: object) -> int | None:
    if value is None or (isinstance(value, str) and not value.strip(" ")):
        return None
    rule = "an integer from 1 to 10^15, or null"
    number = _whole(value, rule)
    if not 1 <= number <= 10**15:
        raise ValueError(f"must be {rule}")
    return number


@_remembered
def _country(value: object) -> str:
    if isinstance(value, int):
        raise ValueError("must be text of 1 to 60 characters")
    text = _text(value, "text of 1 to 60 characters")
    if not 1 <= len(text) <= 60:
        raise ValueError("must have 1 to 60 characters")
    return text


def _occurrence(value: object) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value < 2**31:
        raise ValueError("must be an integer from 1")
    return value


def _claimed_line_id(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not _LINE_ID.fullmatch(value):
        raise ValueError("must be 32 lower-case hex digits")
    return value


_PARSERS: Final[dict[str, Callable[[object], object]]] = {
    "InvoiceNo": _invoice_no,
    "StockCode": _stock_code,
    "Description": _description,
    "Quantity": _quantity,
    "InvoiceDate": _invoice_date,
    "UnitPrice": _unit_price,
    "CustomerID": _customer_id,
    "Country": _country,
    "Occurrence": _occurrence,
    "LineId": _claimed_line_id,
}


def order_row(fields: Mapping[str, object]) -> OrderRow:
    """The row of these fields, by the names in `FIELDS`; other names are ignored.

    Numbers come as int, Decimal or text, never as binary floats. Raises `InvalidRow` with one error a wrong field.

    >>> order_row({"InvoiceNo": 536365, "StockCode": "71053", "Quantity": "6.0", "InvoiceDate": "12/1/2010 8:26",
    ...            "UnitPrice": "3.390", "Country": " France "})
    ... # doctest: +NORMALIZE_WHITESPACE
    OrderRow(InvoiceNo='536365', StockCode='71053', Description=None, Quantity=6,
             InvoiceDate=datetime.datetime(2010, 12, 1, 8, 26), UnitPrice=Decimal('3.39'), CustomerID=None,
             Country='France')
    """
    get = fields.get
    try:
        row = OrderRow(
            _invoice_no(get("InvoiceNo")),
            _stock_code(get("StockCode")),
            _description(get("Description")),
            _quantity(get("Quantity")),
            _invoice_date(get("InvoiceDate")),
            _unit_price(get("UnitPrice")),
            _customer_id(get("CustomerID")),
            _country(get("Country")),
        )
        return replace(row, **{field: _PARSERS[field](get(field)) for field in ADDED}) if ADDED else row
    except ValueError:
        raise InvalidRow(_errors(fields, FIELDS)) from None


def posted_row(fields: Mapping[str, object]) -> PostedRow:
    """A row in the API's and the topic's form: its fields, and Occurrence and LineId if the sender gives them.

    Raises `InvalidRow` with one error a wrong field, one an unknown name and one a name that stands twice.
    """
    repeated = fields.repeated if isinstance(fields, RepeatedNames) else ()
    try:
        if fields.keys() <= _PARSERS.keys() and not repeated:
            occurrence, line_id = _occurrence(fields.get("Occurrence")), _claimed_line_id(fields.get("LineId"))
            return PostedRow(order_row(fields), occurrence, line_id)
    except (ValueError, InvalidRow):
        pass  # gathered below, all at once
    unknown = [
        FieldError(shown(name), shown(fields[name]), "is not a field of an order line")
        for name in fields
        if name not in _PARSERS
    ]
    twice = [FieldError(name, shown(fields[name]), "stands twice") for name in repeated if name in _PARSERS]
    once = tuple(name for name in (*FIELDS, *CLAIMS) if name not in repeated)
    raise InvalidRow([*_errors(fields, once), *twice, *unknown])


def row_of(line: OrderLine) -> OrderRow:
    """The row of which the line is a copy."""
    return OrderRow(**{field: getattr(line, field) for field in FIELDS})


def invoice_no(value: object) -> str:
    """The InvoiceNo of this value alone, as in a path; raises `InvalidRow`.

    >>> invoice_no(" C536379 ")
    'C536379'
    """
    return _alone("InvoiceNo", _invoice_no, value)


def claimed_id(value: object) -> str | None:
    """The LineId of this value alone; None for a missing one. Raises `InvalidRow`."""
    return _alone("LineId", _claimed_line_id, value)


def customer_id(value: object) -> int:
    """The CustomerID of this value alone, as in a path; raises `InvalidRow`, for a missing one too.

    >>> customer_id("17850")
    17850
    """
    found = _alone("CustomerID", _customer_id, value)
    if found is None:
        raise InvalidRow([FieldError("CustomerID", "missing", "must be an integer from 1 to 10^15")])
    return found


def _alone(name: str, parse: Callable[[object], Value], value: object) -> Value:
    try:
        return parse(value)
    except ValueError as error:
        raise InvalidRow([FieldError(name, shown(value), str(error))]) from None


def field_error(name: str, value: object) -> FieldError | None:
    """The error of this value of a field; None if it is valid.

    >>> print(field_error("Quantity", "six"))
    Quantity 'six': must be an integer of 32 bits
    """
    return next(iter(_errors({name: value}, (name,))), None)


def _errors(fields: Mapping[str, object], names: tuple[str, ...]) -> list[FieldError]:
    errors = []
    for name in names:
        value = fields.get(name)
        try:
            _PARSERS[name](value)
        except ValueError as error:
            missing = value is None or value == ""
            errors.append(FieldError(name, "missing" if missing else shown(value), str(error)))
    return errors


def plain(thousandths: int) -> Decimal:
    """The amount of this many thousandths, written without trailing zeros and without an exponent.

    >>> plain(2550), plain(-27500), plain(100_000), plain(0)
    (Decimal('2.55'), Decimal('-27.5'), Decimal('100'), Decimal('0'))
    """
    whole, part = divmod(abs(thousandths), 1000)
    sign = "-" if thousandths < 0 else ""
    return Decimal(f"{sign}{whole}.{part:03}".rstrip("0").rstrip("."))


@lru_cache(maxsize=16_384)
def thousandths(amount: Decimal) -> int:
    """The amount as an integer of thousandths, exactly; an amount has at most three decimals.

    >>> thousandths(Decimal("2.55"))
    2550
    """
    return int(amount.scaleb(3))


def amount_thousandths(row: OrderRow) -> int:
    """The row's amount, Quantity times UnitPrice, in thousandths."""
    return row.Quantity * thousandths(row.UnitPrice)
