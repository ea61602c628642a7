"""The page server as browsers and strangers meet it; the API behind it checks signatures and repeats the request."""

import json
import os
import webbrowser
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests

import tillstream
from local.http import HttpRequest
from local.lambda_runtime.failures import LOG, note
from local.pages.admission import new_key
from local.pages.services import services
from local.parts.ports import free_port
from local.processes import Identity, wait_until
from local.sigv4 import Keys, Scope, SignatureRefused, verify
from local.state import Run, RunningPart, State
from tests.local.test_cli import TARGET
from tests.web.pages import KEY, KEY_ID, REGION, SECRET, config, page_server
from web.building import BUILT, build
from web.headers import HEADERS, LAPTOPS_OWN, policy

pytestmark = pytest.mark.parts


class SignedApi(BaseHTTPRequestHandler):
    """Answers each signed request with its own method, target and body."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        sent = HttpRequest(self.command, self.path, tuple(self.headers.items()), body)
        try:
            verify(sent, Keys(KEY_ID, SECRET), Scope(REGION, "execute-api"), datetime.now(UTC))
            status, answer = 200, {"method": self.command, "target": self.path, "body": body.decode()}
        except SignatureRefused as refused:
            status, answer = 403, {"message": str(refused)}
        said = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(said)))
        self.send_header("Set-Cookie", "of-the-api=1")
        self.end_headers()
        self.wfile.write(said)

    do_POST = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the output clear of requests."""


class Browser:
    """One browser: it keeps cookies, and says the pages' origin where a page would."""

    def __init__(self, opening: str) -> None:
        self.opening = opening
        self.origin = opening[: opening.index("/", len("http://"))]
        self.session = requests.Session()

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> requests.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.session.request(method, self.origin + path, data=body, headers=named, allow_redirects=False)


@pytest.fixture(scope="module")
def opening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    build()
    api = ThreadingHTTPServer(("127.0.0.1", 0), SignedApi)
    Thread(target=api.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    with page_server(tmp_path_factory.mktemp("pages"), f"http://127.0.0.1:{api.server_port}/P") as opening:
        yield opening
    api.shutdown()
    api.server_close()


@pytest.fixture
def browser(opening: str) -> Browser:
    """A browser in which the printed address was opened."""
    browser = Browser(opening)
    assert browser.session.get(opening, allow_redirects=False).headers["Location"] == "/"
    return browser


def test_the_printed_address_leads_to_the_pages(browser: Browser) -> None:
    answer = browser.ask("GET", "/")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert answer.content == (BUILT / "index.html").read_bytes()


def test_no_hosted_page_needs_a_file_that_only_the_laptop_serves() -> None:
    build()
    texts = {file.relative_to(BUILT).as_posix(): file.read_text("utf-8") for file in BUILT.rglob("*.*s")}
    texts |= {file.name: file.read_text("utf-8") for file in BUILT.glob("*.html")}
    own = {name for name in texts if name.startswith(LAPTOPS_OWN)}
    assert len(own) == 3  # the page, its script and its style
    named = {name for name in own for other, text in texts.items() if other not in own and Path(name).name in text}
    assert named == set()


def test_every_answer_confines_the_page_to_its_own_files(browser: Browser) -> None:
    script = next((BUILT / "assets").glob("index-*.js"))
    wanted = {**HEADERS, "Content-Security-Policy": policy()}
    for path in ("/", f"/assets/{script.name}", "/absent", "/api/invoices/1"):
        headers = browser.ask("GET", path).headers
        assert {name: headers.get(name) for name in wanted} == wanted, path


def test_a_file_whose_name_carries_its_hash_is_kept_by_the_browser_and_no_other(browser: Browser) -> None:
    script = next((BUILT / "assets").glob("index-*.js"))
    assert "immutable" in browser.ask("GET", f"/assets/{script.name}").headers["Cache-Control"]
    assert browser.ask("GET", "/").headers["Cache-Control"] == "no-cache"
    assert browser.ask("GET", "/api/invoices/1").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["/.digest", "/../config.json", "/%2e%2e/config.json", "/assets/../../x", "/assets", "//"]
)
def test_nothing_but_the_built_files_is_served(browser: Browser, path: str) -> None:
    request = requests.Request("GET", browser.origin, cookies=browser.session.cookies).prepare()
    request.url = browser.origin + path
    assert browser.session.send(request).status_code == 404


