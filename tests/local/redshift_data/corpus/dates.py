"""Statements about dates and times, each with the result that Redshift documents."""

from tests.local.redshift_data.corpus.cases import fails, gives, gives_rows

LITERALS = "Date, time, and timestamp literals"
PARTS = "Date parts for date or timestamp functions"
TABLES = (
    "CREATE TABLE moments (id INTEGER, d DATE, t TIMESTAMP)",
    "INSERT INTO moments VALUES (1, '12/1/2010', '12/1/2010 8:26'), (2, 'January 8, 1999', '20080215 04:05:06.789')",
    "CREATE TABLE seconds (micro TIMESTAMP)",
    "INSERT INTO seconds VALUES ('2009-09-21 11:10:03.189717')",
)
CASES = (
    gives("ADD_MONTHS function", "SELECT ADD_MONTHS('2008-03-31',1)", "2008-04-30 00:00:00", name="add_months"),
    gives("ADD_MONTHS function", "SELECT ADD_MONTHS('2008-04-30',1)", "2008-05-31 00:00:00", type="timestamp"),
    gives("ADD_MONTHS function", "SELECT ADD_MONTHS('2010-02-28',1)", "2010-03-31 00:00:00"),
    gives("ADD_MONTHS function", "SELECT ADD_MONTHS(DATE '2010-02-28',-1)", "2010-01-31 00:00:00"),
    gives("ADD_MONTHS function", "SELECT ADD_MONTHS(TIMESTAMP '2010-11-30 08:26:00',1)", "2010-12-31 08:26:00"),
    gives("ADD_MONTHS function", "SELECT ADD_MONTHS('2010-11-15 08:26:00',-12)", "2009-11-15 08:26:00"),
    gives("ADD_MONTHS function", "SELECT TRUNC(ADD_MONTHS(DATE '2008-01-01', 12))", "2009-01-01", type="date"),
    gives("DATEDIFF function", "SELECT DATEDIFF(week,'2009-01-01','2009-12-31') AS numweeks", 52, name="numweeks"),
    gives("DATEDIFF function", "SELECT DATEDIFF(qtr,'1998-07-01','2008-06-05')", 39, type="int8", name="date_diff"),
    gives("DATEDIFF function", "SELECT DATEDIFF(year,'12-31-2008','01-01-2009')", 1),
    gives("DATEDIFF function", "SELECT DATEDIFF(hour,'01-01-2009 8:30:00','01-01-2009 10:00:00')", 2),
    gives("DATEADD function", "SELECT DATEADD(month,18,'2008-02-28')", "2009-08-28 00:00:00", name="date_add"),
    gives("DATEADD function", "SELECT DATEADD(month,1,'2008-04-30')", "2008-05-30 00:00:00", type="timestamp"),
    gives("DATEADD function", "SELECT DATEADD(month,12,'2016-02-29')", "2017-02-28 00:00:00"),
    gives("DATEADD function", "SELECT DATEADD(year,1,'2016-02-29')", "2017-03-01 00:00:00"),
    gives("DATEADD function", "SELECT DATEADD(m,30,'2008-02-28')", "2008-02-28 00:30:00"),
    gives("LAST_DAY function", "SELECT LAST_DAY('2012-02-11')", "2012-02-29", type="date", name="last_day"),
    gives("LAST_DAY function", "SELECT LAST_DAY(t) FROM moments WHERE id = 1", "2010-12-31", type="date"),
    *(
        gives("DATE_TRUNC function", f"SELECT DATE_TRUNC('{part}', TIMESTAMP '20200430 04:05:06.789')", value)
        for part, value in (
            ("second", "2020-04-30 04:05:06"),
            ("minute", "2020-04-30 04:05:00"),
            ("hour", "2020-04-30 04:00:00"),
            ("day", "2020-04-30 00:00:00"),
            ("month", "2020-04-01 00:00:00"),
            ("quarter", "2020-04-01 00:00:00"),
            ("year", "2020-01-01 00:00:00"),
        )
    ),
    gives("DATE_TRUNC function", "SELECT DATE_TRUNC('week', TIMESTAMP '20220430 04:05:06.789')", "2022-04-25 00:00:00"),
    gives("DATE_TRUNC function", "SELECT DATE_TRUNC('month','2010-12-05')", "2010-12-01 00:00:00", name="date_trunc"),
    gives(
        "DATE_TRUNC function",
        "SELECT DATE_TRUNC('millennium', TIMESTAMP '20200430 04:05:06.789')",
        "2001-01-01 00:00:00",
    ),
    gives("TRUNC function", "SELECT TRUNC(t) FROM moments WHERE id = 1", "2010-12-01", type="date", name="trunc"),
    gives("EXTRACT function", "SELECT EXTRACT(minute FROM TIMESTAMP '2009-09-09 12:08:43')", 8, type="int4"),
    gives(PARTS, "SELECT EXTRACT(century FROM TIMESTAMP '2000-12-16 12:21:13')", 20),
    gives(PARTS, "SELECT EXTRACT(century FROM TIMESTAMP '2001-12-16 12:21:13')", 21),
    gives(PARTS, "SELECT EXTRACT(decade FROM TIMESTAMP '1999-02-16 20:38:40')", 200),
    gives(PARTS, "SELECT EXTRACT(decade FROM TIMESTAMP '2000-02-16 20:38:40')", 201),
    gives(PARTS, "SELECT EXTRACT(decade FROM TIMESTAMP '2010-02-16 20:38:40')", 202),
    gives(PARTS, "SELECT EXTRACT(mil FROM TIMESTAMP '2000-12-16 12:21:13')", 2),
    gives(PARTS, "SELECT EXTRACT(mil FROM TIMESTAMP '2001-12-16 12:21:13')", 3),
    gives("EXTRACT function", "SELECT EXTRACT(ms FROM TIMESTAMP '2009-09-09 12:08:43.101')", 101),
    gives(PARTS, "SELECT EXTRACT(sec FROM micro) FROM seconds", 3, name="date_part"),
    gives(PARTS, "SELECT DATE_PART(sec, micro) FROM seconds", 3.189717, type="float8", name="pgdate_part"),
    gives(PARTS, "SELECT DATE_PART(epoch, TIMESTAMP '2008-01-01 20:00:00')", 1199217600.0, type="float8"),
    # the page prints 6 for this one, which is the second
    gives("DATE_PART function", "SELECT DATE_PART(minute, timestamp '20230104 04:05:06.789')", 5.0),
    gives("DATE_PART function", "SELECT DATE_PART(week, timestamp '20220502 04:05:06.789')", 18.0, name="pgdate_part"),
    gives("DATE_PART function", "SELECT DATE_PART(day, timestamp '20220502 04:05:06.789')", 2.0),
    gives("DATE_PART function", "SELECT DATE_PART(dayofweek, timestamp '20220502 04:05:06.789')", 1.0),
    gives("DATE_PART function", "SELECT DATE_PART(month, date '20220502')", 5.0),
    gives("DATE_PART function", "SELECT DATE_PART(w, TIMESTAMP '2008-06-17 09:44:54')", 25.0),
    gives("DATE_PART function", "SELECT DATE_PART(dow, TIMESTAMP '2008-01-05 14:00:00')", 6.0),
    *(
        gives(LITERALS, f"SELECT CAST('{text}' AS DATE)", value)
        for text, value in (
            ("January 8, 1999", "1999-01-08"),
            ("1999-01-08", "1999-01-08"),
            ("1/8/1999", "1999-01-08"),
            ("01/02/00", "2000-01-02"),
            ("2000-Jan-31", "2000-01-31"),
            ("Jan-31-2000", "2000-01-31"),
            ("31-Jan-2000", "2000-01-31"),
            ("20080215", "2008-02-15"),
            ("080215", "2008-02-15"),
            ("2008.366", "2008-12-31"),
        )
    ),
    *(
        gives(LITERALS, f"SELECT CAST('{text}' AS TIMESTAMP)", value)
        for text, value in (
            ("20080215 04:05:06.789", "2008-02-15 04:05:06.789"),
            ("20080215 04:05:06", "2008-02-15 04:05:06"),
            ("20080215 04:05", "2008-02-15 04:05:00"),
            ("20080215 040506", "2008-02-15 04:05:06"),
            ("20080215 04:05 AM", "2008-02-15 04:05:00"),
            ("20080215 04:05 PM", "2008-02-15 16:05:00"),
            ("20080215 16:05", "2008-02-15 16:05:00"),
            ("12/1/2010 8:26", "2010-12-01 08:26:00"),
        )
    ),
    gives_rows(LITERALS, "SELECT d, t FROM moments WHERE id = 1", ("2010-12-01", "2010-12-01 08:26:00")),
    gives_rows(LITERALS, "SELECT d, t FROM moments WHERE id = 2", ("1999-01-08", "2008-02-15 04:05:06.789")),
    gives(LITERALS, "SELECT COUNT(*) FROM moments WHERE d = '12/1/2010'", 1),
    gives(LITERALS, "SELECT COUNT(*) FROM moments WHERE t BETWEEN '12/1/2010' AND '12/1/2010 23:59'", 1),
    gives(LITERALS, "SELECT COUNT(*) FROM moments WHERE d IN ('12/1/2010', 'January 8, 1999')", 2),
    gives(LITERALS, "SELECT DATEADD(day, 1, 'today') = DATEADD(day, 1, TRUNC(GETDATE()))", True),
    gives("CAST and CONVERT functions", "SELECT CAST('2008-02-18 02:36:48' AS DATE) AS mysaletime", "2008-02-18"),
    gives(LITERALS, "SELECT '2010-12-05'::date - '2010-12-01'", 4),
    gives(LITERALS, "SELECT d - '11/30/2010' FROM moments WHERE id = 1", 1),
    fails(LITERALS, "SELECT CAST('13/1/2010' AS DATE)", 'invalid input syntax for type date: "13/1/2010"'),
    fails(LITERALS, "SELECT CAST('abc' AS TIMESTAMP)", 'invalid input syntax for type timestamp: "abc"'),
)
