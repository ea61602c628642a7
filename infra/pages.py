"""The stack that serves the web pages: S3 and CloudFront for the files, Cognito for the people who may look."""

from typing import Final

from aws_cdk import Aws, CfnOutput, Duration, Environment, RemovalPolicy, Stack, aws_cognito, aws_iam, aws_s3
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from constructs import Construct

from infra.api import ROUTES, STAGE, OrderApi
from infra.stages import Stage
from web.headers import HEADERS, policy

SIGNED_IN: Final = Duration.hours(8)
"""How long somebody who has signed in need not do so again."""

_OF_CLOUDFRONT: Final = ("X-Content-Type-Options", "Referrer-Policy")
"""Headers for which CloudFront has a place of its own, and takes them nowhere else."""


class Pages(Stack):
    """The pages of a stage, and the sign-in that lets a browser read the API, which stays IAM's.

    One distribution answers for both: the files, and the API under its own path, to which the browser's signature
    belongs. So the pages ask no server but their own and Cognito's. The files are uploaded by `infra.upload`.
    """

    def __init__(self, scope: Construct, id: str, *, stage: Stage, api: OrderApi, env: Environment) -> None:
        super().__init__(scope, id, env=env)
        self._platform = stage.platform
        sign_in = f"{stage.platform}-{Aws.ACCOUNT_ID}"
        sign_in_url = f"https://{sign_in}.auth.{Aws.REGION}.amazoncognito.com"
        bucket = self._bucket()
        distribution = self._distribution(bucket, api, sign_in_url)
        users = self._users(sign_in)
        client = self._client(users, f"https://{distribution.distribution_domain_name}/")
        identities = self._identities(users, client, api)
        self._add_outputs(
            PagesUrl=f"https://{distribution.distribution_domain_name}/",
            PagesBucket=bucket.bucket_name,
            PagesApi=api.url,
            UserPool=users.ref,
            UserPoolClient=client.ref,
            IdentityPool=identities.ref,
            SignInUrl=sign_in_url,
        )

    def _bucket(self) -> aws_s3.Bucket:
        """The private bucket of the built files: they are made of the checkout, so none is kept when the stack goes."""
        return aws_s3.Bucket(
            self,
            "Files",
            block_public_access=aws_s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=aws_s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            encryption=aws_s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            removal_policy=RemovalPolicy.DESTROY,
        )

    def _distribution(self, bucket: aws_s3.Bucket, api: OrderApi, sign_in_url: str) -> cloudfront.Distribution:
        """The files from S3, which CloudFront alone may read, and the API's answers, which it never keeps."""
        files = cloudfront.BehaviorOptions(
            origin=origins.S3BucketOrigin.with_origin_access_control(bucket),
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
            cache_policy=cloudfront.CachePolicy.CACHING_OPTIMIZED,
            response_headers_policy=self._headers(sign_in_url),
            compress=True,
        )
        # the signature is over the API's own host and path: CloudFront sends that host, and the path as it came
        calls = cloudfront.BehaviorOptions(
            origin=origins.HttpOrigin(f"{api.api.rest_api_id}.execute-api.{Aws.REGION}.{Aws.URL_SUFFIX}"),
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
            allowed_methods=cloudfront.AllowedMethods.ALLOW_GET_HEAD,
            cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
            origin_request_policy=cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
            compress=True,
        )
        return cloudfront.Distribution(
            self,
            "Distribution",
            comment=f"{self._platform}: web pages",
            default_behavior=files,
            additional_behaviors={f"/{STAGE}/*": calls},
            default_root_object="index.html",
            price_class=cloudfront.PriceClass.PRICE_CLASS_100,
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
        )

    def _headers(self, sign_in_url: str) -> cloudfront.ResponseHeadersPolicy:
        """The headers of `web.headers`, and HTTPS only; the pages may ask Cognito beside their own server."""
        hosts = (f"https://cognito-identity.{Aws.REGION}.amazonaws.com", sign_in_url)
        security = cloudfront.ResponseSecurityHeadersBehavior(
            content_security_policy=cloudfront.ResponseHeadersContentSecurityPolicy(
                content_security_policy=policy(*hosts), override=True
            ),
            content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True),
            referrer_policy=cloudfront.ResponseHeadersReferrerPolicy(
                referrer_policy=cloudfront.HeadersReferrerPolicy.NO_REFERRER, override=True
            ),
            strict_transport_security=cloudfront.ResponseHeadersStrictTransportSecurity(
                access_control_max_age=Duration.days(365), override=True
            ),
        )
        others = {name: value for name, value in HEADERS.items() if name not in _OF_CLOUDFRONT}
        return cloudfront.ResponseHeadersPolicy(
            self,
            "Headers",
            security_headers_behavior=security,
            custom_headers_behavior=cloudfront.ResponseCustomHeadersBehavior(
                custom_headers=[
                    cloudfront.ResponseCustomHeader(header=name, value=value, override=True)
                    for name, value in others.items()
                ]
            ),
        )

    def _users(self, sign_in: str) -> aws_cognito.CfnUserPool:
        """The people who may look: an administrator invites each by e-mail, and each has a second factor."""
        users = aws_cognito.CfnUserPool(
            self,
            "Users",
            user_pool_name=f"{self._platform}-pages",
            username_attributes=["email"],
            auto_verified_attributes=["email"],
            admin_create_user_config=aws_cognito.CfnUserPool.AdminCreateUserConfigProperty(
                allow_admin_create_user_only=True
            ),
            mfa_configuration="ON",
            enabled_mfas=["SOFTWARE_TOKEN_MFA"],
            policies=aws_cognito.CfnUserPool.PoliciesProperty(
                password_policy=aws_cognito.CfnUserPool.PasswordPolicyProperty(
                    minimum_length=14,
                    require_lowercase=True,
                    require_numbers=True,
                    require_symbols=True,
                    require_uppercase=True,
                    temporary_password_validity_days=3,
                )
            ),
            deletion_protection="ACTIVE",
        )
        users.apply_removal_policy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        aws_cognito.CfnUserPoolDomain(self, "SignIn", domain=sign_in, user_pool_id=users.ref)
        return users

    def _client(self, users: aws_cognito.CfnUserPool, url: str) -> aws_cognito.CfnUserPoolClient:
        """The pages as Cognito knows them: a public client that proves itself by PKCE, for their own address alone."""
        return aws_cognito.CfnUserPoolClient(
            self,
            "Client",
            user_pool_id=users.ref,
            generate_secret=False,
            allowed_o_auth_flows_user_pool_client=True,
            allowed_o_auth_flows=["code"],
            allowed_o_auth_scopes=["openid", "email"],
            callback_ur_ls=[url],
            logout_ur_ls=[url],
            supported_identity_providers=["COGNITO"],
            explicit_auth_flows=["ALLOW_REFRESH_TOKEN_AUTH"],
            enable_token_revocation=True,
            prevent_user_existence_errors="ENABLED",
            refresh_token_validity=SIGNED_IN.to_hours(),
            token_validity_units=aws_cognito.CfnUserPoolClient.TokenValidityUnitsProperty(refresh_token="hours"),
        )

    def _identities(
        self, users: aws_cognito.CfnUserPool, client: aws_cognito.CfnUserPoolClient, api: OrderApi
    ) -> aws_cognito.CfnIdentityPool:
        """The pool that gives who has signed in the keys of a role, which may call the API's GET routes and no more."""
        identities = aws_cognito.CfnIdentityPool(
            self,
            "Identities",
            allow_unauthenticated_identities=False,
            allow_classic_flow=False,
            cognito_identity_providers=[
                aws_cognito.CfnIdentityPool.CognitoIdentityProviderProperty(
                    client_id=client.ref, provider_name=users.attr_provider_name, server_side_token_check=True
                )
            ],
        )
        signed_in = aws_iam.FederatedPrincipal(
            "cognito-identity.amazonaws.com",
            {
                "StringEquals": {"cognito-identity.amazonaws.com:aud": identities.ref},
                "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"},
            },
            "sts:AssumeRoleWithWebIdentity",
        )
        read = aws_iam.PolicyStatement(actions=["execute-api:Invoke"], resources=read_calls(api))
        role = aws_iam.Role(
            self,
            "Reader",
            assumed_by=signed_in,
            inline_policies={"ReadTheApi": aws_iam.PolicyDocument(statements=[read])},
        )
        aws_cognito.CfnIdentityPoolRoleAttachment(
            self, "Roles", identity_pool_id=identities.ref, roles={"authenticated": role.role_arn}
        )
        return identities

    def _add_outputs(self, **outputs: str) -> None:
        """Give the stack these outputs, by which the files' upload finds where they go."""
        for name, value in outputs.items():
            CfnOutput(self, name, value=value)


def read_calls(api: OrderApi) -> list[str]:
    """The ARNs of the API's signed GET routes, a star for each parameter."""
    paths = [path.split("/") for method, path, _ in ROUTES if method == "GET"]
    starred = ["/".join("*" if part.startswith("{") else part for part in path) for path in paths]
    return [api.api.arn_for_execute_api("GET", path, STAGE) for path in starred]
