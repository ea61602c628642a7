"""A REST API of the templates: its resources, methods and stage gathered into routes."""

import re
from collections.abc import Iterable
from collections.abc import Mapping as Values
from typing import Any, Final

from local.cloudformation.resource import Resource
from local.errors import UnresolvedReference, UnsupportedProperty
from local.platform import Api, Route

Described = tuple[Resource, Values[str, Any]]

_INVOKED: Final = re.compile(r":lambda:path/2015-03-31/functions/[^/]*:function:(?P<name>[^/:]+)/invocations$")
_AUTHORIZATIONS: Final = ("AWS_IAM", "NONE")


def rest_api(
    api: Resource,
    name: str,
    resources: Iterable[Described],
    methods: Iterable[Described],
    stages: Iterable[Described],
) -> Api:
    """The API that these resources, methods and stages make; those of other APIs are passed over.

    Raises `UnsupportedProperty` for what the gateway cannot do, `UnresolvedReference` where the API has not one stage.
    """
    own = [properties for _, properties in stages if properties["RestApiId"] == api.ref]
    if len(own) != 1:
        raise UnresolvedReference(
            f"{api.stack}: {api.logical_id} has {len(own)} stages, the laptop's gateway serves one"
        )
    everywhere: Values[str, Any] = next(
        (
            item
            for item in own[0].get("MethodSettings", [])
            if item["ResourcePath"] == "/*" and item["HttpMethod"] == "*"
        ),
        {},
    )
    paths = _paths(api, resources)
    return Api(
        name=name,
        stage=own[0]["StageName"],
        routes=tuple(_route(method, of, paths) for method, of in methods if of["RestApiId"] == api.ref),
        rate_limit=everywhere.get("ThrottlingRateLimit"),
        burst_limit=everywhere.get("ThrottlingBurstLimit"),
    )


def _paths(api: Resource, resources: Iterable[Described]) -> Values[str, str]:
    """The whole path of every resource of the API, by its id."""
    parts = {resource.ref: properties for resource, properties in resources if properties["RestApiId"] == api.ref}
    root = api.attribute("RootResourceId", {})

    def path(id: str) -> str:
        return "" if id == root else f"{path(parts[id]['ParentId'])}/{parts[id]['PathPart']}"

    return {root: "/"} | {id: path(id) for id in parts}


def _route(method: Resource, properties: Values[str, Any], paths: Values[str, str]) -> Route:
    """The route of one method."""
    where = f"{method.stack}: {method.logical_id}"
    integration, authorization = properties["Integration"], properties["AuthorizationType"]
    if integration.get("Type") != "AWS_PROXY":
        raise UnsupportedProperty(f"{where} asks for the integration {integration.get('Type')}; here only AWS_PROXY is")
    if authorization not in _AUTHORIZATIONS:
        raise UnsupportedProperty(f"{where} asks for the authorization {authorization}; here only IAM and NONE are")
    function = _INVOKED.search(integration["Uri"])
    if function is None:
        raise UnsupportedProperty(f"{where} sends calls to {integration['Uri']}, which is no function")
    return Route(properties["HttpMethod"], paths[properties["ResourceId"]], function["name"], authorization)
