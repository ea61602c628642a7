"""The commands on real Kafka, DynamoDB Local and S3Proxy: rows are redriven, discarded, counted, and never lost."""

import io
import json
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from commerce import wire
from commerce.erasures import Erasure
from commerce.quarantined.decisions import Decision
from commerce.quarantined.records import Filter, Kind, Record
from operations.quarantine import redriving
from operations.quarantine.patches import setting
from operations.quarantine.plan import Planned, plan, rows
from operations.quarantine.store import Quarantine
from stores.s3 import erasures
from stores.s3.objects import Lake
from stores.target import Target
from tests.operations.quarantine.conftest import Run, drop, keys
from tests.operations.real_platform import RealPlatform, csv_file
from tests.orders import a_line

pytestmark = pytest.mark.parts

CHECKOUT = Path(__file__).parents[3]
GOOD = "600007,A,,1,2010-12-01 08:26:00,1,,France"
BAD = "600007,A,,one,2010-12-01 08:26:00,1,,France"


def a_bad_message(**fields: Any) -> bytes:
    return json.dumps(json.loads(wire.encode(a_line(**fields))) | {"Country": None}).encode()


def test_records_of_both_kinds_are_listed_redriven_proved_and_discarded(
    platform: RealPlatform,
    quarantine: Run,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    platform.publish([], [a_bad_message(Quantity=2), b"junk", None])
    platform.consume()
    drop(platform, GOOD, BAD)
    evidence = keys(platform, "quarantine/")

    code, listed = quarantine("list")
    assert (code, [(it["kind"], it["state"]) for it in listed]) == (0, [("bulk", "open")] + [("stream", "open")] * 3)
    (row,) = quarantine("list", "--invoice", "600007")[1]
    (message,) = quarantine("list", "--rule", "country")[1]
    assert quarantine("show", message["id"])[1] == [message]

    patch = tmp_path / "patch.json"
    patch.write_text(json.dumps({row["id"]: {"Quantity": 1}, message["id"]: {"Country": "France"}}))
    redrive = ("redrive", row["id"], message["id"], "--patch", str(patch), "--wait", "0")
    assert quarantine(*redrive, "--dry-run")[1]["lines"] == 2
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(patch.read_bytes())))
    by_input = ("redrive", row["id"], message["id"], "--patch", "-", "--wait", "0", "--dry-run")
    assert quarantine(*by_input)[1]["lines"] == 2
    assert keys(platform, "decisions/") == []
    code, answer = quarantine(*redrive, "--yes")
    assert (code, answer["refused"], answer["in_tables"]) == (3, 0, 0)
    platform.tabulate(platform.messages())
    code, answer = quarantine(*redrive)
    assert (code, answer["refused"], answer["in_tables"]) == (0, 0, 2)
    second_copy = [it["decision"]["Occurrence"] for it in answer["plan"] if it["id"] == row["id"]]
    assert second_copy == [2]
    assert len(platform.messages()) == 5  # nothing was published a second time

    code, answer = quarantine("discard", "--all", "--yes", "--reason", "a test of the shop")
    assert (code, answer["records"]) == (0, 2)
    assert quarantine("list")[1] == []
    states = [it["state"] for it in quarantine("list", "--state", "all")[1]]
    assert sorted(states) == ["discarded", "discarded", "redriven", "redriven"]
    assert keys(platform, "quarantine/") == evidence

    capsys.readouterr()
    day = csv_file(tmp_path / "day.csv", [a_line(Quantity=2)])
    assert platform.run("reconcile", day, "--hops", "dynamodb", "--wait", "0", "--json") == 0
    verdict = json.loads(capsys.readouterr().out)
    counted = {"quarantined": 4, "open": 0, "redriving": 0, "redriven": 2, "discarded": 2}
    assert verdict["quarantine"] == counted
    assert "dynamodb-redriven" in {rule["name"] for rule in verdict["rules"] if rule["holds"]}


