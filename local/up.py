"""Starts the platform (servers, templates, resources, runtime, event source) and keeps it up until a stop."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from commerce.errors import NoTarget
from local.cloudformation import reader, synthesis
from local.config import RunConfig
from local.data_version import check_layout, mark_layout
from local.diagnosis.machine import check, remedied
from local.errors import BrokenAssembly, Interrupted, LocalError, NotPossible
from local.glue.spark import catalog_address
from local.kafka import compose
from local.kafka.compose import Containers
from local.kafka.existing import ExistingKafka
from local.kafka.native import Brokers, Native
from local.lambda_runtime.environment import ExecutionEnvironment
from local.lambda_runtime.import_check import check_handlers
from local.options import Options
from local.pages.admission import new_key
from local.parts import provisioning
from local.parts.installation import install
from local.parts.jars import check_java
from local.parts.ports import LOOPBACK
from local.parts.programs import PAGES, PERMISSIONS, REDSHIFT, SCHEDULES, Ports, python_program
from local.permissions.records import new_keys
from local.platform import KafkaAddress, Platform
from local.state import State
from local.supervisor import Supervisor, supervised
from stores.target import Target, from_outputs

Say = Callable[[str], None]

NATIVE: Final = Native()


def brokers_of(options: Options) -> Brokers:
    """The Kafka of the run; raises `NotPossible` if an existing one cannot be used."""
    if options.bootstrap:
        return ExistingKafka.reached(options.bootstrap)
    return Containers(options.compose, options.stage) if options.compose else Native(options.in_memory)


def run(options: Options, state: State, say: Say, serving: Callable[[], None]) -> None:
    """Start the platform, call `serving`, and run until a signal asks to stop or a process ends.

    Raises `LocalError` when it could not come up or could not stay up, `Interrupted` when it was to stop before it
    served; nothing runs any more when this returns.
    """
    with state.lock(), end_recorded(state), remedied():
        state.forget_end()
        state.clear_stale()
        compose.stop_left(state)
        for short in check(state.root):
            say(short)
        brokers = brokers_of(options)
        if options.in_memory:
            state.wipe(options.stage, in_memory=True)
        up = False
        try:
            with supervised(state, options.stage, options.in_memory, say) as supervisor:
                bring_up(options, brokers, state, supervisor, say).save(state.root)
                supervisor.mark_ready()
                up = True
                serving()
                supervisor.watch()
        except Interrupted:
            if not up:
                raise
        finally:
            if options.in_memory:
                state.wipe(options.stage, in_memory=True)


@contextmanager
def end_recorded(state: State) -> Iterator[None]:
    """Record for `tillstream status` why the block failed.

    Nothing is recorded if somebody asked to stop, or for something impossible: then no platform has ended.
    """
    try:
        yield
    except (Interrupted, NotPossible):
        raise
    except LocalError as error:
        state.record_end(str(error))
        raise


def bring_up(options: Options, brokers: Brokers, state: State, supervisor: Supervisor, say: Say) -> Target:
    """Start everything; return the target of the commands.

    Errors of the templates are raised before anything starts.
    """
    data = data_of(options, brokers, state)
    check_layout(data)
    config, ports = configured(options, state, say, brokers)
    if not (isinstance(brokers, Containers) and brokers.which != "kafka"):
        config = held_to_roles(config, ports)
    reached = target(config)
    check_handlers(config.platform.functions, ExecutionEnvironment.of(config))
    mark_layout(data)
    config.save(state.config_file)
    say(f"starting {brokers.started}")
    brokers.start(config, ports, supervisor, state, data)
    # it has the second core to itself while the first makes topics and tables, which is mostly waiting
    supervisor.launch([python_program(REDSHIFT, state, ports.redshift)])
    provisioning.create(config, supervisor.patience("the topics, tables and buckets"))
    if config.role_keys:
        supervisor.launch([python_program(PERMISSIONS, state, ports.held_s3)])
    say("starting the API, the functions, the event source, the warehouse and the pages")
    supervisor.start(
        [
            python_program("runtime", state, ports.gateway),
            python_program("event_source", state, None),
            python_program(PAGES, state, ports.pages),
        ]
    )
    if options.schedules:
        supervisor.start([python_program(SCHEDULES, state, None)])
    return reached


def data_of(options: Options, brokers: Brokers, state: State) -> Path:
    """The folder of the run's data."""
    return state.data(options.stage, options.in_memory, brokers.place)


def configured(options: Options, state: State, say: Say, brokers: Brokers = NATIVE) -> tuple[RunConfig, Ports]:
    """The platform of the stage's templates, on ports that are free now; nothing is started."""
    check_java()
    install(say)
    ports = Ports.choose(options.api_port)
    keys = state.credentials()
    assembly = synthesis.assembly(options.stage, course=options.course, say=say)
    address = KafkaAddress(brokers.address(ports), "PLAINTEXT")
    platform = read(assembly, address, f"http://{LOOPBACK}:{ports.gateway}")
    data = data_of(options, brokers, state)
    config = RunConfig(
        platform=platform,
        endpoints={name: f"http://{LOOPBACK}:{port}" for name, port in ports.services.items()},
        bootstrap_servers=address.bootstrap_servers,
        access_key_id=keys.access_key_id,
        secret_access_key=keys.secret_access_key,
        region=platform.region,
        gateway_port=ports.gateway,
        lambda_port=ports.lambda_service,
        state=state.root,
        lake_db=data / "lake.db",
        redshift_port=ports.redshift,
        cloudwatch_port=ports.cloudwatch,
        pages_port=ports.pages,
        pages_key=new_key(),
        warehouse_db=None if options.in_memory else data / "warehouse.duckdb",
    )
    return config, ports


def held_to_roles(config: RunConfig, ports: Ports) -> RunConfig:
    """The run with keys for each role of its templates, and the fronts that hold them to their policies.

    The containers of `--compose` know one pair of keys: there functions and jobs have the laptop's.
    """
    fronts = {name: f"http://{LOOPBACK}:{port}" for name, port in ports.held.items()}
    return replace(config, role_keys=tuple(new_keys(config.platform)), held_endpoints=fronts)


def read(assembly: Path, kafka: KafkaAddress, api_url: str) -> Platform:
    """The platform of these templates; broken ones are synthesized again the next time."""
    try:
        return reader.load(assembly, kafka=kafka, api_url=api_url)
    except BrokenAssembly as error:
        synthesis.distrust(assembly)
        raise BrokenAssembly(f"{error}\nrun it again: the templates will be synthesized again") from error


def target(config: RunConfig) -> Target:
    """The target of the commands: the stacks' outputs, and the laptop's addresses."""
    try:
        return from_outputs(
            config.platform.outputs,
            f"stage {config.platform.stage}",
            region=config.region,
            endpoints=dict(config.endpoints),
            access_key_id=config.access_key_id,
            secret_access_key=config.secret_access_key,
            lake_catalog=catalog_address(config.lake_db),
        )
    except NoTarget as error:  # a lacking output is the templates' fault, not wrong use
        raise BrokenAssembly(str(error)) from error
