"""The option `--map`, the same for every command that reads files; `console.forms` reads its values."""

import argparse


def add_map_option(parser: argparse.ArgumentParser) -> None:
    """Add the option that names column maps to a command's parser."""
    parser.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="[GLOB=]FILE",
        help="TOML that declares the files' own columns, date form, constant values: for all files, or for those "
        "that the glob matches, such as 'shop/*.csv=shop.toml'; may be repeated: the first match counts",
    )
