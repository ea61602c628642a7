"""The findings about an account: each problem is missing, with its reason and the command that mends it."""

from dataclasses import replace
from typing import Any, Final

import pytest

from local.account.answers import Answers, Caller, Unasked, Use, Zone
from local.account.findings import DELETED_BY, findings
from local.account.needs import NAMES, FixedName, Needs
from local.diagnosis.doctor import Finding

DATA, PLATFORM = "tillstream-dev-data", "tillstream-dev"
CLUSTER: Final = FixedName("AWS::MSK::Cluster", "tillstream-dev", DATA)
JOB: Final = FixedName("AWS::Glue::Job", "tillstream-dev-curate", PLATFORM)
NEEDS: Final = Needs(
    region="us-east-1",
    stacks=(DATA, PLATFORM),
    zones=("us-east-1a", "us-east-1b", "us-east-1c"),
    subnets=(),
    broker_type="kafka.t3.small",
    kafka_version="3.9.x.kraft",
    brokers=3,
    vpcs=1,
    gateways=2,
    concurrency=12,
    dpus=8.0,
    bootstrap=8,
    bootstrap_parameter="/cdk-bootstrap/hnb659fds/version",
    logs_of_apis=True,
    names=(CLUSTER, JOB),
)
ZONES: Final = {
    f"us-east-1{it}": Zone(f"us-east-1{it}", f"use1-az{n}", True) for it, n in zip("abcd", (1, 2, 4, 6), strict=True)
}
FRESH: Final = Answers(
    caller=Caller("123456789012", "arn:aws:iam::123456789012:user/me"),
    region="opt-in-not-required",
    zones=ZONES,
    subnets={},
    types=frozenset(it.id for it in ZONES.values()),
    versions=frozenset({"3.9.x.kraft", "3.8.x"}),
    concurrency=Use(1000, 0),
    quotas={"VPCs": Use(5, 1), "brokers": Use(90, 0)},
    bootstrap=28,
    stacks={DATA: "", PLATFORM: ""},
    names={"AWS::MSK::Cluster": frozenset(), "AWS::Glue::Job": frozenset({"another"})},
    remains={"tables": frozenset(), "buckets": frozenset()},
    log_role="",
)
"""A new account in which the stage can be deployed."""
DENIED: Final = Unasked("kafka:ListKafkaVersions", "AccessDeniedException: no", denied=True)


def found(need: str, needs: Needs = NEEDS, **answers: Any) -> Finding:
    """The finding about a need in an account that answers as `FRESH` but for these."""
    [one] = [it for it in findings("dev", needs, replace(FRESH, **answers)) if it.need == need]
    return one


def test_nothing_is_missing_in_a_fresh_account() -> None:
    assert [(it.mark, it.need, it.found) for it in findings("dev", NEEDS, FRESH)] == [
        ("ok", "credentials", "account 123456789012, as arn:aws:iam::123456789012:user/me"),
        ("ok", "region", "us-east-1"),
        ("ok", "zones", "us-east-1a (use1-az1), us-east-1b (use1-az2), us-east-1c (use1-az4)"),
        ("ok", "MSK", "has Kafka 3.9.x.kraft"),
        ("ok", "CDK bootstrap", "version 28"),
        ("ok", "Lambda concurrency", "1000 Lambda executions at once, of which 0 are taken; the stage takes 12"
         " and 100 must be left"),
        ("ok", "VPCs", "5 VPCs in the region, of which 1 are taken; the stage takes 1"),
        ("ok", "brokers", "90 MSK's brokers in the account and region, of which 0 are taken; the stage takes 3"),
        ("ok", f"stack {DATA}", "not there yet: the deployment creates it"),
        ("ok", f"stack {PLATFORM}", "not there yet: the deployment creates it"),
        ("ok", "names", "none that was asked for is taken"),
    ]  # fmt: skip


def test_without_credentials_nothing_else_is_said() -> None:
    none = Unasked("sts:GetCallerIdentity", "Unable to locate credentials", denied=False)
    [only] = findings("dev", NEEDS, replace(FRESH, caller=none))
    assert (only.need, only.found, only.missing) == ("credentials", "Unable to locate credentials", True)
    assert "aws sso login" in only.remedy


