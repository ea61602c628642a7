"""Which of our files a deployable carries."""

from pathlib import Path

import pytest

from infra.packaging.sources import NoHandler, sources


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with two rooms, of which one function uses a part."""
    files = {
        "commerce/__init__.py": "",
        "commerce/lines.py": "from commerce import identity",
        "commerce/identity.py": "import hashlib",
        "commerce/unused.py": "",
        "consumers/__init__.py": "",
        "consumers/events.py": "import json",
        "consumers/archive/handler.py": "import boto3\nfrom . import plans\nfrom .. import events\n",
        "consumers/archive/plans.py": "def late():\n    from commerce.lines import OrderLine\n",
        "consumers/other/handler.py": "",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def test_a_deployable_carries_what_its_handler_imports_directly_or_not_and_nothing_else(checkout: Path) -> None:
    assert [str(path) for path in sources(checkout, "consumers.archive.handler")] == [
        "commerce/__init__.py",
        "commerce/identity.py",
        "commerce/lines.py",
        "consumers/__init__.py",
        "consumers/archive/handler.py",
        "consumers/archive/plans.py",
        "consumers/events.py",
    ]


def test_a_folder_without_a_handler_is_named(checkout: Path) -> None:
    with pytest.raises(NoHandler, match=r"there is no module consumers\.absent\.handler"):
        sources(checkout, "consumers.absent.handler")
