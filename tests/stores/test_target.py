"""Which platform a command finds, and that it never finds another one."""

import json
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from commerce.errors import NoTarget
from stores.target import Target, find, from_environment, from_outputs, from_stack, variable_name, variables

LAPTOP = Target(
    api_url="http://127.0.0.2:8080/P",
    region="eu-west-1",
    bootstrap_servers="127.0.0.2:9092",
    kafka_security="PLAINTEXT",
    topic="order-lines",
    cluster="arn:aws:kafka:eu-west-1:000000000000:cluster/laptop/1",
    lake_bucket="tillstream-laptop-lake",
    invoices_table="Invoices",
    customers_table="Customers",
    offsets_table="Offsets",
    raw_archive_group="raw-archive",
    order_tables_group="order-tables",
    lake_table="lake.tillstream_laptop.order_lines",
    warehouse_workgroup="tillstream-laptop",
    warehouse_database="tillstream_laptop",
    warehouse_secret="arn:aws:secretsmanager:eu-west-1:000000000000:secret:redshift!x",
    lake_catalog="jdbc:sqlite:/data/lake.db",
    endpoints={
        "s3": "http://127.0.0.2:8081",
        "dynamodb": "http://127.0.0.2:8082",
        "redshift-data": "http://127.0.0.2:8083",
    },
    access_key_id="LAPTOPKEY",
    secret_access_key="laptop-secret",
)
DEPLOYED = replace(
    LAPTOP,
    api_url="https://abc.execute-api.eu-central-1.amazonaws.com/P",
    region="eu-central-1",
    endpoints={},
    access_key_id="",
    secret_access_key="",
    lake_catalog="",
)
SHELL = {"AWS_ACCESS_KEY_ID": "SHELLKEY", "AWS_SECRET_ACCESS_KEY": "shell-secret"}


@pytest.fixture(autouse=True)
def a_shell_with_its_own_aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TILLSTREAM_HOME", str(tmp_path))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("TILLSTREAM_API_URL", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in SHELL.items():
        monkeypatch.setenv(name, value)


def laptop_runs(home: Path) -> None:
    (home / ".tillstream").mkdir()
    LAPTOP.save(home / ".tillstream")


def test_the_laptop_of_this_checkout_is_found(tmp_path: Path) -> None:
    laptop_runs(tmp_path)
    assert find() == LAPTOP
    assert (tmp_path / ".tillstream" / "target.json").stat().st_mode & 0o777 == 0o600


def test_without_any_platform_the_ways_to_one_are_named() -> None:
    with pytest.raises(NoTarget, match="start it with `tillstream up`, or name a stack with `--stack NAME`"):
        find()


def test_a_target_of_a_later_version_with_more_fields_is_read(tmp_path: Path) -> None:
    laptop_runs(tmp_path)
    path = tmp_path / ".tillstream" / "target.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"warehouse": "x"}))
    assert find() == LAPTOP


def test_the_environment_comes_before_the_laptop(tmp_path: Path) -> None:
    laptop_runs(tmp_path)
    found = find(api_only=True, environ={"TILLSTREAM_API_URL": "http://127.0.0.2:1/P", "AWS_REGION": "eu-west-1"})
    assert found.api_url == "http://127.0.0.2:1/P"


@pytest.mark.parametrize("target", [LAPTOP, DEPLOYED], ids=["laptop", "deployed"])
def test_what_a_target_prints_names_it_again(target: Target) -> None:
    found = from_environment(variables(target))
    assert found == replace(target, access_key_id="", secret_access_key="")


def test_the_variables_are_those_that_every_aws_sdk_reads() -> None:
    printed = variables(LAPTOP)
    assert {name: printed[name] for name in printed if name.startswith("AWS_")} == {
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.2:8081",
        "AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.2:8082",
        "AWS_ENDPOINT_URL_REDSHIFT_DATA": "http://127.0.0.2:8083",
        "AWS_ACCESS_KEY_ID": "LAPTOPKEY",
        "AWS_SECRET_ACCESS_KEY": "laptop-secret",
        "AWS_SESSION_TOKEN": "",
    }
    assert printed["TILLSTREAM_LAKE_BUCKET"] == "tillstream-laptop-lake"


