"""The laptop's reading of a synthesized app: what it builds, and what it refuses by name."""

import json
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from local.cloudformation import reader, synthesis
from local.cloudformation.no_effect import PROPERTIES_WITHOUT_EFFECT, WITHOUT_EFFECT
from local.cloudformation.redshift_serverless import SECRET_ARN
from local.errors import BrokenAssembly, UnresolvedReference, UnsupportedProperty, UnsupportedResource
from local.platform import (
    Api,
    Bucket,
    Database,
    Function,
    Job,
    KafkaAddress,
    Platform,
    Route,
    Table,
    Topic,
    Trigger,
    Warehouse,
    Workflow,
)
from local.platform import Mapping as Feed

KAFKA: Final = KafkaAddress("127.0.0.1:9092", "PLAINTEXT")
URL: Final = "http://127.0.0.1:8000"
CLUSTER_ARN: Final = "arn:aws:kafka:us-east-1:000000000000:cluster/shop/"


def ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def attribute(name: str, attribute: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [name, attribute]}


def resource(type: str, **properties: Any) -> dict[str, Any]:
    return {"Type": type, "Properties": properties}


def data_stack() -> dict[str, Any]:
    """What holds data, exported to the other stack."""
    return {
        "Resources": {
            "Cluster21A1BE89": resource("AWS::MSK::Cluster", ClusterName="shop", NumberOfBrokerNodes=3),
            "Topic": resource(
                "AWS::MSK::Topic",
                ClusterArn=attribute("Cluster21A1BE89", "Arn"),
                TopicName="orders",
                PartitionCount=2,
                ReplicationFactor=3,
                Configs="cmV0ZW50aW9uLm1zPTEwMDA=",
            ),
            "Lake5F1B88EA": resource("AWS::S3::Bucket", VersioningConfiguration={"Status": "Enabled"}),
            "Orders724A10ED": resource(
                "AWS::DynamoDB::Table",
                KeySchema=[{"AttributeName": "Id", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "Id", "AttributeType": "N"}],
                BillingMode="PAY_PER_REQUEST",
                DeletionProtectionEnabled=True,
            ),
        },
        "Outputs": {
            "ExportsCluster": {"Value": attribute("Cluster21A1BE89", "Arn"), "Export": {"Name": "shop-data:Cluster"}},
            "ExportsLake": {"Value": ref("Lake5F1B88EA"), "Export": {"Name": {"Fn::Sub": "${AWS::StackName}:Lake"}}},
        },
    }


def platform_stack() -> dict[str, Any]:
    """What runs."""
    uri = ["arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/", attribute("Ingest", "Arn"), "/invocations"]
    method = {
        "RestApiId": ref("Api"),
        "HttpMethod": "GET",
        "AuthorizationType": "AWS_IAM",
        "Integration": {"Type": "AWS_PROXY", "Uri": {"Fn::Join": ["", uri]}},
    }
    return {
        "Resources": {
            "Brokers": resource("Custom::BootstrapBrokers", ServiceToken="any", ClusterArn="any"),
            "Role": resource("AWS::IAM::Role", AssumeRolePolicyDocument={"Fn::Unheard": "of"}),
            "Ingest": resource(
                "AWS::Lambda::Function",
                FunctionName="ingest",
                Handler="lambdas.ingest.handler.handler",
                Code={"S3Bucket": {"Fn::Sub": "assets-${AWS::AccountId}"}, "S3Key": "abc.zip"},
                Environment={
                    "Variables": {
                        "SERVERS": attribute("Brokers", "Servers"),
                        "SECURITY": attribute("Brokers", "Security"),
                        "LAKE": {"Fn::ImportValue": "shop-data:Lake"},
                    }
                },
                Timeout=25,
                Role=attribute("Role", "Unheard"),
            ),
            "Feed": resource(
                "AWS::Lambda::EventSourceMapping",
                FunctionName=ref("Ingest"),
                EventSourceArn={"Fn::ImportValue": "shop-data:Cluster"},
                Topics=["orders"],
                StartingPosition="TRIM_HORIZON",
                AmazonManagedKafkaEventSourceConfig={"ConsumerGroupId": "shop-archive"},
                MaximumBatchingWindowInSeconds=5,
            ),
            "Api": resource("AWS::ApiGateway::RestApi", Name="shop"),
            "Invoices": resource(
                "AWS::ApiGateway::Resource",
                ParentId=attribute("Api", "RootResourceId"),
                PathPart="invoices",
                RestApiId=ref("Api"),
            ),
            "Invoice": resource(
                "AWS::ApiGateway::Resource", ParentId=ref("Invoices"), PathPart="{No}", RestApiId=ref("Api")
            ),
            "GetInvoice": resource("AWS::ApiGateway::Method", ResourceId=ref("Invoice"), **method),
            "GetRoot": resource("AWS::ApiGateway::Method", ResourceId=attribute("Api", "RootResourceId"), **method),
            "Stage": resource(
                "AWS::ApiGateway::Stage",
                RestApiId=ref("Api"),
                StageName="P",
                MethodSettings=[{"HttpMethod": "*", "ResourcePath": "/*", "ThrottlingRateLimit": 7}],
            ),
        },
        "Outputs": {
            "ApiUrl": {
                "Value": {"Fn::Sub": "https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}/P"},
            },
        },
    }


