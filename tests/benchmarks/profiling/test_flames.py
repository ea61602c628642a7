"""Flame graphs as they are committed: processes have names, and no folder of the machine that drew them is in one."""

import doctest

import pytest

from benchmarks.profiling import flames
from benchmarks.report.aims import AIMS
from benchmarks.report.page import PLOTS
from stores.target import CHECKOUT


def test_a_graph_gets_names_for_its_processes_by_their_commands() -> None:
    assert doctest.testmod(flames).failed == 0


@pytest.mark.parametrize("name", flames.GRAPHS)
def test_a_graph_names_no_folder_of_a_machine_and_an_aim_links_it(name: str) -> None:
    text = (PLOTS / f"flame-{name}.svg").read_text("utf-8")
    assert "samples" in text
    assert [mark for mark in (str(CHECKOUT), "/tmp/", "/home/", "/usr/", "process ") if mark in text] == []
    assert any(f"(benchmarks/flame-{name}.svg)" in aim.stopped_by for aim in AIMS)
