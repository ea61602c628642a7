"""The roles of a stage as a table for docs/deploy.md: who may do what, on what, and under which condition."""

import re
from collections.abc import Iterator
from typing import Final

from local.permissions.policies import DENY, Statement
from local.platform import Platform, Role

_ASSETS: Final = "arn:aws:s3:::cdk-"
_HASH: Final = re.compile(r"-[0-9a-f]{8}(?=$|/|:)")


def roles_table(platform: Platform) -> Iterator[str]:
    """The table in Markdown, a row for each statement of each role; what Glue fetches of its own code is one row."""
    yield "| role | may | on |"
    yield "|---|---|---|"
    for role in platform.roles:
        platform_name = f"tillstream-{platform.stage}"
        name = _short(role.name, platform_name).removesuffix("role")
        rows = dict.fromkeys(_row(it, platform_name) for it in _worth_showing(role))
        yield from (f"| {name} | {may} | {on} |" for may, on in rows)


def _worth_showing(role: Role) -> Iterator[Statement]:
    """The statements, those about the job's own code as one."""
    code = [it for it in role.statements if all(on.startswith(_ASSETS) for on in it.resources)]
    if code:
        yield Statement(code[0].effect, code[0].actions, ("its own script, modules and wheels",))
    yield from (it for it in role.statements if it not in code)


def _row(statement: Statement, platform: str) -> tuple[str, str]:
    actions = ", ".join(f"`{it}`" for it in statement.actions)
    on = ", ".join(_short(it, platform) for it in statement.resources)
    for it in statement.conditions:
        on += f", {it.key} like {' or '.join(it.values)}"
    return ("**not** " if statement.effect == DENY else "") + actions, on.replace("*", r"\*")


def _short(text: str, platform: str) -> str:
    """A name or ARN without account, region, platform and hash.

    >>> _short("arn:aws:dynamodb:us-east-1:000000000000:table/tillstream-prod-data-offsets-724a10ed", "tillstream-prod")
    'dynamodb table/offsets'
    """
    text = re.sub(r"^arn:aws:([a-z0-9-]+):[a-z0-9-]*:\d*:", r"\1 ", text)
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(-\d)?", "…", text)
    return _HASH.sub("", text.replace(f"{platform}-data-", "").replace(f"{platform}-", ""))
