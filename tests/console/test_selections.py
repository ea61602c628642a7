"""The options that choose rows."""

from datetime import date

import pytest

from commerce.selection import Selection
from console.arguments import Parser
from console.selections import add_options, from_options


def parsed(*options: str) -> Selection:
    parser = Parser("tillstream replay")
    add_options(parser)
    return from_options(parser.parse_args(options))


def test_the_options_of_a_command_make_the_selection() -> None:
    options = [
        "--rows",
        "5",
        "--since",
        "2010-12-01",
        "--until",
        "2010-12-05",
        "--customer",
        "17850",
        "--invoice",
        "C5",
    ]
    assert parsed(*options) == Selection(5, date(2010, 12, 1), date(2010, 12, 5), 17850, "C5")
    assert parsed() == Selection()


def test_today_is_a_day() -> None:
    before = date.today()
    assert before <= (parsed("--since", "today").since or date.min) <= date.today()


@pytest.mark.parametrize(
    ("options", "right"),
    [
        (["--since", "yesterday"], "--since: must be a day as YYYY-MM-DD, or today, not 'yesterday'"),
        (["--until", "2010-02-30"], "--until: must be a day as YYYY-MM-DD, or today, not '2010-02-30'"),
        (["--since", "12/1/2010"], "--since: must be a day as YYYY-MM-DD, or today, not '12/1/2010'"),
        (["--rows", "-3"], "--rows: must be a whole number from 1, not '-3'"),
        (["--rows", "all"], "--rows: must be a whole number from 1, not 'all'"),
        (["--customer", "Smith"], "--customer: CustomerID 'Smith': must be an integer from 1 to 10^15"),
        (
            ["--invoice", "CA-2016-152156"],
            "--invoice: InvoiceNo 'CA-2016-152156': must be at most one upper-case letter",
        ),
    ],
)
def test_a_value_that_cannot_be_says_what_can(
    options: list[str], right: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parsed(*options)
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith(f"tillstream replay: argument {right}")
