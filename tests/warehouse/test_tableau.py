"""Tableau's files: what they name is there, with a fitting type, and they are built as Tableau's documents are.

The content models below are those of Tableau's own schema (github.com/tableau/tableau-document-schemas) for the
elements that we use. With TILLSTREAM_TWB_SCHEMA naming that file, and lxml installed, it is asked too.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from warehouse.dictionary import Relation
from warehouse.tableau.__main__ import main
from warehouse.tableau.sources import Place
from warehouse.tableau.workbook import tds, twb
from warehouse.tableau.xml import document

FOLDER = Path(__file__).parents[2] / "warehouse" / "tableau"
TDS, TWB = FOLDER / "tillstream.tds", FOLDER / "tillstream.twb"
SCHEMA = os.environ.get("TILLSTREAM_TWB_SCHEMA", "")

FITTING = {
    "string": {"varchar"},
    "integer": {"int4", "int8"},
    "real": {"numeric"},
    "date": {"date"},
    "datetime": {"timestamp"},
}

MODELS = {
    "workbook": "document-format-change-manifest preferences datasources worksheets dashboards windows",
    "workbook/datasources": "datasource+",
    "datasources/datasource": "connection aliases column+ layout|",
    "datasource": "document-format-change-manifest connection aliases column+ layout",
    "datasource/connection": "named-connections relation",
    "named-connections": "named-connection",
    "named-connection": "connection",
    "column": "desc",
    "desc": "formatted-text",
    "formatted-text": "run",
    "worksheets": "worksheet+",
    "worksheet": "table simple-id",
    "table": "view style panes rows cols",
    "table/view": "datasources datasource-dependencies filter? computed-sort? slices? aggregation",
    "view/datasources": "datasource",
    "datasource-dependencies": "column+ column-instance+",
    "filter": "groupfilter",
    "groupfilter": "groupfilter?",
    "slices": "column",
    "slices/column": "",
    "panes": "pane",
    "pane": "view mark encodings?",
    "pane/view": "breakdown",
    "encodings": "color",
    "dashboards": "dashboard",
    "dashboard": "style size zones simple-id",
    "zones": "zone",
    "zones/zone": "zone+",
    "windows": "window+",
    "window": "cards viewpoint simple-id|viewpoints active simple-id",
    "viewpoints": "viewpoint+",
    "viewpoints/viewpoint": "zoom",
    "cards": "edge+",
    "edge": "strip+",
    "strip": "card+",
    "preferences": "preference+",
    "document-format-change-manifest": (
        "SetMembershipControl SheetIdentifierTracking SortTagCleanup WindowsPersistSimpleIdentifiers|"
    ),
}
"""The children of an element, in their order; by its parent's tag too where that decides. Others have none."""

ATTRIBUTES = {
    "workbook": {"version", "source-build"},
    "datasources/datasource": {"name", "caption"},
    "column": {"name", "role", "type", "datatype"},
    "slices/column": set[str](),
    "column-instance": {"column", "derivation", "name", "pivot", "type"},
    "datasource-dependencies": {"datasource"},
    "filter": {"class", "column"},
    "groupfilter": {"function"},
    "computed-sort": {"column", "direction", "using"},
    "relation": {"connection", "name", "table", "type"},
    "worksheet": {"name"},
    "dashboard": {"name"},
    "zone": {"x", "y", "w", "h", "id"},
    "window": {"name", "class"},
    "simple-id": {"uuid"},
    "mark": {"class"},
}
"""The attributes that each element of a workbook must have."""

VALUES = {
    "role": {"dimension", "measure"},
    "type": {"nominal", "ordinal", "quantitative"},
    "datatype": FITTING.keys(),
    "derivation": {"None", "Sum", "Avg"},
    "pivot": {"key"},
    "direction": {"DESC"},
}

Described = tuple[Relation, ...]


def parsed(path: Path) -> Element:
    return ElementTree.parse(path).getroot()


def elements(of: Element, parent: str = "") -> Iterator[tuple[str, Element]]:
    """Every element with its own tag and its parent's."""
    yield f"{parent}/{of.tag}", of
    for child in of:
        yield from elements(child, of.tag)


def pattern(model: str) -> str:
    """A content model as a regular expression over the tags of the children, each with a blank after it."""
    return "|".join(
        "".join(f"(?:{tag} ){times}" for tag, times in re.findall(r"([\w-]+)([+?]?)", sequence))
        for sequence in model.split("|")
    )


def by_path(table: dict[str, set[str]] | dict[str, str], path: str) -> set[str] | str | None:
    return table.get(path, table.get(path.rpartition("/")[2]))


def sources(root: Element) -> dict[str, Element]:
    """The data sources by name, each with its declared columns."""
    found = root.findall("datasources/datasource") if root.tag == "workbook" else [root]
    return {it.get("name") or it.attrib["formatted-name"]: it for it in found}


def sheets() -> dict[str, Element]:
    return {sheet.attrib["name"]: sheet for sheet in parsed(TWB).findall("worksheets/worksheet")}


