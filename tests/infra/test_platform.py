"""The resources, settings and permissions that every stage's templates hold, whatever its values."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import pytest

from commerce.batches.paths import EXPORTS
from commerce.paths import LAKE, RAW, SALES
from commerce.settings import (
    BrowseSettings,
    CensusSettings,
    IngestSettings,
    OrderTablesSettings,
    QuerySettings,
    RawArchiveSettings,
    from_env,
)
from commerce.topic_configs import decoded
from infra.packaging.builds import CHECKOUT
from infra.packaging.functions import DEPLOYABLES
from infra.packaging.sources import handler_module
from infra.stages import STAGES
from local.parts.kafka import VERSION as LAPTOP_KAFKA
from stores.target import Target
from tests.infra.conftest import EVERY_OPTION, Templates

pytestmark = pytest.mark.parts

FUNCTION: Final = "AWS::Lambda::Function"
MAPPING: Final = "AWS::Lambda::EventSourceMapping"
SETTINGS: Final[Mapping[str, type]] = {
    "lambdas/ingest": IngestSettings,
    "lambdas/query": QuerySettings,
    "lambdas/browse": BrowseSettings,
    "lambdas/census": CensusSettings,
    "consumers/raw_archive": RawArchiveSettings,
    "consumers/order_tables": OrderTablesSettings,
}
STATEFUL: Final = {
    "AWS::MSK::Cluster": 1,
    "AWS::MSK::Topic": 1,
    "AWS::DynamoDB::Table": 3,
    "AWS::Glue::Database": 1,
    "AWS::RedshiftServerless::Namespace": 1,
    "AWS::S3::Bucket": 1,
}


def functions(templates: Templates) -> dict[str, Mapping[str, Any]]:
    """The functions' properties by deployable."""
    by_handler = {f"{handler_module(deployable)}.handler": deployable for deployable in DEPLOYABLES}
    return {by_handler[f["Properties"]["Handler"]]: f["Properties"] for _, f in templates.resources(FUNCTION)}


def test_the_functions_that_read_lines_are_updated_before_the_one_that_publishes_them(templates: Templates) -> None:
    by_id = {id: it for stack in templates.stacks.values() for id, it in stack["Resources"].items()}
    handlers = {id: it["Properties"]["Handler"] for id, it in by_id.items() if it["Type"] == FUNCTION}
    (ingest,) = (
        by_id[id] for id, handler in handlers.items() if handler == f"{handler_module('lambdas/ingest')}.handler"
    )
    readers = {f"{handler_module(folder)}.handler" for folder in ("lambdas/query", "consumers/order_tables")}
    assert readers <= {handlers.get(id) for id in ingest["DependsOn"]}


def host_twin(templates: Templates, function: Mapping[str, Any]) -> Path:
    """The folder beside the one that would be deployed."""
    for file in templates.folder.glob("*.assets.json"):
        for asset in json.loads(file.read_bytes())["files"].values():
            if function["Code"]["S3Key"] in [place["objectKey"] for place in asset["destinations"].values()]:
                return Path(asset["source"]["path"]).parent / "host"
    raise AssertionError(f"no asset {function['Code']['S3Key']}")


def allowed(templates: Templates) -> Iterator[tuple[str, str, Any]]:
    """Every action that any role is allowed: where, the action, and on what."""
    for path, resource in templates.resources("AWS::IAM::Policy", "AWS::IAM::Role", "AWS::IAM::ManagedPolicy"):
        of = resource["Properties"]
        documents = [of[name] for name in ("PolicyDocument",) if name in of]
        documents += [policy["PolicyDocument"] for policy in of.get("Policies", [])]
        for statement in (statement for document in documents for statement in document["Statement"]):
            if statement["Effect"] == "Deny":
                continue
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            yield from ((path, action, statement["Resource"]) for action in actions)


def test_there_is_a_function_a_deployable(templates: Templates) -> None:
    assert set(functions(templates)) == set(DEPLOYABLES)
    assert len(list(templates.resources(FUNCTION))) == len(DEPLOYABLES)


