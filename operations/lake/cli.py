"""`tillstream lake`: one SELECT in, its rows out."""

import argparse
import os
import sys
from typing import Final

from stores import target

_DESCRIPTION: Final = """\
    tillstream lake "SELECT Country, sum(Quantity * UnitPrice) AS amount FROM order_lines GROUP BY ALL ORDER BY amount"

Reads the lake's table by the SQL of DuckDB, as the newest commit left it. The table is called order_lines; nothing can
be written.
"""


def lake(argv: list[str]) -> int:
    """Answer the query: 0 done, 1 the lake cannot be read, 2 the SQL is wrong."""
    parser = argparse.ArgumentParser(
        prog="tillstream lake", description=_DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sql", metavar="SQL", help="one SELECT over order_lines")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="a JSON array of one object a row")
    form.add_argument("--csv", action="store_true", help="CSV with a header")
    target.add_option(parser)
    options = parser.parse_args(argv)
    platform = target.find(options.stack)
    # DuckDB and Arrow take a while to import
    from operations.lake import screen
    from operations.lake.query import WrongQuery, answer
    from operations.lake.table import LakeTable

    try:
        found = answer(options.sql, LakeTable(platform))
        if options.json:
            screen.write_json(found.columns, found.rows(), sys.stdout)
        elif options.csv:
            screen.write_csv(found.columns, found.rows(), sys.stdout)
        else:
            screen.show(found.columns, found.rows())
        sys.stdout.flush()
    except WrongQuery as error:
        print(f"tillstream lake: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader has seen enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
