"""The Data API over HTTP, signed by the laptop's keys, or by a role's, which is held to its policies."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from local.aws_json.refusals import AccessDeniedException
from local.aws_json.service import JsonService
from local.http import HttpRequest
from local.permissions.book import AccessDenied, Book
from local.permissions.calls import redshift_calls
from local.redshift_data.api.operations import DataApi
from local.sigv4 import Keys, claimed_key_id


class Service(JsonService):
    """Answers requests; an HTTP server uses it as the handler."""

    name = "Redshift"
    signing_name = "redshift-data"
    target = "RedshiftData."
    # forty statements of 100 KB, each byte escaped, and the rest of the request
    most_bytes = 40 * 100 * 1024 * 6 + 1024 * 1024

    def __init__(
        self,
        api: DataApi,
        keys: Keys,
        region: str,
        book: Book | None = None,
        workgroups: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """`keys` and those of the book's roles may sign; `workgroups` has their ARNs by name."""
        super().__init__(keys, region)
        self._api = api
        self._book = book
        self._workgroups = workgroups

    def keys_of(self, sent: HttpRequest) -> Keys:
        """The keys that the request claims, if they are a role's; else the laptop's."""
        known = self._book.keys if self._book else {}
        return known.get(claimed_key_id(sent), super().keys_of(sent))

    def call(self, sent: HttpRequest, action: str, request: Any) -> Any:
        """The answer to one call; raises `AccessDeniedException` if its role may not ask for it."""
        self._check(sent, action, request)
        return self._api.call(action, request)

    def _check(self, sent: HttpRequest, action: str, request: Any) -> None:
        key_id = self.keys_of(sent).access_key_id
        if self._book and key_id in self._book.keys:
            try:
                self._book.check(key_id, redshift_calls(action, request, self._workgroups))
            except AccessDenied as refused:
                raise AccessDeniedException(str(refused)) from None
