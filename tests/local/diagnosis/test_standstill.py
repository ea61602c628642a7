"""Groups that stand still until an operator decides, as the laptop's failed invocations tell."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local.config import RunConfig
from local.diagnosis.standstill import stalled
from local.lambda_runtime import failures
from local.platform import Mapping, Platform
from local.state import State

URL = "http://127.0.0.1:1/P"
STALLED = "ExceptionGroup: order-lines-2: the batch begins at offset 1108, but what is filed ends before 1046: …"


def test_only_a_group_whose_function_has_refused_to_go_on_since_then_stands_still(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TILLSTREAM_HOME", str(tmp_path))
    began = datetime.now(UTC)
    assert stalled(URL, began) == {}
    mappings = tuple(
        Mapping(name, name, "order-lines", f"{name}-group", 1, 1, "LATEST", "arn", True) for name in ("raw", "tables")
    )
    platform = Platform("laptop", "us-east-1", "0", (), mappings, (), (), (), (), {"ApiUrl": URL})
    state = State.here()
    RunConfig(platform, {}, "", "KEY", "secret", "us-east-1", 1, 2, state.root).save(state.config_file)
    log = state.log(failures.LOG)
    log.parent.mkdir()
    assert stalled(URL, began) == {}
    kind, _, message = STALLED.partition(": ")
    failures.note(log, "raw", b'{"errorType": "%s", "errorMessage": "%s"}' % (kind.encode(), message.encode()))
    failures.note(log, "tables", b'{"errorType": "ReadTimeout", "errorMessage": "DynamoDB is slow"}')
    assert stalled(URL, began) == {"raw-group": STALLED}
    assert stalled("http://127.0.0.1:2/P", began) == {}
    assert stalled(URL, datetime.now(UTC) + timedelta(seconds=1)) == {}