def test_a_zone_without_msk_is_named_by_its_id_with_three_that_have_it() -> None:
    zones = ZONES | {"us-east-1b": Zone("us-east-1b", "use1-az3", True)}
    bad = found("zones", zones=zones)
    assert bad.missing
    assert "us-east-1b (use1-az3)" in bad.found
    assert bad.found.endswith("MSK has no brokers of type kafka.t3.small in us-east-1b")
    assert bad.remedy == 'write zones=("us-east-1a", "us-east-1c", "us-east-1d") into infra/stages.py'


@pytest.mark.parametrize(
    "answers",
    [
        {"zones": {name: zone for name, zone in ZONES.items() if name != "us-east-1c"}},
        {"zones": ZONES | {"us-east-1c": Zone("us-east-1c", "use1-az4", False)}},
        {"types": frozenset({"use1-az1", "use1-az2", "use1-az6"})},
    ],
)
def test_a_zone_is_missing_that_is_not_there_or_not_open_or_lacks_the_brokers_type(answers: dict[str, Any]) -> None:
    assert (
        found("zones", **answers).remedy
        == 'write zones=("us-east-1a", "us-east-1b", "us-east-1d") into infra/stages.py'
    )


def test_a_region_with_two_zones_for_the_brokers_is_refused() -> None:
    bad = found("zones", types=frozenset({"use1-az1", "use1-az2"}))
    assert (bad.missing, bad.found) == (True, "us-east-1 has 2 zones for MSK's kafka.t3.small: us-east-1a, us-east-1b")


def test_existing_subnets_are_judged_by_their_zones_ids() -> None:
    needs = replace(NEEDS, zones=(), subnets=("subnet-a", "subnet-b", "subnet-c"))
    good = dict(zip(needs.subnets, ("use1-az1", "use1-az2", "use1-az4"), strict=True))
    assert found("subnets", needs, subnets=good).mark == "ok"
    for id in ("use1-az1", "use1-az3", ""):
        assert found("subnets", needs, subnets=good | {"subnet-c": id}).missing


def test_a_region_that_is_not_enabled_names_the_command() -> None:
    assert "aws account enable-region --region-name us-east-1" in found("region", region="not-opted-in").remedy
    assert found("region", region="unknown").missing


def test_a_version_of_kafka_that_msk_has_not_names_those_that_it_has() -> None:
    bad = found("MSK", versions=frozenset({"3.6.0", "3.7.x.kraft"}))
    assert (bad.missing, bad.found) == (True, "has no Kafka 3.9.x.kraft in us-east-1")
    assert "3.6.0, 3.7.x.kraft" in bad.remedy


@pytest.mark.parametrize(("version", "said"), [(None, "none in this region"), (6, "version 6, and 8 is needed")])
def test_a_missing_or_old_bootstrap_names_the_command(version: int | None, said: str) -> None:
    assert found("CDK bootstrap", bootstrap=version) == Finding(
        "CDK bootstrap",
        said,
        "cd infra && npm ci && npx cdk bootstrap aws://123456789012/us-east-1 -c stage=dev",
        missing=True,
    )


def test_a_new_accounts_ten_executions_are_too_few_and_the_increase_is_named() -> None:
    bad = found("Lambda concurrency", concurrency=Use(10, 0))
    assert bad.missing
    assert bad.remedy == (
        "aws service-quotas request-service-quota-increase --region us-east-1 --service-code lambda"
        " --quota-code L-B99A9384 --desired-value 112"
    )
    assert not found("Lambda concurrency", concurrency=Use(112, 0)).missing
    assert found("VPCs", quotas={"VPCs": Use(5, 5)}).missing


def test_quotas_are_not_asked_for_stacks_that_stand() -> None:
    stands = {DATA: "UPDATE_COMPLETE", PLATFORM: "CREATE_COMPLETE"}
    assert found("quotas", stacks=stands, concurrency=Use(10, 0)).mark == "ok"