class App:
    """A synthesized app in a folder, to be changed before it is read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: dict[str, Any] = {}
        self.stacks = {"shop-data": data_stack(), "shop": platform_stack()}
        self.host = folder / "assets" / "ingest-1" / "host"
        self.host.mkdir(parents=True)
        (self.host.parent / "deploy").mkdir()

    def resource(self, name: str, stack: str = "shop") -> dict[str, Any]:
        return self.stacks[stack]["Resources"][name]["Properties"]  # type: ignore[no-any-return]

    def load(self) -> Platform:
        code = {"source": {"path": "assets/ingest-1/deploy"}, "destinations": {"here": {"objectKey": "abc.zip"}}}
        artifacts: dict[str, Any] = {"tree": {"type": "cdk:tree"}}
        for name, template in self.stacks.items():
            self.write(f"{name}.template.json", template)
            artifacts[name] = {
                "type": "aws:cloudformation:stack",
                "environment": "aws://unknown-account/us-east-1",
                "properties": {"templateFile": f"{name}.template.json"},
            }
        self.write("shop.assets.json", {"files": {"abc": code, **self.files}})
        artifacts["shop.assets"] = {"type": "cdk:asset-manifest", "properties": {"file": "shop.assets.json"}}
        self.write("manifest.json", {"artifacts": artifacts})
        return reader.load(self.folder, kafka=KAFKA, api_url=URL)

    def write(self, name: str, content: Mapping[str, Any]) -> None:
        (self.folder / name).write_text(json.dumps(content))


@pytest.fixture
def app(tmp_path: Path) -> App:
    return App(tmp_path)


def test_every_reference_is_resolved_against_this_machine(app: App) -> None:
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
            ),
        ),
        mappings=(Feed("Feed", "ingest", "orders", "shop-archive", 100, 5.0, "TRIM_HORIZON", cluster, True),),
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
    )


def test_names_are_the_same_on_every_run_and_legal_even_when_ids_are_long(app: App) -> None:
    lake = app.stacks["shop-data"]["Resources"]
    lake["A" * 90] = resource("AWS::S3::Bucket")
    first, again = app.load().buckets, app.load().buckets
    assert first == again
    assert len({bucket.name for bucket in first}) == 2
    assert all(3 <= len(bucket.name) <= 63 and bucket.name == bucket.name.lower() for bucket in first)


def test_a_type_without_a_part_is_refused_by_name(app: App) -> None:
    app.stacks["shop"]["Resources"]["Queue"] = resource("AWS::SQS::Queue")
    with pytest.raises(UnsupportedResource, match="shop: Queue is of type AWS::SQS::Queue, which has no part"):
        app.load()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BisectBatchOnFunctionError", True),
        ("MaximumRetryAttempts", 3),
        ("MaximumRecordAgeInSeconds", 60),
        ("DestinationConfig", {"OnFailure": {"Destination": "arn:aws:s3:::lake"}}),
        ("FunctionResponseTypes", ["ReportBatchItemFailures"]),
        ("FilterCriteria", {"Filters": []}),
    ],
)
def test_a_mapping_that_asks_for_what_the_event_source_cannot_do_is_refused(app: App, name: str, value: Any) -> None:
    app.resource("Feed")[name] = value
    with pytest.raises(UnsupportedProperty, match=rf"shop: Feed \(AWS::Lambda::EventSourceMapping\) asks for {name},"):
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


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("AuthorizationType", "CUSTOM", "the authorization CUSTOM"),
        ("Integration", {"Type": "MOCK"}, "the integration MOCK"),
        ("Integration", {"Type": "AWS_PROXY", "Uri": "arn:aws:apigateway:s3"}, "is no function"),
    ],
)
def test_a_method_that_the_gateway_cannot_serve_is_refused(app: App, name: str, value: Any, says: str) -> None:
    app.resource("GetInvoice")[name] = value
    with pytest.raises(UnsupportedProperty, match=says):
        app.load()


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({"Ref": "Nothing"}, "shop has no resource or parameter Nothing"),
        ({"Fn::GetAtt": ["Ingest", "SnapStart"]}, r"Ingest \(AWS::Lambda::Function\) has no attribute SnapStart"),
        ({"Fn::ImportValue": "other"}, "imports other, which no stack of this assembly exports"),
        ({"Fn::Transform": {}}, "cannot evaluate Fn::Transform"),
        ({"Fn::Select": [2, ["a", "b"]]}, "item 2 of"),
        ({"Fn::FindInMap": ["Zones", "here", "a"]}, "no Zones in the mapping"),
        ({"Ref": "Size"}, "the parameter Size has no default"),
    ],
)
def test_a_reference_that_the_laptop_cannot_answer_is_named(app: App, value: Any, says: str) -> None:
    app.stacks["shop"]["Parameters"] = {"Size": {"Type": "String"}}
    app.resource("Ingest")["Environment"]["Variables"]["X"] = value
    with pytest.raises(UnresolvedReference, match=says):
        app.load()


@pytest.mark.parametrize(
    ("value", "comes_to"),
    [
        ({"Fn::Join": ["-", ["a", {"Ref": "AWS::Region"}]]}, "a-us-east-1"),
        ({"Fn::Select": [1, {"Fn::Split": [":cluster/", "arn:cluster/name/id"]}]}, "name/id"),
        ({"Fn::Sub": "${AWS::Partition} ${Ingest} ${Ingest.Arn} ${!Literal}"}, None),
        ({"Fn::Sub": ["${A}-${B}", {"A": "x", "B": {"Ref": "AWS::AccountId"}}]}, "x-000000000000"),
        ({"Fn::Base64": "retention.ms=1000"}, "cmV0ZW50aW9uLm1zPTEwMDA="),
        ({"Fn::If": ["Small", "yes", "no"]}, "yes"),
        ({"Fn::If": ["Large", "yes", {"Ref": "Size"}]}, "small"),
        ({"Fn::FindInMap": ["Zones", {"Ref": "AWS::Region"}, "first"]}, "a"),
        ({"Fn::Select": [0, {"Fn::GetAZs": ""}]}, "us-east-1a"),
    ],
)
def test_the_functions_of_templates_are_evaluated(app: App, value: Any, comes_to: str | None) -> None:
    app.stacks["shop"] |= {
        "Parameters": {"Size": {"Type": "String", "Default": "small"}},
        "Mappings": {"Zones": {"us-east-1": {"first": "a"}}},
        "Conditions": {
            "Small": {"Fn::Equals": [{"Ref": "Size"}, "small"]},
            "Large": {"Fn::And": [{"Fn::Not": [{"Condition": "Small"}]}, {"Fn::Or": [{"Condition": "Small"}]}]},
        },
    }
    app.resource("Ingest")["Environment"]["Variables"]["X"] = value
    found = app.load().functions[0].environment["X"]
    assert found == (comes_to or "aws ingest arn:aws:lambda:us-east-1:000000000000:function:ingest ${Literal}")


def test_no_value_leaves_a_property_out_and_a_false_condition_a_resource(app: App) -> None:
    app.stacks["shop"]["Conditions"] = {"Never": {"Fn::Equals": ["a", "b"]}}
    app.stacks["shop"]["Resources"]["Queue"] = resource("AWS::SQS::Queue") | {"Condition": "Never"}
    app.resource("Ingest")["Timeout"] = {"Fn::If": ["Never", 60, {"Ref": "AWS::NoValue"}]}
    assert app.load().functions[0].timeout_seconds == 3


def test_an_asset_without_a_twin_for_this_machine_is_refused(app: App) -> None:
    app.host.rmdir()
    with pytest.raises(BrokenAssembly, match="no twin for this machine beside it: run `python -m infra.packaging`"):
        app.load()


def test_a_folder_that_holds_no_app_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BrokenAssembly, match=r"manifest\.json is not readable as JSON"):
        reader.load(tmp_path, kafka=KAFKA, api_url=URL)


def test_what_is_passed_over_is_passed_over_for_a_reason() -> None:
    assert not reader.READ.keys() & WITHOUT_EFFECT.keys()
    assert PROPERTIES_WITHOUT_EFFECT.keys() <= reader.READ.keys()
    for type, reasons in PROPERTIES_WITHOUT_EFFECT.items():
        assert not reasons.keys() & reader.READ[type]
    assert all(len(reason.split()) > 2 for reason in WITHOUT_EFFECT.values())


def add_glue(app: App) -> None:
    """A job with its files, a trigger of the clock and one of its success."""
    for name in ("job.py", "rooms.zip"):
        (app.folder / name).touch()
        app.files[name] = {"source": {"path": name}, "destinations": {"here": {"objectKey": f"1/{name}"}}}
    bucket = {"Fn::Sub": "assets-${AWS::AccountId}"}
    app.stacks["shop"]["Resources"] |= {
        "Database": resource("AWS::Glue::Database", CatalogId="any", DatabaseInput={"Name": "shop"}),
        "Sort": resource(
            "AWS::Glue::Job",
            Name="shop-sort",
            Role="any",
            Command={"Name": "glueetl", "ScriptLocation": {"Fn::Join": ["", ["s3://", bucket, "/1/job.py"]]}},
            DefaultArguments={
                "--conf": "spark.a=1 --conf spark.b=2",
                "--extra-py-files": {"Fn::Join": ["", ["s3://", bucket, "/1/rooms.zip"]]},
                "--lake-bucket": {"Fn::ImportValue": "shop-data:Lake"},
            },
            GlueVersion="5.1",
            WorkerType="G.1X",
            Timeout=2,
            MaxRetries=1,
        ),
        "Batch": resource("AWS::Glue::Workflow", Name="shop-batch", MaxConcurrentRuns=1),
        "Clock": resource(
            "AWS::Glue::Trigger",
            Name="clock",
            Type="SCHEDULED",
            Schedule="cron(0 * * * ? *)",
            Actions=[{"JobName": ref("Sort")}],
            WorkflowName=ref("Batch"),
            StartOnCreation=True,
        ),
        "Then": resource(
            "AWS::Glue::Trigger",
            Name="then",
            Type="CONDITIONAL",
            Predicate={"Conditions": [{"JobName": ref("Sort"), "State": "SUCCEEDED", "LogicalOperator": "EQUALS"}]},
            Actions=[{"JobName": "other"}],
            WorkflowName=ref("Batch"),
            StartOnCreation=True,
        ),
    }


def test_a_job_its_triggers_and_its_database_are_read(app: App) -> None:
    add_glue(app)
    platform = app.load()
    assert platform.jobs == (
        Job(
            name="shop-sort",
            script=app.folder / "job.py",
            rooms=(app.folder / "rooms.zip",),
            wheels=(),
            conf={"spark.a": "1", "spark.b": "2"},
            arguments={
                "--conf": "spark.a=1 --conf spark.b=2",
                "--extra-py-files": "s3://assets-000000000000/1/rooms.zip",
                "--lake-bucket": "shop-data-lake-5f1b88ea",
            },
            timeout_seconds=120,
            retries=1,
        ),
    )
    assert platform.triggers == (
        Trigger("clock", "shop-batch", "cron(0 * * * ? *)", (), False, ("shop-sort",)),
        Trigger("then", "shop-batch", None, ("shop-sort",), False, ("other",)),
    )
    assert (platform.workflows, platform.databases) == ((Workflow("shop-batch"),), (Database("shop"),))


@pytest.mark.parametrize(
    ("of", "name", "value", "says"),
    [
        ("Sort", "GlueVersion", "4.0", "asks for GlueVersion '4.0'"),
        ("Sort", "ExecutionProperty", {"MaxConcurrentRuns": 2}, "MaxConcurrentRuns 2"),
        ("Sort", "Connections", {}, "asks for Connections"),
        ("Sort", "Command", {"Name": "pythonshell"}, "asks for Command.Name 'pythonshell'"),
        ("Clock", "StartOnCreation", False, "asks for StartOnCreation False"),
        ("Clock", "Type", "ON_DEMAND", "a trigger ON_DEMAND"),
        ("Clock", "Schedule", "cron(0/1 * * * ? *)", "more often than every 5 minutes"),
        ("Then", "Predicate", {"Conditions": [{"JobName": "a", "State": "FAILED"}]}, "State 'FAILED'"),
        ("Batch", "MaxConcurrentRuns", 2, "asks for MaxConcurrentRuns 2"),
    ],
)
def test_glue_that_the_laptop_cannot_do_is_refused(app: App, of: str, name: str, value: Any, says: str) -> None:
    add_glue(app)
    app.resource(of)[name] = value
    with pytest.raises(UnsupportedProperty, match=says):
        app.load()


def test_a_job_without_its_script_is_refused(app: App) -> None:
    add_glue(app)
    del app.files["job.py"]
    with pytest.raises(BrokenAssembly, match="the assembly has no asset 1/job.py: synthesize it again"):
        app.load()


def add_warehouse(app: App) -> None:
    """A namespace, its workgroup, and the function's answer that tells its secret."""
    app.stacks["shop-data"]["Resources"] |= {
        "Namespace": resource(
            "AWS::RedshiftServerless::Namespace",
            NamespaceName="shop",
            DbName="shop_db",
            ManageAdminPassword=True,
            DefaultIamRoleArn={"Fn::Unheard": "of"},
            LogExports=["userlog"],
        ),
        "Workgroup": resource(
            "AWS::RedshiftServerless::Workgroup",
            WorkgroupName="shop-group",
            NamespaceName="shop",
            BaseCapacity=8,
            PubliclyAccessible=False,
            SubnetIds=[ref("Unheard")],
        ),
    }
    app.stacks["shop-data"]["Outputs"]["ExportsGroup"] = {
        "Value": attribute("Workgroup", "Workgroup.WorkgroupArn"),
        "Export": {"Name": "shop-data:Group"},
    }
    app.stacks["shop"]["Resources"]["Administration"] = resource(
        "Custom::WarehouseAdministration",
        ServiceToken="any",
        Namespace="shop",
        WorkgroupArn={"Fn::ImportValue": "shop-data:Group"},
        RpuHours="300",
    )
    app.stacks["shop"]["Outputs"] |= {
        "Secret": {"Value": attribute("Administration", "SecretArn")},
        "Group": {"Value": {"Fn::ImportValue": "shop-data:Group"}},
    }


