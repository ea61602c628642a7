"""The warehouse in every stage's templates."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import pytest

from infra.packaging.builds import CHECKOUT
from infra.stages import STAGES
from operations.cost.schedules import starts_a_day
from tests.infra.conftest import Templates
from tests.infra.test_platform import allowed
from warehouse import erasing, loading, schema

pytestmark = pytest.mark.parts

NAMESPACE: Final = "AWS::RedshiftServerless::Namespace"
WORKGROUP: Final = "AWS::RedshiftServerless::Workgroup"
GET_CREDENTIALS: Final = "redshift-serverless:GetCredentials"


def the_one(templates: Templates, type: str) -> Mapping[str, Any]:
    """The properties of the one resource of a type."""
    [[_, resource]] = templates.resources(type)
    return dict(resource["Properties"])


def may(templates: Templates, path: str) -> dict[str, list[str]]:
    """The permissions of a role: actions, and their resources as text."""
    found: dict[str, list[str]] = {}
    for where, action, resource in allowed(templates):
        if where.startswith(path):
            found.setdefault(action, []).append(json.dumps(resource))
    return found


def test_nothing_can_connect_to_the_workgroup(templates: Templates) -> None:
    workgroup = the_one(templates, WORKGROUP)
    assert workgroup["PubliclyAccessible"] is False
    [group] = workgroup["SecurityGroupIds"]
    closed = next(
        template["Resources"][group["Fn::GetAtt"][0]]["Properties"]
        for template in templates.stacks.values()
        if group["Fn::GetAtt"][0] in template["Resources"]
    )
    assert "SecurityGroupIngress" not in closed
    assert [(it["FromPort"], it["ToPort"], it["IpProtocol"]) for it in closed["SecurityGroupEgress"]] == [
        (443, 443, "tcp")
    ]
    rules = [rule["Properties"]["GroupId"] for _, rule in templates.resources("AWS::EC2::SecurityGroupIngress")]
    assert group not in rules


def test_the_workgroup_stands_in_three_subnets_of_three_zones(templates: Templates) -> None:
    subnets = {
        name: resource["Properties"]["AvailabilityZone"]
        for template in templates.stacks.values()
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::EC2::Subnet"
    }
    zones = [subnets[subnet["Ref"]] for subnet in the_one(templates, WORKGROUP)["SubnetIds"]]
    assert len(zones) == len(set(zones)) == 3


def test_copy_goes_through_our_network_from_which_s3_can_be_reached(templates: Templates) -> None:
    assert the_one(templates, WORKGROUP)["EnhancedVpcRouting"] is True
    endpoints = [endpoint["Properties"] for _, endpoint in templates.resources("AWS::EC2::VPCEndpoint")]
    [s3] = [it for it in endpoints if json.dumps(it["ServiceName"]).endswith('.s3"]]}')]
    assert s3["VpcEndpointType"] == "Gateway"
    assert len(s3["RouteTableIds"]) == 3


def test_the_password_is_redshifts_and_its_secret_is_told_to_the_stack(templates: Templates) -> None:
    namespace = the_one(templates, NAMESPACE)
    assert namespace["ManageAdminPassword"] is True
    assert "AdminUserPassword" not in namespace
    assert namespace["AdminUsername"] != "admin"
    secret = templates.stacks[f"tillstream-{templates.stage}"]["Outputs"]["WarehouseSecret"]["Value"]
    told = the_one(templates, "Custom::WarehouseAdministration")
    assert secret["Fn::GetAtt"][1] == "SecretArn"
    assert told["Namespace"] == namespace["NamespaceName"] == f"tillstream-{templates.stage}"


def test_the_database_is_the_lakes_by_name_and_logs_are_kept_for_a_time(templates: Templates) -> None:
    namespace = the_one(templates, NAMESPACE)
    assert namespace["DbName"] == f"tillstream_{templates.stage}"
    groups = {it["Properties"].get("LogGroupName", "") for _, it in templates.resources("AWS::Logs::LogGroup")}
    assert {f"/aws/redshift/{namespace['NamespaceName']}/{log}" for log in namespace["LogExports"]} <= {
        name for name in groups if isinstance(name, str)
    }
    assert sorted(namespace["LogExports"]) == ["connectionlog", "useractivitylog", "userlog"]
    parameters = {it["ParameterKey"]: it["ParameterValue"] for it in the_one(templates, WORKGROUP)["ConfigParameters"]}
    assert parameters == {"enable_user_activity_logging": "true", "require_ssl": "true"}


def test_copy_may_read_what_was_staged_and_nothing_else(templates: Templates) -> None:
    namespace = the_one(templates, NAMESPACE)
    assert namespace["IamRoles"] == [namespace["DefaultIamRoleArn"]]
    actions = may(templates, "Warehouse/Loader/")
    assert set(actions) == {"s3:GetBucketLocation", "s3:GetObject", "s3:ListBucket"}
    assert all('"/batches/warehouse/*"' in resource for resource in actions["s3:GetObject"])


def test_the_job_runs_statements_in_this_warehouse_as_a_user_of_its_own(templates: Templates) -> None:
    actions = may(templates, "Batch/LoadWarehouse/")
    for action in ("redshift-data:BatchExecuteStatement", "redshift-data:ExecuteStatement", GET_CREDENTIALS):
        [on] = actions[action]
        assert "WorkgroupArn" in on
    users = {path.partition("/Role")[0] for path, action, _ in allowed(templates) if action == GET_CREDENTIALS}
    assert users == {"Batch/LoadWarehouse"}


def test_nobody_may_read_the_administrators_secret(templates: Templates) -> None:
    assert not [path for path, action, _ in allowed(templates) if action.startswith("secretsmanager:")]


def test_the_jobs_role_and_so_its_user_who_owns_the_tables_has_the_same_name_if_it_is_made_anew(
    templates: Templates,
) -> None:
    named = {path: it["Properties"].get("RoleName") for path, it in templates.resources("AWS::IAM::Role")}
    fixed = {path.partition("/Role")[0]: name for path, name in named.items() if name}
    assert fixed == {"Batch/LoadWarehouse": f"tillstream-{templates.stage}-load-warehouse-us-east-1"}


def test_the_owner_of_the_tables_may_run_all_that_the_job_runs_without_being_administrator() -> None:
    """As AWS's reference has it: an owner may change, drop, lock and fill; all may make tables in the schema public."""
    load = loading.Load("b", "bucket", "key", lines=1)
    views = schema.views()
    ran = [
        schema.CREATE_VERSIONS,
        *(it for migration in schema.migrations() for it in schema.migrate(migration)),
        *schema.make_views(views),
        *loading.statements(load),
        *loading.statements_of_nothing("b"),
        *loading.forgotten(),
        *loading.lost(load),
        *erasing.statements("e", ["0a"]),
    ]
    owners = ("CREATE TABLE", "CREATE TEMP TABLE", "CREATE OR REPLACE VIEW", "DROP VIEW", "ALTER TABLE", "COMMENT ON")
    done = ("LOCK", "SELECT", "INSERT INTO", "UPDATE", "DELETE FROM", "MERGE INTO", "COPY")
    assert [it for it in ran if not it.startswith((*owners, *done))] == []
    system = re.compile(r"\b(?:pg_|stl_|stv_|svl_|svv_|sys_)\w+", re.IGNORECASE)
    assert [it for it in ran if system.search(it)] == []


