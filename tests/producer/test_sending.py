"""The replay against an API on a real socket, with all that an API and a network may do."""

import json
import re
import threading
from collections import Counter
from pathlib import Path

import pytest

from commerce.files.documents import order_lines
from producer.api import Api
from producer.replay import run as running
from stores.target import from_environment
from tests.orders import cells, csv_document
from tests.producer.api_server import ApiServer, Reply, Request, accept, by_row, problem, reset
from tests.producer.conftest import Command, a_file


def ids_of(*paths: Path) -> list[str]:
    """The LineIds of the files' rows, those that are refused left out."""
    found = []
    for path in paths:
        with path.open("rb") as document:
            found += [entry.line.LineId for entry in order_lines(path.name, document) if entry.line]
    return found


def test_every_row_is_accepted_once(api: ApiServer, command: Command, a_day: Path) -> None:
    ended = command("replay", a_day, "--batch", 10, "--json")
    assert ended.code == 0
    assert ended.counts == {"rows": 25, "accepted": 25, "rejected": 0, "unsent": 0}
    assert ended.json["files"] == 1
    assert api.accepted == Counter(ids_of(a_day))
    assert sorted(len(request.rows) for request in api.requests) == [5, 10, 10]


def test_requests_are_signed_json_to_the_path_of_the_design(api: ApiServer, command: Command, a_day: Path) -> None:
    command("replay", a_day)
    (request,) = api.requests
    assert (request.method, request.path) == ("POST", "/P/order-lines")
    assert request.headers["content-type"] == "application/json"
    assert re.fullmatch(
        r"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/\d{8}/eu-west-1/execute-api/aws4_request, "
        r"SignedHeaders=content-type;host;x-amz-date, Signature=[0-9a-f]{64}",
        request.headers["authorization"],
    )


def test_connections_are_kept_alive_and_as_many_as_asked(command: Command, api: ApiServer, tmp_path: Path) -> None:
    threads: set[int] = set()
    together = threading.Barrier(3)

    def script(request: Request) -> Reply:
        if request.number < 3:
            together.wait(300)  # fails unless three requests are under way at once
        threads.add(threading.get_ident())
        return accept(request)

    api.script = script
    assert command("replay", a_file(tmp_path / "d.csv", 60), "--batch", 1, "--connections", 3).code == 0
    assert len(api.requests) == 60
    assert len(threads) == 3  # the server has a thread a connection


