"""Partial answers: a function names the records of its batch that failed (`ReportBatchItemFailures`).

{"batchItemFailures": [{"itemIdentifier": {"partition": "order-lines-0", "offset": 100}}, …]}
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from local.event_source.events import Record


class _Identifier(msgspec.Struct):
    partition: str
    offset: int


class _Failure(msgspec.Struct, rename="camel"):
    item_identifier: _Identifier


class _Report(msgspec.Struct, rename="camel"):
    batch_item_failures: list[_Failure] | None = None


_decode: Final = msgspec.json.Decoder(_Report | None).decode


def failed_records(body: bytes, topic: str, records: Sequence[Record]) -> Sequence[Record]:
    """The records that the function's answer names as failed: none after null or an answer without a list of failures.

    All, if it names a record that was not in its event, or names one in another form.
    """
    try:
        report = _decode(body)
    except msgspec.DecodeError:
        return records
    if report is None or report.batch_item_failures is None:
        return []
    named = {(it.item_identifier.partition, it.item_identifier.offset) for it in report.batch_item_failures}
    failed = [record for record in records if (f"{topic}-{record.partition}", record.offset) in named]
    return failed if len(failed) == len(named) else records
