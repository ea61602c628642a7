"""The state on disk: whole, checked against what is wanted, refused where it is another replay's."""

import json
import os
from datetime import date
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerce.files.column_maps import column_map
from commerce.selection import Selection
from console.forms import PLAIN_FORMS, Forms
from producer.errors import WrongUse
from producer.replay.progress import Leading
from producer.replay.state import HEAD_BYTES, FileState, ReplayState, file_state, held, load, new_state, resumed, save

states = st.builds(
    ReplayState,
    target=st.text(),
    selection=st.dictionaries(st.sampled_from(["rows", "since", "invoice"]), st.text() | st.integers(1, 9)),
    files=st.lists(
        st.builds(
            FileState,
            path=st.text(),
            size=st.integers(0, 2**40),
            sha256=st.text("0123456789abcdef", min_size=64, max_size=64),
            settled=st.builds(Leading, *[st.integers(0, 2**40)] * 3),
            map=st.sampled_from(["", "ab" * 32]),
        ),
        max_size=4,
    ),
    rejects_bytes=st.integers(0, 2**40),
)


@given(states)
def test_a_state_comes_back_from_disk_as_it_was(tmp_path_factory: pytest.TempPathFactory, state: ReplayState) -> None:
    path = tmp_path_factory.getbasetemp() / "round-trip.json"
    save(path, state)
    assert load(path) == state


def test_no_state_is_none(tmp_path: Path) -> None:
    assert load(tmp_path / "none.json") is None


def test_a_state_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    save(path, ReplayState("laptop", {}, []))
    before = path.stat().st_ino
    save(path, ReplayState("laptop", {}, [], rejects_bytes=5))
    assert path.stat().st_ino != before
    assert os.listdir(tmp_path) == ["state.json"]


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"{}", b'{"target": 5}', b"\xff"])
def test_a_file_that_is_no_state_is_wrong_use(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "state.json").write_bytes(text)
    with pytest.raises(WrongUse, match="state.json is not the state of a replay: "):
        load(tmp_path / "state.json")


def test_a_state_of_a_later_version_is_wrong_use(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    save(path, ReplayState("laptop", {}, [], version=3))
    with pytest.raises(WrongUse, match="has version 3, and this program knows 2"):
        load(path)


def test_a_state_that_cannot_be_written_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="no/state.json cannot be written: No such file or directory"):
        save(tmp_path / "no" / "state.json", ReplayState("laptop", {}, []))


