"""The names of the consumer groups that read old messages again, beside a consumer's usual group."""


def backfill_group(group: str, tail: str) -> str:
    """The name of a backfill's own group beside this one; with `*` the pattern of all of them.

    >>> backfill_group("dev-order-tables", "20261129T200500Z")
    'dev-order-tables-backfill-20261129T200500Z'
    """
    return f"{group}-backfill-{tail}"
