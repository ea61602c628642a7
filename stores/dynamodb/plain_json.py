"""A DynamoDB client without botocore's walk through each attribute of each item: an item is sent and taken as it is.

The items of stores.dynamodb.items are in the form of DynamoDB's API already, so one call of msgspec writes a request,
and one reads an answer. botocore walks through its model of the API for each attribute, which is half of the CPU time
of a request for many items. All else is botocore's: signing, connections, time-outs, errors and their retries.

Attributes of bytes are the exception: botocore would turn them into base64 and back. No item has any.
"""

from typing import Any, Final, TypeVar

import msgspec
from botocore.parsers import JSONParser, ResponseParserFactory
from botocore.serialize import JSONSerializer

Client = TypeVar("Client")

_OF_ITEMS: Final = {"BatchGetItem", "BatchWriteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem"}
"""The calls whose requests and answers hold items, texts and numbers alone."""

_ANSWERS: Final = {f"{call}Output" for call in _OF_ITEMS}

_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder().decode


def of_plain_json(client: Client) -> Client:
    """The same client, which from now on sends and takes items as they are."""
    # botocore has no public way to change these two; a test holds the client's calls equal to those of an unchanged one
    changed: Any = client
    changed._serializer = _Requests()
    changed._endpoint._response_parser_factory = _Factory()
    return client


class _Requests(JSONSerializer):
    def serialize_to_request(self, parameters: Any, operation_model: Any) -> Any:
        if operation_model.name not in _OF_ITEMS:
            return super().serialize_to_request(parameters, operation_model)
        request = super().serialize_to_request({}, operation_model)
        request["body"] = _encode(parameters)
        return request


class _Answers(JSONParser):
    def _handle_json_body(self, raw_body: Any, shape: Any) -> Any:
        if shape.name in _ANSWERS:
            try:
                answer = _decode(raw_body)
            except msgspec.DecodeError:
                answer = None
            if isinstance(answer, dict):
                return answer
        botocores: Any = super()
        return botocores._handle_json_body(raw_body, shape)


class _Factory(ResponseParserFactory):
    def create_parser(self, protocol_name: str) -> Any:
        return _Answers() if protocol_name == "json" else super().create_parser(protocol_name)
