"""The one console command: maps a subcommand to its function and imports only that module, so `--help` is instant."""

import os
import sys
from importlib import import_module
from typing import Final

from console.exits import FAILED, INTERRUPTED, OK, WRONG_USE
from console.harmless import install, installed

COMMANDS: Final = {
    "up": ("local.cli", "start the platform on this machine, from the templates that deploy"),
    "open": ("local.pages.cli", "open the running platform's web pages, or print their address"),
    "job": ("operations.stage.cli", "run a batch job of the platform, or `all` of its workflow"),
    "status": ("operations.stage.cli", "lag, counts and alarms of a platform, and the laptop's services"),
    "top": ("operations.stage.cli", "the way of a row, live: rates, lag, age, counts, alarms"),
    "logs": ("operations.stage.cli", "what the platform's parts, jobs and functions said"),
    "doctor": ("local.diagnosis.cli", "check that this machine, or an account, has what is needed"),
    "down": ("local.cli", "stop everything and keep the data"),
    "reset": ("local.cli", "stop everything and wipe the laptop's data, of every stage"),
    "env": ("local.cli", "the running platform's addresses, as lines for a shell"),
    "replay": ("producer.cli", "send CSV order lines to the API"),
    "generate": ("producer.cli", "write a believable day of order lines as CSV"),
    "invoice": ("producer.cli", "show an invoice and its lines"),
    "customer": ("producer.cli", "show a customer and their invoices"),
    "smoke": ("producer.cli", "send one line of no value, and follow it through the platform"),
    "put": ("producer.cli", "drop CSV files into the lake bucket's incoming/"),
    "lake": ("operations.lake.cli", "ask the lake's table in SQL"),
    "sql": ("warehouse.cli", "ask the warehouse in Redshift's SQL"),
    "reconcile": ("operations.reconcile.cli", "prove that every store holds exactly the rows of the files"),
    "ledger": ("operations.ledger.cli", "the archive's ledger: show it, and what to do where it has stopped"),
    "backfill": ("operations.backfill.cli", "let a consumer read old messages of the topic again"),
    "fill": ("operations.bulk_load.cli", "fill empty tables by DynamoDB's own bulk load, its price said first"),
    "quarantine": ("operations.quarantine.cli", "records that are not order lines: list, show, redrive, discard"),
    "erase": ("operations.erasure.cli", "erase a customer from every store, and show past erasures"),
    "cost": ("operations.cost.cli", "what an hour of a synthesized stage costs, by resource"),
    "completion": ("tillstream", "the script by which bash or zsh completes commands and files"),
}

HELP: Final = """\
usage: tillstream COMMAND [OPTIONS]

    tillstream up --detach
    tillstream generate 2010-12-01 -o day.csv
    tillstream replay day.csv
    tillstream invoice 707000
    tillstream reconcile day.csv
    tillstream down

An order platform in which every row is counted.
Commands (`tillstream help COMMAND` tells all of one):

"""
SELF: Final = ("help", "--help", "-h", "--version")
"""Words that the command answers itself, without one of `COMMANDS`."""


def main(arguments: list[str] | None = None) -> int:
    """Run the subcommand that the arguments name and answer its exit code.

    0 done, 1 failed, 2 wrong use, 130 stopped by Ctrl-C. By default the arguments are those of this process.
    """
    if arguments is None:
        install()
        return run(sys.argv[1:])
    with installed():
        return run(arguments)


def run(arguments: list[str]) -> int:
    """Run the subcommand, with everything that it prints as it is."""
    name, *rest = arguments or ["--help"]
    if name == "help" and rest:
        name, rest = rest[0], [*rest[1:], "--help"]
    if name in SELF:
        print(version() if name == "--version" else listing())
        return OK
    if name not in COMMANDS:
        from console.arguments import did_you_mean

        meant = did_you_mean(name, [*COMMANDS, *SELF]) or "; `tillstream help` lists them"
        print(f"tillstream: there is no command {name!r}{meant}", file=sys.stderr)
        return WRONG_USE
    from commerce.errors import TillstreamError

    try:
        code = int(getattr(import_module(COMMANDS[name][0]), name)(rest))
        sys.stdout.flush()
        if code not in (OK, WRONG_USE):
            complain(name, rest)
        return code
    except TillstreamError as error:
        print(f"tillstream {name}: {error}", file=sys.stderr)
        if error.exit_code != WRONG_USE:
            complain(name, rest)
        return error.exit_code
    except KeyboardInterrupt:
        print(f"\ntillstream {name}: stopped by Ctrl-C", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # as `| head` does: who reads no more wants no more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        from local.diagnosis.machine import trouble

        if what := trouble(error):
            print(f"tillstream {name}: {what}", file=sys.stderr)
            return FAILED
        raise


def complain(name: str, rest: list[str]) -> None:
    """Print, after a command failed, what the laptop's parts log about a lack of memory or disk."""
    if any(word.startswith("--stack") for word in rest):
        return
    from local.diagnosis.known_causes import here

    for line in here():
        print(f"tillstream {name}: {line}", file=sys.stderr)


def listing() -> str:
    """The help of the command itself: one line for each of `COMMANDS`."""
    return HELP + "\n".join(f"  {command:10} {what}" for command, (_, what) in COMMANDS.items())


def completion(argv: list[str]) -> int:
    """Print the completion script for bash or zsh."""
    from console.arguments import Parser, parser_of

    parser = Parser(
        "tillstream completion",
        description="Print the script with which a shell completes tillstream's commands, options and files, without "
        "starting it at each Tab. README says where to put it. Example: tillstream completion bash",
    )
    parser.add_argument("shell", choices=("bash", "zsh"))
    shell = parser.parse_args(argv).shell
    from console.completion import script

    functions = {name: getattr(import_module(module), name) for name, (module, _) in COMMANDS.items()}
    print(script(shell, {name: (COMMANDS[name][1], parser_of(function)) for name, function in functions.items()}))
    return OK


def version() -> str:
    """The command's name and version."""
    from importlib import metadata

    return f"tillstream {metadata.version('tillstream')}"


if __name__ == "__main__":
    sys.exit(main())
