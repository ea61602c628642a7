"""A replay reads other forms, standard input and maps, keeps a pace, and says clearly what cannot be."""

import gzip
import io
import json
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given

from commerce.files.documents import order_lines
from producer.replay.plan import batches, rows
from tests import forms
from tests.forms import Form, zipped
from tests.orders import cells, csv_document
from tests.producer.api_server import ApiServer
from tests.producer.conftest import Command, a_file, environment
from tests.producer.test_resuming import PATIENCE_SECONDS, REPOSITORY, settled, started, wait_until
from tests.producer.test_sending import ids_of


def sent_ids(document: bytes) -> list[str]:
    read = rows([("day", io.BytesIO(document))])
    return [shipment.line.LineId for batch in batches(read, [0], 3) for shipment in batch.shipments]


@given(forms.rows, forms.forms)
def test_any_form_of_a_file_is_sent_as_the_lines_of_the_plain_one(written: Sequence[Sequence[str]], form: Form) -> None:
    assert sent_ids(form.written(written)) == sent_ids(Form().written(written))


def test_a_request_never_spans_the_documents_of_a_zip() -> None:
    day = csv_document(cells(), cells())
    made = list(batches(rows([("days.zip", io.BytesIO(zipped({"a.csv": day, "b.csv": day})))]), [0], 500))
    assert [len({shipment.line.LineId for shipment in batch.shipments}) for batch in made] == [2, 2]
    assert [batch.end for batch in made] == [2, 4]


def test_packed_files_of_a_folder_are_replayed_and_resumed(api: ApiServer, command: Command, tmp_path: Path) -> None:
    folder, state = tmp_path / "in", tmp_path / "state.json"
    folder.mkdir()
    day = csv_document(*(cells(Quantity=str(number)) for number in range(1, 21)))
    (folder / "a.csv.gz").write_bytes(gzip.compress(day))
    (folder / "b.csv.zip").write_bytes(zipped({"1.csv": day.replace(b"600001", b"600002"), "2.csv": day}))
    wanted = Counter(sent_ids(day)) + Counter(sent_ids((folder / "b.csv.zip").read_bytes()))
    first = command("replay", folder, "--state", state, "--rows", 30, "--batch", 7, "--json")
    assert first.counts["accepted"] == 30
    state.write_text(state.read_text().replace('"rows": 30', '"rows": 60'))
    assert command("replay", folder, "--state", state, "--rows", 60, "--batch", 7, "--json").counts["accepted"] == 60
    assert api.accepted == wanted


def test_a_rejected_row_of_a_zip_is_told_with_its_document(api: ApiServer, command: Command, tmp_path: Path) -> None:
    path, rejects = tmp_path / "days.zip", tmp_path / "rejects"
    path.write_bytes(zipped({"a.csv": csv_document(cells()), "b.csv": csv_document(cells(), cells(Quantity="six"))}))
    ended = command("replay", path, "--rejects", rejects)
    assert f"{path}/b.csv, line 3: Quantity 'six': must be" in ended.err
    assert json.loads(rejects.read_text())["file"] == f"{path}/b.csv"


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lambda day: zipped({"day.csv": day})])
def test_standard_input_is_replayed(api: ApiServer, a_day: Path, pack: type[bytes]) -> None:
    call = [sys.executable, "-m", "tillstream", "replay", "-", "--json"]
    env = os.environ | environment(api.url)
    done = subprocess.run(
        call, cwd=REPOSITORY, env=env, input=pack(a_day.read_bytes()), capture_output=True, check=True
    )
    assert json.loads(done.stdout)["accepted"] == 25
    assert api.accepted == Counter(ids_of(a_day))


