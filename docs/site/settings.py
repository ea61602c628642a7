"""The page of the settings: the stages' values side by side, and the environment variables of each function."""

import inspect
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any, Final

from commerce import settings
from docs.site.markdown import name, plain, table
from infra.stages import STAGES, Stage

_HEAD: Final = """\
# Settings

A stage is one deployment of the platform: [infra/stages.py](../../infra/stages.py) holds these values, and nothing else
differs between stages. [Deploying](../deploy.md) says how to make a stage of your own.

"""
_VARIABLES: Final = """\
## Environment variables

`infra` fills them from the templates' own resources, on AWS as on the laptop; they are not set by hand.

"""


def page() -> str:
    """The page: a table for each group of a stage's values, then one for each function's settings."""
    return _HEAD + "".join(groups()) + _VARIABLES + "".join(variables())


def groups() -> Iterator[str]:
    """Each group of values, with a column for each stage."""
    for group in fields(Stage):
        values = [getattr(stage, group.name) for stage in STAGES.values()]
        if is_dataclass(values[0]):
            names = [field.name for field in fields(values[0])]
            rows = ([name(its), *(shown(getattr(value, its)) for value in values)] for its in names)
            yield f"## {group.name}\n\n{documented(type(values[0]))}{table(['value', *STAGES], rows)}"


def variables() -> Iterator[str]:
    """Each class of settings, as the variables that its function reads."""
    for title, its in vars(settings).items():
        if title.endswith("Settings") and is_dataclass(its):
            rows = ([name(field.name.upper()), getattr(field.type, "__name__", "")] for field in fields(its))
            yield f"### {title}\n\n{documented(its)}{table(['variable', 'type'], rows)}"


def documented(cls: Any) -> str:
    """The docstring of a class, as paragraphs."""
    return "".join(f"{plain(paragraph)}\n\n" for paragraph in (inspect.getdoc(cls) or "").split("\n\n"))


def shown(value: Any) -> str:
    """A value as a cell; a group inside a group by its fields.

    >>> shown(None), shown(True), shown(("a", "b")), shown(5000)
    ('–', 'yes', '`a`, `b`', '5,000')
    """
    if is_dataclass(value):
        return ", ".join(f"{field.name} {shown(getattr(value, field.name))}" for field in fields(value))
    if isinstance(value, tuple):
        return ", ".join(map(shown, value)) or "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return "–" if value is None else name(value)
