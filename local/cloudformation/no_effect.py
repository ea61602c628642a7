"""Resource types that the laptop accepts and does nothing for, each with its reason.

A type that is neither here nor built by `local.cloudformation.reader` stops `tillstream up`: what a template asks for
is never dropped in silence.
"""

from collections.abc import Mapping
from typing import Final

_NETWORK: Final = "all servers of the laptop listen on 127.0.0.1; there is no network to lay"
_IDENTITY: Final = "the laptop's functions have one set of keys; what a role may do is tested on the template"
_SPARK: Final = "Spark runs in one process on this machine"
_LOGS: Final = "workers log to .tillstream/logs"
_CAPACITY: Final = "the warehouse is a process of this machine; capacity is about speed and its price"

WITHOUT_EFFECT: Final[Mapping[str, str]] = {
    "AWS::ApiGateway::Account": _LOGS,
    "AWS::ApiGateway::Deployment": "the gateway serves the template's methods as they stand",
    "AWS::CloudWatch::Alarm": "nobody watches a laptop; `tillstream status` shows lag and errors",
    "AWS::EC2::RouteTable": _NETWORK,
    "AWS::EC2::SecurityGroup": _NETWORK,
    "AWS::EC2::SecurityGroupEgress": _NETWORK,
    "AWS::EC2::SecurityGroupIngress": _NETWORK,
    "AWS::EC2::Subnet": _NETWORK,
    "AWS::EC2::SubnetRouteTableAssociation": _NETWORK,
    "AWS::EC2::VPC": _NETWORK,
    "AWS::EC2::VPCEndpoint": _NETWORK,
    "AWS::Events::Rule": "`tillstream job` says how a run ended, and `--schedules` logs it",
    "AWS::IAM::ManagedPolicy": _IDENTITY,
    "AWS::IAM::Policy": _IDENTITY,
    "AWS::IAM::Role": _IDENTITY,
    "AWS::KMS::Key": "local data is as safe as the disk that it lies on",
    "AWS::Lambda::Permission": "the local gateway and event source may call every function",
    "AWS::Logs::LogGroup": _LOGS,
    "AWS::MSK::Configuration": "the local broker is one, and has settings for one; a topic's own settings are applied",
    "AWS::S3::BucketPolicy": "S3Proxy knows no policies; writers ask if-none-match, and the policy is tested as text",
}

PROPERTIES_WITHOUT_EFFECT: Final[Mapping[str, Mapping[str, str]]] = {
    "AWS::ApiGateway::RestApi": {
        "Description": "it is for people",
        "EndpointConfiguration": _NETWORK,
        "Tags": "nothing is billed",
    },
    "AWS::ApiGateway::Stage": {
        "AccessLogSetting": _LOGS,
        "DeploymentId": "the gateway serves the template's methods as they stand",
        "Tags": "nothing is billed",
        "TracingEnabled": "there is no X-Ray here",
    },
    "AWS::DynamoDB::Table": {
        "DeletionProtectionEnabled": "`tillstream reset` asks before it deletes",
        "PointInTimeRecoverySpecification": "the laptop keeps no backups",
        "SSESpecification": "local data is as safe as the disk that it lies on",
        "Tags": "nothing is billed",
    },
    "AWS::Glue::Database": {"CatalogId": "the laptop has one catalog"},
    "AWS::Glue::Job": {
        "Description": "it is for people",
        "NumberOfWorkers": _SPARK,
        "Role": _IDENTITY,
        "Tags": "nothing is billed",
        "WorkerType": _SPARK,
    },
    "AWS::Glue::Trigger": {"Description": "it is for people", "Tags": "nothing is billed"},
    "AWS::Glue::Workflow": {"Description": "it is for people", "Tags": "nothing is billed"},
    "AWS::Lambda::EventSourceMapping": {
        "ProvisionedPollerConfig": "one poller per mapping keeps up; the property is about capacity and its price",
        "Tags": "nothing is billed",
    },
    "AWS::Lambda::Function": {
        "Architectures": "the host twin runs on this machine's",
        "Description": "it is for people",
        "LoggingConfig": _LOGS,
        "Role": _IDENTITY,
        "Runtime": "the host twin runs on this Python",
        "Tags": "nothing is billed",
        "TracingConfig": "there is no X-Ray here",
        "VpcConfig": _NETWORK,
    },
    "AWS::MSK::Cluster": {
        "BrokerNodeGroupInfo": "the laptop has one broker",
        "ClientAuthentication": "the local broker trusts whoever reaches 127.0.0.1; settings say so to clients",
        "ConfigurationInfo": "the local broker is one, and has settings for one",
        "EncryptionInfo": "nothing leaves this machine",
        "EnhancedMonitoring": "`tillstream status` shows lag",
        "KafkaVersion": "the part's version is pinned in the pom; a test compares the two",
        "LoggingInfo": _LOGS,
        "NumberOfBrokerNodes": "the laptop has one broker",
        "Tags": "nothing is billed",
    },
    "AWS::RedshiftServerless::Namespace": {
        "AdminUsername": "the Data API knows the administrator by the secret",
        "DefaultIamRoleArn": _IDENTITY,
        "IamRoles": _IDENTITY,
        "LogExports": _LOGS,
        "Tags": "nothing is billed",
    },
    "AWS::RedshiftServerless::Workgroup": {
        "BaseCapacity": _CAPACITY,
        "ConfigParameters": "they ask for TLS and for logs; the Data API here is on 127.0.0.1 and logs what it runs",
        "EnhancedVpcRouting": _NETWORK,
        "MaxCapacity": _CAPACITY,
        "PubliclyAccessible": _NETWORK,
        "SecurityGroupIds": _NETWORK,
        "SubnetIds": _NETWORK,
        "Tags": "nothing is billed",
    },
    "AWS::S3::Bucket": {
        "BucketEncryption": "local data is as safe as the disk that it lies on",
        "OwnershipControls": "the laptop has one owner",
        "PublicAccessBlockConfiguration": _NETWORK,
        "Tags": "nothing is billed",
        "VersioningConfiguration": "S3Proxy keeps no versions; raw objects are never written twice",
    },
}
