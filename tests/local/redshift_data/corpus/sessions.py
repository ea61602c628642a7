"""Time zones, a session's own description, and SELECT INTO."""

from tests.local.redshift_data.corpus.cases import gives, gives_rows

TABLES = (
    "CREATE TABLE event (eventid INT, eventname VARCHAR(20), seats INT)",
    "INSERT INTO event VALUES (1, 'Gotterdammerung', 2), (2, 'Salome', 3)",
    "SELECT * INTO newevent FROM event",
    "SELECT eventname, SUM(seats * (1 + 1)) AS profit INTO TABLE profits FROM event WHERE eventid IN (SELECT 1) "
    "GROUP BY 1 ORDER BY 2 DESC",
)
LISTED = "TIMESTAMP '2008-08-24 09:36:12'"
ZONES = "CONVERT_TIMEZONE function"
CASES = (
    gives(ZONES, f"SELECT CONVERT_TIMEZONE('PST', {LISTED})", "2008-08-24 01:36:12", type="timestamp",
          name="convert_timezone"),
    gives(ZONES, f"SELECT CONVERT_TIMEZONE('US/Pacific', {LISTED})", "2008-08-24 02:36:12"),
    gives(ZONES, "SELECT CONVERT_TIMEZONE('EST', 'PST', '20080305 12:25:29')", "2008-03-05 09:25:29"),
    gives(ZONES, "SELECT CONVERT_TIMEZONE('America/New_York', '2013-02-01 08:00:00')", "2013-02-01 03:00:00"),
    gives(ZONES, "SELECT CONVERT_TIMEZONE('America/New_York', '2013-06-01 08:00:00')", "2013-06-01 04:00:00"),
    gives(ZONES, "SELECT CONVERT_TIMEZONE('GMT','NEWZONE +2','2014-05-17 12:00:00')", "2014-05-17 10:00:00"),
    gives(ZONES, "SELECT CONVERT_TIMEZONE('GMT','NEWZONE-2:15','2014-05-17 12:00:00')", "2014-05-17 14:15:00"),
    gives(ZONES, "SELECT CONVERT_TIMEZONE('GMT','America/Los_Angeles+2','2014-05-17 12:00:00')", "2014-05-17 10:00:00"),
    gives(ZONES, "SELECT CONVERT_TIMEZONE('GMT','GMT+2','2014-05-17 12:00:00')", "2014-05-17 10:00:00"),
    gives(ZONES, "SELECT CONVERT_TIMEZONE('GMT','PST8','2014-05-17 12:00:00')", "2014-05-17 04:00:00"),
    gives(ZONES, "SELECT CONVERT_TIMEZONE('PST', NULL::TIMESTAMP)", None),
    gives("CURRENT_DATABASE", "SELECT CURRENT_DATABASE()", "database", name="current_database"),
    gives("CURRENT_SCHEMA", "SELECT CURRENT_SCHEMA()", "public", name="current_schema"),
    gives("CURRENT_USER", "SELECT CURRENT_USER = SESSION_USER", True),
    gives("VERSION", "SELECT VERSION() LIKE 'PostgreSQL%Redshift%'", True),
    gives_rows("SELECT INTO", "SELECT * FROM newevent ORDER BY eventid", (1, "Gotterdammerung", 2), (2, "Salome", 3),
               types=("int4", "varchar", "int4"), names=("eventid", "eventname", "seats")),
    gives_rows("SELECT INTO", "SELECT * FROM profits", ("Gotterdammerung", 4), types=("varchar", "int8")),
)  # fmt: skip
