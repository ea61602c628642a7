"""Checks requests by AWS's own description of the API, which botocore contains."""

import re
from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import ListShape, ServiceModel, Shape, StringShape, StructureShape
from botocore.validate import ParamValidator

from local.aws_json.refusals import ValidationException


@cache
def model(service: str) -> ServiceModel:
    """AWS's description of a service."""
    return ServiceModel(Loader().load_service_model(service, "service-2"))


def checked(service: str, action: str, request: Any) -> dict[str, Any]:
    """`request` if it has the members, types, lengths and patterns of `action`; raises `ValidationException`."""
    shape = model(service).operation_model(action).input_shape
    assert shape is not None, "every action of the API has an input"
    if not isinstance(request, dict):
        raise ValidationException("The request's body must be a JSON object")
    unknown = request.keys() - shape.members.keys()
    if unknown:
        raise ValidationException(f"Unknown member of {action}: {', '.join(sorted(unknown))}")
    report = ParamValidator().validate(request, shape)
    if report.has_errors():
        raise ValidationException(report.generate_report())
    _check(request, shape, "")
    return request


def _check(value: Any, shape: Shape, where: str) -> None:
    """Check what botocore leaves to the service: patterns, greatest lengths and values, and enumerations."""
    if isinstance(shape, StructureShape):
        for name, inner in value.items():
            _check(inner, shape.members[name], name)
    elif isinstance(shape, ListShape):
        _check_range(len(value), shape, where)
        for inner in value:
            _check(inner, shape.member, where)
    elif isinstance(shape, StringShape):
        _check_range(len(value), shape, where)
        pattern = shape.metadata.get("pattern")
        if pattern and not re.fullmatch(pattern, value):
            raise _invalid(value, where, f"Member must satisfy regular expression pattern: {pattern}")
        if shape.enum and value not in shape.enum:
            raise _invalid(value, where, f"Member must satisfy enum value set: [{', '.join(shape.enum)}]")
    elif shape.type_name == "integer":
        _check_range(value, shape, where)


def _check_range(size: int, shape: Shape, where: str) -> None:
    least, greatest = shape.metadata.get("min"), shape.metadata.get("max")
    if greatest is not None and size > greatest:
        raise _invalid("", where, f"Member must have length or value less than or equal to {greatest}")
    if least is not None and size < least:
        raise _invalid("", where, f"Member must have length or value greater than or equal to {least}")


def _invalid(value: str, where: str, rule: str) -> ValidationException:
    name = where[:1].lower() + where[1:]
    return ValidationException(
        f"1 validation error detected: Value '{value[:200]}' at '{name}' failed to satisfy constraint: {rule}"
    )
