"""What every test may ask for: the real servers of `tests.parts`."""

from tests.parts import dynamodb, kafka, parts_folder, s3

__all__ = ["dynamodb", "kafka", "parts_folder", "s3"]