def test_a_state_is_held_by_one_replay_at_a_time_by_whatever_path_it_is_named(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    other = tmp_path / "link.json"
    other.symlink_to(path)
    with held(path):
        for same in (path, other):
            with pytest.raises(WrongUse, match=f"^another replay uses --state {same} now: wait "), held(same):
                pass
        with held(tmp_path / "another.json"):
            pass
    with held(path):
        pass
    assert os.listdir(tmp_path) == ["link.json"]


def test_a_state_that_is_named_by_a_link_is_saved_behind_it_and_held_on(tmp_path: Path) -> None:
    path, link = tmp_path / "state.json", tmp_path / "link.json"
    link.symlink_to(path)
    with held(link):
        save(link, ReplayState("laptop", {}, []))
        with pytest.raises(WrongUse, match="^another replay uses"), held(link):
            pass
    assert (link.is_symlink(), load(path)) == (True, ReplayState("laptop", {}, []))


def test_the_lock_that_a_killed_replay_left_holds_nobody_up(tmp_path: Path) -> None:
    (tmp_path / "state.json.lock").touch()
    with held(tmp_path / "state.json"):
        pass


def the_file(tmp_path: Path, name: str = "day.csv", content: bytes = b"x" * 100) -> Path:
    (tmp_path / name).write_bytes(content)
    return tmp_path / name


def settled(state: ReplayState, *rows: int) -> ReplayState:
    files = [
        msgspec.structs.replace(file, settled=Leading(leading, leading, 0))
        for file, leading in zip(state.files, rows, strict=True)
    ]
    return msgspec.structs.replace(state, files=files, rejects_bytes=7)


def test_a_replay_goes_on_where_its_state_ends_and_with_new_files_at_their_start(tmp_path: Path) -> None:
    one, two = the_file(tmp_path, "1.csv"), the_file(tmp_path, "2.csv", b"y")
    stored = settled(new_state("laptop", Selection(), [two]), 40)
    state = resumed(new_state("laptop", Selection(), [one, two]), stored, tmp_path)
    assert [file.settled.rows for file in state.files] == [0, 40]
    assert state.rejects_bytes == 7


def test_files_that_are_not_named_this_time_are_not_forgotten(tmp_path: Path) -> None:
    one, two = the_file(tmp_path, "1.csv"), the_file(tmp_path, "2.csv", b"y")
    stored = settled(new_state("laptop", Selection(), [one, two]), 40, 50)
    state = resumed(new_state("laptop", Selection(), [two]), stored, tmp_path)
    assert [(Path(file.path).name, file.settled.rows) for file in state.files] == [("2.csv", 50), ("1.csv", 40)]


def test_a_file_is_known_by_its_size_and_head(tmp_path: Path) -> None:
    content = b"x" * (HEAD_BYTES + 1)
    path = the_file(tmp_path, content=content)
    stored = new_state("laptop", Selection(), [path])
    for changed in (content + b"x", content[:-1], b"y" + content[1:], b"x" * (HEAD_BYTES - 1) + b"yx"):
        path.write_bytes(changed)
        with pytest.raises(WrongUse, match=r"day\.csv has changed since .* was written"):
            resumed(new_state("laptop", Selection(), [path]), stored, tmp_path / "state.json")


def test_the_same_file_by_another_spelling_is_the_same_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = the_file(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert file_state(Path("day.csv")) == file_state(path)


def test_another_selection_is_refused_and_both_are_named(tmp_path: Path) -> None:
    path = the_file(tmp_path)
    stored = new_state("laptop", Selection(rows=5, since=date(2010, 12, 1)), [path])
    with pytest.raises(WrongUse, match="with --rows 5 --since 2010-12-01, not with no selection: resume with the same"):
        resumed(new_state("laptop", Selection(), [path]), stored, tmp_path)


def test_another_map_of_a_file_is_refused_and_that_of_another_file_does_not_matter(tmp_path: Path) -> None:
    one, two = the_file(tmp_path, "1.csv"), the_file(tmp_path, "2.csv")
    form = column_map("m.toml", b"")
    stored = new_state("laptop", Selection(), [one, two], Forms({one: form}))
    assert resumed(new_state("laptop", Selection(), [two]), stored, tmp_path).files == stored.files[::-1]
    for forms, words in (
        (PLAIN_FORMS, "with the map e3b0c44298fc…, not with no map: resume with the same --map, or give another"),
        (Forms({one: column_map("m.toml", b"# other")}), "with the map e3b0c44298fc…, not with the map "),
    ):
        with pytest.raises(WrongUse) as refused:
            resumed(new_state("laptop", Selection(), [one], forms), stored, tmp_path)
        assert f"is the state of a replay of {one} {words}" in str(refused.value)


def test_a_state_of_version_1_has_its_one_map_for_all_its_files(tmp_path: Path) -> None:
    one, path = the_file(tmp_path, "1.csv"), tmp_path / "state.json"
    form = column_map("m.toml", b"")
    wanted = new_state("laptop", Selection(rows=5), [one], Forms({one: form}))
    file = {key: value for key, value in msgspec.to_builtins(wanted.files[0]).items() if key != "map"}
    old = {"target": "laptop", "selection": {"rows": 5, "map": form.digest}, "files": [file], "version": 1}
    path.write_text(json.dumps(old))
    assert load(path) == wanted


def test_another_platform_is_refused(tmp_path: Path) -> None:
    path = the_file(tmp_path)
    stored = new_state("the laptop", Selection(), [path])
    with pytest.raises(WrongUse, match="is the state of a replay to the laptop, not to https://x"):
        resumed(new_state("https://x", Selection(), [path]), stored, tmp_path)


def test_other_files_are_refused_where_rows_are_counted_over_them(tmp_path: Path) -> None:
    one, two = the_file(tmp_path, "1.csv"), the_file(tmp_path, "2.csv")
    stored = new_state("laptop", Selection(rows=5), [one])
    with pytest.raises(WrongUse, match="of other files, over which --rows counts"):
        resumed(new_state("laptop", Selection(rows=5), [two, one]), stored, tmp_path)


def test_the_state_says_what_the_issue_promises(tmp_path: Path) -> None:
    path = the_file(tmp_path)
    save(tmp_path / "state.json", new_state("laptop", Selection(since=date(2010, 12, 1)), [path]))
    state = json.loads((tmp_path / "state.json").read_text())
    assert state["selection"] == {"since": "2010-12-01"}
    assert state["files"][0].keys() == {"path", "size", "sha256", "settled", "map"}