@pytest.mark.parametrize(
    "target", ["/invoices/536365", "/invoices/a%2Fb%20c?next=x%3D&limit=5", "/customers/17850?b=2&a=1"]
)
def test_a_question_reaches_the_api_signed_and_unchanged(browser: Browser, target: str) -> None:
    answer = browser.ask("GET", f"/api{target}")
    assert answer.json() == {"method": "GET", "target": f"/P{target}", "body": ""}
    assert "Set-Cookie" not in answer.headers


def test_a_change_needs_the_origin_of_the_pages(browser: Browser) -> None:
    answer = browser.ask("POST", "/api/verdict", b"{}", Origin=browser.origin)
    assert answer.json() == {"method": "POST", "target": "/P/verdict", "body": "{}"}
    assert browser.ask("POST", "/api/verdict", b"{}").status_code == 403
    assert browser.ask("POST", "/api/verdict", b"{}", Origin="null").status_code == 403


def test_who_has_not_opened_the_printed_address_gets_nothing(opening: str) -> None:
    stranger = Browser(opening)
    wrong = opening[:-1] + ("0" if opening[-1] != "0" else "1")
    assert stranger.session.get(wrong, allow_redirects=False).status_code == 403
    for path in ("/", "/index.html", "/api/invoices/1", "/open", "/open?key="):
        assert stranger.ask("GET", path, Cookie="tillstream=1").status_code == 403, path


def test_another_host_or_origin_is_refused_even_with_the_key(browser: Browser) -> None:
    assert browser.ask("GET", "/", Host="rebound.example.com").status_code == 403
    assert browser.ask("GET", "/api/invoices/1", Origin="https://example.com").status_code == 403
    other = browser.session.get(browser.opening, headers={"Host": "rebound.example.com"}, allow_redirects=False)
    assert (other.status_code, "Set-Cookie" in other.headers) == (403, False)


def test_an_api_that_does_not_answer_is_a_problem_in_the_apis_form(tmp_path: Path) -> None:
    with page_server(tmp_path, f"http://127.0.0.1:{free_port()}/P") as opening:
        browser = Browser(opening)
        browser.session.get(opening)
        answer = browser.ask("GET", "/api/invoices/1")
    assert (answer.status_code, answer.headers["Content-Type"]) == (502, "application/problem+json")
    assert answer.json()["title"] == "The API does not answer"


def test_a_browser_that_a_file_led_here_gets_its_cookie_from_a_page_that_leads_on(opening: str) -> None:
    browser = Browser(opening)
    answer = browser.session.get(opening, headers={"Sec-Fetch-Site": "cross-site"}, allow_redirects=False)
    assert (answer.status_code, "Location" in answer.headers) == (200, False)
    assert '<meta http-equiv="refresh" content="0; url=/">' in answer.text
    assert browser.ask("GET", "/").status_code == 200


def test_the_key_is_new_in_each_run_and_stands_in_no_argument_of_the_browser(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert new_key() != new_key()
    monkeypatch.setenv("TILLSTREAM_HOME", str(tmp_path))
    state, arguments = State.here(), tmp_path / "arguments"
    state.root.mkdir()
    config(state, "http://127.0.0.1:1/P").save(state.config_file)
    TARGET.save(state.root)
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$@" > {arguments}\n')
    browser.chmod(0o755)
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(webbrowser, "_tryorder", None)
    monkeypatch.setenv("BROWSER", f"{browser} %s")
    assert tillstream.main(["open"]) == 0
    file = tmp_path / "build" / "open.html"
    assert arguments.read_text() == f"{file.as_uri()}\n"
    assert (file.stat().st_mode & 0o777, KEY in file.read_text()) == (0o600, True)
    assert capsys.readouterr().out.strip() in file.read_text()


def test_a_reconciliation_runs_for_the_named_files_and_its_words_are_kept(browser: Browser, tmp_path: Path) -> None:
    absent = str(tmp_path / "absent.csv")
    assert browser.ask("GET", "/laptop/verdict").json()["outcome"] is None
    begun = browser.ask("POST", "/laptop/verdict", json.dumps({"paths": [absent]}).encode(), Origin=browser.origin)
    assert (begun.status_code, begun.json()["running"], begun.json()["paths"]) == (202, True, [absent])
    again = browser.ask("POST", "/laptop/verdict", b'{"paths":["x"]}', Origin=browser.origin)
    assert again.status_code == 409
    assert wait_until(lambda: not browser.ask("GET", "/laptop/verdict").json()["running"], 300)
    verdict = browser.ask("GET", "/laptop/verdict").json()
    assert verdict["outcome"] == "failed"
    assert any("absent.csv" in sentence for sentence in verdict["sentences"])


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"paths":[]}', b'{"paths":[1]}', b'{"paths":[""]}', b'{"paths":["\\u0000"]}']
)
def test_a_reconciliation_of_no_files_is_refused(browser: Browser, body: bytes) -> None:
    assert browser.ask("POST", "/laptop/verdict", body, Origin=browser.origin).status_code == 400


