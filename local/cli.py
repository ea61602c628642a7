"""`tillstream up`, `env`, `down` and `reset`: the laptop's platform at the terminal.

What runs a command is imported when it runs: the platform's clients take a second of CPU, and `--help` needs none.
"""

import argparse
import json
import re
import shlex
import sys

from console.arguments import Parser, port, suggest
from console.exits import FAILED, OK, WRONG_USE, confirmed
from console.wrapping import wrapped
from local.options import SERVICES, Options
from local.state import State
from stores.target import Target, from_stack, variables


def up(argv: list[str]) -> int:
    """Start the platform: 0 once it serves (`--detach`) or was stopped on request, else 1; 2 if one runs already."""
    parser = Parser(
        "tillstream up",
        description="Run the platform on this machine from the templates that deploy. Example: tillstream up --detach",
    )
    parser.add_argument(
        "--detach", action="store_true", help="return when the platform serves; `tillstream down` stops it"
    )
    parser.add_argument(
        "--course", action="store_true", help="open the course's resource /hello, which checks no signature"
    )
    parser.add_argument(
        "--in-memory", action="store_true", help="DynamoDB in memory; the data of this run is wiped at its end"
    )
    stage = parser.add_argument(
        "--stage", default="laptop", help="run this stage's values (default: laptop); its data is its own"
    )
    suggest(stage, "laptop", "tiny", "dev", "prod")
    parser.add_argument("--api-port", type=port, metavar="PORT", help="the API's port (default: a free one)")
    parser.add_argument("--schedules", action="store_true", help="run the templates' jobs when they are due")
    kafka = parser.add_mutually_exclusive_group()
    kafka.add_argument(
        "--compose",
        nargs="?",
        const="kafka",
        choices=sorted(SERVICES),
        help="Kafka from docker-compose.kafka.yml, by docker; with `all` DynamoDB and S3 as well",
    )
    kafka.add_argument(
        "--bootstrap",
        type=addresses,
        metavar="HOST:PORT",
        help="an existing Kafka, in clear text; it is checked first, and neither started nor stopped",
    )
    given = parser.parse_args(argv)
    if given.in_memory and (given.compose or given.bootstrap):
        parser.error("--in-memory wipes its data at its end, which Kafka in a container or of others would outlive")
    options = Options(
        given.stage, given.course, given.in_memory, given.api_port, given.schedules, given.compose, given.bootstrap
    )
    from local import terminal

    run = terminal.detached if given.detach else terminal.foreground
    return run(options, State.here())


def addresses(text: str) -> str:
    """One or more `HOST:PORT`, with commas between them.

    >>> addresses("127.0.0.1:9092")
    '127.0.0.1:9092'
    """
    if not re.fullmatch(r"[\w.\[\]:-]+:\d+(,[\w.\[\]:-]+:\d+)*", text):
        raise argparse.ArgumentTypeError(f"must be HOST:PORT, or several with commas between them, not {text!r}")
    return text


def down(argv: list[str]) -> int:
    """Stop the platform and keep its data; without a running one, nothing happens."""
    Parser("tillstream down", description="Stop the platform; its data is kept.").parse_args(argv)
    return say_stopped(State.here())


def say_stopped(state: State) -> int:
    """Stop the running platform, and say whether its data is kept."""
    from local import terminal

    run = state.run()
    if not terminal.stop(state):
        print("no platform runs in this checkout")
    elif run and run.in_memory:
        print("stopped; it ran in memory, so the data of this run was wiped")
    else:
        print("stopped; the data is kept, and `tillstream up` goes on with it")
    return OK


def reset(argv: list[str]) -> int:
    """Stop the platform and delete the laptop's data, of every stage; it knows nothing of AWS."""
    parser = Parser("tillstream reset", description="Stop the platform and delete the laptop's data, of every stage.")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    given = parser.parse_args(argv)
    state = State.here()
    of = f" ({', '.join(kept)})" if (kept := state.kept()) else ""
    question = f"Delete the data of every stage{of} of the laptop's platform in {state.root / 'data'}?"
    if not given.yes and not confirmed(question):
        print("nothing was deleted: say `tillstream reset --yes`", file=sys.stderr)
        return WRONG_USE
    return wiped(state)


def wiped(state: State) -> int:
    """Stop the platform and delete the data under the lock; on an existing Kafka only what this checkout created."""
    from local import terminal
    from local.kafka import compose, existing

    terminal.stop(state)
    with state.lock(terminal.PATIENCE_SECONDS):
        kept = state.kept()
        state.wipe_all()
        compose.wipe_all(state)
        said = existing.give_back(state)
    stages = f"the laptop's data of {'the stage' if len(kept) == 1 else 'the stages'} {', '.join(kept)} was deleted"
    print("\n".join([stages if kept else "there was no data of the laptop to delete", *said]))
    return FAILED if existing.memory(state).entries() else OK


def show_status(state: State, *, as_json: bool) -> int:
    """Print the platform's state: 0 while it serves, else 1."""
    from local import terminal
    from local.status.state import status as state_of_platform

    now = state_of_platform(state)
    print(json.dumps(now, indent=1) if as_json else wrapped(terminal.status_text(now)))
    return OK if now["running"] else FAILED


def env(argv: list[str]) -> int:
    """Print a platform, the laptop's or a stack's, as shell variables: `eval "$(tillstream env)"`."""
    parser = Parser("tillstream env", description='Print variables for other tools. Example: eval "$(tillstream env)"')
    parser.add_argument("--stack", metavar="NAME", help="a stack deployed on AWS (default: the laptop)")
    parser.add_argument("--json", action="store_true", help="one JSON object in place of a shell's lines")
    given = parser.parse_args(argv)
    found = variables(from_stack(given.stack) if given.stack else Target.load(State.here().root, or_stack=True))
    as_shell = "\n".join(f"export {name}={shlex.quote(value)}" for name, value in found.items())
    print(json.dumps(found, indent=1) if given.json else as_shell)
    return OK
