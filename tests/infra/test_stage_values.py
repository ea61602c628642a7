"""Each value of a stage stands in its templates."""

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

import pytest

from infra.stages import STAGES, AlarmValues, ProvisionedPollers, Stage
from tests.infra.conftest import Templates

pytestmark = pytest.mark.parts

EXISTING: Final = {"network.vpc_id", "network.subnet_ids", "kafka.cluster_arn", "kafka.brokers_group"}
"""The values that name existing resources, of which these stages have none."""

DAYS: Final = {1: "ONE_DAY", 7: "ONE_WEEK", 30: "ONE_MONTH", 365: "ONE_YEAR"}


def values(stage: Stage) -> dict[str, Any]:
    """The values of a stage, by group and name."""
    groups = {field.name: getattr(stage, field.name) for field in fields(stage) if field.name != "name"}
    named = {f"{name}.{it.name}": getattr(group, it.name) for name, group in groups.items() for it in fields(group)}
    return {name: value for name, value in named.items() if name not in EXISTING}


def written(templates: Templates) -> dict[str, Any]:
    """The values of the stage as its templates have them."""
    data = json.loads((templates.folder / "manifest.json").read_bytes())["artifacts"][
        f"tillstream-{templates.stage}-data"
    ]
    brokers, archive = templates.at("Kafka/Cluster")["BrokerNodeGroupInfo"], templates.at("RawArchive/Mapping")
    [limits] = templates.at("OrderApi/Api/DeploymentStage")["MethodSettings"]
    arguments = {
        name: text for job in every(templates, "AWS::Glue::Job") for name, text in job["DefaultArguments"].items()
    }
    schedules = {it["Name"].rpartition("-")[2]: it.get("Schedule") for it in every(templates, "AWS::Glue::Trigger")}
    warehouse = templates.at("Warehouse/Workgroup")
    return {
        "network.region": data["environment"].rpartition("/")[2],
        "network.zones": tuple(it["AvailabilityZone"] for it in every(templates, "AWS::EC2::Subnet")),
        "kafka.brokers": templates.at("Kafka/Cluster")["NumberOfBrokerNodes"],
        "kafka.broker_type": brokers["InstanceType"],
        "kafka.broker_storage_gb": brokers["StorageInfo"]["EBSStorageInfo"]["VolumeSize"],
        "kafka.pollers": pollers(archive),
        "kafka.archive_window_seconds": archive["MaximumBatchingWindowInSeconds"],
        "api.rate_limit": limits["ThrottlingRateLimit"],
        "api.burst_limit": limits["ThrottlingBurstLimit"],
        "api.ingest_concurrency": templates.at("Ingest/Default/Resource")["ReservedConcurrentExecutions"],
        "api.browse_concurrency": templates.at("Browse/Default/Resource")["ReservedConcurrentExecutions"],
        "api.course": any(it["PathPart"] == "hello" for it in every(templates, "AWS::ApiGateway::Resource")),
        "api.pages": f"tillstream-{templates.stage}-pages" in templates.stacks,
        "batch.schedule": schedules["start"],
        "batch.maintenance_schedule": schedules["maintain"],
        "batch.workers": the_one({job["NumberOfWorkers"] for job in every(templates, "AWS::Glue::Job")}),
        "batch.items_per_second": int(arguments["--items-per-second"]),
        "batch.keep_days": int(arguments["--keep-days"]),
        "warehouse.base_capacity": warehouse["BaseCapacity"],
        "warehouse.max_capacity": warehouse["MaxCapacity"],
        "warehouse.rpu_hours": int(templates.at("Warehouse/Answer")["RpuHours"]),
        "operation.alarms": of_alarms(templates),
        "operation.log_retention": DAYS[
            the_one({group["RetentionInDays"] for group in every(templates, "AWS::Logs::LogGroup")})
        ],
        "operation.census_schedule": the_one(
            {rule["ScheduleExpression"] for rule in every(templates, "AWS::Events::Rule") if "EventPattern" not in rule}
        ),
        "operation.protected": data["properties"].get("terminationProtection", False),
    }


def of_alarms(templates: Templates) -> AlarmValues:
    """The values of the stage's alarms: what lasts is watched over periods, what is new and what is missing is not."""
    lag, disk, overdue = (templates.at(f"Alarms/{name}") for name in ("RawArchiveLag", "BrokerDisk", "CurateOverdue"))
    return AlarmValues(
        period_seconds=lag["Period"],
        periods=lag["EvaluationPeriods"],
        lag_messages=lag["Threshold"],
        age_seconds=templates.at("Alarms/RawArchiveAge")["Threshold"],
        disk_percent=disk["Threshold"],
        overdue_hours=overdue["Period"] // 3600,
    )


def every(templates: Templates, type: str) -> list[Mapping[str, Any]]:
    """The properties of the resources of a type."""
    return [resource["Properties"] for _, resource in templates.resources(type)]


def pollers(mapping: Mapping[str, Any]) -> ProvisionedPollers | None:
    """The pollers of a mapping; None for polling on demand."""
    config = mapping.get("ProvisionedPollerConfig")
    return config and ProvisionedPollers(
        minimum_pollers=config["MinimumPollers"], maximum_pollers=config["MaximumPollers"]
    )


def the_one(found: set[Any]) -> Any:
    """The one value of a set."""
    [value] = found
    return value


def test_the_templates_hold_each_value_of_their_stage(templates: Templates) -> None:
    assert written(templates) == values(STAGES[templates.stage])
