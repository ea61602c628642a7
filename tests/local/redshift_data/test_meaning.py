"""Expressions mean what Redshift's documentation says, not what DuckDB makes of them."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.local.redshift_data.databases import Failed, InMemory


@pytest.fixture(scope="module")
def warehouse() -> InMemory:
    warehouse = InMemory()
    warehouse.run("CREATE TABLE t (n INTEGER, p DECIMAL(13, 3), x VARCHAR(5), at TIMESTAMP)")
    warehouse.run(
        "INSERT INTO t VALUES (1, 1.5, 'a', '2010-12-01 08:26:00'), (2, 2.25, 'ü', NULL), (NULL, NULL, NULL, NULL)"
    )
    return warehouse


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("7 / 2", 3),
        ("-7 / 2", -3),
        ("2 / 3.0", "0.6666"),
        ("CAST(10 AS DECIMAL(8, 2)) / CAST(3 AS DECIMAL(8, 2))", "3.333333333"),
        ("CAST(1 AS DOUBLE PRECISION) / 4", 0.25),
        ("-7 % 3", -1),
        ("1.5 * 2.25", "3.375"),
        ("CAST('12' AS INTEGER) + 1", 13),
        ("CAST(2.5 AS INTEGER)", 3),
        ("CAST('äbc' AS VARCHAR(3))", "äb"),
        ("CONCAT('a', NULL)", None),
        ("'a' || NULL", None),
        ("LEN('äb')", 2),
        ("OCTET_LENGTH('äb')", 3),
        ("DATEDIFF(day, '2010-12-01 23:59:59'::TIMESTAMP, '2010-12-02 00:00:00'::TIMESTAMP)", 1),
        ("DATEDIFF(year, DATE '2010-12-31', DATE '2011-01-01')", 1),
        ("DATEDIFF(month, DATE '2011-01-31', DATE '2011-02-01')", 1),
        ("DATEADD(month, 1, DATE '2011-01-31')", "2011-02-28 00:00:00"),
        ("DATE_TRUNC('month', DATE '2011-01-31')", "2011-01-01 00:00:00"),
        ("EXTRACT(dow FROM DATE '2010-12-05')", 0),
        ("TO_CHAR(TIMESTAMP '2010-12-01 08:26:00', 'YYYY-MM-DD HH24:MI:SS')", "2010-12-01 08:26:00"),
        ("NULLIF('a', 'a')", None),
        ("1 = 1", True),
    ],
)
def test_an_expression_has_redshifts_value(warehouse: InMemory, expression: str, value: object) -> None:
    assert warehouse.one(expression) == value


@pytest.mark.parametrize(
    ("aggregate", "value", "kind"),
    [
        ("SUM(n)", 3, ("int8", 19, 0)),
        ("AVG(n)", 1, ("int8", 19, 0)),
        ("SUM(p)", "3.750", ("numeric", 38, 3)),
        ("AVG(p)", "1.875", ("numeric", 38, 3)),
        ("SUM(p) / COUNT(*)", "1.2500", ("numeric", 38, 4)),
        ("COUNT(n)", 2, ("int8", 19, 0)),
        ("MAX(x)", "ü", ("varchar", 5, 0)),
        ("LISTAGG(x, '-') WITHIN GROUP (ORDER BY n DESC)", "ü-a", ("varchar", 65535, 0)),
    ],
)
def test_an_aggregate_has_redshifts_type(
    warehouse: InMemory, aggregate: str, value: object, kind: tuple[str, int, int]
) -> None:
    sql = f"SELECT {aggregate} FROM t"
    assert warehouse.run(sql) == [(value,)]
    (column,) = warehouse.columns(sql)
    assert (column["typeName"], column["precision"], column["scale"]) == kind


@pytest.mark.parametrize("divisor", ["0", "0.0", "n - n", "p * 0", "CAST(0 AS DOUBLE PRECISION)"])
@pytest.mark.parametrize("operator", ["n / {}", "p / {}", "n % {}"])
def test_division_by_zero_is_an_error_everywhere(warehouse: InMemory, operator: str, divisor: str) -> None:
    with pytest.raises(Failed, match="ERROR: Divide by zero"):
        warehouse.run(f"SELECT {operator.format(f'({divisor})')} FROM t WHERE n = 1")


def test_nulls_are_the_largest_in_order(warehouse: InMemory) -> None:
    assert warehouse.run("SELECT n FROM t ORDER BY n") == [(1,), (2,), (None,)]
    assert warehouse.run("SELECT n FROM t ORDER BY n DESC") == [(None,), (2,), (1,)]
    assert warehouse.run("SELECT n, ROW_NUMBER() OVER (ORDER BY n DESC) AS place FROM t ORDER BY place") == [
        (None, 1),
        (2, 2),
        (1, 3),
    ]


def test_the_time_is_utc_without_a_zone_and_the_same_within_a_statement(warehouse: InMemory) -> None:
    before = datetime.now(UTC).replace(tzinfo=None)
    ((first, second),) = warehouse.run("SELECT GETDATE(), GETDATE() FROM t LIMIT 1")
    after = datetime.now(UTC).replace(tzinfo=None)
    assert first == second
    assert before.replace(microsecond=0) <= datetime.fromisoformat(first) <= after
    assert warehouse.columns("SELECT GETDATE()")[0]["typeName"] == "timestamp"


def test_text_that_is_no_number_is_named_with_the_first_wrong_digit_and_the_whole_text(warehouse: InMemory) -> None:
    with pytest.raises(Failed) as failed:
        warehouse.run("SELECT CASE WHEN n = 3 THEN n ELSE CAST('counted ' || CAST(n AS VARCHAR(20)) AS INTEGER) END "
                      "FROM (SELECT COUNT(*) + 1 AS n FROM t) AS counts")  # fmt: skip
    assert str(failed.value).splitlines()[0] == "ERROR: Invalid digit, Value 'c', Pos 0, Type: Integer"
    assert "context:   counted 4" in str(failed.value)


def test_a_check_that_holds_is_no_error(warehouse: InMemory) -> None:
    assert warehouse.run(
        "SELECT CASE WHEN n = 3 THEN n ELSE CAST('counted ' || CAST(n AS VARCHAR(20)) AS INTEGER) END "
        "FROM (SELECT COUNT(*) AS n FROM t) AS counts"
    ) == [(3,)]


def test_a_parameter_takes_the_type_that_it_meets(warehouse: InMemory) -> None:
    assert warehouse.run("SELECT x FROM t WHERE n = :n AND x <> :x", n="2", x="'; DROP TABLE t; --") == [("ü",)]
    with pytest.raises(Failed, match=":missing"):
        warehouse.run("SELECT :missing", n="1")


def test_columns_of_a_table_tell_their_name_type_and_table(warehouse: InMemory) -> None:
    records = [(it["name"], it["typeName"], it["precision"], it["scale"], it["nullable"], it["tableName"])
            for it in warehouse.columns("SELECT n, p AS price, x, at FROM t")]  # fmt: skip
    assert records == [
        ("n", "int4", 10, 0, 1, "t"),
        ("price", "numeric", 13, 3, 1, "t"),
        ("x", "varchar", 5, 0, 1, "t"),
        ("at", "timestamp", 29, 6, 1, "t"),
    ]


def test_unquoted_and_quoted_names_are_lower_case(warehouse: InMemory) -> None:
    assert [it["name"] for it in warehouse.columns('SELECT N, "P" AS "Price" FROM "T"')] == ["n", "price"]


def test_an_expression_without_a_name_is_called_as_redshift_calls_it(warehouse: InMemory) -> None:
    sql = "SELECT COUNT(*), 1, CASE WHEN TRUE THEN 1 END, n + 1, CAST(n AS BIGINT), MAX(n) OVER () FROM t GROUP BY n"
    names = ["count", "?column?", "case", "?column?", "n", "max"]
    assert [it["name"] for it in warehouse.columns(sql)] == names


def test_a_quotient_is_exact_where_a_float_is_not(warehouse: InMemory) -> None:
    value = warehouse.one("CAST(99999999999999.999 AS DECIMAL(17, 3)) / CAST(0.003 AS DECIMAL(4, 3))")
    assert Decimal(value) == Decimal("33333333333333333.00000000")


def test_an_unnamed_type_of_a_division_is_refused_and_not_guessed(warehouse: InMemory) -> None:
    with pytest.raises(Failed, match="does not support a division"):
        warehouse.run("SELECT x / 2 FROM t")


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("IF(TRUE, 1, 2)", "does not support the function IF"),
        ("STRING_AGG(x, ',')", "does not support the function STRING_AGG"),
        ("x RLIKE 'a'", "syntax error"),
        ("x REGEXP 'a'", "syntax error"),
        ("CAST(x AS STRING)", "syntax error"),
        ("n::DOUBLE", "syntax error"),
    ],
)
def test_words_of_other_dialects_are_refused(warehouse: InMemory, expression: str, said: str) -> None:
    with pytest.raises(Failed, match=said):
        warehouse.run(f"SELECT {expression} FROM t")
