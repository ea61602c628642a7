"""A warehouse of a template, as the laptop runs it or refuses it."""

from typing import Any

import pytest

from local.cloudformation.redshift_serverless import SECRET_ARN
from local.errors import BrokenAssembly, UnsupportedProperty
from local.platform import Warehouse
from tests.local.cloudformation.conftest import App, attribute, ref, resource


def add_warehouse(app: App) -> None:
    """A namespace, its workgroup, and the function's answer that tells its secret."""
    app.stacks["shop-data"]["Resources"] |= {
        "Namespace": resource(
            "AWS::RedshiftServerless::Namespace",
            NamespaceName="shop",
            DbName="shop_db",
            ManageAdminPassword=True,
            DefaultIamRoleArn="arn:aws:iam::000000000000:role/loader",
            IamRoles=[{"Fn::Unheard": "of"}],
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
    arn = "arn:aws:redshift-serverless:us-east-1:000000000000:workgroup/797fc325-44c4-5f08-a500-20998826a755"
    assert platform.warehouses == (Warehouse("shop-group", "shop_db", SECRET_ARN, arn=arn, role="loader"),)
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
