"""A small synthesized app of two stacks, which a test changes before the laptop reads it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from local.cloudformation import reader
from local.platform import KafkaAddress, Platform

KAFKA: Final = KafkaAddress("127.0.0.1:9092", "PLAINTEXT")
URL: Final = "http://127.0.0.1:8000"


def ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def attribute(name: str, attribute: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [name, attribute]}


def resource(type: str, **properties: Any) -> dict[str, Any]:
    return {"Type": type, "Properties": properties}


def data_stack() -> dict[str, Any]:
    """The stack with data, which exports to the other stack."""
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
    """The stack with everything that runs."""
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
                Role=attribute("Role", "Arn"),
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

    def reference(self, value: Any, stack: str = "shop-data") -> str:
        """The laptop's text for a reference in the stack."""
        self.stacks[stack]["Outputs"]["Asked"] = {"Value": value}
        return self.load().outputs["Asked"]

    def write(self, name: str, content: Mapping[str, Any]) -> None:
        (self.folder / name).write_text(json.dumps(content))


@pytest.fixture
def app(tmp_path: Path) -> App:
    return App(tmp_path)
