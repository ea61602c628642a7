"""Commands of AWS's command line in our pages, judged by the models of AWS's services that botocore has."""

import shlex
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import pairwise
from typing import Any, Final

import botocore.session
import jmespath
from botocore import xform_name

OF_THE_CLI: Final[Mapping[str, set[str]]] = {"s3": {"cp", "ls", "mb", "rb", "rm", "sync"}}
"""Commands that no service has: the command line makes them of several operations."""

GLOBAL: Final = {"query", "output", "region"}
"""Options that every command takes."""


def wrong(command: str | Iterable[str]) -> str:
    """The word that makes this no command of AWS: an operation or option that there is not, or one that lacks; or ''.

    >>> wrong("aws glue get-job-runs --job-name curate --query 'JobRuns[0].JobRunState'")
    ''
    >>> wrong("aws glue get-runs"), wrong("aws glue get-job-runs --job curate"), wrong("aws glue get-job-runs")
    ('get-runs', 'job', 'job-name')
    """
    aws, service, verb, *rest = shlex.split(command) if isinstance(command, str) else command
    if aws != "aws":
        return aws
    if verb in OF_THE_CLI.get(service, ()):
        return ""
    operations = _operations("s3" if service == "s3api" else service)
    if not operations:
        return service
    if verb not in operations:
        return verb
    shape = operations[verb].input_shape
    known = {xform_name(name, "-") for name in shape.members} | GLOBAL if shape else GLOBAL
    given = [word.removeprefix("--").removeprefix("no-") for word in rest if word.startswith("--")]
    required = [xform_name(name, "-") for name in shape.required_members] if shape else []
    for word, following in pairwise(rest):
        if word == "--query":
            jmespath.compile(following)
    return next((it for it in given if it not in known), "") or next((it for it in required if it not in given), "")


@cache
def _operations(service: str) -> Mapping[str, Any]:
    """The model of each operation of a service, by its name on the command line; none if there is no such service."""
    session = botocore.session.get_session()
    if service not in session.get_available_services():
        return {}
    model = session.get_service_model(service)
    return {xform_name(name, "-"): model.operation_model(name) for name in model.operation_names}
