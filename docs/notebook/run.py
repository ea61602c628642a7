"""Runs the notebook against the running platform: build/notebook/orders.html, with its tables and plots.

    make notebook

The committed notebook has no outputs. Jupyter and matplotlib are in a folder of their own, by docs/notebook/tools.lock.
"""

import os
import sys
from pathlib import Path
from typing import Final

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbconvert import HTMLExporter

from docs.notebook.unfilled import sentence

NOTEBOOK: Final = Path(__file__).parent / "orders.ipynb"
OUT: Final = NOTEBOOK.parent.parent.parent / "build" / "notebook"

_SHARED: Final = OUT / "packages" / "share" / "jupyter"
"""Where nbconvert finds its templates."""


def main(out: Path = OUT) -> int:
    """Run it, write the page into a folder and print its address; 1 with the error of a cell that fails.

    Where lake or warehouse are not filled, the error is a sentence that says what fills them.
    """
    out.mkdir(parents=True, exist_ok=True)
    try:
        notebook = run(NOTEBOOK, out / "kernel.log")
    except CellExecutionError as error:
        print(f"notebook: {sentence(error.ename, error.evalue) or error}", file=sys.stderr)
        return 1
    os.environ["JUPYTER_PATH"] = str(_SHARED)
    # no script or style from elsewhere: the page is read without a network
    pages = HTMLExporter(embed_images=True, mathjax_url="", require_js_url="")
    html, _ = pages.from_notebook_node(notebook)
    (out / "orders.html").write_text(html, "utf-8")
    print((out / "orders.html").as_uri())
    return 0


def run(path: Path, log: Path) -> nbformat.NotebookNode:
    """The notebook with its outputs; raises `CellExecutionError` of the first cell that fails.

    The log receives what Spark and the kernel write beside the outputs.
    """
    notebook = nbformat.read(path, as_version=4)
    with log.open("wb") as messages:
        NotebookClient(notebook, timeout=None).execute(stdout=messages, stderr=messages)
        for cell in notebook.cells:
            for output in moved_out(cell):
                messages.write(output.text.encode())
    return notebook


def moved_out(cell: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """The messages on standard error among the outputs of a cell, which are no longer in it."""
    outputs = cell.get("outputs", [])
    messages = [output for output in outputs if output.get("name") == "stderr"]
    if messages:
        cell.outputs = [output for output in outputs if output not in messages]
    return messages


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
