"""Clients of AWS's services in a function, by botocore alone.

boto3 makes the same clients. Until they are there it takes 80 ms of processor time more in query, of 452, and some 30
in the consumers. What it adds, resources and the transfer of files, no function uses.
"""

from typing import Any

from botocore.config import Config
from botocore.session import Session, get_session


def client(service: str, config: Config, session: Session | None = None) -> Any:
    """A new client of the service; clients of one session share AWS's descriptions and the credentials."""
    return (session or get_session()).create_client(service, config=config)
