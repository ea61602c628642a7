"""A planned fault as a proxy carries it out, with refusals as S3, DynamoDB and the Data API write them."""

import json
from typing import Final

from tests.faults.plan import Fault
from tests.gate import Headers, Spoilt

_CODES: Final = {
    ("s3", "409"): (409, "ConditionalRequestConflict"),
    ("s3", "412"): (412, "PreconditionFailed"),
    ("s3", "500"): (500, "InternalError"),
    ("s3", "503"): (503, "ServiceUnavailable"),
    ("s3", "throttled"): (503, "SlowDown"),
    ("dynamodb", "409"): (400, "TransactionConflictException"),
    ("dynamodb", "500"): (500, "InternalServerError"),
    ("dynamodb", "503"): (503, "ServiceUnavailable"),
    ("dynamodb", "throttled"): (400, "ProvisionedThroughputExceededException"),
    ("redshift-data", "409"): (400, "ActiveStatementsExceededException"),
    ("redshift-data", "500"): (500, "InternalServerException"),
    ("redshift-data", "503"): (503, "ServiceUnavailable"),
    ("redshift-data", "throttled"): (400, "ThrottlingException"),
}


def refusal(part: str, kind: str) -> tuple[int, Headers, bytes]:
    """The answer of a part that refuses a request in this way."""
    status, code = _CODES[part, kind]
    if part == "s3":
        body = f"<Error><Code>{code}</Code><Message>a planned fault</Message></Error>".encode()
        return status, [("Content-Type", "application/xml")], body
    body = json.dumps({"__type": f"com.amazonaws#{code}", "message": "a planned fault"}).encode()
    return status, [("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-ErrorType", code)], body


def spoilt(fault: Fault) -> Spoilt:
    """A planned fault as a proxy carries it out."""
    kind, _, when = fault.kind.partition(" ")
    if fault.kind == "delay":
        return Spoilt(seconds=fault.seconds)
    if fault.kind == "half body":
        return Spoilt(half=True)
    if fault.kind == "half request":
        return Spoilt(half_request=True)
    if kind in ("reset", "silent"):
        return Spoilt(effect=when == "after", reset=kind == "reset", silent=kind == "silent")
    return Spoilt(effect=when == "after", answer=refusal(fault.part, kind))
