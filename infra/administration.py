"""What CloudFormation has no resource for: what a warehouse may use in a month, and where its secret is."""

from aws_cdk import CustomResource, Duration
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.functions import PythonFunction
from infra.warehouse import Warehouse


class Administration(Construct):
    """Stops a warehouse for the rest of a month in which it has used `rpu_hours`; `secret_arn` is its secret's."""

    def __init__(
        self, scope: Construct, id: str, *, warehouse: Warehouse, rpu_hours: int, log_retention: logs.RetentionDays
    ) -> None:
        super().__init__(scope, id)
        function = PythonFunction(
            self,
            "Function",
            folder="infra/warehouse_administration",
            timeout=Duration.seconds(60),
            memory_mb=256,
            log_retention=log_retention,
        )
        function.may(warehouse.namespace_arn, "redshift-serverless:GetNamespace")
        # AWS binds none of these to a resource.
        limits = (f"redshift-serverless:{verb}UsageLimit" for verb in ("Create", "Delete", "Update"))
        function.may("*", *limits, "redshift-serverless:ListUsageLimits")
        answer = CustomResource(
            self,
            "Answer",
            service_token=function.function.function_arn,
            resource_type="Custom::WarehouseAdministration",
            service_timeout=Duration.minutes(3),
            properties={
                "Namespace": warehouse.name,
                "WorkgroupArn": warehouse.workgroup_arn,
                "RpuHours": str(rpu_hours),
            },
        )
        answer.node.add_dependency(function.role)
        self.secret_arn = answer.get_att_string("SecretArn")
