"""The workbook: five worksheets, each over its own view, and one dashboard of them all.

Each view is a data source of its own. Joined, they would count rows twice: a day, a customer and a product are rows of
different things.
"""

from collections.abc import Mapping, Sequence
from typing import Final
from xml.etree.ElementTree import Element

from warehouse.dictionary import Relation
from warehouse.tableau.fields import Source, TableauField, along_an_axis, as_it_is, gathered, tableau_field
from warehouse.tableau.sheets import Sheet, identifier, worksheet
from warehouse.tableau.sources import VERSION, Place, data_source, data_source_document
from warehouse.tableau.xml import element, group

LINES: Final = Source("amounts")
"""The view of the data source document: every line with its kind and amount, for people's own worksheets."""

DASHBOARD: Final = "Tillstream"

_BUILD: Final = "2021.3.3 (20213.21.1018.0949)"
"""A build that writes this form: the attribute is required and has no effect."""

_MANIFEST: Final = (
    "SetMembershipControl",
    "SheetIdentifierTracking",
    "SortTagCleanup",
    "WindowsPersistSimpleIdentifiers",
)
"""The document's features beyond its version: zones of type-v2, simple-id of sheets, computed-sort, that of windows."""

_WIDTH, _HEIGHT = "1400", "1000"
_PLACES: Final = (
    ("Sales over time", 0, 0, 100_000, 34_000),
    ("Countries", 0, 34_000, 34_000, 66_000),
    ("Products", 34_000, 34_000, 40_000, 66_000),
    ("Customers", 74_000, 34_000, 26_000, 33_000),
    ("Returns", 74_000, 67_000, 26_000, 33_000),
)
"""The place of each worksheet in the dashboard, in hundred-thousandths of it: x, y, width, height."""

Fields = Mapping[str, TableauField]


def fields(relations: Sequence[Relation], view: str) -> Fields:
    """The columns of a view as Tableau's fields, by name."""
    (relation,) = (it for it in relations if it.name == view)
    return {field.name: tableau_field(field) for field in relation.fields}


def sheets(relations: Sequence[Relation]) -> tuple[Sheet, ...]:
    """The five worksheets of the workbook, with the columns that the warehouse describes."""
    days, countries, products, returns, customers = map(
        Source, ("daily_sales", "countries", "products", "returns", "customers")
    )
    of = {it: fields(relations, it.view) for it in (days, countries, products, returns, customers)}

    def net(source: Source) -> tuple[Source, TableauField]:
        return source, of[source]["net"]

    return (
        Sheet(
            "Sales over time", days, (gathered(*net(days)),), (along_an_axis(days, of[days]["day"]),),
            gathered(*net(days)), "Line",
        ),
        Sheet(
            "Countries", countries, (as_it_is(countries, of[countries]["country"]),), (gathered(*net(countries)),),
            gathered(*net(countries)), "Bar", largest=0,
        ),
        Sheet(
            "Products", products,
            (as_it_is(products, of[products]["stockcode"]), as_it_is(products, of[products]["description"])),
            (gathered(*net(products)),), gathered(*net(products)), "Bar", largest=20,
        ),
        Sheet(
            "Returns", returns, (gathered(returns, of[returns]["amount"]),),
            (along_an_axis(returns, of[returns]["day"]),), gathered(returns, of[returns]["amount"]), "Bar",
            as_it_is(returns, of[returns]["outcome"]),
        ),
        Sheet(
            "Customers", customers, (as_it_is(customers, of[customers]["customerid"]),),
            (gathered(*net(customers)),), gathered(*net(customers)), "Bar",
            as_it_is(customers, of[customers]["country"]), largest=20,
        ),
    )  # fmt: skip


def tds(relations: Sequence[Relation], place: Place) -> Element:
    """The data source document."""
    return data_source_document(LINES, fields(relations, LINES.view).values(), place)


def twb(relations: Sequence[Relation], place: Place) -> Element:
    """The workbook; a worksheet's columns are looked up in the warehouse's description."""
    made = sheets(relations)
    root = {"original-version": VERSION, "source-build": _BUILD, "source-platform": "win", "version": VERSION}
    return element(
        "workbook",
        root,
        group("document-format-change-manifest", map(element, _MANIFEST)),
        group("preferences", [element("preference", {"name": "ui.shelf.height", "value": "26"})]),
        group(
            "datasources",
            [data_source(it.source, fields(relations, it.source.view).values(), place) for it in made],
        ),
        group("worksheets", map(worksheet, made)),
        group("dashboards", [_dashboard()]),
        element("windows", {"source-height": "30"}, _dashboard_window(), *map(_window, made)),
    )


def _dashboard() -> Element:
    zones = [
        element("zone", {"h": str(h), "id": str(number), "name": name, "w": str(w), "x": str(x), "y": str(y)})
        for number, (name, x, y, w, h) in enumerate(_PLACES, start=2)
    ]
    whole = {"h": "100000", "id": "1", "type-v2": "layout-basic", "w": "100000", "x": "0", "y": "0"}
    size = {"maxheight": _HEIGHT, "maxwidth": _WIDTH, "minheight": _HEIGHT, "minwidth": _WIDTH}
    return element(
        "dashboard",
        {"name": DASHBOARD},
        element("style"),
        element("size", size),
        group("zones", [element("zone", whole, *zones)]),
        identifier("dashboard", DASHBOARD),
    )


def _dashboard_window() -> Element:
    zoom = {"type": "entire-view"}
    viewpoints = [element("viewpoint", {"name": name}, element("zoom", zoom)) for name, *_ in _PLACES]
    return element(
        "window",
        {"class": "dashboard", "maximized": "true", "name": DASHBOARD},
        group("viewpoints", viewpoints),
        element("active", {"id": "-1"}),
        identifier("window", DASHBOARD),
    )


def _window(sheet: Sheet) -> Element:
    left = element("edge", {"name": "left"}, _strip("160", "pages", "filters", "marks"))
    shelves = (_strip("2147483647", card) for card in ("columns", "rows", "title"))
    return element(
        "window",
        {"class": "worksheet", "name": sheet.name},
        group("cards", [left, element("edge", {"name": "top"}, *shelves)]),
        element("viewpoint"),
        identifier("window", sheet.name),
    )


def _strip(size: str, *cards: str) -> Element:
    return element("strip", {"size": size}, *(element("card", {"type": card}) for card in cards))