def test_a_mended_record_that_would_be_a_line_of_the_tables_is_refused(platform: RealPlatform, quarantine: Run) -> None:
    line = a_line()
    platform.publish([line], [a_bad_message()])
    platform.consume()
    (message,) = quarantine("list")[1]
    redrive = ("redrive", message["id"], "--set", f"Country={line.Country}", "--wait", "0", "--yes")
    code, answer = quarantine(*redrive)
    assert (code, answer["refused"], keys(platform, "decisions/")) == (1, 1, [])
    assert [it["rule"] for it in answer["plan"][0]["errors"]] == [
        "is a line of the tables already: discard the record if it is that line, or say another Occurrence"
    ]
    code, answer = quarantine(*redrive, "--set", "Occurrence=2")
    assert (code, answer["refused"], len(keys(platform, "decisions/made/"))) == (3, 0, 1)


def test_a_mended_record_that_would_be_an_erased_line_is_refused(platform: RealPlatform, quarantine: Run) -> None:
    line = a_line()
    lake = Lake(platform.s3, platform.target.lake_bucket)
    assert erasures.put(lake, Erasure("one", datetime(2026, 11, 30, tzinfo=UTC), (line.LineId,)))
    platform.publish([], [a_bad_message()])
    platform.consume()
    before = len(platform.messages())
    (message,) = quarantine("list")[1]
    code, answer = quarantine("redrive", message["id"], "--set", f"Country={line.Country}", "--wait", "0", "--yes")
    assert (code, answer["refused"], keys(platform, "decisions/")) == (1, 1, [])
    rules = [it["rule"] for it in answer["plan"][0]["errors"]]
    assert rules == ["was erased on a customer's demand: discard the record"]
    assert len(platform.messages()) == before


