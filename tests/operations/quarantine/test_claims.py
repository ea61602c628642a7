"""Claims of lines on real S3Proxy: one that outlives its decision blocks nobody, and an undecided one is named."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from commerce.quarantined.decisions import Action, Decision
from commerce.quarantined.records import Filter, Record
from operations.errors import StoreUnreachable
from operations.quarantine import claims, redriving
from operations.quarantine.claims import Claim, ends
from operations.quarantine.patches import setting
from operations.quarantine.plan import Planned, plan
from operations.quarantine.store import Quarantine
from stores.target import Target
from tests.operations.quarantine.conftest import Run, drop, keys
from tests.operations.real_platform import RealPlatform

BAD = "600007,A,,{},2010-12-01 08:26:00,1,,France"
NOW = datetime(2026, 11, 29, tzinfo=UTC)


class Killed(Exception):
    """The command was stopped here."""


class StopsBeforeDecisions(Quarantine):
    """A quarantine whose user is killed between its claims and its decisions."""

    def decide(self, wanted: Iterable[Decision]) -> Iterator[Decision]:
        raise Killed


@pytest.fixture
def records(platform: RealPlatform) -> list[Record]:
    """Two rows of a file that become the same line when they get the same quantity."""
    drop(platform, BAD.format("one"), BAD.format("two"))
    store = Quarantine(platform.target)
    return store.with_fields(store.records(Filter()))


def planned(store: Quarantine, record: Record, quantity: int) -> list[Planned]:
    """The plan of a record with this quantity, as the first copy of its row."""
    steps = setting([f"Quantity={quantity}", "Occurrence=1"])
    return plan([record], {}, steps, redriving.known(store), NOW.isoformat())


def killed_after_its_claim(target: Target, record: Record, quantity: int) -> str:
    """Play a redrive that is killed before it decides; the line that it claimed."""
    store = StopsBeforeDecisions(target)
    one = planned(store, record, quantity)
    with pytest.raises(Killed):
        redriving.decide(store, one)
    assert one[0].decision is not None
    return one[0].decision.LineId


def rules(decided: list[Planned]) -> list[str]:
    return [error.rule for it in decided for error in it.errors]


@pytest.mark.parts
def test_a_claim_whose_record_became_another_line_is_taken_over(platform: RealPlatform, records: list[Record]) -> None:
    store, (one, other) = Quarantine(platform.target), records
    line = killed_after_its_claim(platform.target, one, 7)
    assert rules(redriving.decide(store, planned(store, other, 7))) == [
        f"is claimed for {one.id}, which is not decided: redrive that one again, or discard it"
    ]
    redriving.decide(store, planned(store, one, 8))
    (taken,) = redriving.decide(store, planned(store, other, 7))
    assert (taken.errors, taken.decision and taken.decision.LineId) == ((), line)
    assert [key for key in keys(platform, "decisions/lines/") if line in key] == [
        f"decisions/lines/{line}.2.json",
        f"decisions/lines/{line}.json",
    ]


@pytest.mark.parts
def test_a_claim_without_a_decision_is_named_and_a_discard_of_its_record_frees_the_line(
    platform: RealPlatform, records: list[Record], quarantine: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    store, (one, other) = Quarantine(platform.target), records
    line = killed_after_its_claim(platform.target, one, 7)
    for action in (("list",), ("show", one.id, other.id)):
        assert [(it["id"], it["claims"]) for it in quarantine(*action)[1]] == [(one.id, [line]), (other.id, [])]
    assert platform.run("quarantine", "list") == 0
    said = f"{one.id} claims line {line}, undecided: redrive it again, or discard it"
    assert capsys.readouterr().err == f"tillstream: {said}\n"
    assert quarantine("discard", one.id, "--reason", "the other one is it", "--yes")[0] == 0
    assert rules(redriving.decide(store, planned(store, other, 7))) == []
    assert [it["claims"] for it in quarantine("list", "--state", "all")[1]] == [[], []]


@pytest.mark.parts
def test_a_claim_without_a_decision_ends_with_its_lease_and_its_record_comes_too_late(
    platform: RealPlatform, records: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, (one, other) = Quarantine(platform.target), records
    late = planned(store, one, 7)
    killed_after_its_claim(platform.target, one, 7)
    with monkeypatch.context() as an_hour_later:
        an_hour_later.setattr(claims, "LEASE", timedelta(seconds=-60))
        killed_after_its_claim(platform.target, other, 7)
    assert rules(redriving.decide(store, late)) == [
        f"is claimed for {other.id}, which is not decided: redrive that one again, or discard it"
    ]
    assert rules(redriving.decide(store, planned(store, other, 7))) == []
    assert rules(redriving.decide(store, late)) == [
        f"is the line that {other.id} becomes: discard one of both, or say another Occurrence"
    ]


@pytest.mark.parametrize(
    ("record", "made", "minutes", "ended"),
    [
        ("a", None, 9, False),
        ("a", None, 11, True),  # it renews its own, which else could end while it decides
        ("b", None, 59, False),
        ("b", None, 61, True),
        ("b", "line", 61, False),
        ("b", "another", 0, True),
        ("b", "", 0, True),  # discarded
        ("a", "line", 61, False),
        ("a", "another", 61, False),  # its own decision stands
    ],
)
def test_a_claim_of_record_a_ends_for_a_record(record: str, made: str | None, minutes: int, ended: bool) -> None:
    claim = Claim("line", 1, "a", NOW - timedelta(minutes=minutes))
    action = Action.REDRIVE if made else Action.DISCARD
    decision = None if made is None else Decision(Record="a", Action=action, At="", LineId=made)
    assert ends(claim, decision, record, NOW) is ended


@pytest.mark.parts
def test_decisions_are_not_written_once_the_claims_could_end(
    platform: RealPlatform, records: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Quarantine(platform.target)
    monkeypatch.setattr(claims, "DECIDE_SECONDS", -1.0)
    with pytest.raises(StoreUnreachable, match="were not written within"):
        redriving.decide(store, planned(store, records[0], 7))
    assert keys(platform, "decisions/made/") == []
