"""What the API says of statements, in its own members. Times are seconds since the epoch."""

from collections.abc import Sequence
from typing import Any

import msgspec

from local.redshift_data.refusals import ValidationException
from local.redshift_data.statements import Statement, SubStatement


def _without_none(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def submitted(statement: Statement) -> dict[str, Any]:
    """The answer to a statement that was handed in."""
    return _without_none(
        {
            "Id": statement.id,
            "CreatedAt": statement.created,
            "Database": statement.database,
            "WorkgroupName": statement.workgroup,
            "SecretArn": statement.secret,
            "Status": statement.status,
            "DbGroups": [],
        }
    )


def described(statement: Statement) -> dict[str, Any]:
    """DescribeStatement's answer."""
    members = {
        "Id": statement.id,
        "CreatedAt": statement.created,
        "UpdatedAt": statement.updated,
        "Database": statement.database,
        "WorkgroupName": statement.workgroup,
        "SecretArn": statement.secret,
        "Status": statement.status,
        "Duration": statement.duration if statement.status.is_final else -1,
        "Error": statement.error,
        "HasResultSet": any(part.columns is not None for part in statement.parts),
        "RedshiftPid": statement.pid,
        "RedshiftQueryId": statement.pid,
        "ResultFormat": "JSON",
        "QueryParameters": [{"name": name, "value": value} for name, value in statement.parameters] or None,
    }
    if statement.is_batch:
        members["SubStatements"] = [_part(statement, n, part) for n, part in enumerate(statement.parts, 1)]
        return _without_none(members)
    part = statement.parts[0]
    return _without_none({**members, "QueryString": part.sql, "ResultRows": part.rows, "ResultSize": part.size})


def _part(statement: Statement, number: int, part: SubStatement) -> dict[str, Any]:
    return _without_none(
        {
            "Id": f"{statement.id}:{number}",
            "CreatedAt": part.created,
            "UpdatedAt": part.updated,
            "Status": part.status,
            "Duration": part.duration,
            "Error": part.error,
            "HasResultSet": part.columns is not None,
            "QueryString": part.sql,
            "RedshiftQueryId": statement.pid,
            "ResultRows": part.rows,
            "ResultSize": part.size,
        }
    )


def result(part: SubStatement, pages: Sequence[tuple[int, bytes]], request: dict[str, Any]) -> dict[str, Any]:
    """GetStatementResult's answer: one page, and the token of the next."""
    page = _page_number(request.get("NextToken"), len(pages))
    members: dict[str, Any] = {
        "ColumnMetadata": list(part.columns or ()),
        "TotalNumRows": part.rows,
        "Records": msgspec.Raw(pages[page][1]) if pages else [],
    }
    if page + 1 < len(pages):
        members["NextToken"] = f"page-{page + 1}"
    return members


def _page_number(token: str | None, pages: int) -> int:
    if token is None:
        return 0
    word, _, number = token.partition("-")
    if word != "page" or not number.isdigit() or not 0 < int(number) < pages:
        raise ValidationException("Invalid NextToken.")
    return int(number)
