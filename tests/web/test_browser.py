"""The pages in a real Chromium: each test of `web/tests/*.test.ts` is a case here, by its name."""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.web.chromium import NO_CHROMIUM, chromium
from tests.web.pages import page_server
from web.building import WEB, build, install, node

pytestmark = pytest.mark.parts

FILES = sorted((WEB / "tests").glob("*.test.ts"))
NAMES = [name for file in FILES for name in re.findall(r'^test\("(.+?)", ', file.read_text("utf-8"), re.MULTILINE)]
PASSED = ""
COLOURS = re.compile("\x1b\\[[0-9;]*m")
"""Playwright writes its errors in colours, which XML has no characters for."""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """The message of each browser test, empty where it passed. All of them ask one page server with one Chromium."""
    browser = chromium()
    if not browser:
        pytest.skip(NO_CHROMIUM)
    install()
    build()
    folder = tmp_path_factory.mktemp("pages")
    with page_server(folder, "http://127.0.0.1:9/P") as address:
        command = [str(it) for it in (node(), "--test", "--test-isolation=none", "--test-reporter=junit", *FILES)]
        environment = {**os.environ, "PAGES": address, "CHROMIUM": browser, "NO_COLOR": "1"}
        done = subprocess.run(command, cwd=WEB, env=environment, capture_output=True, text=True, check=False)
    return said(done.stdout, done.stderr)


def said(report: str, errors: str) -> Mapping[str, str]:
    """The failure of each test by its name, of a report in JUnit's form."""
    try:
        cases = ElementTree.fromstring(COLOURS.sub("", report)).iter("testcase")
    except ElementTree.ParseError:
        pytest.fail(f"node printed no report: {report}{errors}")
    return {case.attrib["name"]: "\n".join(it.text or "" for it in case.iter("failure")) for case in cases}


@pytest.mark.parametrize("name", NAMES)
def test_in_a_browser(results: Mapping[str, str], name: str) -> None:
    assert results[name] == PASSED


def test_the_types_of_the_pages_hold() -> None:
    install()
    script = Path("node_modules/typescript/bin/tsc")
    done = subprocess.run([node(), script, "--noEmit"], cwd=WEB, capture_output=True, text=True, check=False)
    assert done.stdout == ""
