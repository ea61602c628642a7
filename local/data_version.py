"""The version of a stage's data folder, so that no other version of the platform spoils it.

A file in the folder names the layout (ours: which folder holds what, and in which form) and the release of Kafka that
wrote it. A newer Kafka reads an older one's data, but never the other way round.
"""

import json
import re
from pathlib import Path
from typing import Any, Final

from local.errors import NotPossible
from local.state import write_json

LAYOUT: Final = 1
"""Increase it when this code can no longer read existing data folders."""
KAFKA: Final = "3.9"
"""The release of `local.parts.kafka.VERSION`; not imported, since its Kafka clients take a while."""
FILE: Final = "version.json"


def check_layout(data: Path) -> None:
    """Raise `NotPossible`, with a remedy, if another version of the platform wrote the data in this folder."""
    path = data / FILE
    try:
        stored = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return  # new, or of the first layout, which wrote no version
    except (OSError, ValueError) as error:
        raise NotPossible(f"{path} does not say which version wrote the data: {error}; {WHAT_TO_DO}") from None
    if not fits(stored):
        raise NotPossible(
            f"the data in {data} was written by another version of Tillstream ({described(stored)}), and this one "
            f"is of layout {LAYOUT} with Kafka {KAFKA}: {WHAT_TO_DO}"
        )


WHAT_TO_DO: Final = (
    "nothing was changed; go back to the version that wrote it, move the folder away, or delete all of the laptop's "
    "data by `tillstream reset`"
)


def fits(stored: Any) -> bool:
    """Whether this code and its Kafka can read the data of this version.

    >>> fits({"layout": 1, "kafka": "3.9"}), fits({"layout": 1, "kafka": "4.0"}), fits({"layout": 2}), fits([])
    (True, False, False, False)
    """
    match stored:
        case {"layout": int(layout), "kafka": str(kafka)} if re.fullmatch(r"\d+\.\d+", kafka):
            return layout == LAYOUT and release(kafka) <= release(KAFKA)
    return False


def release(text: str) -> tuple[int, ...]:
    """A release as numbers that compare."""
    return tuple(int(number) for number in text.split("."))


def described(stored: Any) -> str:
    """The stored version in words."""
    if not isinstance(stored, dict):
        return "of no known form"
    return f"layout {stored.get('layout', 'unknown')}, Kafka {stored.get('kafka', 'unknown')}"


def mark_layout(data: Path) -> None:
    """Write this version into the folder before anything else is."""
    write_json(data / FILE, {"layout": LAYOUT, "kafka": KAFKA})
