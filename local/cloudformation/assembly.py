"""A synthesized CDK app on disk: stacks with their templates, and the folders of functions' code.

These files are all that the laptop knows of the platform.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from local.errors import BrokenAssembly

ACCOUNT: Final = "000000000000"


@dataclass(frozen=True, slots=True)
class Stack:
    """One stack: its name, its region and its template."""

    name: str
    region: str
    template: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Assembly:
    """The stacks by name, and the code folders by the S3 key under which templates name them."""

    stacks: Mapping[str, Stack]
    code: Mapping[str, Path]

    @classmethod
    def read(cls, folder: Path) -> "Assembly":
        """The app that was synthesized into `folder`; raises `BrokenAssembly`."""
        artifacts = _json(folder / "manifest.json")["artifacts"]
        stacks: dict[str, Stack] = {}
        code: dict[str, Path] = {}
        for name, artifact in artifacts.items():
            properties = artifact.get("properties", {})
            if artifact["type"] == "aws:cloudformation:stack":
                region = artifact["environment"].rpartition("/")[2]
                stacks[name] = Stack(name, region, _json(folder / properties["templateFile"]))
            elif artifact["type"] == "cdk:asset-manifest":
                for file in _json(folder / properties["file"]).get("files", {}).values():
                    path = folder / file["source"]["path"]
                    code.update({place["objectKey"]: path for place in file["destinations"].values()})
        return cls(stacks, code)

    def asset(self, key: str) -> Path:
        """The file or folder that the assembly names by an S3 key; raises `BrokenAssembly`."""
        path = self.code.get(key)
        if path is None:
            raise BrokenAssembly(f"the assembly has no asset {key}: synthesize it again")
        return path

    def uploaded(self, address: str) -> Path:
        """The file that the assembly names by an address `s3://BUCKET/KEY`; raises `BrokenAssembly`."""
        return self.asset(address.removeprefix("s3://").partition("/")[2])

    def host_twin(self, key: str) -> Path:
        """The folder in which this machine can run the code of an S3 key; raises `BrokenAssembly`.

        Each asset is built twice, side by side: `deploy` is what the template names, `host` is for here.
        """
        deploy = self.asset(key)
        host = deploy.parent / "host"
        if deploy.name != "deploy" or not host.is_dir():
            raise BrokenAssembly(f"{deploy} has no twin for this machine beside it: run `python -m infra.packaging`")
        return host


def _json(path: Path) -> Any:
    """The content of a JSON file of the assembly; raises `BrokenAssembly`."""
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise BrokenAssembly(f"{path} is not readable as JSON: {error}") from None
