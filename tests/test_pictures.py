"""The pictures of the docs show what is there."""

import re

import pytest

from docs.pictures import draw, film
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


def test_the_filmed_session_is_the_one_that_its_script_plays_and_names_no_folder_of_a_machine() -> None:
    drawn = film.PICTURE.read_text("utf-8")
    assert re.findall(r'class="typed">\$ (.*)</text>', drawn) == list(film.SESSION)
    assert len(drawn) < 500_000
    assert not re.search(r"/(home|root|tmp|work|Users)/", drawn)


def test_a_line_of_the_film_comes_in_when_it_was_printed() -> None:
    drawn = film.picture([film.Line("$ a", 0.0), film.Line("<b>", 2.0)])
    assert "0.000% { transform: translateY(441px) } 20.000% { transform: translateY(423px) }" in drawn
    assert ">&lt;b&gt;</text>" in drawn
