"""A laptop's Redshift with our tables and views, filled with lines as by a load."""

from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

from commerce.lines import OrderLine
from glue_jobs.staging import LineFile
from stores.redshift.warehouse import Warehouse
from tests.redshift import Redshift, put_manifest
from warehouse import schema


def warehouse_of(redshift: Redshift) -> Warehouse:
    """The client of the server."""
    return Warehouse(redshift.client, redshift.workgroup, redshift.database, redshift.secret, deadline_seconds=600)


def load(redshift: Redshift, lines: Sequence[OrderLine], folder: Path) -> Warehouse:
    """Create tables and views, and COPY these lines."""
    path = folder / "lines.parquet"
    with LineFile(path) as file:
        for line in lines:
            file.add(line)
    bucket = f"lines-{uuid4().hex}"  # the session's S3 is one for all
    redshift.s3.create_bucket(Bucket=bucket)
    redshift.s3.upload_file(str(path), bucket, path.name)
    manifest = put_manifest(redshift, bucket, "manifest.json", [(f"s3://{bucket}/{path.name}", path.stat().st_size)])
    redshift.run(*schema_statements())
    redshift.run(f"COPY order_lines FROM '{manifest}' IAM_ROLE default FORMAT AS PARQUET MANIFEST")
    return warehouse_of(redshift)


def schema_statements() -> list[str]:
    """The statements that create every table and view in an empty database."""
    return [*(it for migration in schema.migrations() for it in migration.statements), *schema.views().values()]
