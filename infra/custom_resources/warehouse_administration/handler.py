"""Limit a warehouse's use in a month, and give CloudFormation the ARN of its secret.

CloudFormation has no resource for usage limits of Redshift Serverless: `MaxCapacity` bounds what an hour costs, the
limit set here bounds the month. When it is reached, Redshift answers no query until the next month begins. Nor does it
give the ARN of the secret that Redshift manages (aws-cloudformation/cloudformation-coverage-roadmap#2021); without it
no role can be allowed to read that secret alone.
"""

from typing import Any, Final

import boto3

from infra.custom_resources.response import Answer, Event, answered, failure, respond

LIMITED: Final = "serverless-compute"
PERIOD: Final = "monthly"
BREACH_ACTION: Final = "deactivate"


def handler(event: Event, context: object) -> None:
    """Do what CloudFormation asks and answer it, also after a failure: without an answer it waits in vain."""
    respond(event["ResponseURL"], answer(event, boto3.client("redshift-serverless")))


def answer(event: Event, redshift: Any) -> Answer:
    """Carry this event out and return the answer to it. The physical id of the resource is that of the limit."""
    known, data = event.get("PhysicalResourceId") or event["LogicalResourceId"], {}
    try:
        if event["RequestType"] == "Delete":
            if known != event["LogicalResourceId"]:  # else nothing was ever made
                remove(redshift, known)
        else:
            wanted = event["ResourceProperties"]
            data = {"SecretArn": secret(redshift, wanted["Namespace"])}
            known = limited(redshift, wanted["WorkgroupArn"], int(wanted["RpuHours"]))
    except Exception as error:  # noqa: BLE001  # every failure is CloudFormation's to show, and to roll back
        return answered(event, known) | failure("the warehouse could not be set up", error)
    return answered(event, known) | {"Status": "SUCCESS", "Data": data}


def secret(redshift: Any, namespace: str) -> str:
    """The ARN of the secret that Redshift manages for the namespace's administrator."""
    return str(redshift.get_namespace(namespaceName=namespace)["namespace"]["adminPasswordSecretArn"])


def limited(redshift: Any, workgroup: str, rpu_hours: int) -> str:
    """Give the workgroup this monthly limit, and return the limit's id.

    An existing limit is changed: an answer may be lost, and its request come again.
    """
    for found in redshift.list_usage_limits(resourceArn=workgroup, usageType=LIMITED)["usageLimits"]:
        if found["period"] == PERIOD:
            known = str(found["usageLimitId"])
            redshift.update_usage_limit(usageLimitId=known, amount=rpu_hours, breachAction=BREACH_ACTION)
            return known
    made = redshift.create_usage_limit(
        resourceArn=workgroup, usageType=LIMITED, amount=rpu_hours, period=PERIOD, breachAction=BREACH_ACTION
    )
    return str(made["usageLimit"]["usageLimitId"])


def remove(redshift: Any, limit: str) -> None:
    """Take the limit away; one that is gone (its workgroup may be) is not an error."""
    try:
        redshift.delete_usage_limit(usageLimitId=limit)
    except Exception as error:
        if type(error).__name__ != "ResourceNotFoundException":
            raise
