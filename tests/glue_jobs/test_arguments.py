"""A job accepts the arguments that Glue passes beside its own, and no others."""

import argparse
from importlib import import_module

import pytest

from glue_jobs import arguments
from infra.packaging.jobs import JOBS, job_module
from operations.stage import cli

NEEDED = {
    "curate": ["--lake-bucket", "b", "--topic", "t", "--table", "lake.d.t"],
    "load_tables": [
        "--lake-bucket", "b", "--invoices-table", "i", "--customers-table", "c", "--items-per-second", "1",
    ],
    "load_warehouse": ["--lake-bucket", "b", "--workgroup", "w", "--database", "d"],
    "maintain_lake": ["--table", "lake.d.t", "--keep-days", "7"],
}  # fmt: skip
OF_GLUE = [
    "--job-language", "python",
    "--conf", "spark.a=1 --conf spark.b=2",
    "--enable-metrics",
    "--TempDir=s3://scratch",
    "--JOB_NAME", "tillstream-dev-curate",
    "--JOB_ID", "j_1",
    "--JOB_RUN_ID", "jr_1",
    "--WORKFLOW_NAME", "tillstream-dev-batch",
    "--job-bookmark-option", "job-bookmark-disable",
]  # fmt: skip


def test_the_job_command_names_every_job() -> None:
    assert cli.JOBS == JOBS


@pytest.mark.parametrize("job", JOBS)
@pytest.mark.parametrize("argument", ["--again=true", "--all=true", "--items-per-second=3", "--keep-days=3"])
def test_the_job_command_knows_which_jobs_take_an_argument(
    job: str, argument: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        import_module(job_module(job)).main([*NEEDED[job], argument, "--unknown"])
    refused = capsys.readouterr().err.splitlines()[-1].rpartition("unknown argument: ")[2].split()
    taken_by = cli.TAKEN_BY[argument.partition("=")[0]]
    assert refused == (["--unknown"] if job in taken_by else [argument, "--unknown"])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("curate --all", "curate does not take --all: it is an argument of load_tables"),
        (
            "maintain_lake --again",
            "maintain_lake does not take --again: it is an argument of curate, load_tables, load_warehouse",
        ),
        ("load_tables --items-per-second 0", "argument --items-per-second: must be a number above 0, not '0'"),
        ("maintain_lake --keep-days -1", "argument --keep-days: must be a whole number from 0 to 36500, not '-1'"),
    ],
)
def test_the_job_command_refuses_another_jobs_argument_before_anything_starts(
    given: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.job([*given.split(), "--stack", "none-such"])
    assert stopped.value.code == 2
    assert capsys.readouterr().err == f"tillstream job: {said}; `tillstream job --help` says more\n"


@pytest.mark.parametrize("job", JOBS)
@pytest.mark.parametrize("foreign", ["--stack prod", "--stak=prod", "--agian", "again", "--keepdays 3"])
def test_a_job_refuses_an_argument_that_is_neither_its_own_nor_glues(
    job: str, foreign: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        import_module(job_module(job)).main([*NEEDED[job], "--JOB_NAME", "x", *foreign.split()])
    assert stopped.value.code == 2
    assert capsys.readouterr().err.splitlines()[-1] == f"{job}: error: unknown argument: {foreign}"


@pytest.mark.parametrize("argv", [[*OF_GLUE, "--table", "t"], ["--table", "t", *OF_GLUE]])
def test_glues_own_arguments_may_stand_beside_a_jobs_which_keeps_its_name_of_them(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--table")
    assert vars(arguments.parse(parser, argv)) == {"table": "t", "JOB_NAME": "tillstream-dev-curate"}


@pytest.mark.parametrize(
    ("given", "on"), [([], False), (["--all"], True), (["--all", "true"], True), (["--all", ""], True),
                      (["--all=true"], True), (["--all", "false"], False), (["--all", "--JOB_NAME", "x"], True)],
)  # fmt: skip
def test_a_switch_is_on_with_or_without_the_value_that_glue_gives_it(given: list[str], on: bool) -> None:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    arguments.add_switch(parser, "--all", "everything")
    assert arguments.parse(parser, given).all is on


def test_a_switch_takes_no_other_value() -> None:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    arguments.add_switch(parser, "--all", "everything")
    with pytest.raises(SystemExit) as stopped:
        arguments.parse(parser, ["--all", "yes"])
    assert stopped.value.code == 2
