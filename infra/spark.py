"""The settings of Spark that every job shares: the lake's catalog, the address of its files, and the time zone.

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
        # business times have no zone: no session's time zone may shift them
        "spark.sql.session.timeZone": "UTC",
    }


def conf_argument(conf: Mapping[str, str]) -> str:
    """The settings as the value of Glue's argument `--conf`, which can be given only once.

    >>> conf_argument({"spark.a": "1", "spark.b": "2"})
    'spark.a=1 --conf spark.b=2'
    """
    return " --conf ".join(f"{name}={value}" for name, value in conf.items())
