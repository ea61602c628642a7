"""Run the benchmarks that are named, or all."""

import sys
from importlib import import_module

ALL = ("lines", "ingest", "archive", "tables")

for name in sys.argv[1:] or ALL:
    if name not in ALL:
        sys.exit(f"no benchmark {name!r}; there are {', '.join(ALL)}")
    import_module(f"benchmarks.{name}").measure()
