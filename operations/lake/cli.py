"""`tillstream lake`: the rows that one SELECT over the lake's table returns."""

from typing import Final

from console import answers
from console.arguments import Parser
from console.exits import OK
from stores import target

_DESCRIPTION: Final = """\
    tillstream lake "SELECT Country, count(*) FROM order_lines GROUP BY ALL"
    echo "SELECT max(InvoiceDate) FROM order_lines" | tillstream lake - --json

Reads the lake's table by the SQL of DuckDB, as the newest commit left it. The table is called order_lines; nothing can
be written.
"""


def lake(argv: list[str]) -> int:
    """Print the query's result: 0 done, 1 the lake cannot be read, 2 the SQL is wrong."""
    parser = Parser(prog="tillstream lake", description=_DESCRIPTION)
    parser.add_argument("sql", metavar="SQL", help="one SELECT over order_lines; - reads it from standard input")
    answers.add_options(parser)
    target.add_option(parser)
    options = parser.parse_args(argv)
    platform = target.find(options.stack)
    # DuckDB and Arrow take a while to import
    from operations.lake.query import answer
    from operations.lake.table import LakeTable

    found = answer(answers.statement(options.sql), LakeTable(platform))
    answers.write(found.columns, found.rows(), options)
    return OK