def test_a_reconciliation_that_is_cancelled_leaves_the_verdict_before_it(browser: Browser, tmp_path: Path) -> None:
    before = browser.ask("GET", "/laptop/verdict").json()
    body = json.dumps({"paths": [str(tmp_path / "absent.csv")]}).encode()
    assert browser.ask("POST", "/laptop/verdict", body, Origin=browser.origin).status_code == 202
    assert browser.ask("DELETE", "/laptop/verdict", Origin=browser.origin).json() == before
    assert browser.ask("GET", "/laptop/verdict").json() == before


def test_a_pipe_is_refused_as_a_file_since_it_may_never_end(browser: Browser, tmp_path: Path) -> None:
    os.mkfifo(pipe := tmp_path / "pipe.csv")
    for path in (str(pipe), "/dev/zero"):
        answer = browser.ask("POST", "/laptop/verdict", json.dumps({"paths": [path]}).encode(), Origin=browser.origin)
        assert (answer.status_code, answer.json()["title"]) == (400, "No file"), path


def test_a_body_beyond_the_limit_is_413(browser: Browser) -> None:
    for path in ("/laptop/verdict", "/laptop/redrive", "/api/verdict"):
        assert browser.ask("POST", path, b"x" * (64 * 1024 + 1), Origin=browser.origin).status_code == 413, path


def test_services_that_ended_and_functions_that_failed_are_named_with_their_page(tmp_path: Path) -> None:
    state = State(tmp_path)
    me = Identity.of(os.getpid())
    assert me is not None
    parts = (RunningPart("kafka", me, 1), RunningPart("s3", replace(me, started=me.started - 1), 2))
    state.record(Run(me, "laptop", in_memory=True, ready=True, parts=parts))
    state.log(LOG).parent.mkdir()
    now = datetime.now(UTC)
    of_the_run_before = {"at": (now - timedelta(minutes=2)).isoformat(), "function": "ingest", "error": "E"}
    state.log(LOG).write_text(json.dumps(of_the_run_before) + "\n", "utf-8")
    state.config_file.parent.mkdir()
    state.config_file.touch()
    os.utime(state.config_file, times=(began := now.timestamp() - 60, began))
    note(
        state.log(LOG),
        "tillstream-laptop-rawarchive-defaa071",
        b'{"errorType":"E","errorMessage":"the topic was recreated"}',
    )
    (failed,) = (found := services(state, datetime.now(UTC))).pop("failures")
    kafka, s3 = {"name": "kafka", "state": "running"}, {"name": "s3", "state": "ended"}
    assert found == {"stage": "laptop", "services": [kafka, s3]}
    named = {name: failed[name] for name in ("function", "count", "page")}
    assert named == {"function": "rawarchive", "count": 1, "page": "docs/runbook/topic-recreated.md"}


def test_a_redrive_that_cannot_be_done_is_answered_with_the_commands_words(browser: Browser) -> None:
    body = json.dumps({"id": "--all", "set": {"Country": "France"}, "dry_run": True}).encode()
    answer = browser.ask("POST", "/laptop/redrive", body, Origin=browser.origin)
    assert (answer.status_code, answer.json()["title"]) == (409, "Not redriven")
    assert "tillstream" in answer.json()["detail"]
