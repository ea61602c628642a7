"""A worksheet: the fields on its shelves, and how they are drawn, sorted and filtered."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5
from xml.etree.ElementTree import Element

from warehouse.tableau.fields import Source, Use
from warehouse.tableau.sources import declaration
from warehouse.tableau.xml import USER, element, group


@dataclass(frozen=True, slots=True)
class Sheet:
    """A worksheet over one view. `rows` and `columns` are its shelves, the outer field first.

    `largest` keeps that many of the first row field, by `measure`, and orders them by it; 0 keeps all, ordered; None
    leaves both alone.
    """

    name: str
    source: Source
    rows: tuple[Use, ...]
    columns: tuple[Use, ...]
    measure: Use
    mark: str
    color: Use | None = None
    largest: int | None = None

    @property
    def uses(self) -> tuple[Use, ...]:
        """Every use of a field once, in the order in which the sheet names them."""
        named = (*self.rows, *self.columns, self.measure, *([self.color] if self.color else []))
        return tuple(dict.fromkeys(named))


def identifier(*names: str) -> Element:
    """An element's own identity, the same at every run."""
    return element("simple-id", {"uuid": f"{{{str(uuid5(NAMESPACE_URL, '/'.join(('tillstream', *names)))).upper()}}}"})


def worksheet(sheet: Sheet) -> Element:
    """The sheet as Tableau's element."""
    table = element(
        "table",
        None,
        _view(sheet),
        element("style"),
        group("panes", [_pane(sheet)]),
        element("rows", text=_shelf(sheet.rows)),
        element("cols", text=_shelf(sheet.columns)),
    )
    return element("worksheet", {"name": sheet.name}, table, identifier("worksheet", sheet.name))


def _shelf(uses: tuple[Use, ...]) -> str:
    """A shelf's fields, joined by slashes and parentheses two by two."""
    first, *others = (use.reference for use in uses)
    for other in others:
        first = f"({first} / {other})"
    return first


def _view(sheet: Sheet) -> Element:
    source = {"caption": sheet.source.caption, "name": sheet.source.name}
    return group(
        "view",
        [
            group("datasources", [element("datasource", source)]),
            element("datasource-dependencies", {"datasource": sheet.source.name}, *_dependencies(sheet)),
            *_order(sheet),
            element("aggregation", {"value": "true"}),
        ],
    )


def _dependencies(sheet: Sheet) -> Iterator[Element]:
    """The fields first, then their uses: the order is the schema's."""
    yield from map(declaration, sorted({use.field for use in sheet.uses}, key=lambda field: field.name))
    for use in sheet.uses:
        attributes = {"column": f"[{use.field.name}]", "derivation": use.derivation, "name": use.instance}
        yield element("column-instance", {**attributes, "pivot": "key", "type": use.type})


def _order(sheet: Sheet) -> Iterator[Element]:
    if sheet.largest is None:
        return
    ordered = sheet.rows[0]
    if sheet.largest:
        yield _only_the_largest(ordered, sheet.measure, sheet.largest)
    order = {"column": ordered.reference, "direction": "DESC", "using": sheet.measure.reference}
    yield element("computed-sort", order)
    if sheet.largest:
        yield group("slices", [element("column", text=ordered.reference)])


def _only_the_largest(of: Use, by: Use, count: int) -> Element:
    """Tableau's filter "top N by field"."""
    all_of_them = element(
        "groupfilter",
        {
            "function": "level-members",
            "level": of.instance,
            f"{{{USER}}}ui-enumeration": "all",
            f"{{{USER}}}ui-marker": "enumerate",
        },
    )
    ordered = element(
        "groupfilter",
        {
            "direction": "DESC",
            "expression": f"{by.derivation.upper()}([{by.field.name}])",
            "function": "order",
            f"{{{USER}}}ui-marker": "order",
        },
        all_of_them,
    )
    cut = {
        "count": str(count),
        "end": "top",
        "function": "end",
        "units": "records",
        f"{{{USER}}}ui-marker": "end",
        f"{{{USER}}}ui-top-by-field": "true",
    }
    whole = {"class": "categorical", "column": of.reference}
    return element("filter", whole, element("groupfilter", cut, ordered))


def _pane(sheet: Sheet) -> Element:
    parts = [group("view", [element("breakdown", {"value": "auto"})]), element("mark", {"class": sheet.mark})]
    if sheet.color:
        parts.append(group("encodings", [element("color", {"column": sheet.color.reference})]))
    return element("pane", {"selection-relaxation-option": "selection-relaxation-allow"}, *parts)
