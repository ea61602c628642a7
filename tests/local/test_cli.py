"""The laptop's commands where no platform runs: what they say, what they leave, how they end."""

import json
import os
import re
import subprocess
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest

import tillstream
from console.arguments import options_of, parser_of
from local import cli
from local.processes import Identity
from local.state import Run, RunningPart, State
from local.terminal import summary
from operations.stage import cli as stage
from stores.target import Target

NO_PROCESS = Identity(1, 0)
"""Process 1 lives, but never began at tick 0 of its boot and under this name."""

TARGET = Target(
    api_url="http://127.0.0.1:1234/P",
    region="us-east-1",
    bootstrap_servers="127.0.0.1:9092",
    kafka_security="PLAINTEXT",
    topic="order-lines",
    cluster="arn:aws:kafka:us-east-1:000000000000:cluster/laptop/1",
    lake_bucket="it's a bucket",
    invoices_table="Invoices",
    customers_table="Customers",
    offsets_table="Offsets",
    raw_archive_group="raw-archive",
    order_tables_group="order-tables",
    lake_table="lake.shop.order_lines",
    warehouse_workgroup="shop",
    warehouse_database="shop",
    warehouse_secret="arn:aws:secretsmanager:us-east-1:000000000000:secret:redshift!x",
    lake_catalog="jdbc:sqlite:/data/lake.db",
    endpoints={"s3": "http://127.0.0.1:1", "dynamodb": "http://127.0.0.1:2", "lambda": "http://127.0.0.1:3"},
    access_key_id="LAPTOP",
    secret_access_key="a $ecret",
)


def stored(state: State, stage: str = "laptop", in_memory: bool = False) -> Path:
    """A file among a stage's data."""
    file = state.data(stage, in_memory) / "s3" / "object"
    file.parent.mkdir(parents=True)
    file.write_text("1")
    return file


def test_env_gives_a_shell_every_variable_whatever_its_value_holds(
    state: State, capsys: pytest.CaptureFixture[str]
) -> None:
    TARGET.save(state.root)
    assert cli.env([]) == 0
    lines = capsys.readouterr().out
    shell = subprocess.run(
        ["sh", "-c", 'eval "$1"; env', "sh", lines], capture_output=True, text=True, check=True, env={}
    )
    message = dict(line.split("=", 1) for line in shell.stdout.splitlines())
    assert {name: value for name, value in message.items() if name.startswith(("TILLSTREAM_", "AWS_"))} == {
        "TILLSTREAM_API_URL": "http://127.0.0.1:1234/P",
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1",
        "AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:2",
        "AWS_ENDPOINT_URL_LAMBDA": "http://127.0.0.1:3",
        "AWS_ACCESS_KEY_ID": "LAPTOP",
        "AWS_SECRET_ACCESS_KEY": "a $ecret",
        "AWS_SESSION_TOKEN": "",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "TILLSTREAM_BOOTSTRAP_SERVERS": "127.0.0.1:9092",
        "TILLSTREAM_KAFKA_SECURITY": "PLAINTEXT",
        "TILLSTREAM_TOPIC": "order-lines",
        "TILLSTREAM_CLUSTER": "arn:aws:kafka:us-east-1:000000000000:cluster/laptop/1",
        "TILLSTREAM_RAW_ARCHIVE_GROUP": "raw-archive",
        "TILLSTREAM_ORDER_TABLES_GROUP": "order-tables",
        "TILLSTREAM_LAKE_BUCKET": "it's a bucket",
        "TILLSTREAM_INVOICES_TABLE": "Invoices",
        "TILLSTREAM_CUSTOMERS_TABLE": "Customers",
        "TILLSTREAM_OFFSETS_TABLE": "Offsets",
        "TILLSTREAM_LAKE_TABLE": "lake.shop.order_lines",
        "TILLSTREAM_WAREHOUSE_WORKGROUP": "shop",
        "TILLSTREAM_WAREHOUSE_DATABASE": "shop",
        "TILLSTREAM_WAREHOUSE_SECRET": "arn:aws:secretsmanager:us-east-1:000000000000:secret:redshift!x",
        "TILLSTREAM_LAKE_CATALOG": "jdbc:sqlite:/data/lake.db",
    }
    assert all(line.startswith("export ") for line in lines.splitlines())
    assert cli.env(["--json"]) == 0
    assert json.loads(capsys.readouterr().out).items() <= message.items()


def test_env_without_a_platform_is_wrong_use(state: State, capsys: pytest.CaptureFixture[str]) -> None:
    assert tillstream.main(["env"]) == 2
    assert "no platform runs in this checkout" in capsys.readouterr().err


WITHOUT_A_PLATFORM = (
    *("open", "env", "status", "top", "invoice 1", "customer 1", "lake SELECT", "sql SELECT", "replay rows.csv"),
    *("put rows.csv", "reconcile rows.csv", "job curate", "ledger show", "logs ingest", "quarantine list"),
)


