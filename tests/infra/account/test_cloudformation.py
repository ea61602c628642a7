"""The emulated account keeps CloudFormation's rules of rollback, retention, protection, exports and names."""

from typing import Any

import pytest

from tests.infra.account.cloudformation import Account, Refused

TABLE, CLUSTER = "AWS::DynamoDB::Table", "AWS::MSK::Cluster"


def template(**resources: Any) -> dict[str, Any]:
    return {"Resources": resources}


def a_table(policy: str = "RetainExceptOnCreate", **properties: Any) -> dict[str, Any]:
    return {"Type": TABLE, "DeletionPolicy": policy, "Properties": properties}


FAILS = {"Type": "AWS::EC2::Subnet", "Properties": {"AvailabilityZone": "nowhere"}, "DependsOn": ["Table"]}


@pytest.fixture
def account() -> Account:
    return Account(zones=("a",))


@pytest.mark.parametrize(
    ("table", "status", "left"),
    [
        (a_table("RetainExceptOnCreate"), "ROLLBACK_COMPLETE", 0),
        (a_table("Delete"), "ROLLBACK_COMPLETE", 0),
        (a_table("Retain"), "ROLLBACK_COMPLETE", 1),
        (a_table(DeletionProtectionEnabled=True), "ROLLBACK_FAILED", 1),
    ],
)
def test_a_creation_that_fails_is_rolled_back_by_each_resources_policy(
    account: Account, table: dict[str, Any], status: str, left: int
) -> None:
    stack = account.create("data", template(Table=table, Subnet=FAILS), protected=False)
    assert (stack.status, len(account.there)) == (status, left)
    assert ("Subnet", "CREATE_FAILED") in [(it[0], it[2]) for it in stack.events]


def test_what_failed_to_be_created_is_deleted_and_its_name_is_free_again(account: Account) -> None:
    named = a_table(TableName="orders")
    account.create("data", template(Table=named, Subnet=FAILS), protected=False)
    with pytest.raises(Refused, match="already exists"):
        account.create("data", template(Table=named), protected=False)
    account.delete(account.stack("data"))
    assert account.create("data", template(Table=named), protected=False).status == "CREATE_COMPLETE"
    assert account.create("other", template(Table=named), protected=False).status == "ROLLBACK_COMPLETE"


def test_a_protected_stack_is_not_deleted_and_what_is_retained_outlives_an_unprotected_one(account: Account) -> None:
    stack = account.create("data", template(Table=a_table()), protected=True)
    with pytest.raises(Refused, match="TerminationProtection"):
        account.delete(stack)
    stack.protected = False
    account.delete(stack)
    assert (stack.status, len(account.there)) == ("DELETE_COMPLETE", 1)


def test_a_stack_whose_export_is_imported_stays_until_the_other_is_gone(account: Account) -> None:
    export = {"Outputs": {"Out": {"Value": "it", "Export": {"Name": "data:it"}}}}
    data = account.create("data", template(Table=a_table()) | export, protected=False)
    job = {"Type": "AWS::Glue::Job", "Properties": {"Name": "j", "Role": {"Fn::ImportValue": "data:it"}}}
    platform = account.create("platform", template(Job=job), protected=False)
    account.delete(data)
    assert data.status == "DELETE_FAILED"
    account.delete(platform)
    account.delete(data)
    assert data.status == "DELETE_COMPLETE"


def test_an_update_that_fails_goes_back_to_what_was_there(account: Account) -> None:
    stack = account.create("data", template(Table=a_table()), protected=False)
    before = dict(account.there)
    account.update(stack, template(Table=a_table(), More=a_table(), Subnet=FAILS))
    assert (stack.status, account.there) == ("UPDATE_ROLLBACK_COMPLETE", before)
    account.update(stack, template(Table=a_table(), More=a_table()))
    assert (stack.status, len(account.there)) == ("UPDATE_COMPLETE", 2)
