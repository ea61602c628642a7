"""The laptop's own state for the pages: its processes, and the functions that failed lately."""

from datetime import datetime
from typing import Any

from console.runbook import FOLDER, page_of
from local.diagnosis.logs import short_name
from local.lambda_runtime.failures import LOG, Failures, recent
from local.state import State


def services(state: State, now: datetime) -> dict[str, Any]:
    """Stage and processes of the recorded run, and the failures of the last minutes with the runbook's pages."""
    run = state.run()
    return {
        "stage": run.stage if run else "",
        "services": [
            {"name": part.name, "state": "running" if part.identity.alive else "ended"}
            for part in (run.parts if run else ())
        ],
        "failures": [_failure(it) for it in recent(state.log(LOG), now, state.began())],
    }


def _failure(failed: Failures) -> dict[str, Any]:
    return {
        "function": short_name(failed.function),
        "count": failed.count,
        "last": failed.last.isoformat(),
        "error": failed.error,
        "page": f"{FOLDER}/{page_of(failed.error)}.md",
    }
