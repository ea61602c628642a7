"""The API's answers about statements, with AWS's member names. Times are seconds since the epoch."""

from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec

from local.aws_json.refusals import ValidationException
from local.redshift_data.api.refusals import ResourceNotFoundException
from local.redshift_data.engine.statements import Statement, SubStatement


def _without_none(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def submitted(statement: Statement) -> dict[str, Any]:
    """The answer to a submitted statement."""
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


def result(part: SubStatement, page: Callable[[int], bytes | None], request: dict[str, Any]) -> dict[str, Any]:
    """GetStatementResult's answer: one page, and the token of the next."""
    number = _number(request.get("NextToken"), part.pages)
    records = page(number) if part.pages else b"[]"
    if records is None:
        raise ResourceNotFoundException("The result is kept for 24 hours, and is gone.", ResourceId=request["Id"])
    members: dict[str, Any] = {
        "ColumnMetadata": list(part.columns or ()),
        "TotalNumRows": part.rows,
        "Records": msgspec.Raw(records),
    }
    if number + 1 < part.pages:
        members["NextToken"] = f"{_TOKEN}{number + 1}"
    return members


def listed(statements: Iterable[Statement], request: dict[str, Any]) -> dict[str, Any]:
    """ListStatements' answer: the newest first, those that have finished unless another status is asked for."""
    wanted = request.get("Status", "FINISHED")
    matching = [
        it
        for it in sorted(statements, key=lambda it: it.created, reverse=True)
        if wanted in ("ALL", it.status)
        and (it.name or "").startswith(request.get("StatementName", ""))
        and request.get("WorkgroupName", it.workgroup).rpartition("/")[2] == it.workgroup
        and request.get("Database", it.database) == it.database
    ]
    token = request.get("NextToken")
    start = 0 if token is None else _number(token, len(matching))
    end = start + (request.get("MaxResults") or 100)
    answer: dict[str, Any] = {"Statements": [_listed(it) for it in matching[start:end]]}
    return {**answer, "NextToken": f"{_TOKEN}{end}"} if end < len(matching) else answer


def _listed(statement: Statement) -> dict[str, Any]:
    texts = [part.sql for part in statement.parts]
    return _without_none(
        {
            "Id": statement.id,
            "CreatedAt": statement.created,
            "UpdatedAt": statement.updated,
            "IsBatchStatement": statement.is_batch,
            "QueryString": None if statement.is_batch else texts[0],
            "QueryStrings": texts if statement.is_batch else None,
            "SecretArn": statement.secret,
            "StatementName": statement.name,
            "Status": statement.status,
            "ResultFormat": "JSON",
        }
    )


_TOKEN: Final = "from-"


def _number(token: str | None, limit: int) -> int:
    if token is None:
        return 0
    number = token.removeprefix(_TOKEN)
    if not token.startswith(_TOKEN) or not number.isdigit() or not 0 < int(number) < limit:
        raise ValidationException("NextToken is not valid")
    return int(number)
