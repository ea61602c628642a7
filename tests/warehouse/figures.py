"""The expected figures of every view, computed from the lines in plain Python and Decimal.

Written for reading, from the rules that the views' comments state, not from their SQL. Each function gives the view's
rows as tuples in the order of its columns.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, TypeVar

from commerce.lines import OrderLine

Row = tuple[Any, ...]
Key = TypeVar("Key")


def kind(line: OrderLine) -> str:
    """A line's kind in the books."""
    letter = line.InvoiceNo[0]
    if letter == "A":
        return "adjustment"
    if line.Quantity < 0 and letter == "C":
        return "return"
    if line.Quantity < 0 and line.UnitPrice == 0:
        return "write_off"
    return "sale"


def amount(line: OrderLine) -> Decimal:
    return line.Quantity * line.UnitPrice


def line_key(line: OrderLine) -> str:
    return f"{line.InvoiceNo}#{line.StockCode}#{line.LineId}"


def moment(line: OrderLine) -> tuple[datetime, str]:
    """A line's sort key: time, then key."""
    return line.InvoiceDate, line_key(line)


def by(key: Callable[[OrderLine], Key], lines: Iterable[OrderLine]) -> Mapping[Key, list[OrderLine]]:
    groups: defaultdict[Key, list[OrderLine]] = defaultdict(list)
    for line in lines:
        groups[key(line)].append(line)
    return groups


def day(line: OrderLine) -> date:
    return line.InvoiceDate.date()


def month(line: OrderLine) -> date:
    return day(line).replace(day=1)


def net(lines: Iterable[OrderLine]) -> Decimal:
    return sum(map(amount, lines), Decimal(0))


def of_kind(name: str, lines: Iterable[OrderLine]) -> list[OrderLine]:
    return [line for line in lines if kind(line) == name]


def units(lines: Iterable[OrderLine]) -> int:
    return sum(line.Quantity for line in lines)


def invoice_count(lines: Iterable[OrderLine]) -> int:
    return len({line.InvoiceNo for line in lines})


def customer_count(lines: Iterable[OrderLine]) -> int:
    return len({line.CustomerID for line in lines} - {None})


def money(lines: Sequence[OrderLine]) -> Row:
    """Gross, returns, adjustments and net."""
    return (*(net(of_kind(name, lines)) for name in ("sale", "return", "adjustment")), net(lines))


def amounts(lines: Sequence[OrderLine]) -> Iterable[Row]:
    for it in lines:
        content = it.LineId, it.InvoiceNo, it.StockCode, it.Description, it.CustomerID, it.Country, it.InvoiceDate
        yield line_key(it), *content, day(it), month(it), it.Quantity, it.UnitPrice, amount(it), kind(it)


def invoices(lines: Sequence[OrderLine]) -> Iterable[Row]:
    for number, of_it in by(lambda line: line.InvoiceNo, lines).items():
        first = min(of_it, key=moment)
        what = {"C": "return", "A": "adjustment"}.get(number[0], "sale")
        head = number, what, first.InvoiceDate, day(first), first.CustomerID, first.Country
        yield *head, len(of_it), units(of_it), net(of_it)


def customers(lines: Sequence[OrderLine]) -> Iterable[Row]:
    for customer, of_it in by(lambda line: line.CustomerID, lines).items():
        if customer is not None:
            first, newest = min(of_it, key=moment), max(of_it, key=moment)
            countries = len({line.Country for line in of_it})
            head = customer, newest.Country, countries, first.InvoiceDate, newest.InvoiceDate
            yield *head, invoice_count(of_it), len(of_it), units(of_it), *money(of_it)


def daily_sales(lines: Sequence[OrderLine]) -> Iterable[Row]:
    for of_day, of_it in by(day, lines).items():
        yield of_day, invoice_count(of_it), len(of_it), units(of_it), *money(of_it)


def countries(lines: Sequence[OrderLine]) -> Iterable[Row]:
    for country, of_it in by(lambda line: line.Country, lines).items():
        yield country, customer_count(of_it), invoice_count(of_it), len(of_it), units(of_it), *money(of_it)