def test_a_redrive_without_a_choice_or_a_yes_changes_nothing(
    platform: RealPlatform, quarantine: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    drop(platform, BAD)
    for arguments, says in (
        (("redrive", "--set", "Quantity=1"), "say --all"),
        (("redrive", "--all", "--set", "Quantity=1"), "say --yes"),
        (("show", "nosuch"), "no quarantined record has the id nosuch"),
        (("redrive", "--rule", "nosuch"), "these options choose no quarantined record"),
        (("discard", "--rule", "nosuch", "--reason", "none"), "these options choose no quarantined record"),
    ):
        capsys.readouterr()
        assert platform.run("quarantine", *arguments) == 2
        assert says in capsys.readouterr().err
    assert keys(platform, "decisions/") == []


class Killed(Exception):
    """The redrive was stopped here."""


class Stops(Quarantine):
    """A quarantine whose user is killed before the write with this number."""

    def __init__(self, target: Target, at: int) -> None:
        super().__init__(target)
        self._left = at

    def _count(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise Killed

    def decide(self, wanted: Iterable[Decision]) -> Iterator[Decision]:
        for one in wanted:
            self._count()
            yield from super().decide([one])

    def note_published(self, wanted: Iterable[Decision]) -> None:
        for one in wanted:
            self._count()
            super().note_published([one])


def test_a_redrive_killed_before_any_write_and_run_again_ends_as_one_that_was_not(
    platform: RealPlatform, quarantine: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redriving, "AT_ONCE", 2)
    steps = setting(["Quantity=1"])
    decided: dict[str, Decision] = {}
    for at in range(6):  # three decisions and three notes
        file = [line.replace("600007", f"60000{at}") for line in (GOOD, BAD, BAD, GOOD, BAD)]
        drop(platform, *file, key=f"incoming/{at}.csv")
        store = Stops(platform.target, at)
        found = store.with_fields(store.records(Filter(rule="Quantity", invoice=None)))
        chosen = [it for it in found if it.invoice == f"60000{at}"]
        planned = plan(chosen, {}, steps, redriving.known(store, rows(chosen, {}, steps)), "before")
        with pytest.raises(Killed):
            redriving.publish(store, platform.target, planned, lambda _: None)
        decided |= store.decided()
    assert len(decided) == 1 + 2 + 2 + 2 + 3  # none is decided before the first write

    assert quarantine("redrive", "--all", "--yes", "--set", "Quantity=1", "--wait", "0")[0] == 3
    platform.tabulate(platform.messages())
    code, answer = quarantine("redrive", "--all", "--set", "Quantity=9", "--wait", "0")
    assert (code, answer["refused"], answer["lines"]) == (1, 18, 0)  # another patch is not used
    code, answer = quarantine("redrive", "--all", "--wait", "0")
    assert (code, answer["in_tables"]) == (0, 18)
    made = {it["id"]: it["decision"] for it in answer["plan"]}
    assert [it["Occurrence"] for it in made.values()] == [3, 4, 5] * 6
    assert {id: made[id]["LineId"] for id in decided} == {id: it.LineId for id, it in decided.items()}
    published = {wire.decode(message.value() or b"").LineId for message in platform.messages()}
    assert published == {it["LineId"] for it in made.values()}


def test_two_people_who_redrive_at_once_make_each_line_once_and_the_later_one_is_refused(
    platform: RealPlatform,
) -> None:
    platform.publish([], [a_bad_message(Quantity=1), a_bad_message(Quantity=2)])
    platform.consume()
    drop(platform, GOOD, BAD, BAD)
    store = Quarantine(platform.target)
    found = store.with_fields(store.records(Filter()))

    def planned(settings: list[str], chosen: list[Record]) -> list[Planned]:
        steps = setting(settings)
        return plan(chosen, {}, steps, redriving.known(store, rows(chosen, {}, steps)), "now")

    stream = [it for it in found if it.kind is Kind.STREAM]
    one, other = (it for it in found if it.kind is Kind.BULK)
    # both plan before either decides: another patch of the same messages, and another row that becomes the same copy
    first = [*planned(["Country=France"], stream), *planned(["Quantity=1"], [one])]
    second = [*planned(["Country=Spain"], stream), *planned(["Quantity=1"], [other])]
    made = redriving.publish(store, platform.target, first, lambda _: None)
    late = redriving.publish(store, platform.target, second, lambda _: None)
    assert [it.errors for it in made] == [(), (), ()]
    assert [error.rule.partition(":")[0] for it in late for error in it.errors] == [
        *(f"was redriven as line {it.decision.LineId}" for it in made[:2] if it.decision),
        f"is the line that {one.id} becomes",
    ]
    values = [message.value() or b"" for message in platform.messages()][2:]
    assert sorted(values) == sorted(it.decision.Value.encode() for it in made if it.decision)


@pytest.mark.scale
def test_a_redrive_killed_with_signal_9_in_each_of_its_steps_is_finished_by_the_next(
    platform: RealPlatform, quarantine: Run
) -> None:
    drop(platform, *[BAD.replace("600007", str(600_100 + number)) for number in range(60)])
    command = (sys.executable, "-m", "tillstream", "quarantine", "redrive", "--all", "--yes", "--set", "Quantity=1")
    for step in ("lines", "made", "published"):
        with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            while not keys(platform, f"decisions/{step}/"):  # each look is a request
                assert process.poll() is None, f"it ended with {process.returncode} before it had written {step}"
            process.kill()
        assert process.returncode == -signal.SIGKILL
    assert 0 < len(keys(platform, "decisions/published/")) <= 60
    assert quarantine("redrive", "--all", "--yes", "--set", "Quantity=1", "--wait", "0")[0] == 3
    platform.tabulate(platform.messages())
    code, answer = quarantine("redrive", "--all", "--wait", "0")
    assert (code, answer["records"], answer["in_tables"]) == (0, 60, 60)
    published = {wire.decode(message.value() or b"").LineId for message in platform.messages()}
    assert published == {it["decision"]["LineId"] for it in answer["plan"]}
    assert len(published) == len(keys(platform, "decisions/lines/")) == 60
