"""The bill of an hour in which only the schedules run, computed from a stage's templates."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from commerce.metrics import METRICS
from operations.cost.prices import Price, Prices
from operations.cost.resources import BY_USE, CLUSTER, HOURLY, JOB, MAPPING, TRIGGER, WORKGROUP, is_known
from operations.cost.schedules import starts_an_hour
from operations.errors import Refused

DPU: Final[Mapping[str, Decimal]] = {"G.025X": Decimal("0.25"), "G.1X": Decimal(1), "G.2X": Decimal(2)}
LOAD: Final = "-load_warehouse"
"""The end of the name of the job that wakes the warehouse."""
POLLERS_A_UNIT: Final = 4
"""An event poller unit carries 20 MB/s, a poller 5."""
LEAST_POLLERS: Final = 1
"""The pollers that Lambda keeps for a provisioned mapping that names no number."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource of a template, by its construct path inside its stack."""

    path: str
    type: str
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Charge:
    """Dollars an hour for so many units of one price."""

    path: str
    price: str
    units: Decimal
    dollars: Decimal


def resources(folder: Path) -> list[Resource]:
    """All resources of a synthesized stage; raises `Refused` if the folder holds no templates."""
    files = sorted(folder.glob("*.template.json"))
    if not files:
        raise Refused(f"{folder} holds no templates: synthesize a stage first")
    found = [resource for file in files for resource in json.loads(file.read_bytes())["Resources"].values()]
    return [Resource(_path(it), it["Type"], it.get("Properties", {})) for it in found]


def _path(resource: Mapping[str, Any]) -> str:
    """The construct path of a resource in its stack, without the name that CDK gives the inner resource."""
    path: str = resource.get("Metadata", {}).get("aws:cdk:path", "?/?").partition("/")[2]
    return path.removesuffix("/Resource").removesuffix("/Default")


def check(found: Iterable[Resource]) -> None:
    """Raise `Refused` naming every type without a price that is not listed as free either."""
    unknown = sorted({resource.type for resource in found if not is_known(resource.type)})
    if unknown:
        raise Refused(f"no price is known for {', '.join(unknown)}: say in operations/cost/resources.py what they cost")


def bill(found: list[Resource], prices: Prices) -> list[Charge]:
    """The charges of an hour, the dearest first; raises `Refused` for an unknown type or a missing price."""
    check(found)
    lines = [*_standing(found, prices), *_pollers(found, prices), *_broker_logs(found, prices)]
    lines += _scheduled(found, prices)
    return sorted(lines, key=lambda line: (-line.dollars, line.path, line.price))


def _standing(found: list[Resource], prices: Prices) -> Iterator[Charge]:
    """The charges that arise whether or not anything runs."""
    for resource in found:
        for name, units in HOURLY[resource.type](resource.properties) if resource.type in HOURLY else ():
            yield Charge(resource.path, name, units, units * prices.an_hour(name))


def _pollers(found: list[Resource], prices: Prices) -> Iterator[Charge]:
    """The least of provisioned pollers in whole units, which mappings of one group share.

    On-demand pollers cost nothing by the hour.
    """
    groups: dict[str, list[Resource]] = defaultdict(list)
    for it in found:
        if it.type == MAPPING and (config := it.properties.get("ProvisionedPollerConfig")):
            groups[config.get("PollerGroupName") or it.path].append(it)
    for members in groups.values():
        least = sum(it.properties["ProvisionedPollerConfig"].get("MinimumPollers", LEAST_POLLERS) for it in members)
        units = Decimal(-(-least // POLLERS_A_UNIT))
        path = " + ".join(sorted(it.path for it in members))
        yield Charge(path, "event-poller-unit", units, units * prices.an_hour("event-poller-unit"))


def _broker_logs(found: list[Resource], prices: Prices) -> Iterator[Charge]:
    """The charges of the logs that idle brokers send to CloudWatch, by their assumed size."""
    for it in found:
        logs = it.properties.get("LoggingInfo", {}).get("BrokerLogs", {}) if it.type == CLUSTER else {}
        if logs.get("CloudWatchLogs", {}).get("Enabled"):
            gigabytes = it.properties["NumberOfBrokerNodes"] * prices.assumed["broker_log_mb"] / 1000
            yield Charge(it.path, "logs", gigabytes, gigabytes * prices.an_hour("logs"))


def _scheduled(found: list[Resource], prices: Prices) -> Iterator[Charge]:
    """The charges of scheduled jobs, by the assumed minutes of a run."""
    starts = starts_an_hour([it.properties for it in found if it.type == TRIGGER])
    loads = sum((often for name, often in starts.items() if name.endswith(LOAD)), Decimal(0))
    for resource in found:
        of = resource.properties
        if resource.type == JOB:
            dpus = DPU[of["WorkerType"]] * of["NumberOfWorkers"]
            often = starts.get(of["Name"], Decimal(0))
            hours = often * prices.assumed["job_minutes"] / 60
            yield Charge(resource.path, "glue", dpus * hours, dpus * hours * prices.an_hour("glue"))
            # a metric is paid for the hours in which it is published
            metrics = min(often, Decimal(1)) * _metrics(of["Name"])
            yield Charge(resource.path, "metrics", metrics, metrics * prices.an_hour("metrics"))
        elif resource.type == WORKGROUP:
            hours = Decimal(of["BaseCapacity"]) * loads * prices.assumed["warehouse_minutes"] / 60
            yield Charge(resource.path, "redshift", hours, hours * prices.an_hour("redshift"))


def _metrics(job: str) -> int:
    """How many of the platform's metrics a job publishes."""
    return sum(job.endswith(f"-{source.rpartition('/')[2]}") for metric in METRICS for source in metric.sources)


def by_use(found: list[Resource], prices: Prices) -> dict[str, Price]:
    """The prices of everything that these templates pay by use, by name."""
    names = {name for resource in found for name in BY_USE.get(resource.type, ())}
    return {name: prices.price(name) for name in sorted(names)}
