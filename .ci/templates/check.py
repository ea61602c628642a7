"""`make check-templates`: the templates by checkov, and the policies of roles and operators by parliament.

Neither needs a network. `prod` and `hosted` have every option of a stage between them
(tests/infra/checks/test_rules.py). Accepted findings stand in accepted.toml, each with its reason, and an entry that no
finding needs is itself a finding. cdk-nag (`python -m infra.checks.rules`) and cfn-lint judge the same templates in the
tests.

Exit code 0: nothing was found but what is accepted. 1: something was. The tools are in an environment of their own, by
hashes (tools.lock).
"""

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final, NamedTuple

CHECKOUT: Final = Path(__file__).resolve().parents[2]
HERE: Final = Path(__file__).resolve().parent
TOOLS: Final = CHECKOUT / "build" / "templates" / "venv" / "bin"
STAGES: Final = ("prod", "hosted")
SECONDS: Final = 1_800
"""Seconds for one tool."""

_LOG_GROUP: Final = re.compile(r"^(arn:aws:logs:[^:]*:[^:]*):(.*)$")


class Finding(NamedTuple):
    """A rule that is not followed, and where: the path of a construct in its stack, or the name of a role."""

    rule: str
    place: str
    text: str


def main() -> int:
    """Print each finding that is not accepted, and each entry that nothing needs; returns the exit code."""
    accepted = tomllib.loads((HERE / "accepted.toml").read_text("utf-8"))["accepted"]
    with tempfile.TemporaryDirectory() as folder:
        found = list(findings(Path(folder)))
    left = [it for it in found if not any(covers(entry, it) for entry in accepted)]
    unneeded = [entry for entry in accepted if not any(covers(entry, it) for it in found)]
    for it in sorted(set(left)):
        print(f"{it.rule}: {it.place}: {it.text}")
    for entry in unneeded:
        print(f"nothing to accept: {entry['rule']} at {entry['at']}")
    print(f"{len(found)} findings, {len(found) - len(left)} accepted, {len(left)} left")
    return 1 if left or unneeded or not found else 0


def covers(entry: dict[str, Any], found: Finding) -> bool:
    """Whether an entry accepts this finding: `*` stands for anything in its places, and in what the finding says."""
    says = any(fnmatchcase(found.text, it) for it in entry.get("says", ["*"]))
    return entry["rule"] == found.rule and says and any(fnmatchcase(found.place, it) for it in entry["at"])


def findings(folder: Path) -> Iterator[Finding]:
    """The findings of both tools; the templates are written to `folder`."""
    sys.path.insert(0, str(CHECKOUT))
    from infra.app import compose, empty_app
    from infra.checks.rules import JUDGED

    for name in STAGES:
        app = empty_app(folder / name)
        compose(app, JUDGED[name])
        app.synth()
        yield from of_checkov(folder / name)
    yield from of_parliament(folder / "prod", dict(policies_of_roles(folder / "prod")))
    yield from of_parliament(folder, dict(policies_of_operators()))


def of_checkov(folder: Path) -> Iterator[Finding]:
    """The checks of checkov that the templates in a folder fail."""
    paths = {
        (file.name, name): resource.get("Metadata", {}).get("aws:cdk:path", name).partition("/")[2]
        for file in folder.glob("*.template.json")
        for name, resource in json.loads(file.read_bytes())["Resources"].items()
    }
    offline = ("--skip-download", "--framework", "cloudformation", "--compact", "--quiet", "--output", "json")
    report = output(TOOLS / "checkov", "--directory", str(folder), *offline)
    for failed in report["results"]["failed_checks"]:
        place = paths[Path(failed["file_path"]).name, failed["resource"].rpartition(".")[2]]
        yield Finding(failed["check_id"], place, failed["check_name"])


def of_parliament(folder: Path, policies: dict[str, Any]) -> Iterator[Finding]:
    """The findings of parliament in policy documents, by the name of who has each; its input is written to `folder`."""
    file = folder / "policies.json"
    file.write_text(json.dumps(policies), "utf-8")
    for name, rule, text in output(TOOLS / "python", str(HERE / "policies.py"), str(file)):
        yield Finding(rule, name, text)


def policies_of_roles(folder: Path) -> Iterator[tuple[str, Any]]:
    """The policy of each of a stage's roles, resolved as on the laptop."""
    from local.cloudformation import reader
    from local.platform import KafkaAddress

    platform = reader.load(folder, kafka=KafkaAddress("brokers:9098", "MSK_IAM"), api_url="https://api")
    for role in platform.roles:
        yield role.name, {"Version": "2012-10-17", "Statement": statements(role)}


def policies_of_operators() -> Iterator[tuple[str, Any]]:
    """The operator's policy for each command with `--stack`, of a stage with invented names."""
    from operations.operator_policy.needs import COMMANDS
    from operations.operator_policy.policy import Place, policy

    names = {name: name.replace("_", "-") for name in Place.__struct_fields__}
    of_warehouse = "arn:aws:secretsmanager:us-east-1:123456789012:secret:redshift-AbCdEf"
    place = Place(**names | {"region": "us-east-1", "account": "123456789012", "warehouse_secret": of_warehouse})
    for command in COMMANDS:
        yield f"operator of {command}", policy(place, [command])


def statements(role: Any) -> list[dict[str, Any]]:
    """The statements of a role in IAM's form, with AWS's ARN of a log group in place of the laptop's shorter one."""
    found = []
    for it in role.statements:
        conditions: dict[str, dict[str, list[str]]] = {}
        for condition in it.conditions:
            conditions.setdefault(condition.operator, {})[condition.key] = list(condition.values)
        resources = [_LOG_GROUP.sub(r"\1:log-group:\2:*", on) for on in it.resources]
        statement = {"Effect": it.effect, "Action": list(it.actions), "Resource": resources}
        found.append({**statement, **({"Condition": conditions} if conditions else {})})
    return found


def output(*command: str | Path) -> Any:
    """The JSON that a tool prints; it says by its exit code only whether it found something."""
    ran = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=SECONDS, check=False)
    if not ran.stdout.strip():
        raise SystemExit(f"{Path(command[0]).name} said nothing: {ran.stderr[-500:]}")
    return json.loads(ran.stdout)


if __name__ == "__main__":
    sys.exit(main())
