"""Statements about numbers and conversions, each with the result that Redshift documents."""

from tests.local.redshift_data.corpus.cases import fails, gives

TABLES = ()
CASES = (
    gives("ABS function", "SELECT ABS(-38)", 38, name="abs"),
    gives("ABS function", "SELECT ABS(14-76)", 62),
    gives("CAST and CONVERT functions", "SELECT CAST(162.00 AS INTEGER) AS pricepaid", 162, name="pricepaid"),
    gives("CAST and CONVERT functions", "SELECT CAST(2008 AS CHAR(4))", "2008", type="bpchar", name="bpchar"),
    gives(
        "CAST and CONVERT functions", "SELECT CAST(109.652 AS DECIMAL(4,1))", "109.7", type="numeric", name="numeric"
    ),
    fails("CAST and CONVERT functions", "SELECT 123.456::DECIMAL(2,1)", "Numeric data overflow"),
    fails("Mathematical operator symbols", "SELECT 1 / 0", "Divide by zero"),
)
