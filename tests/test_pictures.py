"""The pictures of the docs show what is there."""

import re

import pytest

from docs.pictures import draw
from tests.test_rooms import CHECKOUT


@pytest.mark.parametrize("name", draw.PROGRAMS)
def test_a_picture_was_drawn_again_after_its_source_or_the_imports_changed(name: str) -> None:
    assert draw.digest_of_drawn(name) == draw.digest(name), "python -m docs.pictures.draw"


def test_each_room_stands_in_the_picture_of_the_rooms() -> None:
    assert set(draw.imported()) <= nodes("rooms", "code") | nodes("rooms", "terminal")


def test_each_piece_of_code_in_the_picture_of_the_platform_is_there() -> None:
    there = {
        path.stem for room in ("lambdas", "consumers", "glue_jobs", "producer") for path in (CHECKOUT / room).iterdir()
    }
    assert nodes("platform", "code") - {"legend_code"} <= there


def nodes(picture: str, kind: str) -> set[str]:
    """The nodes of this class in a picture."""
    svg = draw.picture(picture).read_text("utf-8")
    return set(re.findall(rf'class="node {kind}">\n<title>(\w+)</title>', svg))
