"""The private network of the cluster: three zones, no way out, no NAT."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from aws_cdk import Aws, aws_dynamodb, aws_iam, aws_s3
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from infra.stages import NetworkValues

KAFKA_IAM_PORT: Final = 9098


@dataclass(frozen=True, slots=True)
class Place:
    """The subnets of a VPC and the security group that hold a function's network interfaces."""

    vpc: ec2.IVpc
    subnets: ec2.SubnetSelection
    group: ec2.ISecurityGroup


class Network(Construct):
    """A VPC of isolated subnets, with a security group for the brokers, one for their clients, and one for viewers.

    Viewers ask the brokers, S3 and DynamoDB. The endpoints are their one way to these: the subnets have no other.

    An existing VPC is taken as it is, and only security groups are made in it; with `brokers_group`, that of the
    existing brokers is taken too. Its ways to the services of AWS are its owner's.

    The endpoint of S3 is for the warehouse's COPY too, and for the dead letters of provisioned pollers.
    `poller_endpoints`, the number of zones that have them, are for event source mappings on demand: they poll from the
    brokers' subnets and security group, and must reach Lambda and STS from there, to call the functions of this
    `platform` and to take their roles, and for nothing else. One zone's serve the whole VPC, at an hour's price a zone.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        values: NetworkValues,
        platform: str,
        brokers_group: str | None,
        poller_endpoints: int,
    ) -> None:
        super().__init__(scope, id)
        self.vpc = self._existing(values.vpc_id, values) if values.vpc_id else self._made(values.zones)
        self.subnets = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
        group = ec2.SecurityGroup
        self.brokers: ec2.ISecurityGroup = (
            group.from_security_group_id(self, "Brokers", brokers_group)
            if brokers_group
            else group(self, "Brokers", vpc=self.vpc, description="Brokers, and pollers of Lambda beside them")
        )
        self.clients = group(
            self, "Clients", vpc=self.vpc, description="Clients of the brokers", allow_all_outbound=False
        )
        self.viewers = group(
            self,
            "Viewers",
            vpc=self.vpc,
            description="Clients of the brokers that ask S3 and DynamoDB too",
            allow_all_outbound=False,
        )
        self.viewers.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "S3 and DynamoDB")
        self._s3: ec2.GatewayVpcEndpoint | None = None
        self._dynamodb: ec2.GatewayVpcEndpoint | None = None
        kafka = ec2.Port.tcp(KAFKA_IAM_PORT)
        self.brokers.add_ingress_rule(self.brokers, kafka, "Pollers share the group of the brokers")
        self.brokers.connections.allow_from(self.clients, kafka, "Clients")
        self.brokers.connections.allow_from(self.viewers, kafka, "Viewers")
        if values.vpc_id:
            return
        services = ec2.GatewayVpcEndpointAwsService
        self._s3 = self.vpc.add_gateway_endpoint("S3", service=services.S3, subnets=[self.subnets])
        self._dynamodb = self.vpc.add_gateway_endpoint("DynamoDb", service=services.DYNAMODB, subnets=[self.subnets])
        if poller_endpoints:
            service = ec2.InterfaceVpcEndpointAwsService
            called = f"arn:{Aws.PARTITION}:lambda:{Aws.REGION}:{Aws.ACCOUNT_ID}:function:{platform}-*"
            taken = f"arn:{Aws.PARTITION}:iam::{Aws.ACCOUNT_ID}:role/{platform}-*"
            _allow(self._open("Lambda", service.LAMBDA_, poller_endpoints), ["lambda:InvokeFunction"], [called])
            _allow(self._open("Sts", service.STS, poller_endpoints), ["sts:AssumeRole"], [taken])

    @property
    def of_clients(self) -> Place:
        """The place of a function that is a client of the brokers."""
        return Place(self.vpc, self.subnets, self.clients)

    @property
    def of_viewers(self) -> Place:
        """The place of a function that asks S3 and DynamoDB too."""
        return Place(self.vpc, self.subnets, self.viewers)

    def first_subnets(self, zones: int) -> ec2.SelectedSubnets:
        """The subnets of the first so many zones."""
        return self.vpc.select_subnets(subnets=self.vpc.isolated_subnets[:zones])

    def reach_only(self, bucket: aws_s3.IBucket, *tables: aws_dynamodb.ITable) -> None:
        """Let the endpoints reach this bucket, and read these tables, and no others, whoever asks.

        Those of an existing VPC are its owner's.
        """
        _allow(self._s3, ["s3:*"], [bucket.bucket_arn, bucket.arn_for_objects("*")])
        reads = [f"dynamodb:{action}" for action in ("BatchGetItem", "DescribeTable", "Query")]
        _allow(self._dynamodb, reads, [it.table_arn for it in tables])

    def _made(self, zones: Sequence[str]) -> ec2.IVpc:
        """A new VPC with an isolated subnet in each zone."""
        isolated = ec2.SubnetConfiguration(name="Isolated", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED, cidr_mask=24)
        vpc: ec2.IVpc = ec2.Vpc(
            self,
            "Vpc",
            availability_zones=list(zones),
            nat_gateways=0,
            subnet_configuration=[isolated],
            restrict_default_security_group=False,
        )
        return vpc

    def _existing(self, vpc_id: str, values: NetworkValues) -> ec2.IVpc:
        """The existing VPC, by its ids: nothing is looked up, so no account is asked."""
        return ec2.Vpc.from_vpc_attributes(
            self,
            "Vpc",
            vpc_id=vpc_id,
            availability_zones=list(values.zones),
            isolated_subnet_ids=list(values.subnet_ids),
        )

    def _open(self, id: str, service: ec2.InterfaceVpcEndpointAwsService, zones: int) -> ec2.InterfaceVpcEndpoint:
        """Let the pollers reach one service of AWS by an endpoint in the VPC, in the first so many zones."""
        subnets = ec2.SubnetSelection(subnets=self.vpc.isolated_subnets[:zones])
        endpoint = ec2.InterfaceVpcEndpoint(self, id, vpc=self.vpc, service=service, subnets=subnets, open=False)
        endpoint.connections.allow_default_port_from(self.brokers, "Pollers of Lambda")
        return endpoint


def _allow(endpoint: ec2.VpcEndpoint | None, actions: list[str], resources: list[str]) -> None:
    """Let whoever asks by this endpoint take these actions on these resources, and no others."""
    if endpoint:
        anybody = [aws_iam.AnyPrincipal()]
        endpoint.add_to_policy(aws_iam.PolicyStatement(principals=anybody, actions=actions, resources=resources))
