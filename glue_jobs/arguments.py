"""Parsing of a job's arguments: its own, and those that Glue passes beside them; any other is refused.

Glue's come from its page "Using job parameters in AWS Glue jobs", section "Job parameter reference"
(https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html), and from what its own library
reads of a script's arguments (`getResolvedOptions` in awslabs/aws-glue-libs). Names in capitals, such as `--JOB_NAME`,
`--JOB_RUN_ID` and `--WORKFLOW_RUN_ID`, say which run it is: no job's own argument is written so, and Glue adds to them.
"""

import argparse
import re
from collections.abc import Iterator, Sequence
from typing import Final

GLUES_OWN: Final = frozenset(
    "--" + name
    for name in (
        "additional-python-modules", "auto-scale-within-microbatch", "class", "conf", "continuation-option",
        "continuous-log-conversionPattern", "continuous-log-logGroup", "continuous-log-logStreamPrefix",
        "custom-logGroup-prefix", "custom-logStream-prefix", "customer-driver-env-vars", "customer-executor-env-vars",
        "datalake-formats", "debug", "disable-proxy-v2", "enable-auto-scaling", "enable-continuous-cloudwatch-log",
        "enable-continuous-log-filter", "enable-glue-datacatalog", "enable-job-insights",
        "enable-lakeformation-fine-grained-access", "enable-metrics", "enable-observability-metrics",
        "enable-rename-algorithm-v2", "enable-s3-parquet-optimized-committer", "enable-spark-ui",
        "enable-spark-ui-legacy-path", "encryption-type", "endpoint", "executor-cores", "extra-files", "extra-jars",
        "extra-py-files", "job-bookmark-from", "job-bookmark-option", "job-bookmark-to", "job-language", "mode",
        "python-modules-installer-option", "RedshiftTempDir", "scriptLocation", "spark-event-logs-path", "TempDir",
        "use-postgres-driver", "user-jars-first", "write-shuffle-files-to-s3", "write-shuffle-spills-to-s3",
    )
)  # fmt: skip
"""Glue's documented argument names that are not in capitals."""

_OF_THE_RUN: Final = re.compile(r"--[A-Z][A-Z_]*")


def add_switch(parser: argparse.ArgumentParser, name: str, help: str) -> None:
    """Add an argument that is on or off: `--all` at a terminal, `--all true` from Glue, which gives each a value."""
    parser.add_argument(name, nargs="?", const=True, default=False, type=_switch, metavar="true|false", help=help)


def _switch(text: str) -> bool:
    if text not in ("", "true", "false"):
        raise argparse.ArgumentTypeError(f"must be true or false, not {text!r}")
    return text != "false"


def parse(parser: argparse.ArgumentParser, argv: Sequence[str]) -> argparse.Namespace:
    """The job's own arguments and its `JOB_NAME`, which Glue gives, else the parser's.

    Exits with 2 if one is missing or wrong, or is neither the job's nor Glue's.
    """
    parser.add_argument("--JOB_NAME", default=parser.prog, help=argparse.SUPPRESS)
    options, others = parser.parse_known_args(argv)
    if refused := " ".join(unknown(others)):
        parser.error(f"unknown argument: {refused}")
    return options


def unknown(arguments: Sequence[str]) -> Iterator[str]:
    """The arguments that are not Glue's; each name of Glue's may have one value after it.

    >>> list(unknown(["--JOB_NAME", "x", "--stack", "prod", "--enable-metrics", "--TempDir=s3://t"]))
    ['--stack', 'prod']
    """
    after_a_name = False
    for argument in arguments:
        name, equals, _ = argument.partition("=")
        glues = name in GLUES_OWN or bool(_OF_THE_RUN.fullmatch(name))
        if not glues and (argument.startswith("--") or not after_a_name):
            yield argument
        after_a_name = glues and not equals
