"""The pictures of docs/pages.md: taken from a platform with generated rows, by `make pictures` into `docs/pages`."""

import json
import os
import re
from pathlib import Path
from subprocess import DEVNULL

import pytest

from tests.end_to_end.laptop import CHECKOUT, Laptop, platform
from tests.web.chromium import NO_CHROMIUM, chromium
from web.building import WEB, install, run_node

PICTURES = CHECKOUT / "docs" / "pages"
NAMES = re.findall(r'{ name: "(.+?)", address', (WEB / "tests" / "pictures.ts").read_text("utf-8"))
DAYS = [f"2010-12-{day:02}" for day in (1, 2, 3, 5, 6, 7, 8, 9, 10, 12)]
SALE, CANCELLATION = "790100", "C790200"
SHOP = f"""\
InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
{SALE},22423,REGENCY CAKESTAND 3 TIER,6,2010-12-01 09:26:00,12.75,17001,United Kingdom
{SALE},22423,REGENCY CAKESTAND 3 TIER,6,2010-12-01 09:26:00,12.75,17001,United Kingdom
{SALE},85123A,WHITE HANGING HEART T-LIGHT HOLDER,12,2010-12-01 09:26:00,2.55,17001,United Kingdom
{SALE},POST,POSTAGE,1,2010-12-01 09:26:00,18.00,17001,United Kingdom
{CANCELLATION},22423,REGENCY CAKESTAND 3 TIER,-2,2010-12-03 15:10:00,12.75,17001,United Kingdom
{CANCELLATION},85123A,WHITE HANGING HEART T-LIGHT HOLDER,-4,2010-12-03 15:10:00,2.55,17001,United Kingdom
"""
WRONG = """\
InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
790300,22423,REGENCY CAKESTAND 3 TIER,6,2010-12-03 16:02:00,12.75,17001,
790300,22423,REGENCY CAKESTAND 3 TIER,some,2010-12-03 16:02:00,12.7555,17001,Norway
"""


@pytest.mark.parametrize("name", NAMES)
def test_each_picture_is_shown_in_the_docs_and_small(name: str) -> None:
    assert f"(pages/{name}.webp)" in (CHECKOUT / "docs" / "pages.md").read_text("utf-8")
    assert 5_000 < (PICTURES / f"{name}.webp").stat().st_size <= 150_000


def test_no_picture_is_left_that_none_is_taken_of() -> None:
    assert sorted(path.stem for path in PICTURES.iterdir()) == sorted(NAMES)


@pytest.mark.parts
@pytest.mark.scale
@pytest.mark.timeout(3600)
def test_the_pictures_are_taken_from_a_running_platform_whose_pages_axe_finds_clean(tmp_path: Path) -> None:
    browser = chromium()
    if not browser:
        pytest.skip(NO_CHROMIUM)
    install()
    folder = Path(os.environ.get("PICTURES") or tmp_path / "pictures").resolve()
    folder.mkdir(exist_ok=True)
    with platform(tmp_path / "laptop", "--in-memory") as laptop:
        rows = filled(laptop, tmp_path)
        with laptop.start("replay", rows.pop("flowing"), "--rate", "250", stdout=DEVNULL, stderr=DEVNULL) as replay:
            try:
                variables = {"PAGES": laptop.do("open", "--print").strip(), "CHROMIUM": browser}
                taken = run_node(WEB / "tests" / "pictures.ts", str(folder), json.dumps(rows), variables=variables)
            finally:
                replay.terminate()
    assert taken.split() == NAMES


def filled(laptop: Laptop, folder: Path) -> dict[str, str]:
    """Send rows of ten days, some by each path, load them, and publish a verdict; the rows that the pictures show."""
    for name, text in (("shop", SHOP), ("wrong", WRONG)):
        (folder / f"{name}.csv").write_text(text, "utf-8")
    days = [str(folder / f"{day}.csv") for day in DAYS]
    for day, file in zip(DAYS, days, strict=True):
        # the last day is long: it flows while pictures are taken
        laptop.do("generate", day, "-o", file, "--invoices", "2000" if day == DAYS[-1] else "150")
    sent, dropped = [days[0], str(folder / "shop.csv")], days[1:-1]
    laptop.do("replay", *sent)
    laptop.reconcile(*sent, "--hops", "csv,topic,s3,dynamodb")
    laptop.do("put", *dropped, str(folder / "wrong.csv"))
    laptop.do("job", "all")
    laptop.do("reconcile", *sent, *dropped, "--publish")
    invoice = json.loads(laptop.do("invoice", SALE, "--json"))
    [record, *_] = json.loads(laptop.do("quarantine", "list", "--json"))
    line = invoice["lines"][0]["LineId"]
    return {"sale": SALE, "cancellation": CANCELLATION, "line": line, "record": record["id"], "flowing": days[-1]}
