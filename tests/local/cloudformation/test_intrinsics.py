"""CloudFormation's functions and references, evaluated against this machine."""

from typing import Any

import pytest

from local.errors import UnresolvedReference
from tests.local.cloudformation.conftest import App, resource


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


def test_a_value_that_refers_to_itself_is_named_with_the_way_back(app: App) -> None:
    app.resource("Ingest")["FunctionName"] = {"Ref": "Ingest"}
    with pytest.raises(UnresolvedReference, match=r"shop\.Ingest → shop\.Ingest: a value of the templates that refers"):
        app.load()


def test_conditions_that_need_each_other_are_named(app: App) -> None:
    app.stacks["shop"]["Conditions"] = {"A": {"Condition": "B"}, "B": {"Fn::Not": [{"Condition": "A"}]}}
    app.stacks["shop"]["Resources"]["Queue"] = resource("AWS::SQS::Queue") | {"Condition": "A"}
    with pytest.raises(UnresolvedReference, match="shop: condition A → shop: condition B → shop: condition A"):
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
