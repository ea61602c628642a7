"""A topic's settings in a template: `AWS::MSK::Topic.Configs` is one Base64 text of properties lines."""

import base64
from collections.abc import Mapping


def encoded(configs: Mapping[str, str]) -> str:
    """The text for the template.

    >>> encoded({"retention.ms": "604800000"})
    'cmV0ZW50aW9uLm1zPTYwNDgwMDAwMAo='
    """
    return base64.b64encode("".join(f"{name}={value}\n" for name, value in configs.items()).encode()).decode()


def decoded(text: str) -> dict[str, str]:
    """The settings in the template's text; raises ValueError if it is not Base64 of properties lines.

    >>> decoded("cmV0ZW50aW9uLm1zPTYwNDgwMDAwMAo=")
    {'retention.ms': '604800000'}
    """
    configs = {}
    for line in base64.b64decode(text, validate=True).decode().splitlines():
        name, equals, value = line.partition("=")
        if not equals:
            raise ValueError(f"a topic's configs are lines NAME=VALUE, found {line!r}")
        configs[name] = value
    return configs
