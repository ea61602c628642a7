"""The tests that one worker of pytest-xdist runs, because they share something costly."""

from typing import Any, Final

from xdist.scheduler import LoadFileScheduling

TOGETHER: Final = {
    # each process with a Spark starts one, for some 15 s of CPU
    "spark": (
        "tests/glue_jobs/",
        "tests/local/glue/test_spark.py",
        "tests/local/glue/test_warm_up.py",
        "tests/local/glue/test_worker_daemon.py",
        "tests/operations/lake/test_table.py",
    ),
    # each process that asks for `every_stage` synthesizes two of them, for some 8 s of CPU
    "infra": ("tests/infra/",),
    # each process that asks for `shared_laptop` starts a platform, for some 10 s of CPU
    "platform": ("tests/end_to_end/test_own_tools.py", "tests/end_to_end/test_platform.py"),
}
"""Files whose tests share what a process makes once."""


FIRST: Final = (
    "spark",
    "platform",
    "infra",
    "tests/local/glue/test_command.py",
    "tests/end_to_end/test_servers.py",
    "tests/local/test_cli_platform.py",
    "tests/end_to_end/test_batch.py",
    "tests/operations/reconcile/test_with_parts.py",
    "tests/web/test_browser.py",
    "tests/faults/test_rounds.py",
    "tests/protocols/test_order_tables.py",
    "tests/protocols/test_raw_archive.py",
    "tests/local/kafka/test_compose.py",
    "tests/producer/test_memory.py",
)
"""The files that take 20 s and more, the longest first: begun last, it would leave the other processes without work."""


class ByFileAndFixture(LoadFileScheduling):  # type: ignore[misc]  # xdist has no types
    """One process runs all tests of a file, and all tests of the files that are named together; `FIRST` come first."""

    def _split_scope(self, nodeid: str) -> str:
        named = (name for name, files in TOGETHER.items() if nodeid.startswith(files))
        return next(named, None) or str(super()._split_scope(nodeid))

    def _assign_work_unit(self, node: Any) -> None:
        longest = next((scope for scope in FIRST if scope in self.workqueue), None)
        if longest:
            self.workqueue.move_to_end(longest, last=False)
        super()._assign_work_unit(node)