def test_the_job_may_do_what_the_way_into_the_warehouse_asks_for(templates: Templates) -> None:
    client = CHECKOUT / "stores" / "redshift" / "warehouse.py"
    asked = set(re.findall(r"_client\.([a-z_]+)\b", client.read_text("utf-8")))
    named = {"redshift-data:" + "".join(word.capitalize() for word in method.split("_")) for method in asked}
    assert len(named) > 4
    assert named == {it for it in may(templates, "Batch/LoadWarehouse/") if it.startswith("redshift-data:")}


def test_what_it_costs_is_bounded_by_the_hour_and_by_the_month(templates: Templates) -> None:
    warehouse, workgroup = STAGES[templates.stage].warehouse, the_one(templates, WORKGROUP)
    capacity = (warehouse.base_capacity, warehouse.max_capacity)
    assert (workgroup["BaseCapacity"], workgroup["MaxCapacity"]) == capacity
    assert workgroup["BaseCapacity"] <= workgroup["MaxCapacity"]
    assert all(rpu % 8 == 0 for rpu in capacity)
    limit = the_one(templates, "Custom::WarehouseAdministration")
    assert limit["RpuHours"] == str(warehouse.rpu_hours)
    # each load wakes it for a minute at least, whether there is something to load or not
    loads = min(24, starts_a_day(STAGES[templates.stage].batch.schedule))  # the laptop's are more, and unpaid
    assert warehouse.rpu_hours > 2 * loads * 31 * workgroup["BaseCapacity"] / 60
