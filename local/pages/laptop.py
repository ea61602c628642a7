"""Answers what only a laptop's pages ask: its processes, and the reconciliation that a button runs."""

from datetime import UTC, datetime
from typing import Final

import msgspec
from aiohttp import web

from local.http import BodyTooLarge, read_body
from local.pages.answers import answer, problem
from local.pages.reconciliation import AlreadyRunning, Reconciliation
from local.pages.services import services
from local.state import State

MAX_BODY_BYTES: Final = 64 * 1024


class Wanted(msgspec.Struct, frozen=True):
    """The files to compare the stores with."""

    paths: list[str]


class Laptop:
    """The laptop's own answers, below `/laptop`."""

    def __init__(self, state: State, reconciliation: Reconciliation) -> None:
        self._state = state
        self._reconciliation = reconciliation

    async def answer(self, request: web.BaseRequest, path: str) -> web.Response:
        """The answer to the request of this path below `/laptop`."""
        match request.method, path:
            case "GET", "/services":
                return answer(200, services(self._state, datetime.now(UTC)))
            case "GET", "/verdict":
                return answer(200, self._reconciliation.last.answer())
            case "POST", "/verdict":
                return await self._judge(request)
        return problem(404, "There is none", f"the laptop answers no {request.method} {path}")

    async def _judge(self, request: web.BaseRequest) -> web.Response:
        try:
            wanted = msgspec.json.decode(await read_body(request, MAX_BODY_BYTES), type=Wanted)
        except (BodyTooLarge, msgspec.DecodeError) as error:
            return problem(400, "Not a list of files", str(error) or "it is too long")
        if not any(wanted.paths):
            return problem(400, "No file is named", "Name the CSV files, or folders of them, whose rows were sent.")
        try:
            return answer(202, (await self._reconciliation.start(wanted.paths)).answer())
        except AlreadyRunning:
            return problem(409, "It runs already", "A reconciliation runs: its verdict comes here.")
