"""`tillstream replay --check`: nothing is sent, no platform is needed, and everything that is wrong is told."""

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from commerce.lines import FIELDS
from commerce.selection import Selection
from console.forms import PLAIN_FORMS
from producer.check import column_profile, screen
from producer.check.check import Check
from producer.check.column_profile import Profile
from producer.replay.plan import Row
from tests.orders import a_line, cells, csv_document
from tests.producer.api_server import ApiServer
from tests.producer.conftest import Command, Ended


@pytest.fixture
def check(command: Command, api: ApiServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """The command, where no platform can be found."""
    monkeypatch.delenv("TILLSTREAM_API_URL")
    monkeypatch.setenv("TILLSTREAM_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> Ended:
        ended = command("replay", "--check", *arguments)
        assert api.requests == []
        return ended

    return run


def test_files_without_a_problem_are_told_by_what_would_be_sent(check: Any) -> None:
    rows = [cells(), cells(), cells(Quantity="-2", UnitPrice="1.005", CustomerID="", InvoiceDate="2010-12-03 09:00:00")]
    Path("day.csv").write_bytes(csv_document(*rows))
    ended = check("day.csv", "--batch", 2)
    assert ended.code == 0
    assert "would be refused" not in ended.out
    assert (
        "3 lines, 1 of them further copies of a line, of 2010-12-01 08:26:00 to 2010-12-03 09:00:00, 28.59 in all: "
        "2 requests, "
    ) in ended.out


def test_every_problem_of_every_file_is_told_by_rule_with_its_first_lines(check: Any) -> None:
    Path("a.csv").write_bytes(csv_document(*[cells(Quantity="six", Country="")] * 5, cells()))
    Path("b.csv").write_bytes(b"PK\x03\x04")
    Path("c.csv").write_bytes(csv_document(cells(Quantity="1.5"), ["x"]) + b'"')
    ended = check("a.csv", "b.csv", "c.csv", "--json")
    assert ended.code == 2
    found = ended.json
    assert (found["files"], found["rows"], found["refused"]) == (3, 8, 7)
    assert found["unreadable"] == [
        "b.csv: broken zip: File is not a zip file",
        "c.csv, line 4: unexpected end of data: a quote is never closed",
    ]
    first = ["a.csv, line 2", "a.csv, line 3", "a.csv, line 4"]
    assert [(it["rows"], it["field"], it["value"], it["first"]) for it in found["problems"]] == [
        (6, "Quantity", "'six'", first),
        (5, "Country", "missing", first),
        (1, "record", "'1 cells'", ["c.csv, line 3"]),
    ]
    screen = check("a.csv", "b.csv", "c.csv").out
    for text in (
        "7 of 8 rows would be refused",
        *found["unreadable"],
        "must be an integer of 32 bits",
        *first,
        "and 3 more",
    ):
        assert text in screen


def test_a_file_whose_rows_prove_day_first_dates_is_told_with_the_line_of_the_map_that_it_needs(check: Any) -> None:
    dates = ("01/12/2010 08:26", "13/12/2010 08:26")
    Path("a.csv").write_bytes(csv_document(*(cells(InvoiceDate=date) for date in dates)))
    ended = check("a.csv")
    assert ended.code == 2
    assert 'What a map must say (--map FILE)\n  date = "%d/%m/%Y %H:%M"\n' in ended.out
    found = check("a.csv", "a.csv", "--json").json
    assert (found["map_lines"], found["sending"]["lines"]) == (['date = "%d/%m/%Y %H:%M"'], 0)
    Path("map.toml").write_text(found["map_lines"][0])
    assert check("a.csv", "--map", "map.toml", "--json").json["sending"]["lines"] == 2


def test_words_that_may_mean_missing_are_told_with_their_columns(check: Any) -> None:
    rows = [
        cells(Description="NA", CustomerID="NA"),
        cells(CustomerID="NA"),
        cells(Description="NA"),
        cells(Country="-"),
    ]
    Path("a.csv").write_bytes(csv_document(*rows))
    words = check("a.csv", "--json").json["missing_words"]
    assert words == [
        "'NA' stands in 4 cells (Description 2, CustomerID 2): if it means missing, a map says so: missing = [\"NA\"]",
        "'-' stands in 1 cell (Country 1): if it means missing, a map says so: missing = [\"-\"]",
    ]
    Path("map.toml").write_text('missing = ["NA"]')
    assert check("a.csv", "--map", "map.toml", "--json").json["missing_words"] == words[1:]


def test_a_refusal_that_a_map_would_mend_names_the_line_of_the_map(check: Any) -> None:
    Path("a.csv").write_bytes(csv_document(cells(UnitPrice="2,55", CustomerID="\\N", InvoiceDate="31.12.2010 08:26")))
    wanted = ['date = "%d.%m.%Y %H:%M"', 'decimal = ","', 'missing = ["\\\\N"]']
    assert sorted(check("a.csv", "--json").json["map_lines"]) == wanted
    assert "--suggest-map" in check("a.csv").out


def test_no_map_line_is_named_that_would_leave_the_row_refused(check: Any) -> None:
    Path("a.csv").write_bytes(csv_document(cells(Quantity="NA", UnitPrice="1,000")))
    assert check("a.csv", "--json").json["map_lines"] == []


def test_refused_rows_alone_are_a_failure_and_no_wrong_use(check: Any) -> None:
    Path("a.csv").write_bytes(csv_document(cells(Quantity="six")))
    ended = check("a.csv")
    assert ended.code == 1
    assert ended.out.rstrip().endswith("nothing")


def test_what_would_be_sent_is_of_the_selection_and_problems_are_of_all_rows(check: Any) -> None:
    Path("a.csv").write_bytes(csv_document(cells(), cells(Quantity="7"), cells(InvoiceNo="C9"), cells(Quantity="x")))
    found = check("a.csv", "--rows", 1, "--json").json
    assert (found["sending"]["lines"], found["rows"], found["refused"]) == (1, 4, 1)
    assert check("a.csv", "--invoice", "C9", "--json").json["sending"]["lines"] == 1


def test_each_column_is_profiled(check: Any) -> None:
    rows = [
        cells(),
        cells(CustomerID="", UnitPrice="0.5"),
        cells(CustomerID="99999", Quantity="-9"),
        cells(Quantity="x"),
    ]
    Path("a.csv").write_bytes(csv_document(*rows))
    columns = {column.pop("name"): column for column in check("a.csv", "--json").json["columns"]}
    common = dict.fromkeys(("missing", "refused"), 0) | {"filled": 3, "at_least": False}
    assert columns["CustomerID"] == common | {
        "filled": 2, "missing": 1, "distinct": 2,
        "least": 12345, "greatest": 99999, "frequent": 12345, "frequent_rows": 1,
    }  # fmt: skip
    assert columns["Quantity"] == common | {
        "refused": 1, "distinct": 2, "least": -9, "greatest": 6, "frequent": 6, "frequent_rows": 2,
    }  # fmt: skip
    assert columns["InvoiceDate"]["least"] == "2010-12-01T08:26:00"
    assert (columns["UnitPrice"]["least"], columns["UnitPrice"]["frequent_rows"]) == (0.5, 2)


def test_a_profile_does_not_depend_on_how_many_lines_it_looks_at_and_forgets_rare_values(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def profile() -> Any:
        made = Profile()
        for number in range(1, 101):
            line = a_line(Quantity=number, StockCode="AB"[number % 3 == 0], CustomerID=None)
            made.add(Row(number, [], line, (), "", 0, number))
        return made.columns()

    whole = profile()
    monkeypatch.setattr(column_profile, "LINES_AT_ONCE", 7)
    assert profile() == whole
    assert (whole[1].frequent, whole[1].frequent_rows) == ("A", 67)
    monkeypatch.setattr(column_profile, "MOST_VALUES", 10)
    quantity = profile()[3]
    assert (quantity.at_least, 10 <= quantity.distinct < 20, quantity.greatest) == (True, True, 100)


def test_an_empty_folder_and_a_missing_map_are_wrong_use(check: Any) -> None:
    Path("none").mkdir()
    assert check("none").code == 2
    assert check("none", "--map", "x").code == 2


def test_a_fields_name_is_read_whole_on_a_terminal_of_eighty_columns(tmp_path: Path) -> None:
    file, profile, said = tmp_path / "day.csv", Profile(), io.StringIO()
    file.write_bytes(csv_document(*(cells(Description="A RATHER LONG DESCRIPTION " * 3) for _ in range(5))))
    found = Check([file], PLAIN_FORMS, profile.add).read(Selection(), 500, None, None)
    found.columns = profile.columns()
    Console(file=said, width=80).print(screen.checked(found))
    assert set(FIELDS) <= {word for line in said.getvalue().splitlines() for word in line.split()}
