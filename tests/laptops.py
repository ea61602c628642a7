"""A laptop with only some services running, as the commands see it."""

from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import pytest

from stores.target import Target


def a_laptop(home: Path, monkeypatch: pytest.MonkeyPatch, server: Any, **known: Any) -> Target:
    """The laptop of the checkout at `home`, with only the known addresses; it uses the keys of this server."""
    unknown = {field.name: "-" for field in fields(Target) if field.default is MISSING}
    keys = {"access_key_id": server.access_key_id, "secret_access_key": server.secret_access_key}
    target = Target(**unknown | keys | known)
    (home / ".tillstream").mkdir()
    target.save(home / ".tillstream")
    monkeypatch.setenv("TILLSTREAM_HOME", str(home))
    monkeypatch.delenv("TILLSTREAM_API_URL", raising=False)
    return target
