"""The monthly limit of a warehouse and the ARN of its secret, for which CloudFormation has no resource."""

from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.custom_resources.custom_resource import DeploymentFunction
from infra.warehouse import Warehouse


class Administration(Construct):
    """Stops a warehouse for the rest of a month in which it has used `rpu_hours`; `secret_arn` names its secret."""

    def __init__(
        self, scope: Construct, id: str, *, warehouse: Warehouse, rpu_hours: int, log_retention: logs.RetentionDays
    ) -> None:
        super().__init__(scope, id)
        function = DeploymentFunction(
            self, "Function", folder="infra/custom_resources/warehouse_administration", log_retention=log_retention
        )
        function.may(warehouse.namespace_arn, "redshift-serverless:GetNamespace")
        # IAM binds none of these actions to a resource.
        limits = (f"redshift-serverless:{verb}UsageLimit" for verb in ("Create", "Delete", "Update"))
        function.may("*", *limits, "redshift-serverless:ListUsageLimits")
        asked = {"Namespace": warehouse.name, "WorkgroupArn": warehouse.workgroup_arn, "RpuHours": str(rpu_hours)}
        self.secret_arn = function.answer(self, "WarehouseAdministration", asked).get_att_string("SecretArn")
