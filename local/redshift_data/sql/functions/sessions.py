"""A session's description: its user, database and schema, and the version."""

from typing import Final

from local.redshift_data.sql.functions.function import VARCHAR, Function, Topic

DATABASE: Final = "redshift_database"
"""The session's variable with the name of its database."""

USER: Final = "admin"
"""Redshift Serverless's name of the first user; the laptop has no users."""

_VERSION: Final = (
    "PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2 20041017 (Red Hat 3.4.2-6.fc3), "
    "Redshift 1.0.0"
)

_USER: Final = Function("", VARCHAR, f"'{USER}'")

TOPIC = Topic(
    {
        "current_user": _USER,
        "session_user": _USER,
        "current_database": Function("", VARCHAR, f"CAST(getvariable('{DATABASE}') AS VARCHAR)"),
        "current_schema": Function("", VARCHAR, "'public'"),
        "version": Function("", VARCHAR, f"'{_VERSION}'"),
    }
)
