"""Answers what only a laptop's pages ask: its processes, and the commands that their buttons run."""

from datetime import UTC, datetime
from typing import Final, TypeVar

import msgspec
from aiohttp import web

from local.http import BodyTooLarge, read_body
from local.pages.answers import answer, problem
from local.pages.reconciliation import AlreadyRunning, NoFiles, Reconciliation
from local.pages.redriving import Busy, NotRedriven, Redrive, Redriving
from local.pages.services import services
from local.state import State

MAX_BODY_BYTES: Final = 64 * 1024

Body = TypeVar("Body")


class Wanted(msgspec.Struct, frozen=True):
    """The files to compare the stores with."""

    paths: list[str]


class Laptop:
    """The laptop's own answers, below `/laptop`."""

    def __init__(self, state: State, reconciliation: Reconciliation) -> None:
        self._state = state
        self._reconciliation = reconciliation
        self._redriving = Redriving()

    async def answer(self, request: web.BaseRequest, path: str) -> web.Response:
        """The answer to the request of this path below `/laptop`."""
        try:
            return await self._answer(request, path)
        except BodyTooLarge:
            return problem(413, "Too large", f"A page sends {MAX_BODY_BYTES:,} bytes at most.")
        # a word with a zero byte, or a longer one than the system takes, begins no command
        except (msgspec.DecodeError, ValueError, OSError) as error:
            return problem(400, "Not a request of these pages", str(error))

    async def _answer(self, request: web.BaseRequest, path: str) -> web.Response:
        match request.method, path:
            case "GET", "/services":
                return answer(200, services(self._state, datetime.now(UTC)))
            case "GET", "/verdict":
                return answer(200, self._reconciliation.last.answer())
            case "POST", "/verdict":
                return self._judge(await _body(request, Wanted))
            case "DELETE", "/verdict":
                await self._reconciliation.stop()
                return answer(200, self._reconciliation.last.answer())
            case "POST", "/redrive":
                return await self._redriven(await _body(request, Redrive))
        return problem(404, "There is none", f"the laptop answers no {request.method} {path}")

    def _judge(self, wanted: Wanted) -> web.Response:
        if not any(wanted.paths):
            return problem(400, "No file is named", "Name the CSV files, or folders of them, whose rows were sent.")
        try:
            return answer(202, self._reconciliation.start(wanted.paths).answer())
        except AlreadyRunning:
            return problem(409, "It runs already", "A reconciliation runs: its verdict comes here.")
        except NoFiles as error:
            return problem(400, "No file", str(error))

    async def _redriven(self, wanted: Redrive) -> web.Response:
        try:
            return answer(200, await self._redriving.redrive(wanted))
        except Busy:
            return problem(409, "Another one runs", "One record is redriven at a time: try again when it is done.")
        except NotRedriven as error:
            return problem(409, "Not redriven", str(error))


async def _body(request: web.BaseRequest, kind: type[Body]) -> Body:
    return msgspec.json.decode(await read_body(request, MAX_BODY_BYTES), type=kind)
