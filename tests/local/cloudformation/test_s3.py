"""S3's buckets of a template, as the laptop makes them."""

from local.platform import Bucket
from tests.local.cloudformation.conftest import App, attribute, ref


def test_a_bucket_is_made_under_the_name_that_it_chooses(app: App) -> None:
    app.resource("Lake5F1B88EA", "shop-data")["BucketName"] = "lake"
    assert app.load().buckets == (Bucket("lake"),)


def test_a_bucket_is_referred_to_by_its_name_and_an_arn_without_region_and_account(app: App) -> None:
    assert app.reference(ref("Lake5F1B88EA")) == "shop-data-lake-5f1b88ea"
    assert app.reference(attribute("Lake5F1B88EA", "Arn")) == "arn:aws:s3:::shop-data-lake-5f1b88ea"
