"""A warehouse without a server: statements straight into a database in memory, over a bucket in memory."""

import io
import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local.redshift_data.copy.objects import Bucket
from local.redshift_data.engine.database import Database
from local.redshift_data.engine.statements import Statement, Status, SubStatement


@dataclass
class FakeS3:
    """The part of boto3's S3 that COPY calls, over a dictionary of URLs."""

    objects: dict[str, bytes] = field(default_factory=dict)

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:
        return {"Body": io.BytesIO(self._object(Bucket, Key, "GetObject", "NoSuchKey"))}

    def download_file(self, bucket: str, key: str, path: str) -> None:
        Path(path).write_bytes(self._object(bucket, key, "HeadObject", "404"))

    def get_paginator(self, _: str) -> "FakeS3":
        return self

    def paginate(self, *, Bucket: str, Prefix: str) -> Iterator[dict[str, Any]]:
        start = f"s3://{Bucket}/"
        yield {
            "Contents": [
                {"Key": url.removeprefix(start)} for url in sorted(self.objects) if url.startswith(start + Prefix)
            ]
        }

    def _object(self, bucket: str, key: str, call: str, code: str) -> bytes:
        try:
            return self.objects[f"s3://{bucket}/{key}"]
        except KeyError:
            answer: Any = {"Error": {"Code": code, "Message": "Not Found"}, "ResponseMetadata": {"HTTPStatusCode": 404}}
            raise ClientError(answer, call) from None


class Failed(Exception):
    """A statement that did not end as FINISHED; the text is the API's Error."""


class InMemory:
    """A database, its bucket, and functions that run statements."""

    def __init__(self, file: Path | None = None) -> None:
        self.s3 = FakeS3()
        self.database = Database(file, Bucket(lambda: self.s3))

    def statement(self, *sqls: str, batch: bool | None = None, **parameters: str) -> Statement:
        now = time.time()
        statement = Statement(
            id=str(uuid.uuid4()),
            parts=[SubStatement(sql, Status.SUBMITTED, now, now) for sql in sqls],
            is_batch=len(sqls) > 1 if batch is None else batch,
            workgroup="workgroup",
            database="database",
            secret=None,
            name=None,
            token=None,
            parameters=tuple(parameters.items()),
            created=now,
            updated=now,
            pid=1,
        )
        self.database.journal.submitted(statement)
        return statement

    def run(self, *sqls: str, batch: bool | None = None, **parameters: str) -> list[tuple[Any, ...]]:
        """The rows of the last statement; raises `Failed`."""
        statement = self.statement(*sqls, batch=batch, **parameters)
        self.database.run(statement)
        if statement.error is not None:
            raise Failed(statement.error)
        pages = (self.database.journal.page(statement.id, len(sqls), n) for n in range(statement.parts[-1].pages))
        return [tuple(map(_value, record)) for page in pages for record in json.loads(page or b"[]")]

    def columns(self, sql: str) -> list[dict[str, Any]]:
        """The ColumnMetadata of a query."""
        statement = self.statement(sql)
        self.database.run(statement)
        assert statement.error is None, statement.error
        return list(statement.parts[0].columns or ())

    def one(self, expression: str) -> Any:
        """The value of an expression."""
        ((value,),) = self.run(f"SELECT {expression}")
        return value


def _value(field: dict[str, Any]) -> Any:
    ((name, value),) = field.items()
    return None if name == "isNull" else value
