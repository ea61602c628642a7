"""Functions of dates and timestamps that are called by name; the others are in `local.redshift_data.sql.moments`."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from sqlglot import exp

from local.redshift_data.sql import macros
from local.redshift_data.sql.functions.function import TIMESTAMP, Arguments, Function, Native, Topic
from local.redshift_data.sql.words import FAILS

_ABBREVIATIONS: Final = {
    "UTC": 0, "GMT": 0, "UT": 0, "Z": 0, "ZULU": 0, "WET": 0, "BST": 1, "CET": 1, "MEZ": 1, "CEST": 2, "EET": 2,
    "EEST": 3, "MSK": 3, "SGT": 8, "HKT": 8, "JST": 9, "KST": 9, "AEST": 10, "NZST": 12, "NZDT": 13, "AST": -4,
    "EDT": -4, "EST": -5, "CDT": -5, "CST": -6, "MDT": -6, "MST": -7, "PDT": -7, "PST": -8, "AKDT": -8, "AKST": -9,
    "HST": -10,
}  # fmt: skip
"""Abbreviations and their hours east of UTC, the same in summer and in winter."""

_POSIX: Final = re.compile(r"[^\d+-]+?\s*([+-]?)(\d{1,2})(?::(\d{2}))?")


@lru_cache(maxsize=256)
def zone(name: str) -> tzinfo:
    """The zone of this name, abbreviation or POSIX offset, which counts hours west; raises `ValueError`.

    >>> zone("GMT+2").utcoffset(None) == timedelta(hours=-2)
    True
    """
    upper = name.strip().upper()
    if upper in _ABBREVIATIONS:
        return timezone(timedelta(hours=_ABBREVIATIONS[upper]))
    known = next((it for it in available_timezones() if it.upper() == upper), None)
    if known is not None:
        return ZoneInfo(known)
    offset = _POSIX.fullmatch(name.strip())
    if offset is None or int(offset[2]) > 14:
        raise ValueError(f'{FAILS}time zone "{name}" not recognized')
    west = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
    return timezone(west if offset[1] == "-" else -west)


def converted(source: str, target: str, moment: datetime) -> datetime:
    """The time `moment` of the zone `source`, in the zone `target`.

    >>> converted("UTC", "US/Pacific", datetime(2008, 8, 24, 9, 36, 12)).isoformat(" ")
    '2008-08-24 02:36:12'
    """
    return moment.replace(tzinfo=zone(source)).astimezone(UTC).astimezone(zone(target)).replace(tzinfo=None)


def _convert(arguments: Arguments) -> exp.Expr:
    *zones, moment = (it.node.copy() for it in arguments)
    source = zones[0] if len(zones) > 1 else exp.Literal.string("UTC")
    name = "redshift_convert_timezone"
    return exp.Anonymous(this=name, expressions=[source, zones[-1], macros.moment(moment, arguments[-1].type)])


def _add_months(arguments: Arguments) -> exp.Expr:
    start, number = arguments
    return macros.call("add_months", macros.moment(start.node, start.type), macros.cast(number.node, "INTEGER"))


TOPIC = Topic(
    {
        "add_months": Function("a, n", TIMESTAMP, build=_add_months),
        "convert_timezone": Function("a, b, c = NULL", TIMESTAMP, build=_convert),
    },
    {"redshift_convert_timezone": Native(converted, ("VARCHAR", "VARCHAR", "TIMESTAMP"), "TIMESTAMP")},
)
