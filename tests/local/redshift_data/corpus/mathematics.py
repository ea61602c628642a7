"""Functions of floating point, and signs."""

from tests.local.redshift_data.corpus.cases import fails, gives, gives_rows

TABLES = (
    "CREATE TABLE signs (d DOUBLE PRECISION, n NUMERIC(12, 2))",
    "INSERT INTO signs VALUES (4.25, 4.25), (-4.25, -4.25)",
)
CASES = (
    gives("SQRT function", "SELECT SQRT(16)", 4.0, type="float8", name="sqrt"),
    gives("SQRT function", "SELECT SQRT('16')", 4.0),
    gives("SQRT function", "SELECT SQRT(ROUND(16.4))", 4.0),
    gives("POWER function", "SELECT POWER(2,3)", 8.0, type="float8"),
    gives("POWER function", "SELECT ROUND(POW((1+7::FLOAT/100),10), 6)", 1.967151),
    gives("LOG function", "SELECT LOG(100)", 2.0, type="float8", name="dlog10"),
    gives("DLOG10 function", "SELECT DLOG10(100)", 2.0, name="dlog10"),
    gives("LN function", "SELECT ROUND(LN(2.718281828), 12)", 0.999999999831),
    gives("LN function", "SELECT ROUND(LN(2), 12)", 0.693147180560),
    gives("EXP function", "SELECT ROUND(EXP((7::FLOAT/100)*10), 12)", 2.013752707470),
    gives("DEXP function", "SELECT DEXP(0)", 1.0, type="float8"),
    gives("CBRT function", "SELECT ROUND(CBRT(27), 6) AS cbrt", 3.0, type="float8", name="cbrt"),
    gives("PI function", "SELECT PI()", 3.141592653589793, type="float8", name="pi"),
    gives("DEGREES function", "SELECT DEGREES(PI())", 180.0, type="float8"),
    gives("RADIANS function", "SELECT ROUND(RADIANS(180), 12)", 3.141592653590),
    gives("SIGN function", "SELECT SIGN(28.05)", "1", type="numeric", name="sign"),
    gives_rows(
        "SIGN function",
        "SELECT SIGN(d) AS d, SIGN(n) AS n FROM signs ORDER BY d DESC",
        (1.0, "1"),
        (-1.0, "-1"),
        types=("float8", "numeric"),
    ),
    gives("SIGN function", "SELECT SIGN(NULL::NUMERIC(5,2))", None),
    fails("SQRT function", "SELECT SQRT(-1)", "cannot take square root of a negative number"),
)  # fmt: skip
