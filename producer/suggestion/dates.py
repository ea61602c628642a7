"""The form of the dates in a column, as far as its values prove it."""

import re
from collections import Counter
from collections.abc import Collection
from datetime import datetime
from typing import Final

import msgspec

from commerce.lines import field_error

_DATE: Final = re.compile(
    r"(?P<first>[0-9]{1,4})(?P<sign>[-./])(?P<second>[0-9]{1,2}|[A-Za-z]{3,9})(?P=sign)(?P<third>[0-9]{2,4})"
    r"(?P<between>T|,? +)?(?P<time>[0-9]{1,2}:[0-9]{2}(?P<seconds>:[0-9]{2})?)?(?P<half> ?[AaPp][Mm])?"
    r"(?P<rest>(?:[.,][0-9]+)?(?: ?(?:Z|UTC|[+-][0-9]{2}:?[0-9]{2}))?)"
)
_ZONE: Final = re.compile("(Z|UTC|[+-][0-9]{2}:?[0-9]{2})$")


_MOST_FORMS: Final = 8
"""Forms tried on every value: fractions of a second could give each value its own form."""


class DateForm(msgspec.Struct, frozen=True):
    """The form of a column's dates: `form` in a map's notation, None if no map is needed.

    `read` of the values have it. `other` would read as many, where people do write dates so; `unread` is a value that
    has another form. A `zone` that all values end with is left out.
    """

    form: str | None
    read: int
    other: str = ""
    unread: str = ""
    zone: bool = False


def date_form(values: Collection[str]) -> DateForm | None:
    """The form that reads most of these distinct values; None if none reads half of them."""
    likely = Counter(form for value in values for form in _forms(value)).most_common(_MOST_FORMS)
    forms = {form: sum(_reads(form, value) for value in values) for form, _ in likely}
    plain = sum(field_error("InvoiceDate", value) is None for value in values)
    best = max(forms.values(), default=0)
    if 2 * max(best, plain) < len(values) or not values:
        return None
    equal = sorted((form for form, read in forms.items() if read == best), key=_preference)
    if plain >= best:
        slashes = [form for form in equal if "/" in form and not _is_month_first(form)]
        unread = next((value for value in values if field_error("InvoiceDate", value)), "")
        return DateForm(None, plain, slashes[0] if slashes and best == plain else "", unread)
    chosen = equal[0]
    unread = next((value for value in values if not _reads(chosen, value)), "")
    other = next((form for form in equal[1:] if not form.startswith("%y") and "." not in form), "")
    return DateForm(chosen, best, other, unread, _ZONE.search(chosen) is not None)


def _forms(value: str) -> list[str]:
    """The forms that a value may have, in strptime's words."""
    if not (found := _DATE.fullmatch(value.strip())):
        return []
    first, sign, second, third = found["first"], found["sign"], found["second"], found["third"]
    month = "%m" if second.isdigit() else "%b" if len(second) == 3 else "%B"
    if len(first) == 4:
        dates = [f"%Y{sign}{month}{sign}%d"]
    elif len(first) == 3 or len(third) == 3:
        return []
    else:
        year = "%Y" if len(third) == 4 else "%y"
        dates = [f"%d{sign}{month}{sign}{year}"]
        if month == "%m":
            dates.append(f"%m{sign}%d{sign}{year}")
        if year == "%y" and len(first) == 2:
            dates.append(f"%y{sign}{month}{sign}%d")
    clock = ""
    if found["time"]:
        hour, blank = ("%I", found["half"][:-2]) if found["half"] else ("%H", "")
        clock = f"{hour}:%M{':%S' if found['seconds'] else ''}{blank}{'%p' if found['half'] else ''}"
    between = re.sub(" +", " ", found["between"] or "")
    return [f"{date}{between}{clock}{found['rest']}" for date in dates]


def _reads(form: str, value: str) -> bool:
    try:
        return 1900 <= datetime.strptime(value.strip(), form).year <= 2099
    except ValueError:
        return False


def _is_month_first(form: str) -> bool:
    return form.startswith("%m")


def _preference(form: str) -> tuple[bool, bool]:
    """The order of preference: slashes are read month first, as an order line's are; other signs day first."""
    return form.startswith("%y"), _is_month_first(form) is not ("/" in form)
