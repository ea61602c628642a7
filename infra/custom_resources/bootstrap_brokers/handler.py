"""Answer CloudFormation with the addresses of a cluster's brokers.

`AWS::MSK::Cluster` has no attribute for them, and a function inside the VPC cannot ask the MSK API without NAT. So the
template asks this function, once for each deployment that changes its properties, and gives functions the answer as
settings.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import boto3

from infra.custom_resources.response import Answer, Event, answered, failure, respond

SECURITY: Final = "MSK_IAM"


def handler(event: Event, context: object) -> None:
    """Look the brokers up and answer CloudFormation, also after a failure: without an answer it waits in vain."""
    kafka = boto3.client("kafka")
    respond(event["ResponseURL"], answer(event, lambda arn: kafka.get_bootstrap_brokers(ClusterArn=arn)))


def answer(event: Event, brokers: Callable[[str], Mapping[str, Any]]) -> Answer:
    """The answer to this event; `brokers` is GetBootstrapBrokers for a cluster's ARN.

    A deletion always succeeds, and asks nothing: there is nothing to delete, and the cluster may be gone.
    """
    cluster = event.get("ResourceProperties", {}).get("ClusterArn", "")
    identity = answered(event, event.get("PhysicalResourceId") or cluster or event["LogicalResourceId"])
    if event["RequestType"] == "Delete":
        return identity | {"Status": "SUCCESS"}
    try:
        servers = brokers(cluster)["BootstrapBrokerStringSaslIam"]
    except Exception as error:  # noqa: BLE001  # every failure is CloudFormation's to show, and to roll back
        return identity | failure(f"the brokers of {cluster} are not known", error)
    return identity | {
        "PhysicalResourceId": cluster,
        "Status": "SUCCESS",
        "Data": {"Servers": servers, "Security": SECURITY},
    }