def test_a_warehouse_is_read_with_its_namespaces_database_and_its_secret(app: App) -> None:
    add_warehouse(app)
    platform = app.load()
    assert platform.warehouses == (Warehouse("shop-group", "shop_db", SECRET_ARN),)
    assert platform.outputs["Secret"] == SECRET_ARN
    assert platform.outputs["Group"].startswith("arn:aws:redshift-serverless:us-east-1:000000000000:workgroup/")


@pytest.mark.parametrize(
    ("of", "name", "value", "error", "says"),
    [
        ("Namespace", "ManageAdminPassword", False, UnsupportedProperty, "its namespace has no managed password"),
        ("Namespace", "NamespaceResourcePolicy", {}, UnsupportedProperty, "asks for NamespaceResourcePolicy"),
        ("Workgroup", "SnapshotName", "x", UnsupportedProperty, "asks for SnapshotName, which the laptop cannot do"),
        ("Workgroup", "NamespaceName", "other", BrokenAssembly, "names the namespace 'other', which no template makes"),
    ],
)
def test_a_warehouse_that_the_laptop_cannot_be_is_refused(
    app: App, of: str, name: str, value: Any, error: type[Exception], says: str
) -> None:
    add_warehouse(app)
    app.resource(of, "shop-data")[name] = value
    with pytest.raises(error, match=says):
        app.load()


