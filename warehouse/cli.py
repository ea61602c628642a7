"""`tillstream sql`: one statement for the warehouse in, its rows out."""

import argparse
import sys
from typing import Final

from commerce.errors import StatementFailed
from console import answers
from console.arguments import Parser
from stores import target

_DESCRIPTION: Final = """\
    tillstream sql "SELECT * FROM daily_sales ORDER BY day"
    tillstream sql "SELECT day, net FROM daily_sales ORDER BY day" --chart

Sends one statement, in Redshift's SQL, to the warehouse and prints what it answers. The table is order_lines; the views
are amounts, invoices, customers, daily_sales, products, countries, returns and cohorts (docs/data-dictionary.md).
"""


def sql(argv: list[str]) -> int:
    """Send the statement: 0 done, 1 the warehouse refused it or does not answer."""
    parser = Parser(
        prog="tillstream sql", description=_DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sql", metavar="SQL", help="one statement; - reads it from standard input")
    answers.add_options(parser)
    target.add_option(parser)
    options = parser.parse_args(argv)
    # boto3 takes a while to import
    from botocore.exceptions import BotoCoreError, ClientError

    from stores import warehouse

    platform = target.find(options.stack)
    try:
        found = warehouse.of(platform).query(answers.statement(options.sql))
        columns = [column.name for column in found.columns]
        if columns:
            answers.write(columns, found.rows, options)
    except (BotoCoreError, ClientError, StatementFailed) as error:
        print(f"tillstream sql: {error}", file=sys.stderr)
        return 1
    return 0
