"""The policy document of an operator of one stage, and the same rights as a table for people. Pure."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Self

import msgspec

from operations.operator_policy.needs import COMMANDS, FIND, Need
from stores.target import Target

MOST_CHARACTERS: Final = 6_144
"""The characters of a managed policy that IAM takes, blanks left out (its quotas)."""

_OF_AN_API: Final = re.compile(r"https://(?P<api>[a-z0-9]+)\.execute-api\.")


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """The names of one deployed stage, as its ARNs hold them."""

    stack: str
    region: str
    account: str
    api: str
    lake_bucket: str
    invoices_table: str
    customers_table: str
    offsets_table: str
    lake_database: str
    lake_table: str
    warehouse_secret: str

    @classmethod
    def of(cls, stack: str, target: Target, api: str | None = None) -> Self:
        """The names of the stage whose outputs are these; `api` is the API's id, where its address has none.

        Raises `ValueError` where neither names it: a policy without it would allow no call.
        """
        found = _OF_AN_API.match(target.api_url)
        if not (api_id := found["api"] if found else api):
            raise ValueError(f"{target.api_url} is not the address of an API of API Gateway, whose id a policy names")
        _, database, table = target.lake_table.split(".")
        return cls(
            stack=stack,
            region=target.region,
            account=target.cluster.split(":")[4],
            api=api_id,
            lake_bucket=target.lake_bucket,
            invoices_table=target.invoices_table,
            customers_table=target.customers_table,
            offsets_table=target.offsets_table,
            lake_database=database,
            lake_table=table,
            warehouse_secret=target.warehouse_secret,
        )


def policy(place: Place, commands: Iterable[str]) -> dict[str, Any]:
    """The policy document by which these commands may be used on the stage."""
    return {"Version": "2012-10-17", "Statement": [_statement(it, place) for it in needs(commands)]}


def characters(document: Mapping[str, Any]) -> int:
    """The size of a policy as IAM counts it, which leaves blanks out.

    >>> characters({"Version": "2012-10-17"})
    24
    """
    return len(re.sub(r"\s", "", json.dumps(document)))


def needs(commands: Iterable[str]) -> list[Need]:
    """All that these commands need, each need once, in the order of the commands."""
    found = [FIND]
    for command in commands:
        found += [it for it in COMMANDS[command] if it not in found]
    return found


def _statement(need: Need, place: Place) -> dict[str, Any]:
    names = msgspec.structs.asdict(place)
    said = {
        "Effect": "Allow",
        "Action": list(need.actions),
        "Resource": [it.format_map(names) for it in need.resources],
    }
    under = {
        operator: {key: value.format_map(names) for key, value in keys.items()} for operator, keys in need.under.items()
    }
    return {**said, **({"Condition": under} if under else {})}


def table(commands: Mapping[str, tuple[Need, ...]] = COMMANDS) -> Iterator[str]:
    """The needs of each command as a table in Markdown, a row for each need."""
    yield "| command | may | on | for |"
    yield "|---|---|---|---|"
    yield _row("all", FIND)
    for command, its in commands.items():
        yield from (_row(f"`{command}`", it) for it in its)


def _row(command: str, need: Need) -> str:
    actions = ", ".join(f"`{it}`" for it in need.actions)
    on = ", ".join(map(_short, need.resources)) + "".join(
        f", where `{key}` is {_short(value)}" for keys in need.under.values() for key, value in keys.items()
    )
    return f"| {command} | {actions} | {on} | {need.why} |"


def _short(resource: str) -> str:
    """An ARN's own part, with the names of a stage as words.

    >>> _short("arn:aws:s3:::{lake_bucket}/raw/*"), _short("arn:aws:glue:{region}:{account}:job/{stack}-*")
    ('`LAKE_BUCKET/raw/*`', '`job/STACK-*`')
    """
    own = re.sub(r"^arn:aws:[\w-]+:[^:]*:[^:]*:", "", resource)
    return "`" + re.sub(r"{(\w+)}", lambda it: it[1].upper(), own) + "`"
