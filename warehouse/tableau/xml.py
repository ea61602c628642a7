"""XML elements as expressions, and documents as text."""

from collections.abc import Iterable, Mapping
from typing import Final
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

USER: Final = "http://www.tableausoftware.com/xml/user"
"""The namespace of the attributes that Tableau's user interface keeps in a document."""

ElementTree.register_namespace("user", USER)


def element(tag: str, attributes: Mapping[str, str] | None = None, *children: Element, text: str = "") -> Element:
    """An element with these attributes, in their order, and these children."""
    made = Element(tag, dict(attributes or {}))
    made.text = text or None
    made.extend(children)
    return made


def group(tag: str, children: Iterable[Element]) -> Element:
    """An element of children alone."""
    return element(tag, None, *children)


def document(root: Element) -> str:
    """The document as indented text, as it is saved."""
    ElementTree.indent(root)
    return f"<?xml version='1.0' encoding='utf-8' ?>\n{ElementTree.tostring(root, 'unicode')}\n"