def test_the_environment_of_every_function_is_its_settings(templates: Templates) -> None:
    for deployable, function in functions(templates).items():
        environment = dict(function.get("Environment", {}).get("Variables", {}))
        if deployable.startswith("consumers/"):
            assert environment.pop("MALLOC_TRIM_THRESHOLD_") == "131072"
        settings = SETTINGS.get(deployable)
        assert set(environment) == {field.name.upper() for field in fields(settings)} if settings else not environment
        if settings:
            from_env(settings, {name: v if isinstance(v, str) else "1" for name, v in environment.items()})


@pytest.mark.parametrize("deployable", DEPLOYABLES)
def test_every_handler_imports_from_its_host_twin_alone(every_stage: Mapping[str, Templates], deployable: str) -> None:
    templates = every_stage["laptop"]
    function = functions(templates)[deployable]
    module, _, name = function["Handler"].rpartition(".")
    said = run_alone(
        f"""
        import importlib, json, sys
        folder = sys.argv[1]
        sys.path.append(folder)
        handler = getattr(importlib.import_module({module!r}), {name!r})
        roots = [folder, *sys.path[:-1]]
        strange = [m.__file__ for m in list(sys.modules.values())
                   if getattr(m, "__file__", None) and not any(m.__file__.startswith(root) for root in roots)]
        print(json.dumps([callable(handler), strange]))
        """,
        host_twin(templates, function),
        {field.name.upper(): "1" for field in fields(SETTINGS[deployable])} if deployable in SETTINGS else {},
    )
    assert said == [True, []]


def run_alone(code: str, folder: Path, environment: Mapping[str, str]) -> Any:
    """The JSON that the code prints in a Python with the standard library and nothing of this environment."""
    lines = code.splitlines()
    indent = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    script = "\n".join(line[indent:] for line in lines)
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", script, str(folder)],
        env={"AWS_DEFAULT_REGION": "us-east-1", **environment},
        cwd="/",
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def test_what_holds_data_is_counted_and_retained_and_stands_in_the_data_stack(templates: Templates) -> None:
    held = [resource for _, resource in templates.resources(*STATEFUL)]
    assert Counter(resource["Type"] for resource in held) == STATEFUL
    assert {(r["DeletionPolicy"], r["UpdateReplacePolicy"]) for r in held} == {("RetainExceptOnCreate", "Retain")}
    data = templates.stacks[f"tillstream-{templates.stage}-data"]["Resources"].values()
    assert Counter(r["Type"] for r in data if r["Type"] in STATEFUL) == STATEFUL


