"""The laptop's reading of a synthesized app: the platform that it builds, and what it refuses by name."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Final

import pytest

from local.cloudformation import reader, synthesis
from local.cloudformation.redshift_serverless import SECRET_ARN
from local.errors import BrokenAssembly, UnsupportedProperty, UnsupportedResource
from local.platform import Api, Bucket, Function, Platform, Role, Route, Table, Topic, Warehouse
from local.platform import Mapping as Feed
from stores.target import CHECKOUT
from tests.local.cloudformation.conftest import KAFKA, URL, App, resource

CLUSTER_ARN: Final = "arn:aws:kafka:us-east-1:000000000000:cluster/shop/"


def test_every_reference_is_resolved_against_this_machine(app: App) -> None:
    role = "shop-role"
    uuid = "bf492be7-eaf7-54a2-8515-93a48f96fde9"
    cluster = app.load().mappings[0].cluster_arn
    assert cluster.startswith(CLUSTER_ARN)
    assert app.load() == Platform(
        stage="",
        region="us-east-1",
        account="000000000000",
        functions=(
            Function(
                name="ingest",
                handler="lambdas.ingest.handler.handler",
                code=app.host,
                environment={"SERVERS": "127.0.0.1:9092", "SECURITY": "PLAINTEXT", "LAKE": "shop-data-lake-5f1b88ea"},
                timeout_seconds=25,
                memory_mb=128,
                reserved_concurrency=None,
                role=role,
            ),
        ),
        mappings=(Feed("Feed", "ingest", "orders", "shop-archive", 100, 5.0, "TRIM_HORIZON", cluster, True, uuid),),
        topics=(Topic("orders", 2, {"retention.ms": "1000"}),),
        tables=(
            Table(
                "shop-data-orders-724a10ed",
                {
                    "TableName": "shop-data-orders-724a10ed",
                    "AttributeDefinitions": [{"AttributeName": "Id", "AttributeType": "N"}],
                    "KeySchema": [{"AttributeName": "Id", "KeyType": "HASH"}],
                    "BillingMode": "PAY_PER_REQUEST",
                },
            ),
        ),
        buckets=(Bucket("shop-data-lake-5f1b88ea"),),
        apis=(
            Api(
                name="shop",
                stage="P",
                routes=(Route("GET", "/invoices/{No}", "ingest", "AWS_IAM"), Route("GET", "/", "ingest", "AWS_IAM")),
                rate_limit=7,
                burst_limit=None,
            ),
        ),
        outputs={"ApiUrl": f"{URL}/P"},
        roles=(Role(role, f"arn:aws:iam::000000000000:role/{role}", ()),),
    )


def test_names_are_the_same_on_every_run_and_legal_even_when_ids_are_long(app: App) -> None:
    lake = app.stacks["shop-data"]["Resources"]
    lake["A" * 90] = resource("AWS::S3::Bucket")
    first, again = app.load().buckets, app.load().buckets
    assert first == again
    assert len({bucket.name for bucket in first}) == 2
    assert all(3 <= len(bucket.name) <= 63 and bucket.name == bucket.name.lower() for bucket in first)


def test_a_type_without_a_local_service_is_refused_by_name(app: App) -> None:
    app.stacks["shop"]["Resources"]["Queue"] = resource("AWS::SQS::Queue")
    with pytest.raises(UnsupportedResource, match="shop: Queue is of type AWS::SQS::Queue, which has no local service"):
        app.load()


@pytest.mark.parametrize(
    ("of", "stack", "name"),
    [
        ("Ingest", "shop", "Layers"),
        ("Lake5F1B88EA", "shop-data", "NotificationConfiguration"),
        ("Orders724A10ED", "shop-data", "StreamSpecification"),
        ("GetRoot", "shop", "RequestValidatorId"),
    ],
)
def test_a_property_that_would_be_dropped_in_silence_is_refused(app: App, of: str, stack: str, name: str) -> None:
    app.resource(of, stack)[name] = "any"
    with pytest.raises(UnsupportedProperty, match=f"asks for {name}, which the laptop cannot do"):
        app.load()


def test_a_folder_that_holds_no_app_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BrokenAssembly, match=r"manifest\.json is not readable as JSON"):
        reader.load(tmp_path, kafka=KAFKA, api_url=URL)


@pytest.mark.parts
@pytest.mark.parametrize("stage", ["laptop", "dev"])
def test_a_stage_is_read_whole(stage: str) -> None:
    platform = reader.load(synthesis.assembly(stage), kafka=KAFKA, api_url=URL)
    assert (platform.stage, platform.outputs["ApiUrl"]) == (stage, f"{URL}/P")
    counted = {name: len(getattr(platform, name)) for name in ("functions", "mappings", "topics", "tables", "buckets")}
    assert counted == {"functions": 8, "mappings": 2, "topics": 1, "tables": 3, "buckets": 1}
    counted = {name: len(getattr(platform, name)) for name in ("jobs", "triggers", "workflows", "databases")}
    assert counted == {"jobs": 4, "triggers": 3, "workflows": 1, "databases": 1}
    [warehouse] = platform.warehouses
    assert warehouse == Warehouse(
        f"tillstream-{stage}", f"tillstream_{stage}", SECRET_ARN, arn=warehouse.arn, role=warehouse.role
    )
    having = {warehouse.role, *(it.role for it in platform.functions), *(it.role for it in platform.jobs)}
    assert having <= {role.name for role in platform.roles if role.statements}
    assert platform.outputs["WarehouseSecret"] == SECRET_ARN
    [load] = [job for job in platform.jobs if job.name.endswith("load_warehouse")]
    where = [load.arguments[f"--{name}"] for name in ("workgroup", "database")]
    assert where == [warehouse.workgroup, warehouse.database]
    assert all(path.is_file() for job in platform.jobs for path in (job.script, *job.module_zips))
    assert [len(api.routes) for api in platform.apis] == [15]


@pytest.mark.parts
def test_the_runtime_reads_the_synthesized_files_and_nothing_else() -> None:
    folder = synthesis.assembly("laptop")
    script = textwrap.dedent("""
        import json, sys
        from pathlib import Path
        from local.cloudformation import reader
        opened = []
        sys.addaudithook(lambda event, arguments: event == "open" and opened.append(str(arguments[0])))
        kafka = reader.KafkaAddress("127.0.0.1:9092", "PLAINTEXT")
        reader.load(Path(sys.argv[1]), kafka=kafka, api_url="http://127.0.0.1:8000")
        print(json.dumps(opened))
    """)
    ran = subprocess.run(
        [sys.executable, "-c", script, str(folder)], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    opened = [Path(path) for path in json.loads(ran.stdout)]
    assert {path.name for path in opened} == {
        "manifest.json",
        "tillstream-laptop-data.assets.json",
        "tillstream-laptop-data.template.json",
        "tillstream-laptop.assets.json",
        "tillstream-laptop.template.json",
    }
    assert {path.parent for path in opened} == {folder}
