"""Every place that names the fields has all of them; one that forgot a field is named."""

from pathlib import Path

from tests.growth.channel import EDITS, GENERATED, Grown
from tests.growth.places import PLACES, forgotten

FORGOTTEN = "from tests.growth.places import forgotten\nanswer = forgotten()"


def test_no_place_has_forgotten_a_field() -> None:
    assert forgotten() == {}


def test_a_field_that_is_declared_alone_is_missed_by_every_place_that_does_not_follow(tmp_path: Path) -> None:
    found = Grown(tmp_path, {"commerce/lines.py": EDITS["commerce/lines.py"]}).ask(FORGOTTEN)
    follow = ("commerce/identity.py", "commerce/wire.py", "stores/dynamodb/items.py", "lambdas/schemas.py, the")
    assert found == {place: ["Channel"] for place in PLACES if not place.startswith(follow)}


def test_a_field_without_a_parser_is_named_first(tmp_path: Path) -> None:
    found = Grown(tmp_path, {"commerce/lines.py": EDITS["commerce/lines.py"][:1]}).ask(FORGOTTEN)
    assert found == {"commerce/lines.py, _PARSERS": ["Channel"]}


def test_after_the_recipe_only_what_is_generated_is_left(tmp_path: Path) -> None:
    found = Grown(tmp_path).ask(FORGOTTEN)
    assert found == {place: ["Channel"] for place in GENERATED}
