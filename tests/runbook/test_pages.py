"""Every page of the runbook has the same headings, is in the index, and is named where its accident is seen."""

import re

import pytest

from console.runbook import page_of, pages_of_hops, way_back
from operations.reconcile.hops.names import HOPS
from tests.runbook.pages import FOLDER, HEADINGS, Page, pages


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_a_page_says_what_is_seen_why_what_to_do_and_when_it_is_over(page: Page) -> None:
    assert list(page.sections) == HEADINGS
    assert page.seen()
    assert page.commands("Do")
    assert page.commands("It is over when")


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_the_first_line_of_a_page_says_how_to_see_that_it_is_over(page: Page) -> None:
    assert page.first_line.startswith("It is over when ")
    assert f"`{page.commands('It is over when')[-1]}`" in page.first_line


def test_the_index_names_each_page_once() -> None:
    named = re.findall(r"\]\(([\w-]+)\.md\)", (FOLDER / "README.md").read_text("utf-8"))
    assert sorted(named) == [page.name for page in pages()]


STALLED = "ExceptionGroup: order-lines-2: the batch begins at offset 1108, but what is filed ends before 1046: …"


@pytest.mark.parametrize(
    ("error", "page"),
    [
        (STALLED, "raw-object-lost"),
        ("ExceptionGroup: order-lines-0: the topic was recreated: offset 4 is before 50 …", "topic-recreated"),
        (
            "ExceptionGroup: order-lines-0: offset 15 is dated by CREATE_TIME, not LOG_APPEND_TIME: …",
            "dated-by-senders",
        ),
        ("Runtime.ImportModuleError: No module named 'isal'", "function-fails"),
        ("", "function-fails"),
    ],
)
def test_the_error_of_a_function_leads_to_its_page(error: str, page: str) -> None:
    assert page_of(error) == page
    assert Page(page).path.exists()


def test_every_hop_but_the_files_leads_to_a_page() -> None:
    found = pages_of_hops(HOPS)
    assert len(found) == len(HOPS) - 1
    assert all(Page(page).path.exists() for page in found)


def test_a_page_is_named_once() -> None:
    assert way_back(["topic-moved", "part-ended", "topic-moved"]) == [
        "the way back: docs/runbook/topic-moved.md",
        "the way back: docs/runbook/part-ended.md",
    ]
