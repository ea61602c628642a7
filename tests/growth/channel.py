"""A copy of the checkout whose record has one more field, `Channel`: where a line was sold, up to 20 characters.

The edits are those of the recipe "A field of the order line" in CONTRIBUTING.md.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

CHECKOUT: Final = Path(__file__).parents[2]
ROOMS: Final = (
    "commerce",
    "console",
    "stores",
    "producer",
    "lambdas",
    "consumers",
    "glue_jobs",
    "warehouse",
    "tests",
    "docs",
)

Edits = Sequence[tuple[str, str]]

EDITS: Final[Mapping[str, Edits]] = {
    "commerce/lines.py": (
        (
            '(docs/adr/0015-the-record-grows.md).\n    """\n',
            '(docs/adr/0015-the-record-grows.md).\n    """\n\n    Channel: str | None = None\n',
        ),
        (
            "def _occurrence(value",
            "@_remembered\n"
            "def _channel(value: object) -> str | None:\n"
            '    if value is None or value == "":\n'
            "        return None\n"
            '    rule = "text of 1 to 20 characters, or null"\n'
            "    text = _text(value, rule)\n"
            "    if not 1 <= len(text) <= 20:\n"
            '        raise ValueError(f"must be {rule}")\n'
            "    return text\n\n\n"
            "def _occurrence(value",
        ),
        ('    "LineId": _claimed_line_id,\n', '    "LineId": _claimed_line_id,\n    "Channel": _channel,\n'),
    ),
    "commerce/columns.py": (
        (
            'Column("LineId", Kind.TEXT, max_bytes=32),\n',
            'Column("LineId", Kind.TEXT, max_bytes=32),\n'
            '    Column("Channel", Kind.TEXT, nullable=True, max_bytes=4 * 20),\n',
        ),
    ),
    "lambdas/schemas.py": (
        (
            '    "LineId": {"pattern"',
            '    "Channel": {"pattern": f"^{_CODE}$", "description": "1 to 20 characters."},\n    "LineId": {"pattern"',
        ),
        (
            '    "LineId": [{"type": "null"}],\n',
            '    "LineId": [{"type": "null"}],\n'
            '    "Channel": [_padded(_CODE), {"const": ""}, {"type": "integer", "minimum": 1 - 10**19, "maximum": 10**20 - 1}],\n',  # noqa: E501
        ),
    ),
    "warehouse/migrations/0003_channel.sql": (
        ("", "-- Where a line was sold.\nALTER TABLE order_lines ADD COLUMN Channel VARCHAR(80) ENCODE BYTEDICT;\n"),
    ),
    "warehouse/options/streaming_ingestion.sql": (
        (
            'CAST(line."LineId" AS VARCHAR(32)) AS lineid\n',
            'CAST(line."LineId" AS VARCHAR(32)) AS lineid,\n    CAST(line."Channel" AS VARCHAR(80)) AS channel\n',
        ),
    ),
    "warehouse/dictionary.py": (
        (
            "the same by every path\",\n",
            'the same by every path",\n    "Channel": "where the line was sold; missing where it is not known",\n',
        ),
    ),
    "warehouse/views/amounts.sql": (
        (
            "adjustment or write_off\nCREATE",
            "adjustment or write_off\n--   channel: where the line was sold; NULL where it is not known\nCREATE",
        ),
        ("AS VARCHAR(10)\n    ) AS kind\n", "AS VARCHAR(10)\n    ) AS kind,\n    channel\n"),
    ),
    "tests/orders.py": (
        (
            "ADDED_VALUES: Final[dict[str, Sequence[Any]]] = {}",
            'ADDED_VALUES: Final[dict[str, Sequence[Any]]] = {"Channel": ["web", "shop, £", "x,"]}',
        ),
    ),
}  # fmt: skip
"""The texts that the field changes, by file, each as it was and as it is then. A file that is not there is made."""

GENERATED: Final = ("docs/data-dictionary.md", "warehouse/tableau/tillstream.tds")
"""The files that commands write from those, once the platform runs."""


class Grown:
    """A copy of the checkout in this folder, with the field."""

    def __init__(self, folder: Path, changes: Mapping[str, Edits] = EDITS) -> None:
        self.folder = folder
        shutil.copy(CHECKOUT / "pyproject.toml", folder)
        for room in ROOMS:
            shutil.copytree(
                CHECKOUT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True
            )
        for name, edits in changes.items():
            text = (folder / name).read_text("utf-8") if (folder / name).exists() else ""
            for was, becomes in edits:
                assert text.count(was) == 1 or not (was or text), f"{name}: {was!r} stands {text.count(was)} times"
                text = text.replace(was, becomes)
            (folder / name).write_text(text, "utf-8")

    @classmethod
    def whole(cls, folder: Path, changes: Mapping[str, Edits] = EDITS) -> "Grown":
        """A copy of all of the checkout, with which a platform runs; it shares what is installed."""
        shutil.copytree(CHECKOUT, folder, ignore=shutil.ignore_patterns(".?*", "__pycache__", "node_modules"))
        for installed in ("parts", "build/packages", "build/web", "build/wheels"):
            place = folder / ".tillstream" / installed
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(CHECKOUT / ".tillstream" / installed)
        return cls(folder, changes)

    def run(self, *call: str, given: bytes = b"") -> str:
        """The output of Python with these arguments in the copy."""
        env = {**os.environ, "PYTHONPATH": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run([sys.executable, *call], cwd=self.folder, env=env, input=given, capture_output=True)
        assert done.returncode == 0, done.stderr.decode() + done.stdout.decode()
        return done.stdout.decode()

    def ask(self, code: str, given: Any = None) -> Any:
        """The variable `answer` after this code has run in the copy with the value `given`; both go as JSON."""
        frame = f"import json, sys\ngiven = json.load(sys.stdin)\n{code}\njson.dump(answer, sys.stdout)"
        return json.loads(self.run("-c", frame, given=json.dumps(given).encode()))
