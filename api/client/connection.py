"""A connection of a plain program to one server under one key: the only place that waits."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from api.client.calls import TIMEOUT_SECONDS, Call, Page, address_of, answer_of, headers_of
from api.client.patience import Attempts, NotNow, Patience

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Server:
    """
    Which server, under which key, and the language of its problems: ``ja`` or ``en``.

    :raises ServerAddressUnusable: the address is not that of an HTTP server.
    :raises KeyUnusable: no header can carry the key.
    """

    base_url: str
    key: str = field(repr=False)
    language: str = "en"

    def __post_init__(self) -> None:
        address_of(self.base_url)
        headers_of(self.key, self.language)

    @property
    def headers(self) -> dict[str, str]:
        """What every request says."""
        return headers_of(self.key, self.language)


class Connection:
    """Asks until it is answered; any number of threads may share it."""

    def __init__(
        self,
        server: Server,
        *,
        patience: Patience,
        sleep: Callable[[float], object] = time.sleep,
        transport: "httpx.BaseTransport | None" = None,
    ) -> None:
        import httpx  # With it comes half a second of modules that a program may never need.

        self.address = server.base_url
        self.patience = patience
        self._sleep = sleep
        self._failure = httpx.TransportError
        self._http = httpx.Client(
            base_url=server.base_url,
            headers=server.headers,
            timeout=TIMEOUT_SECONDS,
            transport=transport,
        )

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def ask(self, call: Call[T]) -> T:
        """
        Ask until there is an answer, and return what it says.

        :raises ServerAway: no answer after all tries.
        :raises ServerRefused: the request as a whole is at fault.
        """
        attempts = Attempts(call.patience or self.patience, url=self.address)
        while True:
            try:
                return self.ask_once(call)
            except NotNow as not_now:
                self._sleep(attempts.failed(not_now))

    def ask_once(self, call: Call[T]) -> T:
        """
        Ask one time.

        :raises NotNow: there was no answer, or one that says to come back later.
        :raises ServerRefused: the request as a whole is at fault.
        """
        try:
            response = self._http.request(
                call.method,
                call.path,
                params=dict(call.query) or None,
                content=call.content,
                headers=dict(call.headers),
                timeout=call.timeout_seconds,
            )
        except self._failure as error:
            raise NotNow(str(error) or type(error).__name__) from None
        return answer_of(call, response)

    def items(self, call: Call[Page[T]]) -> Iterator[T]:
        """Give what is on all pages of a list, asking for each when it is needed."""
        following: Call[Page[T]] | None = call
        while following is not None:
            page = self.ask(following)
            yield from page
            following = page.following
