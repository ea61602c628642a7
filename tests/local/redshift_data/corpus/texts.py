"""Statements about functions of text, each with the result that Redshift documents."""

from tests.local.redshift_data.corpus.cases import fails, gives

TABLES = ()
CASES = (
    gives("CONCAT function", "SELECT CONCAT('December 25, ', '2008')", "December 25, 2008", name="concat"),
    gives("CONCAT function", "SELECT 'December 25, '||'2008'", "December 25, 2008", name="?column?"),
    gives("LEN function", "SELECT LEN('cat   ')", 6, name="len"),
    gives("LEN function", "SELECT OCTET_LENGTH('français')", 9, name="octet_length"),
    gives("LEN function", "SELECT LEN('français')", 8),
    gives("SUBSTRING function", "SELECT SUBSTRING('caterpillar',6,4)", "pill", type="varchar", name="substring"),
    gives("SUBSTRING function", "SELECT SUBSTRING('caterpillar',6,8)", "pillar"),
    gives("SUBSTRING function", "SELECT SUBSTRING('caterpillar',-2,6)", "cat"),
    gives("SUBSTRING function", "SELECT SUBSTRING('caterpillar',-5,4)", ""),
    gives("SUBSTRING function", "SELECT SUBSTRING('abc',-1,3)", "a"),
    gives("SUBSTRING function", "SELECT SUBSTRING('abc',0)", "abc"),
    gives(
        "CONCAT function", "SELECT CONCAT('Thursday, ', CONCAT('December 25, ', '2008'))", "Thursday, December 25, 2008"
    ),
    fails("CONCAT function", "SELECT CONCAT('a', 'b', 'c')", "function concat("),
    gives("LEN function", "SELECT LEN('cat')", 3, type="int4"),
    gives("STRPOS function", "SELECT STRPOS('abc', 'c')", 3, type="int4", name="strpos"),
    gives("SUBSTRING function", "SELECT CAST('Fourscore and seven' AS VARCHAR(5))", "Fours", name="varchar"),
)