def test_a_folder_is_its_csv_files_by_name(api: ApiServer, command: Command, tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv", "c.txt"):
        a_file(tmp_path / name, 3, StockCode=name)
    ended = command("replay", tmp_path, tmp_path / "a.csv", "--connections", 1, "--json")
    assert [request.rows[0]["StockCode"] for request in api.requests] == ["a.csv", "b.csv"]
    assert ended.json["files"] == 2
    assert f"tillstream: reads 2 files: {tmp_path}/a.csv, {tmp_path}/b.csv\n" in ended.err


def test_a_selection_limits_what_is_sent(api: ApiServer, command: Command, a_day: Path) -> None:
    assert command("replay", a_day, "--rows", 7, "--json").counts["accepted"] == 7
    assert api.accepted == Counter(ids_of(a_day)[:7])
    none = command("replay", a_day, "--since", "2010-12-02", "--json")
    assert none.counts["rows"] == 0
    assert "no row was sent: the files hold none that the options choose\n" in none.err


@pytest.mark.parametrize(("options", "said"), [((), 0), (("--since", "2010-12-02"), 1), (("--rows", "9"), 0)])
def test_a_refused_row_that_a_selection_shows_beside_its_days_is_explained(
    api: ApiServer, command: Command, tmp_path: Path, options: tuple[str, ...], said: int
) -> None:
    path = tmp_path / "day.csv"
    path.write_bytes(csv_document(cells(), cells(Quantity="six")))
    ended = command("replay", path, *options)
    assert (ended.code, ended.err.count("refused rows are counted whatever --since")) == (1, said)


def test_nothing_is_sent_where_a_later_file_proves_that_the_day_stands_first(
    api: ApiServer, command: Command, tmp_path: Path
) -> None:
    (tmp_path / "01.csv").write_bytes(csv_document(cells(InvoiceDate="01/12/2010 08:26")))
    (tmp_path / "13.csv").write_bytes(csv_document(cells(InvoiceDate="13/12/2010 08:26")))
    ended = command("replay", tmp_path)
    assert (ended.code, api.requests) == (2, [])
    assert "13.csv, line 2: the date '13/12/2010 08:26' can only be day first" in ended.err


def test_rows_that_were_not_acknowledged_are_sent_again_and_only_those(
    api: ApiServer, command: Command, a_day: Path
) -> None:
    wanted = ids_of(a_day)
    held = set(wanted[3:6])
    api.script = lambda request: by_row(request, hold=lambda line: line in held and request.number < 2)
    ended = command("replay", a_day, "--json")
    assert (ended.code, ended.counts["accepted"], ended.json["retried"]) == (0, 25, 3)
    assert [request.line_ids for request in api.requests] == [wanted, wanted[3:6], wanted[3:6]]
    assert api.accepted == Counter(wanted)


@pytest.mark.parametrize(
    "trouble",
    [
        problem(429, headers={"Retry-After": "0"}),
        problem(500),
        problem(502),
        problem(503),
        problem(504),
        reset(),
        Reply(202, b"{}", {"Content-Length": "99"}),  # cut off: the connection closes within the answer
    ],
    ids=["429", "500", "502", "503", "504", "reset", "cut off"],
)
def test_a_request_that_failed_is_sent_again_as_it_was(
    api: ApiServer, command: Command, a_day: Path, trouble: Reply, monkeypatch: pytest.MonkeyPatch
) -> None:
    from producer import api as client

    monkeypatch.setattr(client, "ANSWER_SECONDS", 0.5)
    api.script = lambda request: trouble if request.number < 2 else accept(request)
    ended = command("replay", a_day, "--json")
    assert (ended.code, ended.counts["accepted"], ended.json["retried"]) == (0, 25, 25)
    assert len({request.body for request in api.requests}) == 1
    assert "sending again in" in ended.err


def test_an_answer_that_got_lost_does_not_make_a_row_twice(api: ApiServer, command: Command, a_day: Path) -> None:
    api.script = lambda request: reset(*request.line_ids) if request.number == 0 else accept(request)
    assert command("replay", a_day, "--json").counts["accepted"] == 25
    assert set(api.accepted) == set(ids_of(a_day))
    assert set(api.accepted.values()) == {2}  # two deliveries of the same lines


def test_an_api_that_does_not_answer_in_time_is_asked_again(
    api: ApiServer, command: Command, a_day: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from producer import api as client

    monkeypatch.setattr(client, "ANSWER_SECONDS", 0.3)
    api.script = lambda request: accept(request, after_seconds=3 if request.number == 0 else 0)
    ended = command("replay", a_day, "--json")
    assert (ended.code, ended.counts["accepted"]) == (0, 25)
    assert "Read timed out" in ended.err or "timed out" in ended.err


def test_retry_after_is_waited_for(api: ApiServer, command: Command, a_day: Path) -> None:
    api.script = lambda request: problem(429, headers={"Retry-After": "1"}) if request.number == 0 else accept(request)
    ended = command("replay", a_day, "--json")
    assert ended.code == 0
    assert ended.json["seconds"] >= 1


def test_a_request_that_is_too_large_is_halved_until_it_is_taken(api: ApiServer, command: Command, a_day: Path) -> None:
    api.script = lambda request: problem(413) if len(request.rows) > 4 else accept(request)
    ended = command("replay", a_day, "--json")
    assert (ended.code, ended.counts["accepted"], ended.json["retried"]) == (0, 25, 0)
    assert api.accepted == Counter(ids_of(a_day))


def test_rows_that_either_side_refuses_are_rejected_with_their_reasons(
    api: ApiServer, command: Command, tmp_path: Path
) -> None:
    path, rejects = tmp_path / "day.csv", tmp_path / "rejects.jsonl"
    path.write_bytes(csv_document(cells(), cells(Quantity="six"), cells(StockCode="BAD"), cells(), cells(Country="")))
    bad = ids_of(path)[1]
    api.script = lambda request: by_row(request, refuse=lambda line: line == bad)
    ended = command("replay", path, "--rejects", rejects, "--json")
    assert ended.code == 1
    assert ended.counts == {"rows": 5, "accepted": 2, "rejected": 3, "unsent": 0}
    assert [json.loads(line) for line in rejects.read_text().splitlines()] == [
        {
            "file": str(path),
            "line": 3,
            "row": cells(Quantity="six"),
            "reasons": [{"field": "Quantity", "value": "'six'", "rule": "must be an integer of 32 bits"}],
        },
        {
            "file": str(path),
            "line": 4,
            "row": cells(StockCode="BAD"),
            "reasons": [{"field": "StockCode", "value": "BAD", "rule": "is refused by the script"}],
        },
        {
            "file": str(path),
            "line": 6,
            "row": cells(Country=""),
            "reasons": [{"field": "Country", "value": "missing", "rule": "must have 1 to 60 characters"}],
        },
    ]
    assert f"{path}, line 3: Quantity 'six': must be an integer of 32 bits" in ended.err
    assert "5 rows of 1 file" in ended.err
    assert "2 accepted, 3 rejected" in ended.err
    assert len(api.requests[0].rows) == 3, "a row that the API would refuse is never sent"


def test_rows_that_do_not_arrive_in_time_are_unsent_and_nothing_more_is_tried(
    api: ApiServer, command: Command, tmp_path: Path
) -> None:
    path = a_file(tmp_path / "day.csv", 50)
    first = set(ids_of(path)[:10])
    api.script = lambda request: accept(request) if first >= set(request.line_ids) else problem(503, "no broker")
    ended = command("replay", path, "--batch", 10, "--connections", 1, "--give-up-after", 0.3, "--json")
    assert ended.code == 1
    assert ended.counts == {"rows": 50, "accepted": 10, "rejected": 0, "unsent": 40}
    assert "gave up after 0.3 s: the API answers 503" in ended.err
    tried = {line for request in api.requests for line in request.line_ids}
    assert tried == set(ids_of(path)[:20])


def test_an_api_that_is_not_there_leaves_every_row_unsent(
    command: Command, a_day: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TILLSTREAM_API_URL", "http://127.0.0.2:9/P")  # not the laptop's, which is looked at first
    ended = command("replay", a_day, "--give-up-after", 0.2, "--json")
    assert (ended.code, ended.counts["unsent"]) == (1, 25)
    assert "Connection refused" in ended.err
    assert ended.json["seconds"] >= 0.2, "given up before the time that was promised"


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_request_that_is_refused_as_a_whole_ends_the_replay_at_once(
    api: ApiServer, command: Command, tmp_path: Path, status: int
) -> None:
    api.script = lambda request: problem(status, "the signature does not match")
    ended = command("replay", a_file(tmp_path / "d.csv", 40), "--batch", 10, "--connections", 1, "--json")
    assert (ended.code, ended.counts["unsent"], len(api.requests)) == (1, 40, 1)
    assert f"the API answers {status}: told by the script: the signature does not match" in ended.err


def test_a_file_that_turns_unreadable_is_named_by_line_and_what_came_before_counts(
    api: ApiServer, command: Command, tmp_path: Path
) -> None:
    path, state = a_file(tmp_path / "day.csv", 20), tmp_path / "state.json"
    path.write_bytes(path.read_bytes() + b'600001,"unclosed')
    ended = command("replay", path, "--batch", 5, "--state", state, "--json")
    assert ended.code == 2
    assert f"{path}, line 22: unexpected end of data" in ended.err
    assert ended.counts["accepted"] == len(api.accepted) == 20
    assert json.loads(state.read_text())["files"][0]["settled"]["rows"] == len(api.accepted)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["no.csv"], "no.csv is neither a file nor a folder"),
        (["empty-folder"], "the folder empty-folder holds no *.csv"),
        (["day.csv", "--rows", "0"], "--rows: must be a whole number from 1, not '0'"),
        (["day.csv", "--since", "2010-12-02", "--until", "2010-12-01"], "is after"),
        (["day.csv", "--since", "tomorrow"], "argument --since"),
        (["day.csv", "--batch", "0"], "must be a whole number from 1 to 5000"),
        (["day.csv", "--batch", "5001"], "must be a whole number from 1 to 5000"),
        (["day.csv", "--connections", "none"], "argument --connections"),
        ([], "required: PATH"),
        (["empty.csv"], "empty.csv is empty: its first line must name the columns"),
        (["day.csv", "--state", "no/state.json"], "--state no/state.json cannot be written"),
        (["day.csv", "--rejects", "no/rejects"], "--rejects no/rejects cannot be written"),
    ],
)
def test_wrong_use_is_told_in_a_sentence_and_sends_nothing(
    api: ApiServer,
    command: Command,
    a_day: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    sentence: str,
) -> None:
    monkeypatch.chdir(a_day.parent)
    Path("empty-folder").mkdir()
    Path("empty.csv").touch()
    ended = command("replay", *arguments)
    assert ended.code == 2
    assert sentence in ended.err
    assert api.requests == []


