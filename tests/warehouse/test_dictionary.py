"""The data dictionary is what the warehouse describes, and gives every column a meaning."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from commerce.columns import COLUMNS
from stores.redshift.warehouse import Column, Rows, Warehouse
from warehouse.comments import Uncommented, comment, comments
from warehouse.dictionary import MEANINGS, TABLE, Relation, Undocumented, main, pages, relations, rules

DICTIONARY = Path(__file__).parents[2] / "docs" / "data-dictionary.md"


class Describing(Warehouse):
    """A warehouse in which every view has the columns that its comment tells of, but for those given."""

    def __init__(self, unlike: Mapping[str, list[str]]) -> None:
        self._columns = {TABLE: [name.lower() for name in MEANINGS]}
        self._columns |= {view: list(said.meanings) for view, said in comments().items()}
        self._columns |= unlike

    def query(self, sql: str, **parameters: object) -> Rows:
        view = sql.split()[3]
        return Rows(tuple(Column(name, "varchar") for name in self._columns[view]), iter(()))


@pytest.mark.parts
def test_the_page_is_what_the_warehouse_describes(described: tuple[Relation, ...]) -> None:
    made = "".join(pages(described))
    assert DICTIONARY.read_text("utf-8") == made, "run: tillstream up; python -m warehouse.dictionary > " + str(
        DICTIONARY
    )


@pytest.mark.parts
def test_the_command_writes_the_page_of_the_laptops_warehouse(laptop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main() == 0
    assert capsys.readouterr().out == DICTIONARY.read_text("utf-8")


def test_the_command_says_that_no_platform_runs(nothing_runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main() == 2
    assert "start it with `tillstream up`" in capsys.readouterr().err


def test_every_column_of_the_record_has_a_meaning_and_a_rule() -> None:
    names = [column.name for column in COLUMNS]
    assert list(MEANINGS) == names
    assert sorted(rules()) == sorted(names)


def test_every_view_says_what_a_row_is() -> None:
    assert {"invoices", "customers", "daily_sales", "products", "countries", "returns", "cohorts"} <= comments().keys()
    assert all(said.rows.startswith("A row is ") and said.meanings for said in comments().values())


@pytest.mark.parametrize(
    ("columns", "text"),
    [
        (["country", "customers"], "gross"),
        ([*comments()["countries"].meanings, "margin"], "margin"),
        (list(reversed(comments()["countries"].meanings)), "their order"),
    ],
)
def test_a_column_without_a_meaning_or_a_meaning_without_a_column_is_named(columns: list[str], text: str) -> None:
    with pytest.raises(Undocumented, match=f"countries: .*{text}"):
        relations(Describing({"countries": columns}))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT 1;", "must begin with"),
        ("-- Days.\n-- Columns:\n--   day: the day\nSELECT 1;", "must begin with"),
        ("-- A row is a day.\nSELECT 1;", "must begin with"),
        ("-- A row is a day.\n-- Columns:\n--   day\nSELECT 1;", '"day" is not a line'),
    ],
)
def test_a_file_that_does_not_say_what_its_rows_and_columns_are_is_named(text: str, message: str) -> None:
    with pytest.raises(Uncommented, match=f"days.sql: .*{message}"):
        comment("days.sql", text)