def instances(sheet: Element) -> dict[str, Element]:
    """How the sheet uses fields, by the name by which shelves call it."""
    (dependencies,) = sheet.findall("table/view/datasource-dependencies")
    source = dependencies.attrib["datasource"]
    return {f"[{source}].{it.attrib['name']}": it for it in dependencies.findall("column-instance")}


@pytest.mark.parts
def test_the_files_are_what_is_made_of_the_views_as_the_warehouse_describes_them(described: Described) -> None:
    how = "run: tillstream up; python -m warehouse.tableau warehouse/tableau"
    assert TDS.read_text("utf-8") == document(tds(described, Place())), how
    assert TWB.read_text("utf-8") == document(twb(described, Place())), how


@pytest.mark.parts
@pytest.mark.parametrize("path", [TDS, TWB], ids=["tds", "twb"])
def test_every_column_stands_in_its_view_with_a_fitting_type(path: Path, described: Described) -> None:
    views = {relation.name: {field.name: field.type for field in relation.fields} for relation in described}
    root = parsed(path)
    for source in sources(root).values():
        (relation,) = source.findall("connection/relation")
        view = relation.attrib["name"]
        assert relation.attrib["table"] == f"[public].[{view}]"
        columns = {column.attrib["name"].strip("[]"): column for column in source.findall("column")}
        assert columns.keys() == views[view].keys()
        for name, column in columns.items():
            assert views[view][name] in FITTING[column.attrib["datatype"]], f"{view}.{name}"


@pytest.mark.parametrize("path", [TDS, TWB], ids=["tds", "twb"])
def test_a_document_is_built_as_tableaus_are(path: Path) -> None:
    for place, found in elements(parsed(path)):
        model, children = str(by_path(MODELS, place) or ""), "".join(f"{child.tag} " for child in found)
        assert re.fullmatch(pattern(model), children), f"{place}: {children}, not {model}"
        assert not set(by_path(ATTRIBUTES, place) or ()) - set(found.keys()), place


@pytest.mark.parametrize("path", [TDS, TWB], ids=["tds", "twb"])
def test_fields_and_their_uses_say_what_tableau_knows(path: Path) -> None:
    for place, found in elements(parsed(path)):
        if found.tag in ("column", "column-instance", "computed-sort"):
            wrong = {name: value for name, value in found.items() if value not in VALUES.get(name, {value})}
            assert wrong == {}, place


@pytest.mark.parametrize("name", sheets())
def test_a_worksheet_uses_declared_fields_as_their_roles_allow(name: str) -> None:
    sheet, all_sources = sheets()[name], sources(parsed(TWB))
    (dependencies,) = sheet.findall("table/view/datasource-dependencies")
    (named,) = sheet.findall("table/view/datasources/datasource")
    assert named.attrib["name"] == dependencies.attrib["datasource"]
    source = all_sources[dependencies.attrib["datasource"]]
    declared = {it.attrib["name"]: it.attrib for it in source.findall("column")}
    for column in dependencies.findall("column"):
        assert declared[column.attrib["name"]] == column.attrib
    for use in dependencies.findall("column-instance"):
        field, derivation = declared[use.attrib["column"]], use.attrib["derivation"]
        short = {"nominal": "nk", "ordinal": "ok", "quantitative": "qk"}[use.attrib["type"]]
        assert use.attrib["name"] == f"[{derivation.lower()}:{use.attrib['column'].strip('[]')}:{short}]"
        assert (field["role"] == "measure") == (derivation in ("Sum", "Avg"))
        continuous = field["datatype"] in ("date", "datetime") and use.attrib["type"] == "quantitative"
        assert use.attrib["type"] == field["type"] or continuous


@pytest.mark.parametrize("name", sheets())
def test_a_worksheet_puts_on_its_shelves_only_what_it_uses(name: str) -> None:
    sheet = sheets()[name]
    table = sheet.find("table")
    assert table is not None
    shelves = f"{table.findtext('rows')} {table.findtext('cols')} {table.findtext('view/slices/column', '')}"
    named = re.findall(r"\[[^\]]+\]\.\[[^\]]+\]", shelves)
    for path, attributes in (("view/computed-sort", ("column", "using")), ("view/filter", ("column",))):
        named += [found.attrib[it] for found in table.findall(path) for it in attributes]
    named += [found.attrib["column"] for found in table.findall("panes/pane/encodings/color")]
    assert set(named) == instances(sheet).keys()
    for cut in table.iterfind(".//groupfilter[@expression]"):
        sums = {f"{it.attrib['derivation'].upper()}({it.attrib['column']})" for it in instances(sheet).values()}
        assert cut.attrib["expression"] in sums


