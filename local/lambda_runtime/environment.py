"""The execution environment of a worker: its variables and import path, without this checkout or shell."""

import importlib.metadata
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from local.config import RoleKeys, RunConfig
from local.platform import Function
from local.processes import TETHER

CLIENT: Final = "awslambdaric"
"""AWS's runtime client, the only package in Lambda's Python runtime."""

LAUNCH: Final = str(Path(__file__).with_name("launch.py"))
EXECUTION_ENVIRONMENT: Final = f"AWS_Lambda_python{sys.version_info.major}.{sys.version_info.minor}"


@dataclass(frozen=True, slots=True)
class ExecutionEnvironment:
    """The execution environment of one platform's functions; `endpoints` maps an AWS service id to an address."""

    region: str
    account: str
    access_key_id: str
    secret_access_key: str
    endpoints: Mapping[str, str]
    state: Path
    role_keys: Mapping[str, RoleKeys] = field(default_factory=dict)
    """By role; a function whose role is not among them has the laptop's keys."""
    held_endpoints: Mapping[str, str] = field(default_factory=dict)
    """The addresses for who has a role's keys, in place of those of `endpoints`."""

    @classmethod
    def of(cls, config: RunConfig) -> Self:
        """The execution environment of a run."""
        return cls(
            region=config.region,
            account=config.platform.account,
            access_key_id=config.access_key_id,
            secret_access_key=config.secret_access_key,
            endpoints=config.endpoints,
            state=config.state.resolve(),  # workers have another working directory
            role_keys={keys.role: keys for keys in config.role_keys},
            held_endpoints=config.held_endpoints,
        )

    def arn(self, function: str) -> str:
        """The function's ARN in its context."""
        return f"arn:aws:lambda:{self.region}:{self.account}:function:{function}"

    def log(self, function: str) -> Path:
        """The file for a function's output."""
        return self.state / "logs" / f"{function}.log"

    @property
    def client(self) -> Path:
        """The folder that holds the runtime client and its dependencies, and nothing else."""
        return self.state / "build" / "lambda-client"

    def variables(self, function: Function, runtime_api: str) -> dict[str, str]:
        """All variables of a worker. HOME is not among them: a developer's `~/.aws` must not reach a function."""
        keys = self.role_keys.get(function.role, self)
        endpoints = {**self.endpoints, **(self.held_endpoints if function.role in self.role_keys else {})}
        return {
            **function.environment,
            **{f"AWS_ENDPOINT_URL_{_suffix(service)}": address for service, address in endpoints.items()},
            "AWS_ACCESS_KEY_ID": keys.access_key_id,
            "AWS_SECRET_ACCESS_KEY": keys.secret_access_key,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EXECUTION_ENV": EXECUTION_ENVIRONMENT,
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": "laptop/[$LATEST]",
            "AWS_LAMBDA_RUNTIME_API": runtime_api,
            "LAMBDA_TASK_ROOT": str(function.code),
            "_HANDLER": function.handler,
            "LANG": "C.UTF-8",
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "TZ": ":UTC",
        }

    def command(self, function: Function) -> list[str]:
        """The command of a worker, which dies with this process and imports only the function's code and `client`."""
        python = [sys.executable, "-I", "-S"]
        launch = [LAUNCH, str(function.code), str(self.client), function.handler]
        return [*python, TETHER, str(os.getpid()), *python, *launch]


def link_client(folder: Path) -> None:
    """Fill `folder` with links to the runtime client and its dependencies, from our own installation."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for source in set(_modules(CLIENT)):
        (folder / source.name).symlink_to(source)


def _modules(package: str) -> Iterator[Path]:
    """The top-level modules of a distribution and its dependencies."""
    distribution = importlib.metadata.distribution(package)
    for file in distribution.files or ():
        top = file.parts[0]
        if not top.endswith(".dist-info") and top not in ("..", "__pycache__"):
            yield Path(str(distribution.locate_file(top))).resolve()
    for requirement in distribution.requires or ():
        if "extra ==" not in requirement:
            name = requirement
            for mark in "<>=!~;[ (":
                name = name.partition(mark)[0]
            yield from _modules(name)


def _suffix(service: str) -> str:
    return service.upper().replace("-", "_").replace(" ", "_")
