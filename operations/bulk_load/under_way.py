"""The bulk loads of DynamoDB's own that are under way on a stage's tables: nothing else may change them meanwhile."""

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from botocore.exceptions import ClientError

from operations.asking import READER, patient
from operations.errors import Refused, reading
from stores.retries import Retries, code
from stores.target import Target

UNDER_WAY: Final = ("IN_PROGRESS", "CANCELLING")


def check_no_load(target: Target, retries: Retries | None = None) -> None:
    """Raise `Refused` while DynamoDB itself loads one of the target's tables; on the laptop it never does."""
    if target.is_laptop:
        return
    ours = {target.invoices_table, target.customers_table}
    with reading("DynamoDB"):
        for arn, tables in _loads(target.client("dynamodb", config=READER), retries or patient(), ours):
            if named := sorted(tables & ours):
                raise Refused(
                    f"the bulk load {arn} of table {named[0]} is under way: wait until `aws dynamodb "
                    f"describe-bulk-operation --bulk-operation-arn {arn}` says that it has ended"
                )


def _loads(client: Any, retries: Retries, ours: set[str]) -> Iterator[tuple[str, set[str]]]:
    """The account's loads that have not ended, each with the names of its tables."""
    more: dict[str, str] = {}
    while True:
        page: Any = retries.ask(partial(client.list_bulk_operations, **more))
        for it in page["BulkOperationsSummaryList"]:
            if it["BulkOperationStatus"] in UNDER_WAY:
                arn = it["BulkOperationArn"]
                yield arn, _tables(client, retries, arn, ours)
        if not page.get("NextToken"):
            return
        more = {"NextToken": page["NextToken"]}


def _tables(client: Any, retries: Retries, arn: str, ours: set[str]) -> set[str]:
    """The names of a load's tables; none where the operator may not see it, since it is of another's table."""
    try:
        answer: Any = retries.ask(partial(client.describe_bulk_operation, BulkOperationArn=arn))
    except ClientError as error:
        # the account's loads are listed whole, and the policy allows a look at those of the stage's tables alone
        if code(error) == "AccessDeniedException" and (named := _table_in(arn)) and named not in ours:
            return {named}
        raise
    # DynamoDB answers a name or an ARN
    found = answer["BulkOperationDescription"].get("TableDetails", [])
    return {it["TableName"].rpartition("/")[2] for it in found}


def _table_in(arn: str) -> str:
    """The name of the table in the ARN of a bulk operation; empty where it has none.

    >>> _table_in("arn:aws:dynamodb:eu-west-1:123456789012:table/Orders/bulk-operation/01")
    'Orders'
    """
    return arn.partition(":table/")[2].partition("/")[0]
