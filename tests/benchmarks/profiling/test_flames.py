"""Flame graphs as they are committed: processes have names, and no folder of the machine that drew them is in one."""

import doctest
import re

import pytest

from benchmarks.profiling import flames, jvm
from benchmarks.report.aims import AIMS
from benchmarks.report.page import PLOTS
from stores.target import CHECKOUT


def test_a_graph_gets_names_for_its_processes_by_their_commands() -> None:
    assert doctest.testmod(flames).failed == 0


def test_the_stacks_of_a_jvm_are_drawn_with_their_shares_and_without_frames_that_pass_on() -> None:
    assert doctest.testmod(jvm).failed == 0
    drawn = jvm.drawn(jvm.stacks("[main tid=1];java/lang/Thread.run;a/B.c<init> 3\n[main tid=1];a/D.e 1"), "title")
    assert "<title>B.c&lt;init&gt; (3 samples, 75.0%)</title>" in drawn
    assert "Thread" not in drawn


@pytest.mark.parametrize("name", flames.GRAPHS)
def test_a_graph_names_no_folder_of_a_machine_and_an_aim_links_it(name: str) -> None:
    text = (PLOTS / f"flame-{name}.svg").read_text("utf-8")
    assert "samples" in text
    assert [mark for mark in (str(CHECKOUT), "/tmp/", "/home/", "/usr/") if mark in text] == []
    assert not re.search(r"process \d+:", text)  # as py-spy names one
    assert any(f"(benchmarks/flame-{name}.svg)" in aim.stopped_by for aim in AIMS)
