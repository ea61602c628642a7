"""Whether the stores agree on the lines that other files brought of the same days.

What came is what the topic, the raw objects and the files that curate took hold. Each store that is judged (dynamodb,
lake, redshift) must hold all of it, or it is due there; a store's line that nothing brought is wrong. Where it is not
known all that came (raw objects are not judged, or the topic has let go of messages), the stores are compared with one
another: what one holds the others must hold too. Stores are read one after the other while lines come in, so a line
that is on its way is not a fault, wherever it is already.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from operations.reconcile.due import Awaited
from operations.reconcile.hops.names import STORES
from operations.reconcile.judge import NAMED
from operations.reconcile.lines import LineRef
from operations.reconcile.verdict import Hop, Rule


@dataclass(frozen=True, slots=True)
class Others:
    """The lines of the scope that the files do not hold: those that came, and whether these are all that came."""

    came: frozenset[LineRef]
    complete: bool


def others(hops: Iterable[Hop], incoming: Iterable[LineRef], *, complete: bool) -> Others:
    """The lines that the stream or `incoming/` brought beyond those of the files."""
    return Others(
        frozenset(line for hop in hops if hop.name not in STORES for line in hop.surplus) | frozenset(incoming),
        complete,
    )


def agreement(hops: Sequence[Hop], came: Others, awaited: Awaited) -> tuple[list[Rule], int]:
    """A rule for each store, and how many lines other files brought; no rules if there is nothing to compare."""
    stores = [hop for hop in hops if hop.name in STORES]
    strays = _strays(stores, came, awaited)
    everywhere = came.came if came.complete else came.came.union(*(hop.surplus for hop in stores))
    if not came.complete:
        everywhere -= awaited.published_meanwhile(line for hop in stores for line in everywhere - set(hop.surplus))
    if len(hops) <= 2 and not came.complete:  # the files and one hop: nothing beside it was read
        return [], len(everywhere)
    return [_rule(hop, everywhere, strays, awaited) for hop in stores], len(everywhere)


def _strays(stores: Iterable[Hop], came: Others, awaited: Awaited) -> Collection[LineRef]:
    """The lines of a store that nothing brought."""
    if not came.complete:
        return frozenset()
    strays = {line for hop in stores for line in hop.surplus if line not in came.came}
    return strays - awaited.on_their_way(strays)


def _rule(hop: Hop, everywhere: frozenset[LineRef], strays: Collection[LineRef], awaited: Awaited) -> Rule:
    against, due = awaited.missing(
        hop.name,
        sorted(everywhere.difference(hop.surplus)),
        lambda line: f"{line}, which no file here holds, is missing here and held by another store",
    )
    against.add_all(f"{line} is in no file here, and nothing brought it" for line in hop.surplus if line in strays)
    says = f"{NAMED[hop.name]} and the other stores hold the same lines of these days beyond those of the files"
    return Rule(f"{hop.name}-others", hop.name, says, against, due)
