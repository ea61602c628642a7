"""A failed statement's description as an error with the warehouse's own message."""

import re
from collections.abc import Mapping
from typing import Any, Final

from commerce.errors import Conflict, StatementFailed

_IN_THE_WAY: Final = re.compile(
    r"ERROR:\s*1023\b|serializable isolation violation|lock time-?out|deadlock detected|could not serialize access"
    # two transactions that make the same table at once: the catalog's own index tells the later one
    r"|pg_class_relname_nsp_index|conflict with concurrent transaction",
    re.IGNORECASE,
)
"""Redshift's messages for a conflict with another transaction; its code for it is 1023."""


def refusal(described: Mapping[str, Any], name: str = "") -> StatementFailed:
    """The error of a failed or aborted statement, or of the first one of a transaction.

    >>> str(refusal({"Id": "7", "Status": "FAILED", "Error": "ERROR: 1023 DETAIL: Serializable isolation violation"}))
    '(7): ERROR: 1023 DETAIL: Serializable isolation violation'
    """
    failed: Mapping[str, Any] = next(
        (part for part in described.get("SubStatements", []) if part["Status"] in ("FAILED", "ABORTED")), {}
    )
    reason = failed.get("Error") or described.get("Error") or f"was {described['Status'].lower()}"
    kind = Conflict if _IN_THE_WAY.search(reason) else StatementFailed
    sql = failed.get("QueryString") or described.get("QueryString") or ""
    return kind(reason, id=described["Id"], name=name, sql=sql)
