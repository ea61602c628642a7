"""The warehouse: Redshift Serverless in the brokers' network, reached by its Data API alone."""

from typing import Final

from aws_cdk import Aws, RemovalPolicy, aws_iam, aws_redshiftserverless
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.grants import service
from infra.lake import LakeBucket
from infra.network import Network
from infra.stages import WarehouseValues

ADMIN: Final = "tillstream"
LOGS: Final = ("connectionlog", "useractivitylog", "userlog")
PARAMETERS: Final = {"enable_user_activity_logging": "true", "require_ssl": "true"}


class Warehouse(Construct):
    """A namespace, which holds the data and is retained, and the workgroup that computes on it.

    Nothing can connect to it: it is not public and its security group lets nobody in. Statements come by the Data API:
    of the load job, as the database user of its role, and of people who may read the administrator's secret, which
    Redshift makes and rotates.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        platform: str,
        database: str,
        network: Network,
        values: WarehouseValues,
        log_retention: logs.RetentionDays,
    ) -> None:
        super().__init__(scope, id)
        self.name = platform
        self.database = database
        self._log_retention = log_retention
        self._loader = self._role()
        namespace = self._namespace()
        workgroup = self._workgroup(namespace, network, values)
        self.workgroup_arn = workgroup.attr_workgroup_workgroup_arn
        self.namespace_arn = namespace.attr_namespace_namespace_arn

    def may_copy_from(self, lake: LakeBucket, prefix: str) -> None:
        """Allow COPY to read the objects under a prefix of the bucket."""
        allow, statement = self._loader.add_to_policy, aws_iam.PolicyStatement
        allow(statement(actions=["s3:GetObject"], resources=[lake.arn_for_objects(f"{prefix}*")]))
        # COPY asks where the bucket is
        allow(statement(actions=["s3:GetBucketLocation"], resources=[lake.bucket_arn]))
        listing = {"StringLike": {"s3:prefix": f"{prefix}*"}}
        allow(statement(actions=["s3:ListBucket"], resources=[lake.bucket_arn], conditions=listing))

    def _role(self) -> aws_iam.Role:
        """The role of `COPY … IAM_ROLE default`, which may read nothing until `may_copy_from` says so.

        Redshift takes a role with the ARN of the database user, who runs the statement, as external id: of this
        workgroup alone (Redshift's Management Guide, "Restricting access to IAM roles").
        """
        users = f"arn:{Aws.PARTITION}:redshift:{Aws.REGION}:{Aws.ACCOUNT_ID}:dbuser:{self.name}/*"
        ours = {"StringLikeIfExists": {"sts:ExternalId": users}}
        principals = (service(it, **ours) for it in ("redshift", "redshift-serverless"))
        return aws_iam.Role(self, "Loader", assumed_by=aws_iam.CompositePrincipal(*principals))

    def _namespace(self) -> aws_redshiftserverless.CfnNamespace:
        """The database, its administrator and logs. A key of AWS encrypts it, as it does the tables and the lake."""
        namespace = aws_redshiftserverless.CfnNamespace(
            self,
            "Namespace",
            namespace_name=self.name,
            db_name=self.database,
            admin_username=ADMIN,
            manage_admin_password=True,
            default_iam_role_arn=self._loader.role_arn,
            iam_roles=[self._loader.role_arn],
            log_exports=list(LOGS),
        )
        namespace.apply_removal_policy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        for log in LOGS:
            group = logs.LogGroup(
                self,
                log.capitalize(),
                log_group_name=f"/aws/redshift/{self.name}/{log}",
                retention=self._log_retention,
                removal_policy=RemovalPolicy.DESTROY,
            )
            namespace.node.add_dependency(group)  # else Redshift makes one that keeps logs for ever
        return namespace

    def _workgroup(
        self, namespace: aws_redshiftserverless.CfnNamespace, network: Network, values: WarehouseValues
    ) -> aws_redshiftserverless.CfnWorkgroup:
        """The workgroup, in three zones. It reaches S3 through the VPC's endpoint, and nothing else."""
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
            base_capacity=values.base_capacity,
            max_capacity=values.max_capacity,
            publicly_accessible=False,
            # COPY goes through our network, where the lake's bucket is all that can be reached: what a statement reads
            # from or unloads to elsewhere fails. Off, it would go by Redshift's own network, which we cannot bound.
            enhanced_vpc_routing=True,
            subnet_ids=network.vpc.select_subnets(subnet_type=network.subnets.subnet_type).subnet_ids,
            security_group_ids=[group.security_group_id],
            config_parameters=[setting(parameter_key=key, parameter_value=value) for key, value in PARAMETERS.items()],
        )
        workgroup.node.add_dependency(namespace)
        return workgroup
