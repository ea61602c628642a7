"""A page of the runbook: its headings, the messages that it shows, and its commands."""

import re
from dataclasses import dataclass
from pathlib import Path

from tests.end_to_end.laptop import CHECKOUT
from tests.test_documents import BLOCK, lines

FOLDER = CHECKOUT / "docs" / "runbook"
HEADINGS = ["What you see", "Why", "Do", "It is over when", "Gone for good"]


@dataclass(frozen=True)
class Page:
    """The page of this name."""

    name: str

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.name}.md"

    @property
    def sections(self) -> dict[str, str]:
        """The text below each heading, in their order."""
        parts = re.split(r"^## (.+)$", self.path.read_text("utf-8"), flags=re.MULTILINE)
        return dict(zip(parts[1::2], parts[2::2], strict=True))

    @property
    def first_line(self) -> str:
        """The text between the title and the first heading."""
        return self.path.read_text("utf-8").partition("\n")[2].partition("\n## ")[0].strip()

    def seen(self) -> list[str]:
        """The messages by which the accident is known."""
        return [text.strip() for _, language, text in BLOCK.findall(self.sections["What you see"]) if language]

    def is_seen_in(self, said: str) -> bool:
        """Whether this output holds one of those messages, whatever its numbers."""
        return any(shape(message) in shape(said) for message in self.seen())

    def commands(self, heading: str) -> list[str]:
        """The commands below a heading, a line each."""
        found = BLOCK.findall(self.sections[heading])
        return [line for _, language, text in found if not language for line in lines(text)]


def pages() -> list[Page]:
    """Every page but the index."""
    return [Page(path.stem) for path in sorted(FOLDER.glob("*.md")) if path.stem != "README"]


def shape(message: str) -> str:
    """The message without its numbers, which differ from accident to accident, and their plural.

    >>> shape("offset 1046 of partition 2"), shape("up to 300 messages behind") == shape("up to 1 message behind")
    ('offset # of partition #', True)
    """
    return re.sub(r"(# \w+?)s\b", r"\1", re.sub(r"\d[\d,]*", "#", " ".join(message.split())))