@pytest.mark.parametrize("command", WITHOUT_A_PLATFORM)
def test_without_a_platform_a_command_advises_only_options_that_it_has(
    state: State, capsys: pytest.CaptureFixture[str], command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, *arguments = command.split()
    monkeypatch.chdir(state.root)
    Path("rows.csv").write_text("InvoiceNo\n")
    assert tillstream.main([name, *arguments]) in (1, 2)
    said = "".join(capsys.readouterr())
    of_this = re.sub(rf"`tillstream (?!{name}\b)[^`]*`", "", said)
    module, _ = tillstream.COMMANDS[name]
    options = options_of(parser_of(getattr(import_module(module), name)))
    assert "tillstream" in said
    assert set(re.findall(r"--[a-z][a-z-]*", of_this)) <= set(options)


def test_status_without_a_platform_is_1(state: State, capsys: pytest.CaptureFixture[str]) -> None:
    assert stage.status([]) == 1
    assert "no platform runs" in capsys.readouterr().out
    assert stage.status(["--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {"running": False}


def test_status_of_a_platform_that_is_still_starting_is_1_and_shows_its_parts(
    state: State, capsys: pytest.CaptureFixture[str]
) -> None:
    me = Identity.of(os.getpid())
    assert me is not None
    state.record(Run(me, "laptop", False, False, (RunningPart("kafka", me, 9), RunningPart("s3", NO_PROCESS, 8))))
    assert stage.status(["--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {
        "running": False,
        "stage": "laptop",
        "in_memory": False,
        "parts": [
            {"name": "kafka", "pid": me.pid, "port": 9, "state": "running"},
            {"name": "s3", "pid": 1, "port": 8, "state": "ended"},
        ],
        "complaints": {},
    }


def test_down_without_a_platform_does_nothing(state: State, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.down([]) == 0
    assert capsys.readouterr().out == "no platform runs in this checkout\n"


def test_down_forgets_a_killed_run_and_keeps_its_data(state: State) -> None:
    file = stored(state)
    TARGET.save(state.root)
    state.record(Run(NO_PROCESS, "laptop", False, True))
    assert cli.down([]) == 0
    assert state.run() is None
    assert not (state.root / "target.json").exists()
    assert file.exists()


def test_down_wipes_what_a_killed_run_in_memory_left_and_nothing_else(state: State) -> None:
    kept, wiped = stored(state), stored(state, in_memory=True)
    state.record(Run(NO_PROCESS, "laptop", True, True))
    assert cli.down([]) == 0
    assert (kept.exists(), wiped.exists()) == (True, False)


@pytest.mark.parametrize("port", ["80", "65536", "http"])
def test_a_port_that_cannot_be_is_wrong_use(state: State, port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.up(["--api-port", port])
    assert ended.value.code == 2
    assert f"--api-port: must be a whole number from 1024 to 65535, not '{port}'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--compose", "--bootstrap", "a:1"], "not allowed with argument"),
        (["--compose", "some"], "invalid choice: 'some'"),
        (["--bootstrap", "nowhere"], "must be HOST:PORT, or several with commas between them, not 'nowhere'"),
        (["--in-memory", "--compose"], "--in-memory wipes its data at its end"),
        (["--in-memory", "--bootstrap", "a:1"], "--in-memory wipes its data at its end"),
    ],
)
def test_a_kafka_that_cannot_be_chosen_so_is_wrong_use(
    state: State, arguments: list[str], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.up(arguments)
    assert ended.value.code == 2
    assert text in capsys.readouterr().err


def test_env_of_a_stack_that_cannot_be_read_is_wrong_use_and_asks_no_laptop(
    state: State, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    TARGET.save(state.root)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(state.root / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(state.root / "none"))
    assert tillstream.main(["env", "--stack", "tillstream-dev"]) == 2
    text = capsys.readouterr()
    assert (text.out, "stack tillstream-dev cannot be read" in text.err) == ("", True)


def test_reset_without_yes_deletes_nothing(state: State, capsys: pytest.CaptureFixture[str]) -> None:
    file = stored(state)
    assert cli.reset([]) == 2
    assert file.exists()
    assert "tillstream reset --yes" in capsys.readouterr().err


def test_reset_deletes_the_data_of_every_stage_and_nothing_else(
    state: State, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [stored(state), stored(state, "dev"), stored(state, in_memory=True)]
    keys = state.credentials()
    assert cli.reset(["--yes"]) == 0
    assert not any(file.exists() for file in files)
    assert capsys.readouterr().out.startswith("the laptop's data of the stages ")
    assert cli.reset(["--yes"]) == 0
    assert capsys.readouterr().out == "there was no data of the laptop to delete\n"
    assert state.credentials() == keys


def test_reset_before_the_first_up_is_fine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TILLSTREAM_HOME", str(tmp_path / "new"))
    assert cli.reset(["--yes"]) == 0


def test_commands_that_stop_wait_for_nobody_who_holds_the_state_of_another_checkout(state: State) -> None:
    with State(state.root.parent / "other").lock():
        assert cli.reset(["--yes"]) == 0


def test_up_for_the_course_prints_the_line_for_its_client() -> None:
    running = replace(TARGET, endpoints={**TARGET.endpoints, "redshift-data": "http://127.0.0.1:4"})
    line = 'URL = "http://127.0.0.1:1234/P/hello"'
    assert line in summary(running, "", course=True)
    assert "/hello" not in summary(running, "")