@pytest.mark.parametrize("field", ["topic", "lake_bucket", "cluster", "order_tables_group"])
def test_a_variable_that_is_missing_is_named(field: str) -> None:
    environ = variables(LAPTOP)
    del environ[variable_name(field)]
    with pytest.raises(
        NoTarget, match=f"TILLSTREAM_API_URL is set, but this command also needs {variable_name(field)}:"
    ):
        from_environment(environ)


def test_all_missing_variables_are_named_at_once() -> None:
    with pytest.raises(
        NoTarget,
        match="needs AWS_REGION, TILLSTREAM_BOOTSTRAP_SERVERS, .*TILLSTREAM_LAKE_TABLE, .*TILLSTREAM_WAREHOUSE_SECRET:",
    ):
        from_environment({"TILLSTREAM_API_URL": "http://127.0.0.2:1/P"})


def test_a_command_of_the_api_alone_needs_no_more_than_its_address_and_region() -> None:
    environ = {"TILLSTREAM_API_URL": "http://127.0.0.2:1/P", "AWS_DEFAULT_REGION": "eu-west-3"}
    found = from_environment(environ, api_only=True)
    assert (found.region, found.is_laptop, found.lake_bucket) == ("eu-west-3", False, "")
    with pytest.raises(NoTarget, match="also needs AWS_REGION:"):
        from_environment({"TILLSTREAM_API_URL": "http://127.0.0.2:1/P"}, api_only=True)


def test_the_region_of_an_address_on_aws_is_its_own_whatever_the_shell_says() -> None:
    environ = {"TILLSTREAM_API_URL": DEPLOYED.api_url, "AWS_REGION": "us-east-1"}
    assert from_environment(environ, api_only=True).region == "eu-central-1"


@pytest.mark.parametrize("url", ["abc", "127.0.0.2:80/P", "ftp://x/P", "https://"])
def test_an_address_that_is_none_is_told(url: str) -> None:
    with pytest.raises(NoTarget, match="TILLSTREAM_API_URL must be an http or https address"):
        from_environment({"TILLSTREAM_API_URL": url})


def credentials(target: Target) -> tuple[str, str]:
    """The keys of a fresh copy of a target: each target keeps the session that it first made."""
    found = replace(target).session.get_credentials()
    assert found is not None
    return found.access_key, found.secret_key


def test_the_laptops_keys_are_used_for_the_laptop_whatever_the_shell_holds() -> None:
    assert credentials(LAPTOP) == ("LAPTOPKEY", "laptop-secret")


def test_the_usual_chain_signs_for_everything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    assert credentials(DEPLOYED) == ("SHELLKEY", "shell-secret")
    for name, value in variables(LAPTOP).items():
        monkeypatch.setenv(name, value)
    assert credentials(find()) == ("LAPTOPKEY", "laptop-secret")


def test_clients_reach_the_laptops_servers_and_no_others() -> None:
    assert LAPTOP.client("s3").meta.endpoint_url == "http://127.0.0.2:8081"
    assert LAPTOP.client("dynamodb").meta.endpoint_url == "http://127.0.0.2:8082"
    with pytest.raises(NoTarget, match="has no local kafka: it runs s3, dynamodb"):
        LAPTOP.client("kafka")


def test_a_stacks_clients_are_not_diverted_by_the_laptops_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in variables(LAPTOP).items():
        monkeypatch.setenv(name, value)
    assert replace(DEPLOYED).client("dynamodb").meta.endpoint_url == "https://dynamodb.eu-central-1.amazonaws.com"