@pytest.mark.parts
@pytest.mark.parametrize("stage", ["laptop", "dev"])
def test_a_stage_is_read_whole(stage: str) -> None:
    platform = reader.load(synthesis.assembly(stage), kafka=KAFKA, api_url=URL)
    assert (platform.stage, platform.outputs["ApiUrl"]) == (stage, f"{URL}/P")
    counted = {name: len(getattr(platform, name)) for name in ("functions", "mappings", "topics", "tables", "buckets")}
    assert counted == {"functions": 6, "mappings": 2, "topics": 1, "tables": 3, "buckets": 1}
    counted = {name: len(getattr(platform, name)) for name in ("jobs", "triggers", "workflows", "databases")}
    assert counted == {"jobs": 4, "triggers": 3, "workflows": 1, "databases": 1}
    assert platform.warehouses == (Warehouse(f"tillstream-{stage}", f"tillstream_{stage}", SECRET_ARN),)
    assert platform.outputs["WarehouseSecret"] == SECRET_ARN
    [load] = [job for job in platform.jobs if job.name.endswith("load_warehouse")]
    assert [load.arguments[f"--{name}"] for name in ("workgroup", "database", "secret-arn")] == [
        f"tillstream-{stage}",
        f"tillstream_{stage}",
        SECRET_ARN,
    ]
    assert all(path.is_file() for job in platform.jobs for path in (job.script, *job.rooms))
    assert [len(api.routes) for api in platform.apis] == [6]


@pytest.mark.parts
def test_the_course_adds_its_routes() -> None:
    platform = reader.load(synthesis.assembly("laptop", course=True), kafka=KAFKA, api_url=URL)
    added = {
        (route.method, route.path) for api in platform.apis for route in api.routes if route.authorization == "NONE"
    }
    assert added == {("GET", "/hello"), ("POST", "/hello"), ("PUT", "/hello")}


@pytest.mark.parts
def test_prod_gives_up_on_a_batch_so_a_laptop_refuses_it_by_name() -> None:
    with pytest.raises(UnsupportedProperty, match="BisectBatchOnFunctionError"):
        reader.load(synthesis.assembly("prod"), kafka=KAFKA, api_url=URL)


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
        [sys.executable, "-c", script, str(folder)], cwd=synthesis.CHECKOUT, capture_output=True, text=True, check=True
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
