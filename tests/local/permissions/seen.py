"""The permissions of a run's roles, by short names: what the templates give, what was used, and what cannot be seen."""

import re
from collections.abc import Mapping
from typing import Final

from commerce.batches.paths import BATCHES
from commerce.paths import DEAD_LETTERS, DECISIONS, ERASURES, QUARANTINE, RAW, VERDICTS
from local.config import RunConfig
from local.permissions.book import Use, uses
from local.permissions.policies import permissions
from local.permissions.records import STORES, WAREHOUSE, record_of

Named = tuple[str, str, str]
"""Role, action and resource."""

BEYOND: Final[Mapping[str, str]] = {
    "ec2:": "Lambda lays network interfaces; the laptop has no network to lay",
    "glue:": "the laptop's catalog is a SQLite file, which nobody guards",
    "kafka-cluster:": "the local broker listens in clear text and knows no principals",
    "kafka:": "Lambda asks MSK for its brokers; the laptop's are settings",
    "logs:": "workers and jobs write to files",
    "xray:": "Lambda's daemon sends segments; there is no X-Ray here",
    "redshift-serverless:GetNamespace": "a deployment's function finds the secret; it does not run here",
    **{
        f"redshift-serverless:{verb}UsageLimit": "a deployment's function limits the month's use; it does not run here"
        for verb in ("Create", "Delete", "List", "Update")
    },
}
"""Actions that no server of the laptop is asked for, with the reason."""

ASSETS: Final = "arn:aws:s3:::cdk-"
"""Glue fetches scripts and wheels by the job's role; here they are files of the checkout."""

NOT_MADE: Final[Mapping[Named, str]] = {
    **{
        ("batchcurate", action, under): "of a large or broken upload, or of a refused row"
        for action, under in (
            ("s3:AbortMultipartUpload", "/batches/*"),
            ("s3:AbortMultipartUpload", "/lake/*"),
            ("s3:AbortMultipartUpload", "/quarantine/*"),
            ("s3:PutObject", "/quarantine/*"),
        )
    },
    **{
        (role, "s3:GetObject", f"/{ERASURES}*"): "of the record of an erasure"
        for role in ("batchcurate", "batchloadtables", "load-warehouse", "census", "ordertables", "rawarchive")
    },
    **{
        (role, "s3:DeleteObject", "/lake/*"): "Iceberg deletes what a failed commit or an expired snapshot leaves"
        for role in ("batchcurate", "batchmaintainlake")
    },
    **{
        ("browse", action, on): "of the web pages"
        for action, on in (
            ("dynamodb:BatchGetItem", "offsets"),
            ("dynamodb:DescribeTable", "invoices"),
            ("dynamodb:Query", "invoices"),
            ("dynamodb:Query", "offsets"),
            ("s3:ListBucket", ""),
            *(
                ("s3:GetObject", f"/{prefix}*")
                for prefix in (RAW, BATCHES, QUARANTINE, DEAD_LETTERS, DECISIONS, VERDICTS)
            ),
        )
    },
    ("batchloadtables", "s3:AbortMultipartUpload", "/batches/*"): "of a broken upload of an export",
    ("load-warehouse", "redshift-data:CancelStatement", "*"): "of a statement that outlives its run",
    ("load-warehouse", "s3:AbortMultipartUpload", "/batches/*"): "of a broken upload",
    ("load-warehouse", "s3:DeleteObject", "/sales/*"): "of extracts that a later load has replaced",
    ("batchmaintainlake", "s3:AbortMultipartUpload", "/lake/*"): "of a broken upload",
    ("batchmaintainlake", "s3:ListBucket", ""): "S3 then answers 404, not 403, for a file that is absent",
    ("batchmaintainlake", "s3:PutObject", "/lake/*"): "a table of two files has nothing to be rewritten",
    ("ordertables", "dynamodb:BatchGetItem", "customers"): "where another writer's summary is newer",
    ("ordertables", "s3:PutObject", "/quarantine/*"): "of a message that is no order line",
    ("query", "s3:GetObject", "/sales/*"): "of the page of sales",
    ("query", "s3:ListBucket", ""): "S3 then answers 404, not 403, where no load has made extracts",
    (
        "rawarchive",
        "dynamodb:GetItem",
        "offsets",
    ): "of the release before, whose code runs for a while under the new role",
    ("rawarchive", "s3:GetObject", "/raw/*"): "where another writer has filed these offsets",
    ("warehouseloader", "s3:GetBucketLocation", ""): "AWS's COPY asks where the bucket is",
    ("warehouseloader", "s3:ListBucket", ""): "AWS's COPY may list what its manifest names",
}
"""Permissions that the run of tests/local/glue/test_command.py does not use, each with the case that does."""


def held(config: RunConfig) -> frozenset[Named]:
    """The permissions that the templates give to roles, as far as the laptop's servers enforce them."""
    return frozenset(
        _named(role.name, it.action, it.resource)
        for role in config.platform.roles
        for it in permissions(role.statements)
        if not it.action.startswith(tuple(BEYOND)) and not it.resource.startswith(ASSETS)
    )


def used(config: RunConfig) -> frozenset[Named]:
    """The permissions that functions and jobs have used in this run, by role."""
    return frozenset(_named(it.role, it.action, it.resource) for it in _records(config) if not it.refusal)


def refused(config: RunConfig) -> frozenset[Named]:
    """The permissions that were refused to functions and jobs in this run: the ones that the templates lack."""
    return frozenset((it.role, it.action, it.resource) for it in _records(config) if it.refusal)


def _records(config: RunConfig) -> list[Use]:
    return [it for servers in (STORES, WAREHOUSE) for it in uses(record_of(config.state, servers))]


def _named(role: str, action: str, resource: str) -> Named:
    """The names without the stage, and without what makes them unique.

    >>> _named("tillstream-laptop-rawarchiverole-bce9ed90", "s3:GetObject", "arn:aws:s3:::lake-5f1b88ea/raw/*")
    ('rawarchive', 's3:GetObject', '/raw/*')
    >>> _named("a-b-data-query-79d12da5", "dynamodb:Query", "arn:aws:dynamodb:r:1:table/s-l-offsets-724a10ed/index/*")
    ('query', 'dynamodb:Query', 'offsets/index/*')
    >>> _named("tillstream-laptop-load-warehouse-us-east-1", "redshift-data:ListStatements", "*")
    ('load-warehouse', 'redshift-data:ListStatements', '*')
    """
    [part] = re.findall(r"-([a-z]+?)(?:role)?-[0-9a-f]{8}$", role) or re.findall(r"^\w+-\w+-(.+)-us-east-1$", role)
    if resource.startswith("arn:aws:s3:::"):
        _, slash, key = resource.removeprefix("arn:aws:s3:::").partition("/")
        return part, action, f"{slash}{key}"
    if table := re.search(r":table/.*-([a-z]+)-[0-9a-f]{8}(/.*)?$", resource):
        return part, action, f"{table[1]}{table[2] or ''}"
    return part, action, resource if resource == "*" else resource.rpartition(":")[2].partition("/")[0]
