"""The sentence about a platform whose lake or warehouse holds nothing that the notebook could show."""

import re
from typing import Final

UNFILLED: Final = (
    "lake and warehouse are not filled yet: "
    "send rows (`tillstream replay FILE`) and run the jobs (`tillstream job all`)"
)
_NO_LAKE: Final = ("NoSuchNamespaceError", "NoSuchTableError")
_NO_TABLE: Final = re.compile(r'relation "[^"]+" does not exist', re.IGNORECASE)


def sentence(error: str, message: str) -> str:
    """The sentence for the error of a cell, by its name and message; empty where it is another error.

    >>> sentence("NoSuchTableError", "Table does not exist: orders.order_lines")[:41]
    'lake and warehouse are not filled yet: se'
    >>> sentence("RuntimeError", 'ERROR: relation "daily_sales" does not exist')[:41]
    'lake and warehouse are not filled yet: se'
    >>> sentence("ZeroDivisionError", "division by zero")
    ''
    """
    return UNFILLED if error in _NO_LAKE or _NO_TABLE.search(message) else ""
