"""A platform whose stores are reached through proxies, and whose processes can be killed, stopped and started alone.

It runs the programs of `tillstream up` by the templates of the laptop's stage. A supervisor would end with the first of
its processes; here each is started again on its data, on the same port.
"""

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import psutil

from local import up
from local.config import RunConfig
from local.options import Options
from local.parts import dynamodb, kafka, provisioning, s3
from local.parts.ports import LOOPBACK, free_port
from local.parts.programs import REDSHIFT, Ports, python_program
from local.processes import Process, Program, await_ready, stop_all
from local.state import State
from local.supervisor import Supervisor
from stores.kafka.lag import lag
from tests.end_to_end.laptop import Laptop
from tests.faults.broker_proxy import BrokerProxy, broker_proxy
from tests.gate import Gate, gate

WINDOW_SECONDS: Final = 0.5
"""The longest window of a mapping here: a round need not wait for the laptop's five seconds."""

FUNCTIONS: Final = ("ingest", "raw_archive", "order_tables")
STORES: Final = ("kafka", "dynamodb", "s3")


@dataclass(frozen=True)
class Behind:
    """A Kafka that is known by the address of its proxy."""

    servers: str
    place: str = ""
    started: str = "the parts"

    def address(self, ports: Ports) -> str:
        """The proxy's address."""
        return self.servers

    def start(self, config: RunConfig, ports: Ports, supervisor: Supervisor, state: State, data: Path) -> None:
        """Not called: the platform of a test starts each process by itself."""
        raise NotImplementedError


class Platform:
    """The running platform. All but `kill` and `stop` belong to the thread that made it: its processes end with that.

    `direct` is the configuration that reaches the stores without their proxies.
    """

    def __init__(
        self, home: Path, gates: dict[str, Gate], broker: BrokerProxy, direct: RunConfig, ports: Ports
    ) -> None:
        self.laptop = Laptop(home)
        self.gates, self.broker, self.direct = gates, broker, direct
        self._state = State(self.laptop.state)
        self._ports = ports
        self._processes: dict[str, Process] = {}
        self._awaited: set[str] = set()
        """The stores that were started again and do not serve yet."""
        self.starts: Counter[str] = Counter()
        """How often each process was started."""

    @property
    def requests(self) -> int:
        """The number of requests that have come to the proxies."""
        return self.broker.seen + sum(len(it.seen) for it in self.gates.values())

    def program(self, name: str, data: Path) -> Program:
        """The program of a process over the run's data."""
        configuration, keys = self._state.config_file.parent, self._state.credentials()
        log = self._state.log(name)
        if name == "kafka":
            port = self._ports.kafka
            made = kafka.program(port, self._ports.controller, data / "kafka", configuration, log)
            advertise(configuration / "server.properties", f"{LOOPBACK}:{port}", self.broker.address)
            return made
        if name == "dynamodb":
            return dynamodb.program(self._ports.dynamodb, data / "dynamodb", log)
        if name == "s3":
            return s3.program(
                self._ports.s3, data / "s3", configuration, log,
                access_key_id=keys.access_key_id, secret_access_key=keys.secret_access_key,
            )  # fmt: skip
        return python_program(name, self._state, None)

    def start(self, *names: str) -> None:
        """Start these processes and wait until all of them serve."""
        data = self.direct.lake_db.parent
        started = [Process(self.program(name, data)) for name in names]
        self._processes.update(zip(names, started, strict=True))
        self.starts.update(names)
        await_ready(started)

    def start_all(self) -> None:
        """Start all servers, make what is missing in them, and then all that use them."""
        self.start("kafka", "dynamodb", "s3", REDSHIFT)
        provisioning.create(self.direct, lambda: True)
        self.start("runtime", "event_source")

    def revive(self) -> list[str]:
        """Start again what has ended, and name it; what uses the stores waits until they serve."""
        ended = [name for name, process in self._processes.items() if process.exit_code is not None]
        if stores := [name for name in ended if name in STORES]:
            self._awaited |= set(stores)
        elif ended:
            self._awaited = {name for name in self._awaited if not self._processes[name].serves}
        if self._awaited:
            ended = stores
        data = self.direct.lake_db.parent
        for name in ended:
            self._processes[name].stop()
            self._processes[name] = Process(self.program(name, data))
        self.starts.update(ended)
        return ended

    def servers(self) -> list[str]:
        """The names of the processes that run."""
        return [name for name, process in self._processes.items() if process.exit_code is None]

    def lag(self) -> dict[str, int]:
        """The messages that each consumer has left to read; raises `BrokersSilent`."""
        target, servers = self.laptop.target, self.direct.bootstrap_servers
        groups = {"raw_archive": target.raw_archive_group, "order_tables": target.order_tables_group}
        return {name: lag(servers, group, target.topic).messages for name, group in groups.items()}

    def close_network(self, part: str) -> None:
        """Let nothing reach a part, nor its answers anyone."""
        (self.broker if part == "kafka" else self.gates[part]).opened.clear()

    def open_network(self, part: str) -> None:
        """Let requests reach a part again; the connections from before are cut."""
        if part == "kafka":
            self.broker.opened.set()
            self.broker.cut()
        else:
            self.gates[part].opened.set()

    def open_all(self) -> None:
        """Let everything pass all proxies."""
        self.broker.reset()
        for it in self.gates.values():
            it.spoil = lambda request: None
            it.opened.set()

    def pids(self, part: str) -> list[int]:
        """The ids of a part's processes: a server, or a function's workers."""
        if part not in FUNCTIONS:
            return [self._processes[part].identity.pid]
        with suppress(psutil.NoSuchProcess):
            workers = psutil.Process(self.pids("runtime")[0]).children()
            return [it.pid for it in workers if any(f"{part}.handler" in word for word in it.cmdline())]
        return []

    def signal(self, part: str, number: signal.Signals) -> bool:
        """Send a signal to a part's processes; whether there was any."""
        pids = self.pids(part)
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        return bool(pids)

    def refuse_writes(self, part: str, *, refuse: bool) -> bool:
        """Let the kernel refuse what the process writes to files, or take it again; whether the process runs."""
        for pid in self.pids(part):
            with suppress(psutil.NoSuchProcess):
                process = psutil.Process(pid)
                _, most = process.rlimit(psutil.RLIMIT_FSIZE)
                process.rlimit(psutil.RLIMIT_FSIZE, (0 if refuse else most, most))
        return self._processes[part].exit_code is None

    def kill_all(self) -> None:
        """Kill all processes at once."""
        for name in self._processes:
            self.signal(name, signal.SIGKILL)

    def close(self) -> None:
        """Stop the platform's processes and the proxies before them."""
        for name in self._processes:
            self.signal(name, signal.SIGCONT)
        stop_all(list(self._processes.values()))
        self._state.forget()


