"""The parts of dates, by all their names."""

from tests.local.redshift_data.corpus.cases import gives, refused

TABLES = ()
TIME = "TIMESTAMP '2020-04-30 04:05:06.789'"
CASES = (
    gives("DATEADD function", "SELECT DATEADD(ms,30,'2008-02-28')", "2008-02-28 00:00:00.03", type="timestamp"),
    gives("DATEADD function", "SELECT DATEADD(usec,30,'2008-02-28')", "2008-02-28 00:00:00.00003"),
    gives("DATEADD function", "SELECT DATEADD(qtrs,-1,'2008-02-28')", "2007-11-28 00:00:00"),
    gives("DATEADD function", "SELECT DATEADD(w,1,'2008-02-28')", "2008-03-06 00:00:00"),
    gives("DATEDIFF function", "SELECT DATEDIFF(qtr, '1998-07-01', '1998-12-31')", 1, type="int8", name="date_diff"),
    gives("DATEDIFF function", "SELECT DATEDIFF(hours, '2009-01-01 08:30:00', '2009-01-01 10:00:00')", 2),
    gives("DATEDIFF function", "SELECT DATEDIFF(yrs, '2009-01-01', '2008-12-31')", -1),
    gives("DATEDIFF function", "SELECT DATEDIFF(msecs, '2009-01-01 08:30:00', '2009-01-01 08:30:01.5')", 1500),
    gives("DATE_TRUNC function", f"SELECT DATE_TRUNC('second', {TIME})", "2020-04-30 04:05:06", name="date_trunc"),
    gives("DATE_TRUNC function", f"SELECT DATE_TRUNC('minute', {TIME})", "2020-04-30 04:05:00"),
    gives("DATE_TRUNC function", f"SELECT DATE_TRUNC('hour', {TIME})", "2020-04-30 04:00:00"),
    gives("DATE_TRUNC function", f"SELECT DATE_TRUNC('day', {TIME})", "2020-04-30 00:00:00"),
    gives("DATE_TRUNC function", f"SELECT DATE_TRUNC('quarter', {TIME})", "2020-04-01 00:00:00"),
    gives("DATE_TRUNC function", f"SELECT DATE_TRUNC('year', {TIME})", "2020-01-01 00:00:00", type="timestamp"),
    gives("DATE_TRUNC function", f"SELECT DATE_TRUNC('century', {TIME})", "2001-01-01 00:00:00"),
    gives(
        "DATE_TRUNC function", "SELECT DATE_TRUNC('week', TIMESTAMP '2022-04-30 04:05:06.789')", "2022-04-25 00:00:00"
    ),
    gives("DATE_PART function", "SELECT DATE_PART(century, TIMESTAMP '2022-05-02 04:05:06.789')", 21.0),
    gives("EXTRACT function", "SELECT EXTRACT(us FROM TIMESTAMP '2009-09-09 12:08:43.101')", 101000, type="int4"),
    refused("DATE_TRUNC function", f"SELECT DATE_TRUNC('decade', {TIME})", "the date part DECADE"),
)