def test_tables_can_be_restored_and_are_protected_and_paid_by_request(templates: Templates) -> None:
    for path, table in templates.resources("AWS::DynamoDB::Table"):
        of = table["Properties"]
        assert of["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}, path
        protected = STAGES[templates.stage].operation.protected
        assert (of["DeletionProtectionEnabled"], of["BillingMode"]) == (protected, "PAY_PER_REQUEST"), path


def test_every_role_names_its_actions(templates: Templates) -> None:
    actions = list(allowed(templates))
    assert len(actions) > 30
    assert [(path, action) for path, action, _ in actions if "*" in action] == []


def test_every_action_names_what_it_is_for_where_aws_can_bind_it(templates: Templates) -> None:
    unbound = {action for _, action, resource in allowed(templates) if resource == "*"}
    assert {action.partition(":")[0] for action in unbound} == {
        "ec2",
        "kafka",  # GetBootstrapBrokers alone: see infra/kafka.py
        "logs",
        "redshift-data",
        "redshift-serverless",
        "xray",
    }
    assert {action for action in unbound if action.startswith("kafka:")} == {"kafka:GetBootstrapBrokers"}
    assert {path for path, action, r in allowed(templates) if r == "*" and action.startswith("logs:")} == {
        "OrderApi/LogWriter/Resource"
    }


def test_a_functions_code_may_not_use_what_lambda_may_with_its_network(templates: Templates) -> None:
    found = {}
    for path, policy in templates.resources("AWS::IAM::Policy"):
        statements = policy["Properties"]["PolicyDocument"]["Statement"]
        network = [
            it["Action"]
            for it in statements
            if it["Effect"] == "Allow" and "ec2:CreateNetworkInterface" in it["Action"]
        ]
        denied = [it for it in statements if it["Effect"] == "Deny"]
        assert [it["Action"] for it in denied] == network, path
        for statement in denied:
            [[_, [_, parts]]] = statement["Condition"]["ArnLike"]["lambda:SourceFunctionArn"].items()
            found[path.split("/")[0]] = (statement["Resource"], parts[-1])
    assert found == dict.fromkeys(
        ("Browse", "Census", "Ingest", "OrderTables", "RawArchive"), ("*", ":lambda:*:*:function:*")
    )


def test_the_network_reaches_no_bucket_but_the_lakes(templates: Templates) -> None:
    endpoints = [it["Properties"] for _, it in templates.resources("AWS::EC2::VPCEndpoint")]
    gateways = {
        it["ServiceName"]["Fn::Join"][1][-1]: it["PolicyDocument"]["Statement"]
        for it in endpoints
        if it["VpcEndpointType"] == "Gateway"
    }
    assert set(gateways) == {".s3", ".dynamodb"}
    [statement] = gateways[".s3"]
    [[lake, _]] = [
        it
        for it in templates.stacks[f"tillstream-{templates.stage}-data"]["Resources"].items()
        if it[1]["Type"] == "AWS::S3::Bucket"
    ]
    arn = {"Fn::GetAtt": [lake, "Arn"]}
    assert statement["Resource"] == [arn, {"Fn::Join": ["", [arn, "/*"]]}]


def test_no_role_may_what_its_code_never_asks_for(templates: Templates) -> None:
    """Each of these was allowed once, and no call of the code needed it."""
    load = {(action, json.dumps(on)) for path, action, on in allowed(templates) if "/LoadTables/" in path}
    assert not any(action.startswith("glue:") or f"/{LAKE}*" in on for action, on in load)
    asked = [on for path, action, on in allowed(templates) if path.startswith("Query/") and action == "dynamodb:Query"]
    assert ["/index/*" in json.dumps(on) for on in asked] == [False, True]


def test_no_role_takes_a_policy_of_others_making_and_none_may_delete_data(templates: Templates) -> None:
    for path, role in templates.resources("AWS::IAM::Role"):
        assert "ManagedPolicyArns" not in role["Properties"], path
    deletes = {"s3:DeleteObjectVersion", "dynamodb:DeleteItem", "kafka-cluster:DeleteTopic", "glue:DeleteTable"}
    assert deletes & {action for _, action, _ in allowed(templates)} == set()
    # what no snapshot of the lake needs any more; the bucket keeps its version
    deleting = [(path, resource) for path, action, resource in allowed(templates) if action == "s3:DeleteObject"]
    assert {(path.split("/")[1], resource["Fn::Join"][1][-1]) for path, resource in deleting} == {
        ("Curate", f"/{LAKE}*"),
        ("MaintainLake", f"/{LAKE}*"),
        ("LoadWarehouse", f"/{SALES}*"),
    }


def test_the_lake_refuses_an_unconditional_put_under_raw_and_calls_without_tls(templates: Templates) -> None:
    statements = templates.at("Lake/Policy")["PolicyDocument"]["Statement"]
    [once] = [statement for statement in statements if statement["Action"] == "s3:PutObject"]
    [[_, [_, suffix]]] = once["Resource"].values()
    assert (once["Effect"], once["Principal"], once["Condition"], suffix) == (
        "Deny",
        {"AWS": "*"},
        {"Null": {"s3:if-none-match": "true"}},
        f"/{RAW}*",
    )
    assert {"Bool": {"aws:SecureTransport": "false"}} in [statement["Condition"] for statement in statements]


def test_only_old_versions_of_the_lakes_files_and_broken_uploads_expire(templates: Templates) -> None:
    [[_, bucket]] = templates.resources("AWS::S3::Bucket")
    assert {rule.pop("Id"): rule for rule in bucket["Properties"]["LifecycleConfiguration"]["Rules"]} == {
        "OldVersionsOfTheLake": {
            "ExpiredObjectDeleteMarker": True,
            "NoncurrentVersionExpiration": {"NoncurrentDays": 35},
            "Prefix": LAKE,
            "Status": "Enabled",
        },
        "OldVersionsOfTheSalesExtracts": {
            "ExpiredObjectDeleteMarker": True,
            "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
            "Prefix": SALES,
            "Status": "Enabled",
        },
        "OldVersionsOfTheItemsOfABulkLoad": {
            "ExpiredObjectDeleteMarker": True,
            "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
            "Prefix": EXPORTS,
            "Status": "Enabled",
        },
        "UploadsThatNobodyCompleted": {
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
            "Status": "Enabled",
        },
    }


def test_nothing_in_the_lake_is_public(templates: Templates) -> None:
    [[_, lake]] = templates.resources("AWS::S3::Bucket")
    assert set(lake["Properties"]["PublicAccessBlockConfiguration"].values()) == {True}


def test_the_raw_archive_never_skips_a_message(templates: Templates) -> None:
    assert set(templates.at("RawArchive/Mapping")) - {"ProvisionedPollerConfig"} == {
        "AmazonManagedKafkaEventSourceConfig",
        "BatchSize",
        "EventSourceArn",
        "FunctionName",
        "MaximumBatchingWindowInSeconds",
        "StartingPosition",
        "Topics",
    }


def test_a_mapping_gives_up_only_with_provisioned_pollers_a_count_and_a_place_for_what_failed(
    templates: Templates,
) -> None:
    mapping = templates.at("OrderTables/Mapping")
    gives_up = {"BisectBatchOnFunctionError", "MaximumRetryAttempts", "DestinationConfig"}
    assert gives_up & set(mapping) == (gives_up if "ProvisionedPollerConfig" in mapping else set())
    assert "MaximumRecordAgeInSeconds" not in mapping
    assert "FunctionResponseTypes" not in mapping


def test_consumers_start_at_the_topics_beginning_as_groups_of_the_stage(templates: Templates) -> None:
    groups = set()
    for _, mapping in templates.resources(MAPPING):
        of = mapping["Properties"]
        assert (of["StartingPosition"], of["Topics"], of["BatchSize"]) == ("TRIM_HORIZON", ["order-lines"], 10_000)
        groups.add(of["AmazonManagedKafkaEventSourceConfig"]["ConsumerGroupId"])
    assert groups == {f"tillstream-{templates.stage}-{name}" for name in ("raw-archive", "order-tables")}


def test_the_topic_keeps_seven_days_and_takes_the_brokers_time(templates: Templates) -> None:
    topic = templates.at("OrderLines/Topic")
    replicas = STAGES[templates.stage].kafka.brokers
    assert (topic["TopicName"], topic["PartitionCount"], topic["ReplicationFactor"]) == ("order-lines", 6, replicas)
    assert decoded(topic["Configs"]) == {"retention.ms": "604800000", "message.timestamp.type": "LogAppendTime"}


def test_a_row_is_acknowledged_when_all_brokers_but_one_have_it(templates: Templates) -> None:
    brokers = STAGES[templates.stage].kafka.brokers
    properties = templates.at("Kafka/Configuration")["ServerProperties"].split()
    assert f"default.replication.factor={brokers}" in properties
    assert f"min.insync.replicas={brokers - 1}" in properties


def test_the_cluster_speaks_tls_and_iam_only_in_a_zone_a_broker_without_a_way_out(templates: Templates) -> None:
    cluster = templates.at("Kafka/Cluster")
    assert cluster["KafkaVersion"] == "3.9.x.kraft"
    assert cluster["ClientAuthentication"] == {
        "Sasl": {"Iam": {"Enabled": True}},
        "Unauthenticated": {"Enabled": False},
    }
    assert cluster["EncryptionInfo"] == {"EncryptionInTransit": {"ClientBroker": "TLS", "InCluster": True}}
    brokers = STAGES[templates.stage].kafka.brokers
    assert len(cluster["BrokerNodeGroupInfo"]["ClientSubnets"]) == cluster["NumberOfBrokerNodes"] == brokers
    assert len({subnet["Properties"]["AvailabilityZone"] for _, subnet in templates.resources("AWS::EC2::Subnet")}) == 3
    assert not list(templates.resources("AWS::EC2::NatGateway", "AWS::EC2::InternetGateway"))


def test_the_laptops_kafka_is_of_the_clusters_version(templates: Templates) -> None:
    assert templates.at("Kafka/Cluster")["KafkaVersion"] == f"{LAPTOP_KAFKA.rpartition('.')[0]}.x.kraft"


def test_whoever_waits_outlives_whom_it_waits_for(templates: Templates) -> None:
    ingest = functions(templates)["lambdas/ingest"]
    delivery = float(ingest["Environment"]["Variables"]["DELIVERY_SECONDS"])
    gateway = {
        m["Properties"]["Integration"]["TimeoutInMillis"] for _, m in templates.resources("AWS::ApiGateway::Method")
    }
    assert delivery < ingest["Timeout"] < min(gateway) / 1000
    assert (delivery, ingest["Timeout"], gateway) == (15, 25, {29_000})


def test_functions_run_on_one_runtime_and_keep_logs_for_a_time(templates: Templates) -> None:
    for deployable, function in functions(templates).items():
        assert (function["Runtime"], function["Architectures"]) == ("python3.13", ["arm64"]), deployable
        assert "LogGroup" in function["LoggingConfig"], deployable
    for path, group in templates.resources("AWS::Logs::LogGroup"):
        assert group["Properties"]["RetentionInDays"] > 0, path


def test_only_what_asks_the_brokers_is_in_the_network_and_what_callers_start_has_reserved_concurrency(
    templates: Templates,
) -> None:
    inside = {name for name, function in functions(templates).items() if "VpcConfig" in function}
    reserved = {name for name, function in functions(templates).items() if "ReservedConcurrentExecutions" in function}
    assert reserved == {"lambdas/ingest", "lambdas/browse"}
    assert inside == {*reserved, "lambdas/census"}


def test_every_method_is_signed_and_only_the_courses_is_open(every_stage: Mapping[str, Templates]) -> None:
    for stage, templates in every_stage.items():
        open_to_all = set()
        for path, method in templates.resources("AWS::ApiGateway::Method"):
            if method["Properties"]["AuthorizationType"] != "AWS_IAM":
                assert method["Properties"]["AuthorizationType"] == "NONE"
                open_to_all.add(path.removeprefix("OrderApi/Api/Default/"))
        course = {f"hello/{method}/Resource" for method in ("GET", "POST", "PUT")}
        assert open_to_all == (course if stage == "course" else set()), stage


def test_the_outputs_are_what_a_target_needs(templates: Templates) -> None:
    own = {"region", "endpoints", "access_key_id", "secret_access_key", "lake_catalog"}
    needed = {field.name.title().replace("_", "") for field in fields(Target) if field.name not in own}
    # the workflow's name is for people and the AWS CLI
    assert set(templates.stacks[f"tillstream-{templates.stage}"]["Outputs"]) - {"BatchWorkflow"} == needed


@pytest.mark.parametrize("names", [EVERY_OPTION, pytest.param((), marks=pytest.mark.scale, id="all")])
def test_the_linter_passes_them(every_stage: Mapping[str, Templates], names: tuple[str, ...]) -> None:
    folders = [every_stage[name].folder for name in names or every_stage]
    files = sorted(str(file) for folder in folders for file in folder.glob("*.template.json"))
    command: list[str | Path] = [
        Path(sys.executable).parent / "cfn-lint",
        "--config-file",
        CHECKOUT / "infra" / "cfnlint.yaml",
    ]
    ran = subprocess.run([*command, "--", *files], capture_output=True, text=True, env=os.environ)
    assert (ran.returncode, ran.stdout) == (0, "")
