"""The custom resource's answers to CloudFormation, with a Redshift Serverless that keeps limits, or fails."""

from typing import Any

import pytest

from infra.custom_resources.warehouse_administration.handler import answer

WORKGROUP = "arn:aws:redshift-serverless:us-east-1:000000000000:workgroup/1234"
SECRET = "arn:aws:secretsmanager:us-east-1:000000000000:secret:redshift!tillstream-dev-tillstream-AbCdEf"


class ResourceNotFoundException(Exception):
    """An error with the name of the one that boto3 raises where there is no such limit."""


class Redshift:
    """A Redshift Serverless that refuses a second limit of a kind, as AWS does."""

    def __init__(self, *limits: dict[str, Any]) -> None:
        self.limits = {limit["usageLimitId"]: limit for limit in limits}

    def get_namespace(self, *, namespaceName: str) -> Any:
        return {"namespace": {"namespaceName": namespaceName, "adminPasswordSecretArn": SECRET}}

    def list_usage_limits(self, *, resourceArn: str, usageType: str) -> Any:
        wanted = {"resourceArn": resourceArn, "usageType": usageType}
        return {"usageLimits": [limit for limit in self.limits.values() if wanted.items() <= limit.items()]}

    def create_usage_limit(self, **limit: Any) -> Any:
        assert limit["period"] not in [it["period"] for it in self.limits.values()], "ConflictException"
        limit["usageLimitId"] = f"limit-{len(self.limits)}"
        self.limits[limit["usageLimitId"]] = limit
        return {"usageLimit": limit}

    def update_usage_limit(self, *, usageLimitId: str, **changed: Any) -> Any:
        self.limits[usageLimitId] |= changed
        return {"usageLimit": self.limits[usageLimitId]}

    def delete_usage_limit(self, *, usageLimitId: str) -> Any:
        if usageLimitId not in self.limits:
            raise ResourceNotFoundException(usageLimitId)
        del self.limits[usageLimitId]


def event(kind: str, rpu_hours: int = 300, **more: Any) -> dict[str, Any]:
    """A request, in which CloudFormation makes all numbers text."""
    return {
        "RequestType": kind,
        "ResponseURL": "https://example.invalid",
        "StackId": "stack",
        "RequestId": "request",
        "LogicalResourceId": "Warehouse",
        "ResourceProperties": {
            "Namespace": "tillstream-dev",
            "WorkgroupArn": WORKGROUP,
            "RpuHours": str(rpu_hours),
        },
    } | more


def monthly(amount: int) -> dict[str, Any]:
    return {
        "resourceArn": WORKGROUP,
        "usageType": "serverless-compute",
        "period": "monthly",
        "breachAction": "deactivate",
        "amount": amount,
    }


def test_the_limit_is_set_and_the_secret_told() -> None:
    redshift = Redshift()
    assert answer(event("Create"), redshift) == {
        "StackId": "stack",
        "RequestId": "request",
        "LogicalResourceId": "Warehouse",
        "PhysicalResourceId": "limit-0",
        "Status": "SUCCESS",
        "Data": {"SecretArn": SECRET},
    }
    assert redshift.limits == {"limit-0": {**monthly(300), "usageLimitId": "limit-0"}}


def test_a_request_that_comes_again_changes_nothing_and_another_amount_changes_the_limit() -> None:
    redshift = Redshift()
    first, again = answer(event("Create"), redshift), answer(event("Create"), redshift)
    changed = answer(event("Update", 500, PhysicalResourceId="limit-0"), redshift)
    assert first == again == changed
    assert [limit["amount"] for limit in redshift.limits.values()] == [500]


def test_a_limit_of_another_period_is_left_alone() -> None:
    daily = {**monthly(10), "period": "daily", "usageLimitId": "daily"}
    redshift = Redshift(dict(daily))
    assert answer(event("Create"), redshift)["PhysicalResourceId"] == "limit-1"
    assert redshift.limits["daily"] == daily


def test_a_deletion_takes_the_limit_away_and_one_that_is_gone_is_no_error() -> None:
    redshift = Redshift({**monthly(300), "usageLimitId": "limit-0"})
    for _ in range(2):
        assert answer(event("Delete", PhysicalResourceId="limit-0"), redshift)["Status"] == "SUCCESS"
    assert redshift.limits == {}


def test_a_creation_that_failed_is_deleted_without_asking() -> None:
    class Down(Redshift):
        def get_namespace(self, *, namespaceName: str) -> Any:
            raise TimeoutError("no answer")

        def delete_usage_limit(self, *, usageLimitId: str) -> Any:
            raise AssertionError("asked")

    failed = answer(event("Create"), Down())
    assert (failed["Status"], failed["PhysicalResourceId"]) == ("FAILED", "Warehouse")
    assert failed["Reason"] == "the warehouse could not be set up: TimeoutError: no answer"
    assert answer(event("Delete", PhysicalResourceId="Warehouse"), Down())["Status"] == "SUCCESS"


@pytest.mark.parametrize("kind", ["Create", "Update", "Delete"])
def test_every_failure_is_told(kind: str) -> None:
    class Refusing(Redshift):
        def list_usage_limits(self, *, resourceArn: str, usageType: str) -> Any:
            raise PermissionError("x" * 5_000)

        def delete_usage_limit(self, *, usageLimitId: str) -> Any:
            raise PermissionError("not yours")

    failed = answer(event(kind, PhysicalResourceId="limit-0"), Refusing())
    assert (failed["Status"], failed["PhysicalResourceId"]) == ("FAILED", "limit-0")
    assert len(failed["Reason"]) <= 1_000