def test_rows_of_standard_input_are_sent_when_they_come_and_ctrl_c_says_how_to_complete_it(api: ApiServer) -> None:
    call = [sys.executable, "-m", "tillstream", "replay", "-", "--batch", "1"]
    env = os.environ | environment(api.url)
    pipe = subprocess.PIPE
    process = subprocess.Popen(call, cwd=REPOSITORY, env=env, stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0)
    assert process.stdin is not None
    for record in csv_document(cells(), cells(Quantity="7"), cells(Quantity="8")).splitlines(keepends=True):
        process.stdin.write(record)
    # a batch is closed by the row behind it
    wait_until(lambda: len(api.accepted) == 2, process)  # type: ignore[arg-type]
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 130
    assert b"stopped by Ctrl-C; send the same input again to complete it (rows sent twice are the same lines)" in err


def test_a_map_tells_of_other_columns_and_a_state_remembers_it(
    api: ApiServer, command: Command, tmp_path: Path
) -> None:
    path, map_, state = tmp_path / "day.csv", tmp_path / "map.toml", tmp_path / "state.json"
    path.write_bytes(csv_document(cells(), cells()).replace(b"InvoiceNo", b"Order"))
    map_.write_text('[columns]\nInvoiceNo = "Order"')
    assert command("replay", path, "--map", map_, "--state", state).code == 0
    assert api.accepted == Counter(sent_ids(csv_document(cells(), cells())))
    map_.write_text('columns = {InvoiceNo = "Order"}\n')
    ended = command("replay", path, "--map", map_, "--state", state)
    assert ended.code == 2
    assert f"is the state of a replay of {path} with the map " in ended.err


def test_files_of_several_forms_are_replayed_together(api: ApiServer, command: Command, tmp_path: Path) -> None:
    (tmp_path / "a_shop.csv").write_bytes(csv_document(cells()).replace(b"InvoiceNo", b"Order"))
    (tmp_path / "b_plain.csv").write_bytes(csv_document(cells(Quantity="7")))
    (tmp_path / "c_till.csv").write_bytes(csv_document(cells(Quantity="8", UnitPrice="2,55"), delimiter=";"))
    (tmp_path / "shop.toml").write_text('[columns]\nInvoiceNo = "Order"')
    (tmp_path / "till.toml").write_text('decimal = ","')
    maps = ["--map", f"*_shop.csv={tmp_path}/shop.toml", "--map", f"*_till.csv={tmp_path}/till.toml"]
    assert command("replay", tmp_path, *maps).code == 0
    assert api.accepted == Counter(sent_ids(csv_document(cells(), cells(Quantity="7"), cells(Quantity="8"))))
    ended = command("replay", tmp_path, *maps, "--check", "--json")
    assert (ended.code, ended.json["sending"]["lines"]) == (0, 3)


def test_a_replay_names_the_line_of_a_map_that_would_mend_a_refusal(
    api: ApiServer, command: Command, tmp_path: Path
) -> None:
    path = tmp_path / "day.csv"
    path.write_bytes(csv_document(cells(UnitPrice="2,55")))
    said = command("replay", path).err
    assert 'such values need a map that says decimal = "," (--map FILE, which --suggest-map writes)' in said


@pytest.mark.parametrize("typo", [{"UnitPrice": "2,55"}, {"InvoiceDate": "31.12.2010 08:26"}])
def test_one_value_of_another_form_among_right_ones_asks_for_no_map(
    api: ApiServer, command: Command, tmp_path: Path, typo: dict[str, str]
) -> None:
    path = tmp_path / "day.csv"
    path.write_bytes(csv_document(cells(), cells(**typo), cells(Quantity="7")))
    replayed, checked = command("replay", path), command("replay", path, "--check", "--json")
    assert (replayed.code, checked.code) == (1, 1)
    assert "need a map" not in replayed.err
    assert checked.json["map_lines"] == []


