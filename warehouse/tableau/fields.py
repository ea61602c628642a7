"""A column in Tableau: its type, its role, and the name of its use in a worksheet."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from commerce.errors import TillstreamError
from warehouse.dictionary import Field

DATATYPES: Final[Mapping[str, str]] = {
    "varchar": "string",
    "int4": "integer",
    "int8": "integer",
    # Tableau knows no decimal: it shows amounts as double floats, good for fifteen digits. Sums are Redshift's, exact.
    "numeric": "real",
    "date": "date",
    "timestamp": "datetime",
}
"""Tableau's type for each of Redshift's types, by the Data API's names."""

_NUMBERS: Final = {"integer", "real"}
_GROUPS: Final = {"customerid", "month_number"}
"""Numbers that are names and never summed."""
_AVERAGED: Final = {"unitprice", "sale_unitprice", "days_after"}
"""Numbers whose sum is meaningless."""


class NoTableauType(TillstreamError):
    """A column's type has no counterpart in Tableau; names both."""


@dataclass(frozen=True, slots=True)
class Source:
    """A view as Tableau's data source: its name in the warehouse, and its caption on the screen."""

    view: str

    @property
    def name(self) -> str:
        """The data source's name inside the document."""
        return f"federated.{self.view}"

    @property
    def caption(self) -> str:
        """The name that people see.

        >>> Source("daily_sales").caption
        'Tillstream daily sales'
        """
        return f"Tillstream {self.view.replace('_', ' ')}"


@dataclass(frozen=True, slots=True)
class TableauField:
    """A column in Tableau's declaration. `type` is nominal, ordinal or quantitative; `role` dimension or measure."""

    name: str
    datatype: str
    role: str
    type: str
    meaning: str

    @property
    def aggregation(self) -> str:
        """Tableau's default aggregation of the field: Sum and Avg of measures, Count and Year of dimensions."""
        if self.role == "measure":
            return "Avg" if self.name in _AVERAGED else "Sum"
        return "Year" if self.datatype in ("date", "datetime") else "Count"


def tableau_field(column: Field) -> TableauField:
    """The column as Tableau's field; raises `NoTableauType`.

    >>> tableau_field(Field("net", "numeric", "sum of all amounts"))
    TableauField(name='net', datatype='real', role='measure', type='quantitative', meaning='sum of all amounts')
    """
    datatype = DATATYPES.get(column.type)
    if datatype is None:
        raise NoTableauType(f"{column.name}: Redshift's {column.type} has no type of Tableau's in warehouse.tableau")
    if datatype in _NUMBERS and column.name not in _GROUPS:
        return TableauField(column.name, datatype, "measure", "quantitative", column.meaning)
    nominal = datatype == "string"
    return TableauField(column.name, datatype, "dimension", "nominal" if nominal else "ordinal", column.meaning)


@dataclass(frozen=True, slots=True)
class Use:
    """A field's use in a worksheet: unchanged (derivation None), or aggregated (Sum, Avg)."""

    source: Source
    field: TableauField
    derivation: str
    type: str

    @property
    def instance(self) -> str:
        """The name of this use, such as `[sum:net:qk]`: derivation, field, and q, o or n with k for a key."""
        return f"[{self.derivation.lower()}:{self.field.name}:{self.type[0]}k]"

    @property
    def reference(self) -> str:
        """The name of this use in shelves and encodings."""
        return f"[{self.source.name}].{self.instance}"


def gathered(source: Source, field: TableauField) -> Use:
    """The field summed or averaged."""
    return Use(source, field, field.aggregation, "quantitative")


def as_it_is(source: Source, field: TableauField) -> Use:
    """The field's own values, one mark or header each."""
    return Use(source, field, "None", field.type)


def along_an_axis(source: Source, field: TableauField) -> Use:
    """The values of a date on a continuous axis."""
    return Use(source, field, "None", "quantitative")
