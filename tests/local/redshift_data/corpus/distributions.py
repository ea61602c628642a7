"""Aggregates of spread and percentiles, and functions of a window."""

from tests.local.redshift_data.corpus.cases import fails, gives, gives_rows, refused

TABLES = (
    "CREATE TABLE winsales (salesid INT, dateid DATE, sellerid INT, buyerid CHAR(10), qty INT, qty_shipped INT)",
    "INSERT INTO winsales VALUES (30001, '2003-08-02', 3, 'b', 10, 10), (10001, '2003-12-24', 1, 'c', 10, 10), "
    "(10005, '2003-12-24', 1, 'a', 30, NULL), (40001, '2004-01-09', 4, 'a', 40, NULL), "
    "(10006, '2004-01-18', 1, 'c', 10, NULL), (20001, '2004-02-12', 2, 'b', 20, 20), "
    "(40005, '2004-02-12', 4, 'a', 10, 10), (20002, '2004-02-16', 2, 'c', 20, 20), "
    "(30003, '2004-04-18', 3, 'b', 15, NULL), (30004, '2004-04-18', 3, 'b', 20, NULL), "
    "(30007, '2004-09-07', 3, 'c', 30, NULL)",
    "CREATE TABLE stadiums (venuename VARCHAR(40), venuestate CHAR(2), venueseats INT)",
    "INSERT INTO stadiums VALUES ('Qualcomm Stadium', 'CA', 70561), ('Monster Park', 'CA', 69843), "
    "('McAfee Coliseum', 'CA', 63026), ('Dodger Stadium', 'CA', 56000), ('Ralph Wilson Stadium', 'NY', 73967), "
    "('Yankee Stadium', 'NY', 52325), ('Madison Square Garden', 'NY', 20000), (NULL, 'CA', 90000)",
    "CREATE TABLE washington (sellerid INT, sales DECIMAL(14,2))",
    "INSERT INTO washington VALUES (127, 6076), (787, 6035), (381, 5881), (777, 2814), (33, 1531), (800, 1476), "
    "(1, 1177)",
)
BY_SELLER = "OVER (PARTITION BY sellerid)"
WHOLE = "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"
CASES = (
    gives("STDDEV_SAMP and STDDEV_POP functions", "SELECT STDDEV_SAMP(qty) FROM winsales WHERE sellerid = 4 AND "
               "qty > 10",
          None, type="float8", name="stddev_samp"),
    gives("STDDEV_SAMP and STDDEV_POP functions",
          "SELECT STDDEV(qty) = STDDEV_SAMP(qty) AND ROUND(STDDEV(qty), 8) = ROUND(SQRT(VAR_SAMP(qty)), 8) FROM "
          "winsales",
          True),
    gives("STDDEV_SAMP and STDDEV_POP functions", "SELECT CAST(STDDEV_POP(qty) AS DEC(14,2)) FROM winsales "
          "WHERE sellerid = 4", "15.00"),
    gives("STDDEV_SAMP and STDDEV_POP functions", "SELECT STDDEV_POP(DISTINCT qty) FROM winsales WHERE sellerid = "
               "2", 0.0),
    gives("VAR_SAMP and VAR_POP functions", "SELECT VAR_SAMP(qty) FROM winsales WHERE sellerid = 4", 450.0,
          type="float8", name="var_samp"),
    gives("VAR_SAMP and VAR_POP functions", "SELECT VARIANCE(qty) FROM winsales WHERE sellerid = 4", 450.0,
          name="variance"),
    gives("VAR_SAMP and VAR_POP functions", "SELECT VAR_POP(qty) FROM winsales WHERE sellerid = 4", 225.0,
               name="var_pop"),
    gives_rows("PERCENTILE_CONT window function", "SELECT DISTINCT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY qty) "
               "OVER () AS median FROM winsales", ("20.0",), types=("numeric",), names=("median",)),
    gives_rows("PERCENTILE_CONT window function", "SELECT DISTINCT sellerid, PERCENTILE_CONT(0.5) WITHIN GROUP "
               f"(ORDER BY qty) {BY_SELLER} AS median FROM winsales ORDER BY 1",
               (1, "10.0"), (2, "20.0"), (3, "17.5"), (4, "25.0")),
    gives_rows("PERCENTILE_CONT window function", "SELECT DISTINCT PERCENTILE_CONT(0.6) WITHIN GROUP (ORDER BY "
               "sales DESC)"
               " OVER (), PERCENTILE_DISC(0.6) WITHIN GROUP (ORDER BY sales DESC) OVER () FROM washington",
               ("2044.20", "1531.00"), types=("numeric", "numeric"), names=("percentile_cont", "percentile_disc")),
    gives_rows("PERCENTILE_CONT function", "SELECT sellerid, PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY qty), "
               "MEDIAN(qty) "
               "FROM winsales GROUP BY sellerid ORDER BY 1",
               (1, "10.0", "10.0"), (2, "20.0", "20.0"), (3, "17.5", "17.5"), (4, "25.0", "25.0"),
               types=("int4", "numeric", "numeric"), names=("sellerid", "percentile_cont", "median")),
    gives("PERCENTILE_CONT function", "SELECT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY qty_shipped) FROM winsales",
          "10.0"),
    fails("PERCENTILE_CONT function", "SELECT PERCENTILE_CONT(1.5) WITHIN GROUP (ORDER BY qty) FROM winsales",
          "the percentile of PERCENTILE_CONT must be a number between 0 and 1"),
    gives_rows("PERCENTILE_DISC window function", "SELECT DISTINCT sellerid, PERCENTILE_DISC(0.5) WITHIN GROUP "
               f"(ORDER BY qty) {BY_SELLER} AS median FROM winsales ORDER BY 1", (1, 10), (2, 20), (3, 15), (4, 10),
               types=("int4", "int4")),
    gives_rows("MEDIAN window function", f"SELECT DISTINCT sellerid, MEDIAN(qty) {BY_SELLER} FROM winsales ORDER BY 1",
               (1, "10.0"), (2, "20.0"), (3, "17.5"), (4, "25.0"), names=("sellerid", "median")),
    gives_rows("RATIO_TO_REPORT window function",
               f"SELECT sellerid, ROUND(RATIO_TO_REPORT(qty) {BY_SELLER}, 2) FROM winsales WHERE sellerid IN (2, 4) "
               "ORDER BY sellerid, qty", (2, 0.5), (2, 0.5), (4, 0.2), (4, 0.8)),
    gives_rows("RATIO_TO_REPORT window function",
               f"SELECT RATIO_TO_REPORT(qty_shipped) {BY_SELLER} FROM winsales WHERE sellerid = 1 AND qty = 30",
               (None,),
               types=("float8",), names=("ratio_to_report",)),
    fails("RATIO_TO_REPORT window function", "SELECT RATIO_TO_REPORT(qty) OVER (ORDER BY qty) FROM winsales",
          "the OVER clause of RATIO_TO_REPORT cannot contain"),
    gives("COUNT function", "SELECT APPROXIMATE COUNT(DISTINCT sellerid) FROM winsales", 4, type="int8", name="count"),
    gives_rows("NTH_VALUE window function",
               "SELECT venuestate, venueseats, NTH_VALUE(venueseats, 3) IGNORE NULLS OVER (PARTITION BY venuestate "
               f"ORDER BY venueseats DESC {WHOLE}) AS third_most_seats FROM stadiums WHERE venuename IS NOT NULL "
               "ORDER BY venuestate, venueseats DESC",
               ("CA", 70561, 63026), ("CA", 69843, 63026), ("CA", 63026, 63026), ("CA", 56000, 63026),
               ("NY", 73967, 20000), ("NY", 52325, 20000), ("NY", 20000, 20000), types=("bpchar", "int4", "int4")),
    gives_rows("FIRST_VALUE and LAST_VALUE window functions",
               "SELECT DISTINCT FIRST_VALUE(venuename) OVER (PARTITION BY venuestate ORDER BY venueseats DESC "
               f"{WHOLE}) FROM stadiums WHERE venuestate = 'CA'", (None,), names=("first_value",)),
    gives_rows("FIRST_VALUE and LAST_VALUE window functions",
               "SELECT DISTINCT FIRST_VALUE(venuename IGNORE NULLS) OVER (PARTITION BY venuestate ORDER BY "
               "venueseats DESC "
               f"{WHOLE}) FROM stadiums WHERE venuestate = 'CA'", ("Qualcomm Stadium",), names=("first_value",)),
    gives_rows("LAG window function", "SELECT salesid, LAG(qty_shipped, 1) IGNORE NULLS OVER (ORDER BY salesid) "
               "AS prev "
               "FROM winsales WHERE sellerid = 1 ORDER BY salesid", (10001, None), (10005, 10), (10006, 10)),
    gives_rows("LAG window function", "SELECT salesid, LAG(qty_shipped, 1) OVER (ORDER BY salesid) AS prev "
               "FROM winsales WHERE sellerid = 1 ORDER BY salesid", (10001, None), (10005, 10), (10006, None)),
    gives("BOOL_OR function", "SELECT BOOL_OR(qty > 30) FROM winsales", True, type="bool", name="bool_or"),
    gives("BOOL_AND function", "SELECT BOOL_AND(qty > 30) FROM winsales", False, type="bool", name="bool_and"),
    gives("ANY_VALUE function", "SELECT ANY_VALUE(qty) FROM winsales WHERE sellerid = 2", 20, type="int4",
          name="any_value"),
    refused("PERCENTILE_DISC window function", "SELECT PERCENTILE_DISC(0.5) WITHIN GROUP (ORDER BY qty) FROM winsales",
            "PERCENTILE_DISC without OVER"),
    refused("PERCENTILE_CONT function", "SELECT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY dateid) FROM winsales",
            "PERCENTILE_CONT of date"),
)  # fmt: skip