def test_no_platform_is_wrong_use(
    command: Command, a_day: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("TILLSTREAM_API_URL")
    monkeypatch.setenv("TILLSTREAM_HOME", str(tmp_path))
    ended = command("replay", a_day)
    assert ended.code == 2
    assert "no platform runs in this checkout: start it with `tillstream up`" in ended.err


def test_without_json_nothing_is_written_to_standard_output(command: Command, a_day: Path) -> None:
    ended = command("replay", a_day)
    assert ended.out == ""
    assert re.search(r"^25 rows of 1 file in \d+\.\d s: 25 accepted, 0 rejected$", ended.err, re.MULTILINE)


def test_a_late_request_holds_up_those_behind_it_before_they_fill_the_memory(
    api: ApiServer, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "MOST_WAITING", 50)
    meanwhile: list[int] = []

    def script(request: Request) -> Reply:
        if request.rows[0]["Quantity"] != 1:
            return accept(request)
        while len(api.requests) < 5:  # those that may go on
            late.wait(0.01)
        late.wait(1)  # for as long as hundreds of requests would take
        meanwhile.append(len(api.requests))
        return accept(request)

    late = threading.Event()
    api.script = script
    path = a_file(tmp_path / "day.csv", 2_000)
    assert command("replay", path, "--batch", 10, "--connections", 4, "--json").counts["accepted"] == 2_000
    assert meanwhile == [5], "the late one and 40 rows"


def test_a_proxy_of_the_environment_is_for_other_machines(
    api: ApiServer, command: Command, a_day: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert command("replay", a_day, "--give-up-after", 0).code == 0
    url = "https://abc.execute-api.eu-west-1.amazonaws.com/P"
    remote = Api(from_environment({"TILLSTREAM_API_URL": url}, api_only=True))
    assert remote.proxies["https"] == "http://127.0.0.1:9"


def test_the_password_file_of_the_home_does_not_replace_the_signature(
    api: ApiServer, command: Command, a_day: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login somebody password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    command("replay", a_day)
    assert api.requests[0].headers["authorization"].startswith("AWS4-HMAC-SHA256 ")