def description(lines: Iterable[OrderLine]) -> str | None:
    described = [line for line in lines if line.Description is not None]
    priced = [line for line in described if line.UnitPrice != 0]
    chosen = max(priced or described, key=moment, default=None)
    return chosen.Description if chosen else None


def products(lines: Sequence[OrderLine]) -> Iterable[Row]:
    for code, of_it in by(lambda line: line.StockCode, lines).items():
        days = [day(line) for line in of_it]
        went, came, lost = (units(of_kind(name, of_it)) for name in ("sale", "return", "write_off"))
        head = code, description(of_it), min(days), max(days), customer_count(of_it), invoice_count(of_it), len(of_it)
        yield *head, went, -came, -lost, units(of_it), *money(of_it)


def sale_of(returned: OrderLine, sales: Iterable[OrderLine]) -> OrderLine | None:
    """The sale that a return may take back, of the sales of its customer and stock code."""
    fitting = [it for it in sales if it.InvoiceDate <= returned.InvoiceDate and it.Quantity >= -returned.Quantity]
    same_price = [it for it in fitting if it.UnitPrice == returned.UnitPrice]
    return max(same_price or fitting, key=moment, default=None)


def returns(lines: Sequence[OrderLine]) -> Iterable[Row]:
    sales = by(lambda line: (line.CustomerID, line.StockCode), of_kind("sale", lines))
    claimed: defaultdict[str, int] = defaultdict(int)
    for it in sorted(of_kind("return", lines), key=moment):
        back = -it.Quantity
        sale = sale_of(it, sales.get((it.CustomerID, it.StockCode), [])) if it.CustomerID else None
        outcome = "no customer" if it.CustomerID is None else "no sale"
        if sale:
            claimed[sale.LineId] += back
            outcome = "matched" if claimed[sale.LineId] <= sale.Quantity else "sale used up"
        content = it.LineId, it.InvoiceNo, it.StockCode, it.Description, it.CustomerID, it.Country, it.InvoiceDate
        yield *content, day(it), back, it.UnitPrice, amount(it), outcome, *_of_the_sale(it, outcome, sale)


_NO_SALE: Final = (None,) * 6


def _of_the_sale(returned: OrderLine, outcome: str, sale: OrderLine | None) -> Row:
    if sale is None or outcome != "matched":
        return _NO_SALE
    content = sale.LineId, sale.InvoiceNo, sale.InvoiceDate, sale.Quantity, sale.UnitPrice
    return *content, (day(returned) - day(sale)).days


def cohorts(lines: Sequence[OrderLine]) -> Iterable[Row]:
    known = [line for line in lines if line.CustomerID is not None]
    first_months = {who: min(map(month, of_it)) for who, of_it in by(lambda line: line.CustomerID, known).items()}
    for (first, then), of_it in by(lambda line: (first_months[line.CustomerID], month(line)), known).items():
        number = (then.year - first.year) * 12 + then.month - first.month
        yield first, number, then, customer_count(of_it), customer_count(of_kind("sale", of_it)), net(of_it)


def daily_country_sales(lines: Sequence[OrderLine]) -> Iterable[Row]:
    for (then, country), of_it in by(lambda line: (day(line), line.Country), lines).items():
        yield then, country, invoice_count(of_it), len(of_it), units(of_it), *money(of_it)


def hourly_country_sales(lines: Sequence[OrderLine]) -> Iterable[Row]:
    for (then, hour, country), of_it in by(
        lambda line: (day(line), line.InvoiceDate.hour, line.Country), lines
    ).items():
        yield then, hour, country, invoice_count(of_it), len(of_it), net(of_it)


def monthly_product_sales(lines: Sequence[OrderLine]) -> Iterable[Row]:
    for key, of_it in by(lambda line: (month(line), line.Country, line.StockCode), lines).items():
        went, came = (units(of_kind(name, of_it)) for name in ("sale", "return"))
        yield *key, went, -came, *money(of_it)


VIEWS: Final[Mapping[str, Callable[[Sequence[OrderLine]], Iterable[Row]]]] = {
    view.__name__: view
    for view in (
        amounts,
        invoices,
        customers,
        daily_sales,
        daily_country_sales,
        hourly_country_sales,
        countries,
        products,
        monthly_product_sales,
        returns,
        cohorts,
    )
}
