"""Counts with their nouns, as sentences of a terminal say them."""


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """A count with its noun, in the singular for one; `plural` is for a noun that takes more than an s.

    >>> counted(1, "line"), counted(1_200, "line"), counted(2, "retry", "retries")
    ('1 line', '1,200 lines', '2 retries')
    """
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def counted_of(part: int, whole: int, noun: str) -> str:
    """A part of a count, whose noun has the form of the whole.

    >>> counted_of(1, 1, "line"), counted_of(1, 1_200, "line")
    ('1 of 1 line', '1 of 1,200 lines')
    """
    return f"{part:,} of {counted(whole, noun)}"


def verb(count: int, one: str = "was", many: str = "were") -> str:
    """The form of a verb after a count.

    >>> f"{counted(1, 'line')} {verb(1)} loaded", f"{counted(2, 'line')} {verb(2, 'is', 'are')} new"
    ('1 line was loaded', '2 lines are new')
    """
    return one if count == 1 else many
