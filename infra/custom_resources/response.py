"""The answers of a custom resource's function to CloudFormation."""

import json
import urllib.request
from collections.abc import Mapping
from typing import Any, Final

_LONGEST_REASON: Final = 1_000

Event = Mapping[str, Any]
Answer = Mapping[str, Any]


def answered(event: Event, resource_id: str) -> dict[str, Any]:
    """The part of every answer that identifies its request and its resource."""
    identity = {key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")}
    return identity | {"PhysicalResourceId": resource_id}


def failure(what: str, error: Exception) -> dict[str, Any]:
    """The part of an answer that says what failed and why, cut to a length that CloudFormation takes."""
    return {"Status": "FAILED", "Reason": f"{what}: {type(error).__name__}: {error}"[:_LONGEST_REASON]}


def respond(url: str, answer: Answer) -> None:
    """Put the answer to the URL that CloudFormation gave, which is signed for an empty content type."""
    body = json.dumps(answer).encode()
    request = urllib.request.Request(url, data=body, method="PUT", headers={"Content-Type": ""})
    with urllib.request.urlopen(request, timeout=10):
        print(json.dumps({"answered": answer["Status"], "reason": answer.get("Reason")}))