def advertise(properties: Path, own: str, proxy: str) -> None:
    """Let the broker name its proxy's address to clients."""
    text = properties.read_text("utf-8")
    assert f"advertised.listeners=PLAINTEXT://{own}\n" in text
    properties.write_text(
        text.replace(f"advertised.listeners=PLAINTEXT://{own}", f"advertised.listeners=PLAINTEXT://{proxy}")
    )


@contextmanager
def faulty_platform(home: Path, change: Callable[[RunConfig], RunConfig] = lambda config: config) -> Iterator[Platform]:
    """A platform behind proxies, running until the block ends; `change` may change what its processes are given."""
    state = State(home / ".tillstream")
    with ExitStack() as stack:
        broker = stack.enter_context(broker_proxy(free_port()))
        config, ports = up.configured(Options(), state, lambda _: None, Behind(broker.address))
        broker.server = (LOOPBACK, ports.kafka)
        gates = {
            name: stack.enter_context(gate(config.endpoints[name])) for name in ("s3", "dynamodb", "redshift-data")
        }
        direct = replace(config, bootstrap_servers=f"{LOOPBACK}:{ports.kafka}")
        config = replace(config, endpoints={**config.endpoints, **{name: it.endpoint for name, it in gates.items()}})
        mappings = tuple(
            replace(it, window_seconds=min(it.window_seconds, WINDOW_SECONDS)) for it in config.platform.mappings
        )
        config = change(replace(config, platform=replace(config.platform, mappings=mappings)))
        config.save(state.config_file)
        up.target(config).save(state.root)
        platform = Platform(home, gates, broker, direct, ports)
        try:
            platform.start_all()
            yield platform
        finally:
            platform.close()