OUTPUTS = {
    "ApiUrl": DEPLOYED.api_url,
    "BootstrapServers": DEPLOYED.bootstrap_servers,
    "KafkaSecurity": DEPLOYED.kafka_security,
    "Topic": DEPLOYED.topic,
    "Cluster": DEPLOYED.cluster,
    "LakeBucket": DEPLOYED.lake_bucket,
    "InvoicesTable": DEPLOYED.invoices_table,
    "CustomersTable": DEPLOYED.customers_table,
    "OffsetsTable": DEPLOYED.offsets_table,
    "RawArchiveGroup": DEPLOYED.raw_archive_group,
    "OrderTablesGroup": DEPLOYED.order_tables_group,
    "LakeTable": DEPLOYED.lake_table,
    "WarehouseWorkgroup": DEPLOYED.warehouse_workgroup,
    "WarehouseDatabase": DEPLOYED.warehouse_database,
    "WarehouseSecret": DEPLOYED.warehouse_secret,
}


def test_a_stack_is_read_by_its_outputs() -> None:
    assert from_outputs(OUTPUTS, "stack dev", region="eu-central-1", endpoints={}) == DEPLOYED


@pytest.mark.parametrize("output", OUTPUTS)
def test_an_output_that_a_stack_lacks_is_named(output: str) -> None:
    outputs = {name: value for name, value in OUTPUTS.items() if name != output}
    with pytest.raises(NoTarget, match=f"stack dev has no output {output}: is it Tillstream's platform"):
        from_outputs(outputs, "stack dev", region="eu-central-1", endpoints={})


class StackOnPaper(boto3.Session):
    """A session whose CloudFormation has one stack, by botocore's own stubs, which check what is asked."""

    def __init__(self, stack: str) -> None:
        super().__init__(region_name="eu-central-1")
        self.stack = stack

    def client(self, service_name: str, **options: Any) -> Any:  # type: ignore[override]
        client = super().client(service_name, **options)
        stubber = Stubber(client)
        stack = {
            "StackName": self.stack,
            "CreationTime": "2010-12-01T00:00:00Z",
            "StackStatus": "CREATE_COMPLETE",
            "Outputs": [{"OutputKey": name, "OutputValue": value} for name, value in OUTPUTS.items()],
        }
        if self.stack:
            stubber.add_response("describe_stacks", {"Stacks": [stack]}, {"StackName": self.stack})
        else:
            stubber.add_client_error("describe_stacks", "ValidationError", "Stack with id dev does not exist")
        stubber.activate()
        return client


def test_a_stack_that_is_there_becomes_a_target() -> None:
    assert from_stack("dev", StackOnPaper("dev")) == DEPLOYED


def test_a_stack_that_is_not_there_is_told_with_its_region_and_how_stacks_are_called() -> None:
    with pytest.raises(NoTarget) as raised:
        from_stack("dev", StackOnPaper(""))
    assert str(raised.value) == (
        "stack dev cannot be read: eu-central-1 has no stack of that name; "
        "a deployed stage's is tillstream-STAGE, such as tillstream-dev"
    )


def test_without_credentials_a_stack_says_how_to_name_some(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(NoTarget, match="no AWS credentials are found; name a profile .* AWS_PROFILE=NAME"):
        find("dev")


def test_a_profile_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nosuch")
    with pytest.raises(NoTarget, match=r"stack dev cannot be read: The config profile \(nosuch\) could not be found"):
        find("dev")


def test_a_named_stack_comes_before_the_environment_and_needs_a_region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TILLSTREAM_API_URL", "http://127.0.0.2:1/P")
    with pytest.raises(NoTarget, match="stack dev cannot be read: no region is set; `export AWS_REGION="):
        find("dev")


@pytest.mark.parametrize("api_only", [True, False])
def test_an_address_of_this_machine_at_which_nothing_listens_is_refused_with_the_way_on(
    tmp_path: Path, api_only: bool
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        running = replace(LAPTOP, api_url=f"{address}/P", endpoints={"s3": address})
        environ = variables(running)
        (tmp_path / ".tillstream").mkdir()
        running.save(tmp_path / ".tillstream")
        assert find(api_only=api_only).api_url == find(api_only=api_only, environ=environ).api_url == f"{address}/P"
    with pytest.raises(NoTarget, match=f"nothing listens at {address}: .* `unset TILLSTREAM_API_URL`"):
        find(api_only=api_only, environ=environ)
    with pytest.raises(NoTarget, match=f"nothing listens at {address}: `tillstream status` says"):
        find(api_only=api_only)
