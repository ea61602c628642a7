"""A job's Spark settings on the laptop: the template's own, without those of Glue and its machines.

The Glue catalog becomes Iceberg's JDBC catalog in a SQLite file, which pyiceberg's `SqlCatalog` reads as well. S3 is
found by `AWS_ENDPOINT_URL_S3` and the keys of the environment, as by every other AWS SDK.
"""

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from local.errors import UnsupportedProperty
from local.parts.jars import library, source
from local.parts.java import QUICK, class_path, heap
from local.parts.spark_archive import sharing

PART: Final = "spark"
"""The folder of the jars that Glue provides by `--datalake-formats iceberg`."""

GLUE_CATALOG: Final = "org.apache.iceberg.aws.glue.GlueCatalog"
GLUE_VERSION: Final = "5.1"
"""The Glue version whose Spark (3.5.6) and Iceberg (1.10.0) the laptop has."""

THIS_MACHINE: Final = {
    "spark.master": "local[2]",
    "spark.driver.memory": heap(8, 2_048, 8_192),
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.python.daemon.module": "local.glue.worker_daemon",
    "spark.sql.shuffle.partitions": "4",
    "spark.default.parallelism": "4",
}
"""Two cores, one process, no server: settings of the machine, so neither in the template nor in a job."""

BUSY_MS: Final = 10_000
_CATALOG: Final = re.compile(r"spark\.sql\.catalog\.[^.]+")


def conf_settings(argument: str) -> dict[str, str]:
    """The settings in Glue's argument `--conf`, in which all but the first are preceded by another `--conf`.

    >>> conf_settings("spark.a=1 --conf spark.b=x=y")
    {'spark.a': '1', 'spark.b': 'x=y'}
    """
    pairs = (setting.partition("=") for setting in re.split(r"\s+--conf\s+", argument.strip()) if setting)
    return {name: value for name, _, value in pairs}


def laptop_conf(conf: Mapping[str, str], lake_db: Path, scratch: Path) -> dict[str, str]:
    """These settings with the catalog in the file `lake_db`, and Spark on this machine alone, spilling to `scratch`.

    Raises `UnsupportedProperty` for a catalog that is not Glue's.
    """
    settings = dict(conf)
    for name in catalogs(conf):
        catalog = f"spark.sql.catalog.{name}"
        kind = settings.pop(f"{catalog}.catalog-impl", None)
        if kind != GLUE_CATALOG:
            raise UnsupportedProperty(f"{catalog} is {kind}: the laptop stands in for {GLUE_CATALOG} only")
        settings |= {
            f"{catalog}.type": "jdbc",
            # SQLite waits for another writer
            f"{catalog}.uri": f"{catalog_address(lake_db)}?busy_timeout={BUSY_MS}",
            # the layout of tables that pyiceberg writes and reads too
            f"{catalog}.jdbc.schema-version": "V1",
            # S3Proxy answers on one address for all buckets
            f"{catalog}.s3.path-style-access": "true",
        }
    # on the class path from the start: JDBC finds no driver in a jar that Spark loads later
    files = {"log4j2.configurationFile": source(PART, "log4j2.properties"), "java.io.tmpdir": scratch}
    properties = [f"-D{name}={path}" for name, path in files.items()]
    here = {
        "spark.driver.extraClassPath": class_path(library(PART)),
        "spark.driver.extraJavaOptions": shlex.join([*QUICK, *sharing(), *properties]),
    }
    return {**settings, **THIS_MACHINE, **here}


def catalog_address(lake_db: Path) -> str:
    """The JDBC address of the catalog in this file."""
    return f"jdbc:sqlite:{lake_db}"


def catalogs(conf: Mapping[str, str]) -> list[str]:
    """The names of the catalogs in these settings.

    >>> catalogs({"spark.sql.catalog.lake": "org.example.Catalog", "spark.sql.catalog.lake.type": "jdbc"})
    ['lake']
    """
    return [name.rpartition(".")[2] for name in conf if _CATALOG.fullmatch(name)]
