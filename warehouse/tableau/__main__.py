"""`python -m warehouse.tableau FOLDER`: write tillstream.tds and tillstream.twb there."""

import argparse
import sys
from pathlib import Path

from commerce.errors import NoTarget, TillstreamError
from stores import target
from stores.redshift import warehouse
from warehouse.dictionary import relations
from warehouse.tableau.sources import Place
from warehouse.tableau.workbook import tds, twb
from warehouse.tableau.xml import document


def main(argv: list[str]) -> int:
    """Write both files from a warehouse's description: 0 done, 1 it cannot be read, 2 wrong use or none runs."""
    parser = argparse.ArgumentParser(prog="python -m warehouse.tableau")
    parser.add_argument("folder", type=Path, help="where tillstream.tds and tillstream.twb go")
    parser.add_argument("--server", default=Place().server, help="the workgroup's endpoint, without port and database")
    parser.add_argument("--database", default=Place().database, help="the database that Tableau opens")
    target.add_option(parser)
    options = parser.parse_args(argv)
    if not options.folder.is_dir():
        parser.error(f"{options.folder} is not a folder")
    place = Place(options.server, options.database)
    try:
        described = relations(warehouse.of(target.find(options.stack)))
        made = {
            "tillstream.tds": document(tds(described, place)),
            "tillstream.twb": document(twb(described, place)),
        }
    except TillstreamError as error:
        print(f"warehouse.tableau: {error}", file=sys.stderr)
        return 2 if isinstance(error, NoTarget) else 1
    for name, text in made.items():
        (options.folder / name).write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
