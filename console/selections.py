"""The options that select rows of the files, with the same meaning in every command."""

import argparse

from commerce.selection import Selection
from console.arguments import day, of_a_line, whole


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of a selection to a command's parser."""
    group = parser.add_argument_group("which rows")
    group.add_argument("--rows", type=whole(1), metavar="N", help="the first N selected rows over all files")
    group.add_argument("--since", type=day, metavar="DATE", help="rows of this day (YYYY-MM-DD or today) and later")
    group.add_argument("--until", type=day, metavar="DATE", help="rows of this day and earlier")
    group.add_argument("--customer", type=of_a_line("customer_id"), metavar="ID", help="rows of this customer")
    group.add_argument("--invoice", type=of_a_line("invoice_no"), metavar="NO", help="rows of this invoice")


def from_options(options: argparse.Namespace) -> Selection:
    """The selection in the parsed options; raises `InvalidSelection` if they contradict each other."""
    return Selection(options.rows, options.since, options.until, options.customer, options.invoice)
