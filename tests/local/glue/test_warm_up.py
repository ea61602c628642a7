"""The archive of the classes that a batch job's Spark loads: made once, and used by every session."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from local.glue.spark import laptop_conf
from local.parts.installation import install
from local.parts.spark_archive import archive

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@pytest.mark.parts
def test_an_installation_has_the_archive_and_makes_it_once(tmp_path: Path) -> None:
    install()
    made = archive().stat().st_mtime_ns
    said: list[str] = []
    install(said.append)
    assert (archive().stat().st_mtime_ns, said) == (made, [])
    assert str(archive()) in laptop_conf({}, tmp_path / "lake.db", tmp_path)["spark.driver.extraJavaOptions"]


@pytest.mark.parts
def test_the_jvm_of_a_session_uses_the_archive(spark: "SparkSession") -> None:
    jvm: Any = spark.sparkContext._gateway
    assert str(archive()) in Path(f"/proc/{jvm.proc.pid}/maps").read_text("utf-8")
