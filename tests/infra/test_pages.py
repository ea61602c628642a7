"""The stack that hosts the web pages: who may read the files, what a browser may do, and what is sent with a page."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.infra.conftest import Templates
from web.headers import HEADERS, policy

pytestmark = pytest.mark.parts


@pytest.fixture
def hosted(every_stage: Mapping[str, Templates]) -> Templates:
    """A stage that hosts its pages."""
    return every_stage["hosting-pages"]


def distribution(hosted: Templates) -> Mapping[str, Any]:
    return dict(hosted.at("Distribution/Resource")["DistributionConfig"])


def test_no_stage_hosts_pages_unless_it_asks(every_stage: Mapping[str, Templates]) -> None:
    hosting = {name for name, of in every_stage.items() if list(of.resources("AWS::CloudFront::Distribution"))}
    assert hosting == {"hosting-pages"}


def test_the_distribution_alone_reads_the_files_and_nobody_without_tls(hosted: Templates) -> None:
    statements = hosted.at("Files/Policy")["PolicyDocument"]["Statement"]
    [allow] = [it for it in statements if it["Effect"] == "Allow"]
    assert (allow["Action"], allow["Principal"]) == ("s3:GetObject", {"Service": "cloudfront.amazonaws.com"})
    assert list(allow["Condition"]["StringEquals"]) == ["AWS:SourceArn"]
    assert {"Bool": {"aws:SecureTransport": "false"}} in [it["Condition"] for it in statements]
    assert set(hosted.at("Files/Resource")["PublicAccessBlockConfiguration"].values()) == {True}


def test_calls_go_to_the_api_under_its_own_path_only_to_read_and_are_never_kept(hosted: Templates) -> None:
    [calls] = distribution(hosted)["CacheBehaviors"]
    # AWS's managed policies CachingDisabled and AllViewerExceptHostHeader
    managed = calls["CachePolicyId"], calls["OriginRequestPolicyId"]
    assert managed == ("4135ea2d-6df8-44a3-9df3-4b5a84be39ad", "b689b0a8-53d0-40ab-baf2-68738e2966ac")
    assert (calls["PathPattern"], calls["AllowedMethods"]) == ("/P/*", ["GET", "HEAD"])
    assert calls["ViewerProtocolPolicy"] == "https-only"


def test_a_page_is_sent_with_the_headers_of_every_server_and_may_ask_cognito(hosted: Templates) -> None:
    sent = hosted.at("Headers/Resource")["ResponseHeadersPolicyConfig"]
    security = sent["SecurityHeadersConfig"]
    content = json.dumps(security["ContentSecurityPolicy"]["ContentSecurityPolicy"])
    directives = policy("https://example.org").split("; ")
    assert [it for it in directives if it not in content] == ["connect-src 'self' https://example.org"]
    assert "connect-src 'self' https://cognito-identity." in content
    assert security["ReferrerPolicy"]["ReferrerPolicy"] == HEADERS["Referrer-Policy"]
    assert security["ContentTypeOptions"]["Override"]
    assert security["StrictTransportSecurity"]["AccessControlMaxAgeSec"] == 365 * 24 * 3600
    others = {it["Header"]: it["Value"] for it in sent["CustomHeadersConfig"]["Items"]}
    assert others == {name: HEADERS[name] for name in HEADERS.keys() - {"Referrer-Policy", "X-Content-Type-Options"}}


def test_who_has_signed_in_may_call_the_get_routes_and_nothing_else(hosted: Templates) -> None:
    role = hosted.at("Reader/Resource")
    [policy] = role["Policies"]
    [statement] = policy["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Allow", "execute-api:Invoke")
    allowed = {it["Fn::Join"][1][-1].removeprefix("/P/") for it in statement["Resource"]}
    # only here: each process that collects the tests would start the CDK
    from infra.api import ROUTES

    routes = {path.split("{")[0] + ("*" if "{" in path else "") for method, path, _ in ROUTES if method == "GET"}
    assert {call.split("*")[0] for call in allowed} == {f"GET{path}".split("*")[0] for path in routes}
    assert all(call.startswith("GET/") for call in allowed)
    [trust] = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Federated": "cognito-identity.amazonaws.com"}
    assert list(trust["Condition"]["StringEquals"]) == ["cognito-identity.amazonaws.com:aud"]
    assert trust["Condition"]["ForAnyValue:StringLike"] == {"cognito-identity.amazonaws.com:amr": "authenticated"}


def test_accounts_are_invited_have_a_second_factor_and_outlast_the_stack(hosted: Templates) -> None:
    users = hosted.at("Users")
    assert users["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    assert (users["MfaConfiguration"], users["EnabledMfas"]) == ("ON", ["SOFTWARE_TOKEN_MFA"])
    assert users["DeletionProtection"] == "ACTIVE"
    [[_, pool]] = hosted.resources("AWS::Cognito::UserPool")
    assert (pool["DeletionPolicy"], pool["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_the_pages_sign_in_by_code_without_a_secret_and_nobody_gets_keys_without(hosted: Templates) -> None:
    client, identities = hosted.at("Client"), hosted.at("Identities")
    assert (client["GenerateSecret"], client["AllowedOAuthFlows"]) == (False, ["code"])
    assert client["CallbackURLs"] == client["LogoutURLs"]
    assert (identities["AllowUnauthenticatedIdentities"], identities["AllowClassicFlow"]) == (False, False)
