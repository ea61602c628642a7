"""The three stages as `tillstream up` gets them: synthesized once, and kept while nothing has changed."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pytest

from infra.packaging.builds import CHECKOUT
from infra.stages import LAPTOP, STAGES, NetworkValues, Stage
from local.cloudformation import synthesis

IN_A_VPC: Final = replace(
    LAPTOP,
    network=NetworkValues(
        vpc_id="vpc-0123456789abcdef0", subnet_ids=tuple(f"subnet-0123456789abcdef{n}" for n in range(3))
    ),
)
BESIDE_A_CLUSTER: Final = replace(
    IN_A_VPC,
    kafka=replace(
        LAPTOP.kafka,
        cluster_arn="arn:aws:kafka:us-east-1:123456789012:cluster/shop/0123abcd-0123-4567-89ab-0123456789ab-2",
        brokers_group="sg-0123456789abcdef0",
    ),
)
HOSTING_PAGES: Final = replace(LAPTOP, api=replace(LAPTOP.api, pages=True))
VARIANTS: Final = {"in-a-vpc": IN_A_VPC, "beside-a-cluster": BESIDE_A_CLUSTER, "hosting-pages": HOSTING_PAGES}
"""The laptop's values, with an existing network, an existing cluster, or the web pages hosted."""

EVERY_OPTION: Final = ("prod", "course", "beside-a-cluster", "hosting-pages")
"""Of all that is synthesized, what sets every option between them: in all else stages differ in values only."""


@dataclass(frozen=True)
class Templates:
    """A synthesized stage."""

    stage: str
    folder: Path
    stacks: Mapping[str, Mapping[str, Any]]

    def resources(self, *types: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The resources of these types (of every type where none is named), by construct path inside their stack."""
        for template in self.stacks.values():
            for resource in template["Resources"].values():
                if not types or resource["Type"] in types:
                    yield resource["Metadata"]["aws:cdk:path"].partition("/")[2], resource

    def at(self, path: str) -> Mapping[str, Any]:
        """The properties of the one resource whose construct path begins so."""
        [found] = [resource["Properties"] for where, resource in self.resources() if where.startswith(path)]
        return dict(found)


def read(stage: str, course: bool = False) -> Templates:
    """The stage's templates."""
    return stacks_of(stage, synthesis.assembly(stage, course=course, say=lambda text: None))


def stacks_of(stage: str, folder: Path) -> Templates:
    """The templates in a synthesized folder."""
    files = sorted(folder.glob("*.template.json"))
    return Templates(stage, folder, {file.name.partition(".")[0]: json.loads(file.read_bytes()) for file in files})


@pytest.fixture(scope="session", params=sorted(STAGES))
def templates(request: pytest.FixtureRequest) -> Templates:
    """Each stage in turn."""
    return read(request.param)


def synthesized(stages: Mapping[str, Stage], folder: Path) -> Mapping[str, Templates]:
    """The templates of stages without a file, synthesized by one process: each has a folder in `folder`."""
    script = "from pathlib import Path; from infra.app import compose, empty_app; from infra.stages import *\n"
    for name, stage in stages.items():
        script += f"app = empty_app(Path({str(folder / name)!r})); compose(app, {stage!r}); app.synth()\n"
    environment = {**os.environ, **synthesis.UNJUDGED}
    ran = subprocess.run([sys.executable, "-c", script], cwd=CHECKOUT, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return {name: stacks_of(stage.name, folder / name) for name, stage in stages.items()}


@pytest.fixture(scope="session")
def every_stage(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Templates]:
    """All stages, the laptop with `/hello` open, and with each existing resource."""
    found = {stage: read(stage) for stage in STAGES} | {"course": read("laptop", course=True)}
    return {**found, **synthesized(VARIANTS, tmp_path_factory.mktemp("variants"))}
