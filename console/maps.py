"""The option that names column maps: the same one for every command that reads files; `console.forms` reads it."""

import argparse


def add_map_option(parser: argparse.ArgumentParser) -> None:
    """The option that names column maps, added to a command's."""
    parser.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="[GLOB=]FILE",
        help="TOML that tells the files' own columns, date form, constant values: for all files, or for those that the "
        "glob matches, such as 'shop/*.csv=shop.toml'; may be repeated, and a file has the first glob that matches it",
    )
