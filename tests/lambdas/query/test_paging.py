"""Pages of a list: every item once, in order, whatever the limit and whatever comes in between."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.http import BadRequest
from lambdas.query.paging import MOST_BYTES, MOST_ITEMS, PAGING, Wanted, only, page, wanted

PREFIX = "536365#"
keys = st.lists(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=5).map(PREFIX.__add__), unique=True, max_size=30
)


def all_pages(items: list[str], limit: int, descending: bool) -> list[list[str]]:
    """The pages that a client gets who follows `next`."""
    pages, following = [], None
    while True:
        query = {"limit": str(limit)} | ({"next": following} if following else {})
        found, following = page(items, str, wanted(query, PREFIX), descending=descending)
        pages.append(list(found))
        if following is None:
            return pages


@given(keys, st.integers(1, 12), st.booleans())
def test_the_pages_together_are_the_list_and_each_but_the_last_is_full(
    items: list[str], limit: int, descending: bool
) -> None:
    items = sorted(items, reverse=descending)
    pages = all_pages(items, limit, descending)
    assert [item for found in pages for item in found] == items
    assert [len(found) for found in pages[:-1]] == [limit] * (len(pages) - 1)
    assert len(pages) == max(1, -(-len(items) // limit))


@pytest.mark.parametrize("descending", [False, True])
def test_an_item_that_comes_in_on_a_page_that_was_read_shifts_no_later_page(descending: bool) -> None:
    items = sorted([f"{PREFIX}{letter}" for letter in "bcdef"], reverse=descending)
    _, following = page(items, str, Wanted(3), descending=descending)
    assert following is not None
    early = PREFIX + ("z" if descending else "a")
    more = sorted([*items, early], reverse=descending)
    assert list(page(more, str, wanted({"next": following}, PREFIX), descending=descending)[0]) == items[3:]


def test_a_page_ends_before_it_is_too_long_for_lambda() -> None:
    items = [f"{PREFIX}{at:04}{'x' * 10_000}" for at in range(400)]
    pages = all_pages(items, MOST_ITEMS, descending=False)
    assert [item for found in pages for item in found] == items
    assert all(sum(map(len, found)) <= MOST_BYTES for found in pages)
    assert len(pages) == 3


@pytest.mark.parametrize("limit", ["0", "-1", "2001", "ten", "", "1.0", "²", "99999"])
def test_a_limit_that_is_none_is_refused(limit: str) -> None:
    with pytest.raises(BadRequest, match="limit"):
        wanted({"limit": limit}, PREFIX)


@pytest.mark.parametrize("token", ["", "x", "£", "====", "/w", "NTM2MzY2I2E"])  # the last is of invoice 536366
def test_a_next_that_no_page_of_this_list_gave_is_refused(token: str) -> None:
    with pytest.raises(BadRequest, match="next"):
        wanted({"next": token}, PREFIX)


def test_a_parameter_of_another_name_is_refused_by_name() -> None:
    with pytest.raises(BadRequest, match="limt"):
        only({"limt": "5"}, PAGING)


@pytest.mark.parametrize(
    ("known", "sentence"),
    [
        (PAGING, "no query parameter x: there are limit, next"),
        (frozenset({"InvoiceNo"}), "no query parameter x: there is InvoiceNo"),
        (frozenset(), "no query parameter x: there are none here"),
    ],
)
def test_an_unknown_parameter_is_answered_with_those_that_there_are(known: frozenset[str], sentence: str) -> None:
    with pytest.raises(BadRequest) as refused:
        only({"x": "1"}, known)
    assert str(refused.value) == sentence