@pytest.mark.parametrize(
    ("status", "mark", "command"),
    [
        ("CREATE_COMPLETE", "ok", ""),
        ("ROLLBACK_COMPLETE", "look", "make deploy STAGE=dev"),
        ("REVIEW_IN_PROGRESS", "look", "make deploy STAGE=dev"),
        ("UPDATE_IN_PROGRESS", "missing", "describe-stacks"),
        ("ROLLBACK_FAILED", "missing", "describe-stack-events"),
        ("DELETE_FAILED", "missing", "describe-stack-events"),
        ("UPDATE_ROLLBACK_FAILED", "missing", "continue-update-rollback"),
    ],
)
def test_the_state_of_a_stack_says_what_a_deployment_does_with_it(status: str, mark: str, command: str) -> None:
    it = found(f"stack {DATA}", stacks={DATA: status, PLATFORM: ""})
    assert it.mark == mark
    assert command in it.remedy


def test_a_name_that_is_taken_is_missing_with_the_command_that_frees_it() -> None:
    taken = found("Cluster tillstream-dev", names={CLUSTER.type: frozenset({CLUSTER.name})})
    assert taken.missing
    assert (
        taken.found == f"an AWS::MSK::Cluster of this name exists, and {DATA} would make another: the deployment fails"
    )
    assert "--cluster-name-filter tillstream-dev" in taken.remedy


@pytest.mark.parametrize(("status", "collides"), [("", True), ("ROLLBACK_COMPLETE", True), ("UPDATE_COMPLETE", False)])
def test_a_stack_that_stands_has_its_names_itself(status: str, collides: bool) -> None:
    answers: dict[str, Any] = {
        "stacks": {DATA: status, PLATFORM: "CREATE_COMPLETE"},
        "names": {CLUSTER.type: frozenset({CLUSTER.name})},
    }
    assert any(it.missing for it in findings("dev", NEEDS, replace(FRESH, **answers))) == collides


def test_every_fixed_name_has_a_command_that_frees_it() -> None:
    assert DELETED_BY.keys() == NAMES.keys()


def test_tables_and_buckets_of_a_deleted_stage_are_shown_and_do_not_hinder() -> None:
    left = {"tables": frozenset({f"{DATA}-Invoices1"}), "buckets": frozenset({f"{DATA}-lake2"})}
    it = found(f"{DATA}-Invoices1", remains=left)
    assert (it.mark, it.missing) == ("look", False)
    assert "aws dynamodb delete-table --table-name tillstream-dev-data-Invoices1" in it.remedy
    stands = {DATA: "CREATE_COMPLETE", PLATFORM: ""}
    said = findings("dev", NEEDS, replace(FRESH, remains=left, stacks=stands))
    assert not [it for it in said if "deleted stage" in it.found]


def test_the_role_that_the_first_deployment_replaces_is_named() -> None:
    it = found("API logs", log_role="arn:aws:iam::123456789012:role/theirs")
    assert it.mark == "look"
    assert "value=arn:aws:iam::123456789012:role/theirs" in it.remedy


def test_a_question_that_is_not_allowed_is_unknown_and_names_the_action() -> None:
    assert found("MSK", versions=DENIED) == Finding(
        "MSK",
        "could not be asked: kafka:ListKafkaVersions is not allowed",
        "allow kafka:ListKafkaVersions, or look yourself",
        asked=False,
    )


@pytest.mark.parametrize(
    "question",
    [
        "region",
        "zones",
        "types",
        "versions",
        "concurrency",
        "quotas",
        "bootstrap",
        "stacks",
        "names",
        "remains",
        "log_role",
    ],
)
def test_no_question_without_an_answer_is_passed_over(question: str) -> None:
    """Each is unknown, and nothing is missing because of it."""
    answer = getattr(FRESH, question)
    nothing: Any = dict.fromkeys(answer, DENIED) if question in ("quotas", "stacks", "names", "remains") else DENIED
    said = findings("dev", NEEDS, replace(FRESH, **{question: nothing}))
    assert any(not it.asked for it in said)
    assert not any(it.missing for it in said)
