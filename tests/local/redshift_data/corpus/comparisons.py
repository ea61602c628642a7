"""Comparisons of text: trailing blanks mean nothing where values are compared."""

from tests.local.redshift_data.corpus.cases import fails, gives, gives_rows

TYPES = "Character types"  # its section "Significance of trailing blanks"
EXAMPLES = "Examples with character types"
TABLES = (
    "CREATE TABLE address (address_id INTEGER, address1 VARCHAR(100), city_name CHAR(20), state CHAR(2))",
    "INSERT INTO address (address_id, address1) VALUES (1, '9516 Magnolia Boulevard')",
    "INSERT INTO address (address_id, address1) VALUES (2, '9516 Magnolia Boulevard  ')",
    "CREATE TABLE blanks (id INTEGER, v VARCHAR(10), c CHAR(5))",
    "INSERT INTO blanks VALUES (1, 'a', 'ab'), (2, 'a ', 'ab'), (3, 'b  ', 'b'), (4, NULL, NULL)",
    "CREATE TABLE cut (id INTEGER, v VARCHAR(3), c CHAR(5))",
    "INSERT INTO cut VALUES (1, 'abc   ', 'ab      '), (2, 'x', 'y')",
    "INSERT INTO cut SELECT 3, v || '    ', c FROM cut WHERE id = 1",
    "UPDATE cut SET v = 'ab     ' WHERE id = 2",
)
CASES = (
    gives(EXAMPLES, "SELECT COUNT(*) FROM address WHERE address1='9516 Magnolia Boulevard'", 2, name="count"),
    gives_rows(EXAMPLES, "SELECT LENGTH(address1) FROM address ORDER BY address_id", (23,), (25,)),
    gives("NULL condition", "SELECT COUNT(*) FROM address WHERE state IS NULL", 2, type="int8", name="count"),
    gives(TYPES, "SELECT 'a' = 'a '", True),
    gives(TYPES, "SELECT 'a ' <> 'a'", False),
    gives(TYPES, "SELECT 'a ' > 'a'", False),
    gives(TYPES, "SELECT 'a' >= 'a   '", True),
    gives(TYPES, "SELECT ' a' = 'a'", False),
    gives(TYPES, "SELECT COUNT(*) FROM blanks WHERE v IN ('a', 'c')", 2),
    gives(TYPES, "SELECT COUNT(*) FROM blanks WHERE v NOT IN ('a', 'c')", 1),
    gives(TYPES, "SELECT COUNT(*) FROM blanks WHERE v IN (SELECT 'b')", 1),
    gives(TYPES, "SELECT COUNT(*) FROM blanks WHERE v BETWEEN 'a' AND 'a'", 2),
    gives(TYPES, "SELECT COUNT(*) FROM blanks WHERE c = 'ab   '", 2),
    gives(TYPES, "SELECT COUNT(*) FROM blanks x JOIN blanks y ON x.v = y.v", 5),
    gives(TYPES, "SELECT COUNT(*) FROM blanks x JOIN blanks y USING (v)", 5),
    gives(TYPES, "SELECT COUNT(*) FROM blanks WHERE (v, id) = ('a', 2)", 1),
    gives(TYPES, "SELECT NULLIF('a','a ')", None),
    gives(TYPES, "SELECT CASE 'a ' WHEN 'a' THEN 1 ELSE 2 END", 1),
    gives(TYPES, "SELECT DECODE('a ', 'a', 1, 2)", 1),
    gives(TYPES, "SELECT COUNT(DISTINCT v) FROM blanks", 2),
    gives_rows(TYPES, "SELECT v, COUNT(*) FROM blanks WHERE v < 'b' GROUP BY v", ("a", 2), names=("v", "count")),
    gives_rows(TYPES, "SELECT v FROM blanks WHERE v = 'b' GROUP BY v", ("b  ",)),
    gives_rows(TYPES, "SELECT DISTINCT v FROM blanks ORDER BY v", ("a",), ("b  ",), (None,)),
    gives_rows(TYPES, "SELECT v FROM blanks UNION SELECT 'a   ' ORDER BY 1", ("a",), ("b  ",), (None,)),
    gives_rows(TYPES, "SELECT v FROM blanks INTERSECT SELECT 'b'", ("b  ",)),
    gives_rows(TYPES, "SELECT v FROM blanks WHERE id < 4 EXCEPT SELECT 'b'", ("a",)),
    gives_rows(TYPES, "SELECT id, RANK() OVER (ORDER BY v) FROM blanks WHERE id < 3 ORDER BY 1", (1, 1), (2, 1)),
    gives_rows(TYPES, "SELECT id FROM blanks WHERE id < 3 ORDER BY v, id DESC", (2,), (1,)),
    gives("LISTAGG function", "SELECT LISTAGG(DISTINCT v, ',') WITHIN GROUP (ORDER BY v) FROM blanks", "a,b  "),
    gives("LISTAGG function", "SELECT LISTAGG(DISTINCT v, ',') WITHIN GROUP (ORDER BY v DESC) FROM blanks", "b  ,a"),
    # "if the extra characters are all spaces (blanks), the string is truncated to the maximum length"
    gives_rows(
        TYPES, "SELECT v, LEN(v) FROM cut WHERE id IN (1, 2, 3) ORDER BY id", *[("abc", 3), ("ab ", 3), ("abc", 3)]
    ),
    gives_rows(
        TYPES,
        "SELECT c, LEN(c), c || '.' FROM cut WHERE id = 1",
        ("ab   ", 2, "ab."),
        types=("bpchar", "int4", "varchar"),
    ),
    fails(TYPES, "INSERT INTO cut VALUES (9, 'abc x', 'ab')", "Value too long for type character varying(3)"),
    fails(
        EXAMPLES,
        "INSERT INTO address (city_name) VALUES ('City of South San Francisco')",
        "Value too long for type character(20)",
    ),
    gives(EXAMPLES, "SELECT 'City of South San Francisco'::CHAR(20)", "City of South San Fr", type="bpchar"),
    gives("LIKE", "SELECT COUNT(*) FROM blanks WHERE c LIKE 'ab'", 0),
    gives("LIKE", "SELECT COUNT(*) FROM blanks WHERE c::VARCHAR LIKE 'ab'", 2),
    gives("LIKE", r"SELECT 'a_c' LIKE 'a\\_c'", True),
    gives("LIKE", r"SELECT 'abc' LIKE 'a\\_c'", False),
    gives("LIKE", r"SELECT '100%' LIKE '%\\%'", True),
    # "LIKE and ILIKE predicates do not implicitly ignore trailing spaces"
    gives("LIKE", "SELECT 'a ' LIKE 'a'", False),
    gives("LIKE", "SELECT 'abc' LIKE 'abc'", True),
    gives("LIKE", "SELECT 'abc' LIKE 'a%'", True),
    gives("LIKE", "SELECT 'abc' LIKE '_B_'", False),
    gives("LIKE", "SELECT 'abc' ILIKE '_B_'", True),
    gives("LIKE", "SELECT 'abc' LIKE 'c%'", False),
    gives("TRIM function", "SELECT TRIM('    dog    ')", "dog", name="trim"),
    # "Corresponding columns … must have compatible data types"
    fails(
        "UNION, INTERSECT, and EXCEPT",
        "SELECT id FROM blanks UNION SELECT v FROM blanks",
        "UNION types integer and char",
    ),
    fails(
        "ORDER BY clause",
        "SELECT DISTINCT v FROM blanks ORDER BY id",
        "for SELECT DISTINCT, ORDER BY expressions must appear in select list",
    ),
)
