"""A platform gets a version whose record has the field `Channel`, over the same data; nothing is lost."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from producer.generate import records
from tests.end_to_end.laptop import Laptop, hops
from tests.growth.channel import Grown

pytestmark = [pytest.mark.parts, pytest.mark.scale, pytest.mark.timeout(3_600)]

SIX = "csv,topic,s3,dynamodb,lake,redshift"
COUNTED = "SELECT COUNT(*) AS lines, COUNT(Channel) AS with_channel, COUNT(DISTINCT LineId) AS ids FROM order_lines"


@contextmanager
def running(laptop: Laptop) -> Iterator[None]:
    """The platform of this version, over the data that its home has, until the block ends."""
    laptop.do("up", "--detach")
    try:
        yield
    finally:
        laptop.do("down")


def a_day(folder: Path, day: date, channel: str = "") -> Path:
    """The file of a generated day; with a channel, it has that column."""
    rows = [row.rstrip(b"\r\n") for row in records(day, seed=1, invoices=20)]
    if channel:
        rows = [rows[0] + b",Channel", *(row + f",{channel}".encode() for row in rows[1:])]
    path = folder / f"{day}{channel}.csv"
    path.write_bytes(b"\r\n".join(rows) + b"\r\n")
    return path


def lines_of(*files: Path) -> int:
    return sum(file.read_bytes().count(b"\n") - 1 for file in files)


def test_rows_of_before_and_after_the_field_agree_in_all_six_stores(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    streamed, dropped = a_day(home, date(2011, 1, 3)), a_day(home, date(2011, 1, 4))
    older = Laptop(home)
    with running(older):
        older.do("replay", str(streamed))
        older.do("put", str(dropped))
        older.reconcile(str(streamed), "--hops", "csv,topic,s3,dynamodb")
        older.do("job", "all")
        before = hops(older.reconcile(str(streamed), str(dropped), "--hops", SIX))

    newer = Laptop(home, Grown.whole(tmp_path / "grown").folder)
    with running(newer):
        again = hops(newer.reconcile(str(streamed), str(dropped), "--hops", SIX))
        assert {name: hop["digest"] for name, hop in again.items()} == {
            name: hop["digest"] for name, hop in before.items()
        }
        sold, put = a_day(home, date(2011, 1, 5), "web"), a_day(home, date(2011, 1, 6), "shop")
        newer.do("replay", str(streamed), str(sold))
        newer.do("put", str(put))
        newer.reconcile(str(streamed), str(sold), "--hops", "csv,topic,s3,dynamodb")
        newer.do("job", "all")
        files = (streamed, dropped, sold, put)
        newer.reconcile(*map(str, files), "--hops", SIX)
        counted = f"{lines_of(*files)},{lines_of(sold, put)},{lines_of(*files)}"
        for how in ("sql", "lake"):
            assert newer.do(how, COUNTED, "--csv").splitlines() == ["lines,with_channel,ids", counted]
