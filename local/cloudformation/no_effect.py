"""The services of which nothing has an effect on the laptop, each type with its reason; and reasons that files share.

A type that neither this file nor that of another service names stops `tillstream up`: what a template asks for is never
dropped in silence.
"""

from typing import Final

from local.cloudformation.resource import ResourceType

FOR_PEOPLE: Final = "it is for people"
UNBILLED: Final = "nothing is billed"
NETWORK: Final = "all servers of the laptop listen on 127.0.0.1; there is no network to lay"
LOGS: Final = "workers log to .tillstream/logs"
ENCRYPTION: Final = "local data is as safe as the disk that holds it"
TRACING: Final = "there is no X-Ray here; the logs name the traces (`tillstream logs --about`)"
PAGES: Final = "the laptop's own page server serves the pages to the laptop's user, and signs for them"

TYPES: Final = (
    ResourceType("AWS::CloudFront::Distribution", no_effect_at_all=PAGES),
    ResourceType("AWS::CloudFront::OriginAccessControl", no_effect_at_all=PAGES),
    ResourceType("AWS::CloudFront::ResponseHeadersPolicy", no_effect_at_all=PAGES),
    ResourceType("AWS::Cognito::IdentityPool", no_effect_at_all=PAGES),
    ResourceType("AWS::Cognito::IdentityPoolRoleAttachment", no_effect_at_all=PAGES),
    ResourceType("AWS::Cognito::UserPool", no_effect_at_all=PAGES),
    ResourceType("AWS::Cognito::UserPoolClient", no_effect_at_all=PAGES),
    ResourceType("AWS::Cognito::UserPoolDomain", no_effect_at_all=PAGES),
    ResourceType("AWS::EC2::RouteTable", no_effect_at_all=NETWORK),
    ResourceType("AWS::EC2::SecurityGroup", no_effect_at_all=NETWORK),
    ResourceType("AWS::EC2::SecurityGroupEgress", no_effect_at_all=NETWORK),
    ResourceType("AWS::EC2::SecurityGroupIngress", no_effect_at_all=NETWORK),
    ResourceType("AWS::EC2::Subnet", no_effect_at_all=NETWORK),
    ResourceType("AWS::EC2::SubnetRouteTableAssociation", no_effect_at_all=NETWORK),
    ResourceType("AWS::EC2::VPC", no_effect_at_all=NETWORK),
    ResourceType("AWS::EC2::VPCEndpoint", no_effect_at_all=NETWORK),
    ResourceType("AWS::KMS::Key", no_effect_at_all=ENCRYPTION),
    ResourceType("AWS::Logs::LogGroup", no_effect_at_all=LOGS),
)
