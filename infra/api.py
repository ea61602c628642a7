"""The REST API: its routes, who may call them, and how often."""

from collections.abc import Mapping
from typing import Final

from aws_cdk import Aws, Duration, RemovalPolicy
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.grants import service
from infra.stages import ApiValues

STAGE: Final = "P"
GATEWAY_SECONDS: Final = 29

ROUTES: Final = (
    ("POST", "/order-lines", "ingest"),
    ("PUT", "/invoices/{InvoiceNo}", "ingest"),
    ("GET", "/invoices", "query"),
    ("GET", "/invoices/{InvoiceNo}", "query"),
    ("GET", "/customers/{CustomerID}", "query"),
    ("GET", "/sales", "query"),
    ("GET", "/sales/{extract}", "query"),
    ("GET", "/openapi.json", "query"),
    ("GET", "/pipeline", "browse"),
    ("GET", "/topic/messages", "browse"),
    ("GET", "/raw", "browse"),
    ("GET", "/raw/object", "browse"),
    ("GET", "/invoices/{InvoiceNo}/lines/{LineId}", "browse"),
    ("GET", "/quarantine", "browse"),
    ("GET", "/verdict", "browse"),
)
# The course's own client signs nothing, so these are open to anybody: only where a stage asks for them.
COURSE_ROUTES: Final = (("POST", "/hello", "ingest"), ("PUT", "/hello", "ingest"), ("GET", "/hello", "query"))


class OrderApi(Construct):
    """A regional REST API whose every call is signed (IAM); with `course`, `/hello` beside it, open to anybody.

    `functions` are the functions that the routes name.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        platform: str,
        functions: Mapping[str, lambda_.Function],
        values: ApiValues,
        log_retention: logs.RetentionDays,
    ) -> None:
        super().__init__(scope, id)
        access = logs.LogGroup(self, "AccessLogs", retention=log_retention, removal_policy=RemovalPolicy.DESTROY)
        self.api = apigateway.RestApi(
            self,
            "Api",
            rest_api_name=platform,
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            cloud_watch_role=False,
            deploy_options=apigateway.StageOptions(
                stage_name=STAGE,
                throttling_rate_limit=values.rate_limit,
                throttling_burst_limit=values.burst_limit,
                tracing_enabled=True,
                access_log_destination=apigateway.LogGroupLogDestination(access),
                access_log_format=apigateway.AccessLogFormat.json_with_standard_fields(
                    caller=True,
                    http_method=True,
                    ip=True,
                    protocol=True,
                    request_time=True,
                    resource_path=True,
                    response_length=True,
                    status=True,
                    user=True,
                ),
            ),
        )
        self.api.node.try_remove_child("Endpoint")  # CDK's own output; ours is `ApiUrl`
        self._log_as(_log_writer(self))
        self._route(ROUTES, functions, apigateway.AuthorizationType.IAM)
        if values.course:
            self._route(COURSE_ROUTES, functions, apigateway.AuthorizationType.NONE)

    @property
    def url(self) -> str:
        """The address of the API, with its stage and without a slash at the end."""
        return f"https://{self.api.rest_api_id}.execute-api.{Aws.REGION}.{Aws.URL_SUFFIX}/{STAGE}"

    def _route(
        self,
        routes: tuple[tuple[str, str, str], ...],
        functions: Mapping[str, lambda_.Function],
        authorization: apigateway.AuthorizationType,
    ) -> None:
        """Send each call of these methods and paths, unchanged (proxy), to its function."""
        for method, path, function in routes:
            integration = apigateway.LambdaIntegration(
                functions[function], timeout=Duration.seconds(GATEWAY_SECONDS), allow_test_invoke=False
            )
            resource = self.api.root.resource_for_path(path)
            resource.add_method(method, integration, authorization_type=authorization)

    def _log_as(self, role: iam.Role) -> None:
        """Let API Gateway write logs in this account and region: one setting for all APIs, so it stays."""
        account = apigateway.CfnAccount(self, "Account", cloud_watch_role_arn=role.role_arn)
        account.apply_removal_policy(RemovalPolicy.RETAIN)
        self.api.deployment_stage.node.add_dependency(account)


def _log_writer(scope: Construct) -> iam.Role:
    """The role that API Gateway logs with; it checks for all of these actions before it takes the role."""
    actions = (
        "CreateLogGroup",
        "CreateLogStream",
        "DescribeLogGroups",
        "DescribeLogStreams",
        "FilterLogEvents",
        "GetLogEvents",
        "PutLogEvents",
    )
    write = iam.PolicyStatement(actions=[f"logs:{action}" for action in actions], resources=["*"])
    role = iam.Role(
        scope,
        "LogWriter",
        assumed_by=service("apigateway"),
        inline_policies={"WriteLogs": iam.PolicyDocument(statements=[write])},
    )
    role.apply_removal_policy(RemovalPolicy.RETAIN)
    return role
