"""No error speaks of what stands behind the laptop's Redshift."""

import re

import pytest

from tests.local.redshift_data.databases import Failed, InMemory

FOREIGN = re.compile(
    r"(?:Binder|Conversion|Catalog|Parser|Invalid Input|Not implemented|Internal|Constraint|Out of Range) Error|duckdb|"
    r"sqlglot|VARCHAR\b|_LITERAL|STR_TO|REGEXP_EXTRACT|LOGICAL_|TIME_TO|TS_OR_DS|ANONYMOUS|%[a-zA-Z]",
    re.IGNORECASE,
)
EXPRESSIONS = """
SUM(x)|x + 1|ABS(x)|d + d|x AND b|SUM(SUM(n))|LEFT(n, 2)|ABS('a')|n LIKE 'a'|EXTRACT(year FROM n)|LPAD(n, 5)|-x
CEIL(x)|NTILE(0) OVER (ORDER BY n)|RANK()|MAX(n) OVER (ORDER BY x RANGE BETWEEN 1 PRECEDING AND CURRENT ROW)
ROUND('1.5')|ROUND(d)|CASE WHEN x THEN 1 END|COALESCE(d, 1)|NULLIF(d, 1)|d = 1|d = n|LAG(n, x) OVER (ORDER BY n)
LEN(5)|LEN(d)|AVG(x)|COUNT(n, x)|DATE_TRUNC('month', n)|LAST_DAY(5)|DATEDIFF(day, 1, 2)|CAST('x' AS BOOLEAN)
LISTAGG(x, n)|SUM(DISTINCT x)|INTERVAL '1 day'|DATE_TRUNC('year', INTERVAL '1 day')|DATEADD(year, 999999, d)
DATEADD(day, 99999999999, d)|CAST('2010-02-30' AS DATE)|t|(SELECT n, x FROM t)|GREATEST(1, 'a')|CAST(1e30 AS BIGINT)
at - at|n::date|d::int|b::varchar|1.5::boolean|'abc'::timestamp|STR_TO_DATE('a', 'b')|BOOL_OR(n)|TO_DATE(5)
TO_TIMESTAMP(x)|REGEXP_SUBSTR(n)|STRTOL('x', 99)|MONTHS_BETWEEN(d, x)|SYSDATE + x|GETDATE(1)|CURRENT_DATE + x
NEXT_DAY(d, 'Tu')|SOUNDEX(x)|TIMEOFDAY()|OBJECT(1)|CHECKSUM(x)|CRC32(x)|TEXT_TO_INT_ALT(x)|ARRAY(1, 2)|x[1]|ROW(1, 2)
(1, 2)|n = ANY (ARRAY[1])|CAST(x AS SUPER)|x::json|x::time|x::uuid|x::int[]|TRY_CAST(x AS INT)|TO_CHAR(at, 'TZ')
TO_CHAR(n, 'x')|x SIMILAR TO n|x ~ n|DECODE(x)|NVL()|CONCAT('a')|SUBSTRING(x)|REPLACE(x, 'a')|POSITION(x)|BIT_AND(n)
ANY_VALUE(n)|LISTAGG(n, ',') WITHIN GROUP (ORDER BY n) OVER ()|PERCENTILE_CONT(2) WITHIN GROUP (ORDER BY x)
"""
STATEMENTS = """
SELECT COUNT(*) FROM t WHERE SUM(n) > 1
SELECT n FROM t WHERE n IN (SELECT n, x FROM t)
SELECT n FROM t UNION SELECT n, x FROM t
SELECT n FROM t LIMIT -1
SELECT n FROM t OFFSET -1
SELECT n FROM t LIMIT 'a'
SELECT n FROM t ORDER BY 5
SELECT n FROM t GROUP BY 5
SELECT n FROM t WHERE RANK() OVER (ORDER BY n) = 1
SELECT 1 WHERE 'a'
INSERT INTO t (b) VALUES ('x')
INSERT INTO t (d) VALUES (3)
INSERT INTO t (d) VALUES ('x')
INSERT INTO t (n) SELECT d FROM t
INSERT INTO t (n, p) VALUES (99999999999, 1)
INSERT INTO t (p) VALUES (123456789012345)
UPDATE t SET d = 5
UPDATE t SET n = x
DELETE FROM t WHERE x + 1 = 2
CREATE VIEW v AS SELECT x + 1 AS a FROM t
CREATE TABLE u AS SELECT d + d AS a FROM t
WITH q AS (SELECT 1) SELECT * FROM q, q
SELECT d + INTERVAL '1 fortnight' FROM t
SELECT d + INTERVAL 'abc' FROM t
SELECT
SELECT 'a
SELECT * FROM range(5)
SELECT * FROM duckdb_tables()
SELECT * FROM t TABLESAMPLE 10
SELECT * FROM t PIVOT (SUM(n) FOR x IN ('a'))
SELECT * FROM t AS OF TIMESTAMP '2010-01-01'
SELECT * FROM t, LATERAL (SELECT 1)
SELECT n FROM t FOR UPDATE
PRAGMA version
INSTALL httpfs
ATTACH 'x' AS y
EXPORT DATABASE 'x'
"""


@pytest.fixture(scope="module")
def warehouse() -> InMemory:
    warehouse = InMemory()
    warehouse.run(
        "CREATE TABLE t (n INTEGER, p DECIMAL(13, 3), x VARCHAR(5), d DATE, at TIMESTAMP, b BOOLEAN, "
        "f DOUBLE PRECISION)"
    )
    warehouse.run("INSERT INTO t VALUES (1, 1.5, 'a', '2010-12-01', '2010-12-01 08:26:00', TRUE, 1.5)")
    return warehouse


@pytest.mark.parametrize(
    "sql",
    [f"SELECT {it} FROM t" for line in EXPRESSIONS.split("\n") for it in line.split("|") if it]
    + [it for it in STATEMENTS.split("\n") if it],
)
def test_an_odd_statement_is_answered_or_refused_in_words_of_redshift(warehouse: InMemory, sql: str) -> None:
    try:
        warehouse.run(sql)
    except Failed as failed:
        words = str(failed)
        assert [it for it in FOREIGN.findall(words) if it.lower() not in sql.lower()] == [], words


@pytest.mark.parametrize(
    ("expression", "error"),
    [
        ("SUM(x)", "function sum(character varying) does not exist"),
        ("x + 1", "operator does not exist: character varying + integer"),
        ("-x", "operator does not exist: - character varying"),
        ("LEN(5)", "function len(integer) does not exist"),
        ("ABS('a')", 'function abs("unknown") is not unique'),
        ("CAST('x' AS BOOLEAN)", 'invalid input syntax for type boolean: "x"'),
        ("COALESCE(d, 1)", "COALESCE types date and integer cannot be matched"),
        ("CAST('2010-02-30' AS DATE)", 'date/time field value out of range: "2010-02-30"'),
        ("SUM(SUM(n))", "aggregate function calls may not be nested"),
        ("x[1]", "the laptop's Redshift does not support [ ]"),
        ("{'a': 1}", "the laptop's Redshift does not support { }"),
        ("BOOL_SOMETHING(b)", "the laptop's Redshift does not support the function BOOL_SOMETHING"),
    ],
)
def test_a_complaint_has_redshifts_words(warehouse: InMemory, expression: str, error: str) -> None:
    with pytest.raises(Failed) as failed:
        warehouse.run(f"SELECT {expression} FROM t")
    assert str(failed.value).startswith(f"ERROR: {error}")
