"""`tillstream sql`: runs one statement in the warehouse and prints its rows."""

import re
import sys
from typing import Final

from commerce.errors import StatementFailed
from console import answers
from console.arguments import Parser
from console.counts import counted
from console.exits import FAILED, OK, say
from stores import target

_MISSING: Final = re.compile(r'relation "(?:public\.)?(?P<name>\w+)" does not exist')

_DESCRIPTION: Final = """\
    tillstream sql "SELECT * FROM daily_sales ORDER BY day"
    tillstream sql "SELECT day, net FROM daily_sales ORDER BY day" --chart

Sends one statement, in Redshift's SQL, to the warehouse and prints what it answers. The table is order_lines; the views
are amounts, invoices, customers, daily_sales, products, countries, returns and cohorts (docs/data-dictionary.md).
A statement may change what is stored: after a DELETE, `tillstream job load_warehouse --again` loads the rows again.
"""


def sql(argv: list[str]) -> int:
    """Run the statement: 0 done, 1 the warehouse refused it or does not answer."""
    parser = Parser(prog="tillstream sql", description=_DESCRIPTION)
    parser.add_argument("sql", metavar="SQL", help="one statement; - reads it from standard input")
    answers.add_options(parser)
    target.add_option(parser)
    options = parser.parse_args(argv)
    # boto3 takes a while to import
    from botocore.exceptions import BotoCoreError, ClientError

    from stores.redshift import warehouse

    platform = target.find(options.stack)
    try:
        found = warehouse.of(platform).query(answers.statement(options.sql))
        columns = [column.name for column in found.columns]
        if columns:
            answers.write(columns, found.rows, options)
        elif found.changed is not None:
            say(f"{counted(found.changed, 'row')} changed")
    except (BotoCoreError, ClientError, StatementFailed) as error:
        hint = before_the_first_load(str(error))
        print(f"tillstream sql: {error}" + (f"\n{hint}" if hint else ""), file=sys.stderr)
        return FAILED
    return OK


def before_the_first_load(error: str) -> str:
    """The advice for an error about a table or view that the first load creates; empty for any other error.

    >>> before_the_first_load('relation "daily_sales" does not exist')
    'No batch has been loaded yet, and the first load makes daily_sales: `tillstream job all` loads what has come'
    >>> before_the_first_load('relation "daily_sale" does not exist')
    ''
    """
    from warehouse import loading, schema

    missing = _MISSING.search(error)
    ours = {loading.TABLE, loading.LEDGER, schema.VERSIONS, *schema.views()} if missing else set()
    if missing is None or missing["name"].lower() not in ours:
        return ""
    made = f"the first load creates {missing['name']}"
    return f"No batch has been loaded yet, and {made}: `tillstream job all` loads what has come"
