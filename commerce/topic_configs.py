"""A topic's settings as a template carries them: `AWS::MSK::Topic.Configs` is one Base64 text of properties lines."""

import base64
import binascii
from collections.abc import Mapping


def encoded(configs: Mapping[str, str]) -> str:
    """The text for the template.

    >>> encoded({"retention.ms": "604800000"})
    'cmV0ZW50aW9uLm1zPTYwNDgwMDAwMAo='
    """
    return base64.b64encode("".join(f"{name}={value}\n" for name, value in configs.items()).encode()).decode()


def decoded(text: str) -> dict[str, str]:
    """The settings that the template's text holds; raises ValueError where it is no Base64 of properties lines.

    >>> decoded("cmV0ZW50aW9uLm1zPTYwNDgwMDAwMAo=")
    {'retention.ms': '604800000'}
    """
    try:
        lines = base64.b64decode(text, validate=True).decode().splitlines()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ValueError(f"a topic's configs are no Base64 of UTF-8: {error}") from None
    configs = dict(line.partition("=")[::2] for line in lines if line.strip())
    if broken := [name for name in configs if f"{name}=" not in "".join(lines)]:
        raise ValueError(f"a topic's configs need NAME=VALUE lines, found {broken[0]!r}")
    return configs
