"""Answer CloudFormation with the addresses of a cluster's brokers.

`AWS::MSK::Cluster` has no attribute for them, and a function inside the VPC cannot ask the MSK API without NAT. So the
template asks here, once for each deployment that names other inputs, and hands the answer to functions as settings.
"""

import json
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any, Final

import boto3

SECURITY: Final = "MSK_IAM"
_LONGEST_REASON: Final = 1_000

Answer = Mapping[str, Any]


def handler(event: Mapping[str, Any], context: object) -> None:
    """Look the brokers up and tell CloudFormation, whatever happens: without an answer it waits in vain."""
    kafka = boto3.client("kafka")
    respond(event["ResponseURL"], answer(event, lambda arn: kafka.get_bootstrap_brokers(ClusterArn=arn)))


def answer(event: Mapping[str, Any], brokers: Callable[[str], Mapping[str, Any]]) -> Answer:
    """What CloudFormation is told about this event; `brokers` is GetBootstrapBrokers for a cluster's ARN.

    A deletion always succeeds, and asks nothing: there is nothing to delete, and the cluster may be gone.
    """
    told = {key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")}
    cluster = event.get("ResourceProperties", {}).get("ClusterArn", "")
    told["PhysicalResourceId"] = event.get("PhysicalResourceId") or cluster or event["LogicalResourceId"]
    if event["RequestType"] == "Delete":
        return told | {"Status": "SUCCESS"}
    try:
        servers = brokers(cluster)["BootstrapBrokerStringSaslIam"]
    except Exception as error:  # noqa: BLE001  # every failure is CloudFormation's to show, and to roll back
        reason = f"the brokers of {cluster} are not known: {type(error).__name__}: {error}"
        return told | {"Status": "FAILED", "Reason": reason[:_LONGEST_REASON]}
    return told | {
        "PhysicalResourceId": cluster,
        "Status": "SUCCESS",
        "Data": {"Servers": servers, "Security": SECURITY},
    }


def respond(url: str, told: Answer) -> None:
    """Put the answer where CloudFormation waits for it; the address is signed for an empty content type."""
    body = json.dumps(told).encode()
    request = urllib.request.Request(url, data=body, method="PUT", headers={"Content-Type": ""})
    with urllib.request.urlopen(request, timeout=10):
        print(json.dumps({"answered": told["Status"], "reason": told.get("Reason")}))
