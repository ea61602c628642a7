"""How a function of ours answers CloudFormation for a custom resource."""

import json
import urllib.request
from collections.abc import Mapping
from typing import Any, Final

_LONGEST_REASON: Final = 1_000

Event = Mapping[str, Any]
Answer = Mapping[str, Any]


def answered(event: Event, resource_id: str) -> dict[str, Any]:
    """The part of every answer that says which request of which resource it is for."""
    told = {key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")}
    return told | {"PhysicalResourceId": resource_id}


def failure(what: str, error: Exception) -> dict[str, Any]:
    """The part of an answer that says what failed and why, as short as CloudFormation takes it."""
    return {"Status": "FAILED", "Reason": f"{what}: {type(error).__name__}: {error}"[:_LONGEST_REASON]}


def respond(url: str, told: Answer) -> None:
    """Put the answer where CloudFormation waits for it; the address is signed for an empty content type."""
    body = json.dumps(told).encode()
    request = urllib.request.Request(url, data=body, method="PUT", headers={"Content-Type": ""})
    with urllib.request.urlopen(request, timeout=10):
        print(json.dumps({"answered": told["Status"], "reason": told.get("Reason")}))
