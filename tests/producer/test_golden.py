"""All real rows, replayed: the API is sent exactly them, and they come to the golden totals."""

import json
from decimal import Decimal
from math import ceil

from commerce import wire
from commerce.summaries import totals
from tests.orders import REAL_DATA, needs_real_data
from tests.producer.api_server import ApiServer, Reply, Request, cheaply_accepted
from tests.producer.conftest import Command

pytestmark = needs_real_data


def test_all_real_rows_are_sent_once_and_come_to_the_golden_totals(api: ApiServer, command: Command) -> None:
    bodies = []

    def script(request: Request) -> Reply:
        bodies.append(request.body)
        return cheaply_accepted(request)

    api.script = script
    ended = command("replay", REAL_DATA / "online-retail", "--json")
    assert ended.code == 0
    assert ended.counts == {"rows": 77_628, "accepted": 77_628, "rejected": 0, "unsent": 0}
    assert ended.json["files"] == 44
    lines = [wire.decode(wire.encode_answer(row)) for body in bodies for row in wire.parse(body)]
    assert len({line.LineId for line in lines}) == 77_628
    golden_file = json.loads((REAL_DATA / "golden.json").read_text("utf-8"))
    assert len(bodies) == sum(ceil(day["rows"] / 500) for day in golden_file["by_day"].values())
    golden = golden_file["all"]
    sums = totals(lines)
    assert (sums.Lines, sums.Units, sums.Amount) == (
        golden["rows"],
        golden["quantity"],
        Decimal(golden["net_amount"]),
    )
