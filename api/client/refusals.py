"""What can go wrong between this program and the server, one exception for each way to mend it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from ledger.core.refusal import Refusal

if TYPE_CHECKING:
    import httpx


class ServerAway(Refusal):
    """The server did not answer, however often it was asked; asking again is safe."""

    code = "server_away"


class ServerRefused(Refusal):
    """
    The server refused the whole request.

    ``problem`` is the stable code of docs/reporting.md, ``status`` that of HTTP, ``pointer``
    the field at fault if one is named, and ``request_id`` what to tell the operator.
    """

    code = "server_refused"

    def __init__(
        self,
        *,
        status: int,
        problem: str,
        title: str,
        detail: str,
        pointer: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(status=status, title=title, detail=detail)
        self.status = status
        self.problem = problem
        self.pointer = pointer
        self.request_id = request_id

    def __str__(self) -> str:
        """Say what the server said."""
        return f"{self.problem or self.status}: {self.values['title']}. {self.values['detail']}"


class KeyRefused(ServerRefused):
    """There is no such key, or it was ended."""


class NotPermitted(ServerRefused):
    """The key may not do this: it lacks a scope, or belongs to another kind of party."""


class NotFound(ServerRefused):
    """There is no such thing, or it belongs to somebody else."""


class InConflict(ServerRefused):
    """What is on record, or under way, stands against it."""


class RequestInvalid(ServerRefused):
    """The request cannot be taken as it is; ``pointer`` names the field, if one is at fault."""


class ServerAddressUnusable(Refusal):
    """The server's address is not that of an HTTP server."""

    code = "server_address_unusable"
    field = "url"


class KeyUnusable(Refusal):
    """The key is empty, or holds what no key has; it is not said back."""

    code = "key_unusable"
    field = "key"


_CLASSES: Mapping[int, type[ServerRefused]] = {
    400: RequestInvalid,
    401: KeyRefused,
    403: NotPermitted,
    404: NotFound,
    409: InConflict,
    413: RequestInvalid,
    415: RequestInvalid,
    422: RequestInvalid,
}


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """A problem of RFC 9457: of one event, or of a whole request."""

    code: str = ""
    title: str = ""
    detail: str = ""
    pointer: str | None = None
    fields: tuple[str, ...] | None = None
    type: str = ""
    status: int | None = None
    request_id: str | None = None


def problem_of(response: "httpx.Response") -> Problem:
    """Return the problem an answer holds; one without words when it holds none."""
    try:
        return msgspec.json.decode(response.content, type=Problem)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Problem()


def refused(response: "httpx.Response") -> ServerRefused:
    """Return the refusal that an answer is, of the class that says who can mend it."""
    problem = problem_of(response)
    return _CLASSES.get(response.status_code, ServerRefused)(
        status=response.status_code,
        problem=problem.code,
        title=problem.title or f"HTTP {response.status_code}",
        detail=problem.detail or response.reason_phrase,
        pointer=problem.pointer,
        request_id=problem.request_id or response.headers.get("X-Request-Id"),
    )
