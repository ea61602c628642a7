"""A view as Tableau's data source: the connection to Redshift, the relation, and a declaration of every column.

The form is the one of a single table, which Tableau reads in every version since 2018.1 and writes anew, as its object
model, when the document is saved.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element

from warehouse.tableau.fields import Source, TableauField
from warehouse.tableau.xml import element, group

VERSION: Final = "18.1"
"""The version of the document's format. Tableau 2018.1 to 2026.2 write this one; newer features are in a manifest."""

PORT: Final = "5439"
_SCHEMA: Final = "public"
_CONNECTION: Final = "redshift.tillstream"


@dataclass(frozen=True, slots=True)
class Place:
    """The address of the warehouse. A workgroup's endpoint is not known before it is deployed."""

    server: str = "tillstream-dev.123456789012.us-east-1.redshift-serverless.amazonaws.com"
    database: str = "tillstream_dev"


def data_source(source: Source, fields: Iterable[TableauField], place: Place) -> Element:
    """The data source of one view, as an element inside a workbook."""
    attributes = {"caption": source.caption, "inline": "true", "name": source.name, "version": VERSION}
    return element("datasource", attributes, *_parts(source, fields, place))


def data_source_document(source: Source, fields: Iterable[TableauField], place: Place) -> Element:
    """The data source as a separate document, a `.tds`."""
    attributes = {"formatted-name": source.name, "inline": "true", "source-platform": "win", "version": VERSION}
    return element("datasource", attributes, element("document-format-change-manifest"), *_parts(source, fields, place))


def _parts(source: Source, fields: Iterable[TableauField], place: Place) -> list[Element]:
    return [
        _connection(source, place),
        element("aliases", {"enabled": "yes"}),
        *map(declaration, fields),
        element("layout", {"dim-ordering": "alphabetic", "measure-ordering": "alphabetic", "show-structure": "true"}),
    ]


def _connection(source: Source, place: Place) -> Element:
    redshift = element("connection", _login(place))
    named = element("named-connection", {"caption": place.server, "name": _CONNECTION}, redshift)
    table = {
        "connection": _CONNECTION,
        "name": source.view,
        "table": f"[{_SCHEMA}].[{source.view}]",
        "type": "table",
    }
    return element(
        "connection", {"class": "federated"}, group("named-connections", [named]), element("relation", table)
    )


def _login(place: Place) -> Mapping[str, str]:
    """The login details that Tableau fills in before it asks for name and password, which are in no file."""
    return {
        "class": "redshift",
        "dbname": place.database,
        "odbc-connect-string-extras": "",
        "one-time-sql": "",
        "port": PORT,
        "schema": _SCHEMA,
        "server": place.server,
        "single-node": "no",
        "sslmode": "require",
        "username": "",
    }


def declaration(field: TableauField) -> Element:
    """A field with its type, its role, and its meaning, which Tableau shows beside it."""
    attributes = {
        "aggregation": field.aggregation,
        "datatype": field.datatype,
        "name": f"[{field.name}]",
        "role": field.role,
        "type": field.type,
    }
    run = element("run", text=field.meaning)
    return element("column", attributes, element("desc", None, element("formatted-text", None, run)))
