"""The records of erasures in the lake bucket."""

from datetime import UTC, datetime

import pytest

from commerce.erasures import Erasure, Proof
from stores.s3 import erasures
from stores.s3.objects import Lake

pytestmark = pytest.mark.parts

NOW = datetime(2010, 12, 1, tzinfo=UTC)


def test_an_erasure_is_unfinished_until_its_proof_is_there(lake: Lake) -> None:
    assert not erasures.is_unfinished(lake)
    for name in ("20101201T000000Z-0000", "20101201T000000Z-0001"):
        erasures.put(lake, Erasure(name, NOW, ("0" * 32,)))
        assert erasures.is_unfinished(lake)
        erasures.put_proof(lake, Proof(name, NOW, ()))
        assert not erasures.is_unfinished(lake)
