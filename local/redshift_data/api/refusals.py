"""The Data API's own error answers, in AWS's shapes."""

from local.aws_json.refusals import Refusal


class ResourceNotFoundException(Refusal):
    """No statement of that id, or none with a result; `ResourceId` names it."""

    kind = "ResourceNotFoundException"


class ActiveStatementsExceededException(Refusal):
    """Too many statements wait or run."""

    kind = "ActiveStatementsExceededException"
