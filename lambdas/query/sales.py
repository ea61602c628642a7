"""The API's answers about the sales extracts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from commerce.extracts import EXTRACTS, Published
from lambdas.http import BadRequest, NotFound

_NONE_YET: Final = "no sales extract has been published yet: load_warehouse does so after a load"


class Sales(msgspec.Struct, frozen=True):
    """The newest version of the sales extracts, when it was published, and the rows of each extract by its name."""

    version: str
    at: datetime
    extracts: Mapping[str, int]


def sales(newest: Published | None) -> Sales:
    """The answer about all extracts; raises `NotFound` before the first publication."""
    found = published(newest)
    return Sales(found.version, found.at, found.extracts)


def published(newest: Published | None) -> Published:
    """The newest version; raises `NotFound` before the first publication."""
    if newest is None:
        raise NotFound(_NONE_YET)
    return newest


def extract_name(text: str) -> str:
    """The name of an extract; raises `BadRequest` with the names that there are."""
    if text not in EXTRACTS:
        raise BadRequest(f"there is no sales extract {text!r}: there are {', '.join(EXTRACTS)}")
    return text
