"""The bill of an hour in which nothing happens but the schedules, line by line, from a stage's templates."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from operations.cost.prices import Price, Prices
from operations.cost.resources import BY_USE, HOURLY, JOB, TRIGGER, WORKGROUP, is_known
from operations.cost.schedules import starts_an_hour
from operations.errors import Refused

DPU: Final[Mapping[str, Decimal]] = {"G.025X": Decimal("0.25"), "G.1X": Decimal(1), "G.2X": Decimal(2)}
LOAD: Final = "-load_warehouse"
"""The job that wakes the warehouse: its name's end."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource of a template, by its construct path inside its stack."""

    path: str
    type: str
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """Dollars an hour for so many units of one price."""

    path: str
    price: str
    units: Decimal
    dollars: Decimal


def resources(folder: Path) -> list[Resource]:
    """All resources of a synthesized stage; raises `Refused` where there are no templates."""
    files = sorted(folder.glob("*.template.json"))
    if not files:
        raise Refused(f"{folder} holds no templates: synthesize a stage first")
    found = [resource for file in files for resource in json.loads(file.read_bytes())["Resources"].values()]
    return [Resource(_path(it), it["Type"], it.get("Properties", {})) for it in found]


def _path(resource: Mapping[str, Any]) -> str:
    """Where in its stack a resource stands, without what CDK calls each one's inner part."""
    path: str = resource.get("Metadata", {}).get("aws:cdk:path", "?/?").partition("/")[2]
    return path.removesuffix("/Resource").removesuffix("/Default")


def check(found: Iterable[Resource]) -> None:
    """Raise `Refused` naming every type that has neither a price nor the word that it costs nothing."""
    unknown = sorted({resource.type for resource in found if not is_known(resource.type)})
    if unknown:
        raise Refused(f"no price is known for {', '.join(unknown)}: say in operations/cost/resources.py what they cost")


def bill(found: list[Resource], prices: Prices) -> list[Line]:
    """The lines of an hour, the dearest first; raises `Refused` for an unknown type or a price that is not noted."""
    check(found)
    lines = [*_standing(found, prices), *_scheduled(found, prices)]
    return sorted(lines, key=lambda line: (-line.dollars, line.path, line.price))


def _standing(found: list[Resource], prices: Prices) -> Iterator[Line]:
    """What is paid whether or not anything happens."""
    for resource in found:
        for name, units in HOURLY[resource.type](resource.properties) if resource.type in HOURLY else ():
            yield Line(resource.path, name, units, units * prices.an_hour(name))


def _scheduled(found: list[Resource], prices: Prices) -> Iterator[Line]:
    """What the schedules start, by the minutes that are assumed of a run."""
    starts = starts_an_hour([it.properties for it in found if it.type == TRIGGER])
    loads = sum((often for name, often in starts.items() if name.endswith(LOAD)), Decimal(0))
    for resource in found:
        of = resource.properties
        if resource.type == JOB:
            dpus = DPU[of["WorkerType"]] * of["NumberOfWorkers"]
            hours = starts.get(of["Name"], Decimal(0)) * prices.assumed["job_minutes"] / 60
            yield Line(resource.path, "glue", dpus * hours, dpus * hours * prices.an_hour("glue"))
        elif resource.type == WORKGROUP:
            hours = Decimal(of["BaseCapacity"]) * loads * prices.assumed["warehouse_minutes"] / 60
            yield Line(resource.path, "redshift", hours, hours * prices.an_hour("redshift"))


def by_use(found: list[Resource], prices: Prices) -> dict[str, Price]:
    """The prices of what is paid by use in these templates, by name."""
    names = {name for resource in found for name in BY_USE.get(resource.type, ())}
    return {name: prices.price(name) for name in sorted(names)}
