"""API Gateway: REST APIs, each with its resources, methods and one stage, which the laptop's gateway serves."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from local.cloudformation.no_effect import FOR_PEOPLE, LOGS, NETWORK, UNBILLED
from local.cloudformation.resource import Found, Properties, Resource, ResourceType
from local.errors import UnresolvedReference, UnsupportedProperty
from local.platform import Api, Route

_INVOKED: Final = re.compile(r":lambda:path/2015-03-31/functions/[^/]*:function:(?P<name>[^/:]+)/invocations$")
_AUTHORIZATIONS: Final = ("AWS_IAM", "NONE")
_SERVED: Final = "the gateway serves the template's methods as they stand"


def rest_api(resource: Resource, properties: Properties, found: Found) -> Api:
    """The API with the routes that its resources, methods and stage make.

    Raises `UnsupportedProperty` for what the gateway cannot do, `UnresolvedReference` where the API has not one stage.
    """
    stages = [of for _, of in found.of(STAGE) if of["RestApiId"] == resource.ref]
    if len(stages) != 1:
        raise UnresolvedReference(f"{resource.place} has {len(stages)} stages, the laptop's gateway serves one")
    everywhere: Properties = next(
        (
            item
            for item in stages[0].get("MethodSettings", [])
            if item["ResourcePath"] == "/*" and item["HttpMethod"] == "*"
        ),
        {},
    )
    paths = _paths(resource, found)
    return Api(
        name=_name(resource, properties),
        stage=stages[0]["StageName"],
        routes=tuple(_route(method, of, paths) for method, of in found.of(METHOD) if of["RestApiId"] == resource.ref),
        rate_limit=everywhere.get("ThrottlingRateLimit"),
        burst_limit=everywhere.get("ThrottlingBurstLimit"),
        traced=bool(stages[0].get("TracingEnabled")),
    )


def addresses(found: Found, api_url: Callable[[str], str] | str) -> Mapping[str, str]:
    """The address of each API on AWS, without its stage, and the address at which the local gateway serves it.

    `api_url` is that address, or gives it for the name of an API.
    """
    return {
        f"https://{api.ref}.execute-api.{api.region}.amazonaws.com": (
            api_url if isinstance(api_url, str) else api_url(_name(api, properties))
        ).rstrip("/")
        for api, properties in found.of(API)
    }


def _name(api: Resource, properties: Properties) -> str:
    """The API's name, which need not be the only one of its kind: `Ref` gives the id."""
    name: str = properties.get("Name", api.name)
    return name


def _root(api: Resource) -> str:
    """The id of the API's root resource, `/`."""
    return f"{api.name}-root"


def _paths(api: Resource, found: Found) -> Mapping[str, str]:
    """The whole path of every resource of the API, by its id."""
    parts = {resource.ref: of for resource, of in found.of(RESOURCE) if of["RestApiId"] == api.ref}
    root = _root(api)

    def path(id: str) -> str:
        return "" if id == root else f"{path(parts[id]['ParentId'])}/{parts[id]['PathPart']}"

    return {root: "/"} | {id: path(id) for id in parts}


def _route(method: Resource, properties: Properties, paths: Mapping[str, str]) -> Route:
    """The route of one method."""
    integration, authorization = properties["Integration"], properties["AuthorizationType"]
    if integration.get("Type") != "AWS_PROXY":
        raise UnsupportedProperty(
            f"{method.place} asks for the integration {integration.get('Type')}; here only AWS_PROXY is"
        )
    if authorization not in _AUTHORIZATIONS:
        raise UnsupportedProperty(
            f"{method.place} asks for the authorization {authorization}; here only IAM and NONE are"
        )
    function = _INVOKED.search(integration["Uri"])
    if function is None:
        raise UnsupportedProperty(f"{method.place} sends calls to {integration['Uri']}, which is not a function")
    return Route(properties["HttpMethod"], paths[properties["ResourceId"]], function["name"], authorization)


API: Final = ResourceType(
    "AWS::ApiGateway::RestApi",
    reader=rest_api,
    read=("Name",),
    no_effect={"Description": FOR_PEOPLE, "EndpointConfiguration": NETWORK, "Tags": UNBILLED},
    attributes={"RootResourceId": lambda api, _: _root(api)},
)
RESOURCE: Final = ResourceType("AWS::ApiGateway::Resource", read=("ParentId", "PathPart", "RestApiId"))
METHOD: Final = ResourceType(
    "AWS::ApiGateway::Method", read=("AuthorizationType", "HttpMethod", "Integration", "ResourceId", "RestApiId")
)
STAGE: Final = ResourceType(
    "AWS::ApiGateway::Stage",
    read=("MethodSettings", "RestApiId", "StageName", "TracingEnabled"),
    no_effect={"AccessLogSetting": LOGS, "DeploymentId": _SERVED, "Tags": UNBILLED},
)
DEPLOYMENT: Final = ResourceType("AWS::ApiGateway::Deployment", no_effect_at_all=_SERVED)
ACCOUNT: Final = ResourceType("AWS::ApiGateway::Account", no_effect_at_all=LOGS)

TYPES: Final = (API, RESOURCE, METHOD, STAGE, DEPLOYMENT, ACCOUNT)
