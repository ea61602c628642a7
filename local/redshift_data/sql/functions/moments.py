"""Functions of dates and timestamps that are called by name; the others are in `redshift_data.moments`."""

from sqlglot import exp

from local.redshift_data.sql import macros
from local.redshift_data.sql.functions.function import TIMESTAMP, Arguments, Function, Topic


def _add_months(arguments: Arguments) -> exp.Expr:
    start, number = arguments
    return macros.call("add_months", macros.moment(start.node, start.type), macros.cast(number.node, "INTEGER"))


TOPIC = Topic({"add_months": Function("a, n", TIMESTAMP, build=_add_months)})
