"""The consumer groups of the laptop that stand still until an operator decides: no retry mends their error."""

from collections.abc import Mapping
from datetime import UTC, datetime

from console.runbook import FUNCTION_FAILS, page_of
from local.config import RunConfig
from local.lambda_runtime.failures import LOG, recent
from local.state import State


def stalled(api_url: str, since: datetime) -> Mapping[str, str]:
    """The error of each group whose function refused to go on since then, by group.

    Empty where the platform at this address is not the one of this checkout.
    """
    try:
        config = RunConfig.load(State.here().config_file)
    except FileNotFoundError:
        return {}
    if config.platform.outputs.get("ApiUrl") != api_url:
        return {}
    failed = recent(State(config.state).log(LOG), datetime.now(UTC), since)
    errors = {it.function: it.error for it in failed if page_of(it.error) != FUNCTION_FAILS}
    return {it.group: errors[it.function] for it in config.platform.mappings if it.function in errors}
