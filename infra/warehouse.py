"""The warehouse: Redshift Serverless in the brokers' network, reached by its Data API alone."""

from typing import Final

from aws_cdk import RemovalPolicy, aws_iam, aws_redshiftserverless
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_logs as logs
from constructs import Construct

from commerce.paths import TO_WAREHOUSE
from infra.lake import LakeBucket
from infra.network import Network

ADMIN: Final = "tillstream"
LOGS: Final = ("connectionlog", "useractivitylog", "userlog")
PARAMETERS: Final = {"enable_user_activity_logging": "true", "require_ssl": "true"}


class Warehouse(Construct):
    """A namespace, which holds the data and is retained, and the workgroup that computes on it.

    Nothing can connect to it: it is not public and its security group lets nobody in. Whoever may call the Data API on
    the workgroup and read the administrator's secret, which Redshift makes and rotates, may run statements.
    `capacity` is in RPU: what a query begins with, and the most that it may grow to.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        database: str,
        network: Network,
        lake: LakeBucket,
        capacity: tuple[int, int],
        log_retention: logs.RetentionDays,
    ) -> None:
        super().__init__(scope, id)
        self.name = name
        self.database = database
        self._log_retention = log_retention
        namespace = self._namespace(self._loader(lake))
        workgroup = self._workgroup(namespace, network, capacity)
        self.workgroup_arn = workgroup.attr_workgroup_workgroup_arn
        self.namespace_arn = namespace.attr_namespace_namespace_arn

    def _loader(self, lake: LakeBucket) -> aws_iam.Role:
        """The role of `COPY … IAM_ROLE default`: it reads what jobs staged for the warehouse, and nothing else."""
        principals = (aws_iam.ServicePrincipal(f"{it}.amazonaws.com") for it in ("redshift", "redshift-serverless"))
        role = aws_iam.Role(self, "Loader", assumed_by=aws_iam.CompositePrincipal(*principals))
        statement = aws_iam.PolicyStatement
        role.add_to_policy(statement(actions=["s3:GetObject"], resources=[lake.arn_for_objects(f"{TO_WAREHOUSE}*")]))
        # COPY asks where the bucket is
        role.add_to_policy(statement(actions=["s3:GetBucketLocation"], resources=[lake.bucket_arn]))
        listing = {"StringLike": {"s3:prefix": f"{TO_WAREHOUSE}*"}}
        role.add_to_policy(statement(actions=["s3:ListBucket"], resources=[lake.bucket_arn], conditions=listing))
        return role

    def _namespace(self, loader: aws_iam.Role) -> aws_redshiftserverless.CfnNamespace:
        """Database, administrator and logs. Its data is encrypted with a key of AWS's, as the tables' and lake's is."""
        namespace = aws_redshiftserverless.CfnNamespace(
            self,
            "Namespace",
            namespace_name=self.name,
            db_name=self.database,
            admin_username=ADMIN,
            manage_admin_password=True,
            default_iam_role_arn=loader.role_arn,
            iam_roles=[loader.role_arn],
            log_exports=list(LOGS),
        )
        namespace.apply_removal_policy(RemovalPolicy.RETAIN)
        for log in LOGS:
            group = logs.LogGroup(
                self,
                log.capitalize(),
                log_group_name=f"/aws/redshift/{self.name}/{log}",
                retention=self._log_retention,
                removal_policy=RemovalPolicy.DESTROY,
            )
            namespace.node.add_dependency(group)  # Redshift would make one that never forgets
        return namespace

    def _workgroup(
        self, namespace: aws_redshiftserverless.CfnNamespace, network: Network, capacity: tuple[int, int]
    ) -> aws_redshiftserverless.CfnWorkgroup:
        """The computers, in three zones. They reach S3 through the VPC's endpoint, and nothing else."""
        group = ec2.SecurityGroup(
            self, "Closed", vpc=network.vpc, description="The warehouse: nobody comes in", allow_all_outbound=False
        )
        group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "S3, by the endpoint: there is no other way out")
        setting = aws_redshiftserverless.CfnWorkgroup.ConfigParameterProperty
        workgroup = aws_redshiftserverless.CfnWorkgroup(
            self,
            "Workgroup",
            workgroup_name=self.name,
            namespace_name=self.name,
            base_capacity=capacity[0],
            max_capacity=capacity[1],
            publicly_accessible=False,
            # COPY goes through our network, where S3 is all that can be reached: what a statement reads from or unloads
            # to elsewhere fails. Off, it would go by Redshift's own way, which no rule of ours bounds.
            enhanced_vpc_routing=True,
            subnet_ids=network.vpc.select_subnets(subnet_type=network.subnets.subnet_type).subnet_ids,
            security_group_ids=[group.security_group_id],
            config_parameters=[setting(parameter_key=key, parameter_value=value) for key, value in PARAMETERS.items()],
        )
        workgroup.node.add_dependency(namespace)
        return workgroup
