"""Checksums of text, as hexadecimal digits."""

import hashlib

from local.redshift_data.sql.functions.function import VARCHAR, Function, Native, Topic, text


def sha2(value: str, bits: int) -> str:
    """The SHA-2 checksum of `bits` (0 means 256), or empty text if there is no such checksum.

    >>> sha2("a", 224)[:8], sha2("a", 100)
    ('abd37534', '')
    """
    name = f"sha{bits or 256}"
    if bits not in (0, 224, 256, 384, 512):
        return ""
    return hashlib.new(name, value.encode()).hexdigest()


_SHA1 = f"sha1({text('a')})"

TOPIC = Topic(
    {
        "md5": Function("a", VARCHAR, f"md5({text('a')})"),
        "sha": Function("a", VARCHAR, _SHA1),
        "sha1": Function("a", VARCHAR, _SHA1),
        "func_sha1": Function("a", VARCHAR, _SHA1),
        "sha2": Function("a, bits", VARCHAR, f"redshift_sha2({text('a')}, bits)"),
    },
    {"redshift_sha2": Native(sha2, ("VARCHAR", "INTEGER"))},
)
