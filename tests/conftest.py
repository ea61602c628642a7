"""What every test may ask for: the real servers of `tests.parts`, and the Spark of `tests.spark`."""

from tests.parts import dynamodb, kafka, parts_folder, s3
from tests.spark import lake, lake_db, spark

__all__ = ["dynamodb", "kafka", "lake", "lake_db", "parts_folder", "s3", "spark"]