def test_columns_besides_are_noted_on_the_screen(api: ApiServer, command: Command, tmp_path: Path) -> None:
    path = tmp_path / "day.csv"
    path.write_bytes(Form(order=("index", *Form().order)).written([cells()]))
    ended = command("replay", path)
    assert ended.code == 0
    assert f"tillstream: {path}: column 'index' is not a field of an order line: ignored" in ended.err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["day.csv", "--map", "no.toml"], "--map no.toml cannot be read: No such file or directory"),
        (["day.csv", "--map", "bad.toml"], "bad.toml: dates: is not a key of a map"),
        (["-", "--state", "s"], "--state: /dev/stdin cannot be read again from where a replay stopped; name a file"),
        (["-", "--loop"], "--loop: /dev/stdin can be read once only; name a file"),
        (["day.csv", "--loop", "--state", "s"], "--loop has no end that --state could lead to"),
        (["day.csv", "--rate", "0"], "must be a number above 0"),
        (["day.csv", "--speedup", "nan"], "must be a number above 0"),
        (["binary.csv"], "binary.csv, line 1: is not CSV but a PNG picture"),
        (["missing.csv"], "missing.csv, line 1: no column Country among "),
        (["open.csv"], "open.csv, line 3: unexpected end of data: a quote is never closed"),
        (["no-csv"], "the folder no-csv holds no *.csv or *.tsv"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_in_a_sentence(
    api: ApiServer,
    command: Command,
    a_day: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    sentence: str,
) -> None:
    monkeypatch.chdir(a_day.parent)
    Path("no-csv").mkdir()
    Path("bad.toml").write_text("dates = 1")
    Path("binary.csv").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    Path("missing.csv").write_bytes(csv_document().replace(b",Country", b""))
    Path("open.csv").write_bytes(csv_document(cells()) + b'600001,"x')
    ended = command("replay", *arguments)
    assert (ended.code, len(api.accepted)) == (2, 1 if arguments == ["open.csv"] else 0)
    assert sentence in ended.err


def test_a_rate_is_kept(api: ApiServer, command: Command, a_day: Path) -> None:
    ended = command("replay", a_day, "--rate", 50, "--json")
    assert ended.counts["accepted"] == 25
    assert ended.json["seconds"] > 0.4, "25 rows at 50 a second"
    assert {len(request.rows) for request in api.requests} <= {1, 2}


def test_rows_go_at_their_own_times_faster(api: ApiServer, command: Command, tmp_path: Path) -> None:
    path = tmp_path / "day.csv"
    times = [f"2010-12-01 08:{minute}:00" for minute in (26, 26, 27, 28)]
    path.write_bytes(csv_document(*(cells(InvoiceDate=time, Quantity=str(n)) for n, time in enumerate(times, 1))))
    ended = command("replay", path, "--speedup", 200, "--json")
    assert ended.json["seconds"] >= 0.6
    assert sorted(len(request.rows) for request in api.requests) == [1, 1, 2]


def test_a_loop_sends_the_same_lines_until_ctrl_c(tmp_path: Path) -> None:
    path = a_file(tmp_path / "day.csv", 7)
    with ApiServer() as api:
        process = started(api.url, path, "--loop", "--batch", 3, "--rate", 500)
        wait_until(lambda: min(api.accepted.values(), default=0) >= 3, process)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 130
        assert set(api.accepted) == set(ids_of(path))
    assert "stopped by Ctrl-C; the same command begins a new round" in err
    assert re.search(r"\d+ rows of 1 file, sent in \d+ rounds, in .* accepted, 0 rejected$", err, re.MULTILINE)


def test_a_loop_over_nothing_ends(api: ApiServer, command: Command, a_day: Path) -> None:
    assert command("replay", a_day, "--loop", "--since", "2011-01-01", "--json").counts["rows"] == 0


def test_ctrl_c_while_it_waits_for_a_rows_time_saves_and_says_how_to_go_on(tmp_path: Path) -> None:
    path, state = tmp_path / "day.csv", tmp_path / "state.json"
    path.write_bytes(csv_document(cells(), cells(InvoiceDate="2010-12-02 08:26:00")))
    with ApiServer() as api:
        process = started(api.url, path, "--speedup", 10, "--state", state)
        wait_until(lambda: len(api.accepted) == 1 and settled(state) == {"day.csv": 1}, process)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 130
    assert f"the same command with --state {state} goes on from here" in err


def test_the_names_of_the_forms_are_not_what_tells_them(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "day.csv", "wb") as file:
        file.write(csv_document(cells()))
    with (tmp_path / "day.csv").open("rb") as document:
        assert len(list(order_lines("", document))) == 1
