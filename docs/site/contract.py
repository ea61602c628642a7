"""The page of the API, from its OpenAPI document: every call, answer and schema."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from docs.site.markdown import code, name, plain, table
from lambdas.openapi import METHODS, document

_HEAD: Final = """\
# API

The API serves this contract itself, as OpenAPI 3.1, at `/openapi.json`.

"""
_REFERENCE: Final = "#/components/schemas/"


def page() -> str:
    """The page, in the order of the contract."""
    contract = json.loads(document())
    calls = (
        call(method, path, described[method], described.get("parameters", []))
        for path, described in contract["paths"].items()
        for method in described
        if method in METHODS
    )
    schemas = (schema(title, described) for title, described in contract["components"]["schemas"].items())
    return f"{_HEAD}{plain(contract['info']['description'])}\n\n{''.join(calls)}## Schemas\n\n{''.join(schemas)}"


def call(method: str, path: str, described: Mapping[str, Any], shared: list[Any]) -> str:
    """One method of a path: its parameters, body, answers and an example of each."""
    parts = [f"## {method.upper()} {path}\n\n{plain(described.get('summary', ''))}.\n\n"]
    if note := described.get("description"):
        parts.append(f"{plain(note)}\n\n")
    rows = (
        [name(it["name"]), it["in"], rule(it["schema"]), plain(it.get("description", ""))]
        for it in [*shared, *described.get("parameters", [])]
    )
    parts.append(table(["parameter", "in", "value", "meaning"], rows))
    for content in described.get("requestBody", {}).get("content", {}).values():
        parts.append(f"The body is {rule(content['schema'])}.\n\n")
        parts += [code(shown(it), "json") for it in examples(content)]
    parts.append(table(["answer", "meaning", "body"], (answer(*it) for it in described["responses"].items())))
    for status, response in described["responses"].items():
        for content in response.get("content", {}).values():
            parts += [f"Example of {status}:\n\n{code(shown(it), 'json')}" for it in examples(content)]
    return "".join(parts)


def answer(status: str, response: Mapping[str, Any]) -> list[str]:
    """An answer as a row: status, meaning and the form of its body."""
    bodies = [rule(content["schema"]) for content in response.get("content", {}).values() if "schema" in content]
    return [status, plain(response["description"]), " or ".join(bodies)]


def examples(content: Mapping[str, Any]) -> Iterator[Any]:
    """The examples of a body."""
    if "example" in content:
        yield content["example"]
    yield from (it["value"] for it in content.get("examples", {}).values())


def shown(example: Any) -> str:
    """An example as JSON."""
    return json.dumps(example, indent=2, ensure_ascii=False)


def schema(title: str, described: Mapping[str, Any]) -> str:
    """A schema under its heading, with a row for each property."""
    text = f"### {title}\n\n{plain(described.get('description', ''))}\n\n"
    if "properties" not in described:
        return f"{text}{rule(described)}\n\n"
    needed = described.get("required", [])
    rows = (
        [name(key), rule(its), "yes" if key in needed else "no", plain(its.get("description", ""))]
        for key, its in described["properties"].items()
    )
    return text + table(["property", "value", "always there", "meaning"], rows)


def rule(described: Mapping[str, Any]) -> str:
    """The type and the limits of a value in the contract, as one line of Markdown.

    >>> rule({"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]})
    'integer from 1, or null'
    """
    if "$ref" in described:
        title = described["$ref"].removeprefix(_REFERENCE)
        return f"[{title}](#{title.lower()})"
    if "anyOf" in described:
        return ", or ".join(dict.fromkeys(rule(it) for it in described["anyOf"]))
    if "const" in described or "enum" in described:
        return " or ".join(name(str(it)) for it in described.get("enum", [described.get("const")]))
    if described.get("type") == "array":
        return f"array of {rule(described['items'])}{bounds(described, 'minItems', 'maxItems')}"
    limits = bounds(described, "minimum", "maximum") + bounds(described, "minLength", "maxLength", " characters")
    pattern = f" like {name(readable(described['pattern']))}" if "pattern" in described else ""
    return f"{described.get('type', 'any JSON')}{limits}{pattern}"


def bounds(described: Mapping[str, Any], least: str, most: str, unit: str = "") -> str:
    """The bounds of a number, of a text's length or of an array's.

    >>> bounds({"minItems": 1, "maxItems": 5000}, "minItems", "maxItems")
    ' from 1 to 5,000'
    """
    named = ((word, described.get(key)) for word, key in (("from", least), ("to", most)))
    told = "".join(f" {word} {value:,}" for word, value in named if value is not None)
    return told + unit if told else ""


def readable(pattern: str) -> str:
    r"""A pattern with its class of refused signs shortened.

    >>> readable(r"^[^\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]*$")
    '^[^…]*$'
    """
    return re.sub(r"\[\^[^\]]*(?:\\u0000|\x00)[^\]]*\]", "[^…]", pattern)