def test_the_workbook_has_the_five_worksheets_and_shows_each_once_on_its_dashboard() -> None:
    workbook = parsed(TWB)
    names = ["Sales over time", "Countries", "Products", "Returns", "Customers"]
    assert list(sheets()) == names
    zones = workbook.findall("dashboards/dashboard/zones/zone/zone")
    assert sorted(zone.attrib["name"] for zone in zones) == sorted(names)
    windows = {window.attrib["name"]: window.attrib["class"] for window in workbook.findall("windows/window")}
    assert windows == {"Tillstream": "dashboard", **dict.fromkeys(names, "worksheet")}
    shown = [it.attrib["name"] for it in workbook.findall("windows/window/viewpoints/viewpoint")]
    assert sorted(shown) == sorted(names)


def test_the_zones_of_the_dashboard_fill_it_and_do_not_overlap() -> None:
    zones = parsed(TWB).findall("dashboards/dashboard/zones/zone/zone")
    boxes = [tuple(int(zone.attrib[it]) for it in "xywh") for zone in zones]
    assert sum(w * h for _, _, w, h in boxes) == 100_000**2
    for at, (x, y, w, h) in enumerate(boxes):
        assert x + w <= 100_000
        assert y + h <= 100_000
        for other_x, other_y, other_w, other_h in boxes[at + 1 :]:
            apart = x + w <= other_x or other_x + other_w <= x or y + h <= other_y or other_y + other_h <= y
            assert apart


def test_what_has_an_identity_has_it_alone() -> None:
    workbook = parsed(TWB)
    for path, name in ((".//simple-id", "uuid"), (".//zone", "id"), (".//window", "name"), ("datasources/*", "name")):
        found = [it.attrib[name] for it in workbook.iterfind(path)]
        assert len(set(found)) == len(found), path
    for it in workbook.iterfind(".//simple-id"):
        assert re.fullmatch(r"\{[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\}", it.attrib["uuid"])


@pytest.mark.parametrize("path", [TDS, TWB], ids=["tds", "twb"])
def test_a_document_connects_to_redshift_with_tls_and_knows_nobodys_name(path: Path) -> None:
    for source in sources(parsed(path)).values():
        (login,) = source.findall("connection/named-connections/named-connection/connection")
        (relation,) = source.findall("connection/relation")
        (named,) = source.findall("connection/named-connections/named-connection")
        assert relation.attrib["connection"] == named.attrib["name"]
        assert {name: login.attrib[name] for name in ("class", "port", "sslmode", "username")} == {
            "class": "redshift",
            "port": "5439",
            "sslmode": "require",
            "username": "",
        }
        assert "password" not in login.attrib


@pytest.mark.parts
def test_the_command_writes_both_files_from_the_laptops_warehouse(laptop: Path, tmp_path: Path) -> None:
    assert main([str(tmp_path)]) == 0
    assert [(tmp_path / path.name).read_bytes() for path in (TDS, TWB)] == [TDS.read_bytes(), TWB.read_bytes()]


def test_the_command_writes_nothing_where_no_platform_runs_or_no_folder_is(
    nothing_runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(nothing_runs)]) == 2
    assert "start it with `tillstream up`" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        main([str(nothing_runs / "absent")])
    assert "absent is not a folder" in capsys.readouterr().err
    assert list(nothing_runs.iterdir()) == []


@pytest.mark.parts
def test_another_server_and_database_stand_in_every_connection(described: Described) -> None:
    made = twb(described, Place("here.example", "mine"))
    logins = [it for it in made.iterfind(".//connection") if it.get("class") == "redshift"]
    assert {(it.get("server"), it.get("dbname")) for it in logins} == {("here.example", "mine")}


@pytest.mark.skipif(not SCHEMA, reason="TILLSTREAM_TWB_SCHEMA does not name Tableau's twb_….xsd")
def test_tableaus_own_schema_finds_nothing_but_what_its_own_files_lack(tmp_path: Path) -> None:
    etree = pytest.importorskip("lxml.etree")
    xs = "http://www.w3.org/2001/XMLSchema"
    # two namespaces are imported without a schema; these say as little as is needed
    named = '<xs:attributeGroup name="UserAttributes-AG"><xs:anyAttribute processContents="skip"/></xs:attributeGroup>'
    (tmp_path / "user.xsd").write_text(
        f'<xs:schema xmlns:xs="{xs}" targetNamespace="http://www.tableausoftware.com/xml/user">{named}</xs:schema>'
    )
    (tmp_path / "xml.xsd").write_text(
        f'<xs:schema xmlns:xs="{xs}" targetNamespace="http://www.w3.org/XML/1998/namespace">'
        '<xs:attribute name="base" type="xs:anyURI"/></xs:schema>'
    )
    schema = etree.parse(SCHEMA)
    for imported in schema.getroot().findall(f"{{{xs}}}import"):
        short = imported.get("namespace").rstrip("/").rpartition("/")[2]
        imported.set("schemaLocation", str(tmp_path / ("user.xsd" if short == "user" else "xml.xsd")))
    validator = etree.XMLSchema(schema)
    validator.validate(etree.parse(str(TWB)))
    # the schema asks for explain-data, which Tableau's own workbooks do not have
    (error,) = [it.message for it in validator.error_log]
    assert "Element 'workbook': Missing child element(s)" in error
    assert "explain-data" in error
