"""The three stages as `tillstream up` gets them: synthesized once, and kept while nothing has changed."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infra.app import STAGES
from local import synthesis


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
    folder = synthesis.assembly(stage, course=course, say=lambda text: None)
    files = sorted(folder.glob("*.template.json"))
    return Templates(stage, folder, {file.name.partition(".")[0]: json.loads(file.read_bytes()) for file in files})


@pytest.fixture(scope="session", params=sorted(STAGES))
def templates(request: pytest.FixtureRequest) -> Templates:
    """Each stage in turn."""
    return read(request.param)


@pytest.fixture(scope="session")
def every_stage() -> Mapping[str, Templates]:
    """All stages, and the laptop with `/hello` open."""
    return {stage: read(stage) for stage in STAGES} | {"course": read("laptop", course=True)}
