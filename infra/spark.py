"""What every Spark job of ours is told about the lake: its catalog, where its files lie, and the clock.

Plain text, without the CDK, so that tests start a session from the very settings that the template names.
"""

from collections.abc import Mapping
from typing import Final

CATALOG: Final = "lake"
"""The catalog's name inside Spark: jobs call the table `lake.<database>.order_lines`."""


def lake_conf(warehouse: str) -> dict[str, str]:
    """Spark's settings for the lake over the Glue catalog; `warehouse` is an S3 address."""
    catalog = f"spark.sql.catalog.{CATALOG}"
    return {
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        catalog: "org.apache.iceberg.spark.SparkCatalog",
        f"{catalog}.catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
        f"{catalog}.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
        f"{catalog}.warehouse": warehouse,
        # times are of the business and have no zone: no session may move them
        "spark.sql.session.timeZone": "UTC",
    }


def conf_argument(conf: Mapping[str, str]) -> str:
    """The settings as Glue's one argument `--conf` takes them: it is named once, so the rest goes into its value.

    >>> conf_argument({"spark.a": "1", "spark.b": "2"})
    'spark.a=1 --conf spark.b=2'
    """
    return " --conf ".join(f"{name}={value}" for name, value in conf.items())
