"""Statements whose answers AWS's documentation states have those answers here, or are refused by name."""

import pkgutil
from collections import Counter
from importlib import import_module

import pytest

from tests.local.redshift_data import corpus
from tests.local.redshift_data.corpus.cases import Case
from tests.local.redshift_data.databases import Failed, InMemory

TOPICS = [
    import_module(f"{corpus.__name__}.{found.name}")
    for found in pkgutil.iter_modules(corpus.__path__)
    if found.name != "cases"
]
CASES: list[Case] = [case for topic in TOPICS for case in topic.CASES]


@pytest.fixture(scope="module")
def warehouse() -> InMemory:
    """A database with the tables of all topics."""
    warehouse = InMemory()
    for topic in TOPICS:
        for sql in topic.TABLES:
            warehouse.run(sql)
    return warehouse


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.sql)
def test_a_statement_answers_as_awss_documentation_says(warehouse: InMemory, case: Case) -> None:
    if case.error is not None:
        with pytest.raises(Failed) as failed:
            warehouse.run(case.sql)
        assert str(failed.value).startswith(f"ERROR: {case.error}"), case.page
        return
    assert warehouse.run(case.sql) == list(case.rows or ()), case.page
    if case.types or case.names:
        columns = warehouse.columns(case.sql)
        assert not case.types or tuple(it["typeName"] for it in columns) == case.types, case.page
        assert not case.names or tuple(it["name"] for it in columns) == case.names, case.page


def test_the_corpus_is_as_large_as_was_promised() -> None:
    assert len(CASES) >= 150


def test_each_statement_stands_once() -> None:
    assert [sql for sql, times in Counter(case.sql for case in CASES).items() if times > 1] == []
