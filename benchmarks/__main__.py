"""Run the benchmarks that are named, or all; options belong to the one that is named before them."""

import sys
from importlib import import_module
from itertools import takewhile

ALL = ("lines", "ingest", "archive", "tables", "batch", "loads", "warehouse")
BY_NAME = ("verdict",)
"""Benchmarks that take many minutes and run only when named."""

names = list(takewhile(lambda argument: not argument.startswith("-"), sys.argv[1:]))
options = sys.argv[1 + len(names) :]
for name in names or ALL:
    if name not in ALL + BY_NAME:
        sys.exit(f"no benchmark {name!r}; there are {', '.join(ALL + BY_NAME)}")
if options and names not in (["batch"], ["loads"], ["warehouse"], ["verdict"]):
    sys.exit(f"options {' '.join(options)}: name batch, loads, warehouse or verdict alone before them")
for name in names or ALL:
    measure = import_module(f"benchmarks.{name}").measure
    measure(options) if options else measure()
