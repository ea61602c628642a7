"""Dates and times."""

from tests.local.redshift_data.corpus.cases import gives

TABLES = ()
CASES = (
    gives("ADD_MONTHS function", "SELECT ADD_MONTHS('2008-03-31',1)", "2008-04-30 00:00:00"),
    gives("DATEDIFF function", "SELECT DATEDIFF(week,'2009-01-01','2009-12-31') AS numweeks", 52, name="numweeks"),
    gives("DATEADD function", "SELECT DATEADD(month,18,'2008-02-28')", "2009-08-28 00:00:00"),
    gives("DATEADD function", "SELECT DATEADD(month,1,'2008-04-30')", "2008-05-30 00:00:00"),
    gives("DATEADD function", "SELECT DATEADD(month,12,'2016-02-29')", "2017-02-28 00:00:00"),
)
