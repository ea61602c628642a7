"""The running platform as environment variables, for boto3, the AWS CLI, Kafka's tools and scripts."""

import shlex

from stores.target import Target


def variables(target: Target) -> dict[str, str]:
    """Name and value of each variable; the AWS ones are those that every AWS SDK reads."""
    return {
        "TILLSTREAM_API_URL": target.api_url,
        "AWS_ENDPOINT_URL_S3": target.endpoints["s3"],
        "AWS_ENDPOINT_URL_DYNAMODB": target.endpoints["dynamodb"],
        "AWS_ACCESS_KEY_ID": target.access_key_id,
        "AWS_SECRET_ACCESS_KEY": target.secret_access_key,
        "AWS_REGION": target.region,
        "AWS_DEFAULT_REGION": target.region,
        "TILLSTREAM_BOOTSTRAP_SERVERS": target.bootstrap_servers,
        "TILLSTREAM_TOPIC": target.topic,
        "TILLSTREAM_LAKE_BUCKET": target.lake_bucket,
        "TILLSTREAM_INVOICES_TABLE": target.invoices_table,
        "TILLSTREAM_CUSTOMERS_TABLE": target.customers_table,
        "TILLSTREAM_OFFSETS_TABLE": target.offsets_table,
        "TILLSTREAM_LAKE_TABLE": target.lake_table,
        "TILLSTREAM_LAKE_CATALOG": target.lake_catalog,
    }


def exports(target: Target) -> str:
    """Lines `export NAME=VALUE` for a POSIX shell."""
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables(target).items())
