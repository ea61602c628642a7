"""A laptop of which only some parts run, as the commands find it."""

from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import pytest

from stores.target import Target


def a_laptop(home: Path, monkeypatch: pytest.MonkeyPatch, server: Any, **known: Any) -> Target:
    """The laptop of the checkout at `home`, told of only what is known; it takes the keys of this server."""
    unknown = {field.name: "-" for field in fields(Target) if field.default is MISSING}
    keys = {"access_key_id": server.access_key_id, "secret_access_key": server.secret_access_key}
    target = Target(**unknown | keys | known)
    (home / ".tillstream").mkdir()
    target.save(home / ".tillstream")
    monkeypatch.setenv("TILLSTREAM_HOME", str(home))
    monkeypatch.delenv("TILLSTREAM_API_URL", raising=False)
    return target
