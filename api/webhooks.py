"""
Sending one webhook: signed, to the address that was checked, once, within fifteen seconds.

Redirects are not followed, proxies of the environment are not used, and no more of the answer is
read than the log keeps. Whatever goes wrong becomes an answer that says so; nothing is raised.
"""

import asyncio
import ssl
import time
from collections.abc import Sequence

import httpx

from api.addresses import Guard, Target, WebhookHostUnknown
from api.clock import Clock
from ledger.core import webhook
from ledger.core.refusal import Refusal
from ledger.core.webhook import ANSWER_BYTES_MAX, TIMEOUT, Answer, Failure, Secret
from ledger.store.webhooks import DueDelivery

_USER_AGENT = "Genbo-Webhooks/1"


class Sender:
    """What is needed to send: the guard, the clock, and the authorities that are trusted."""

    def __init__(
        self,
        *,
        guard: Guard,
        clock: Clock,
        trusted: ssl.SSLContext | None = None,
        timeout_seconds: float = TIMEOUT.total_seconds(),
    ) -> None:
        self._guard = guard
        self._clock = clock
        self._trusted = trusted or httpx.create_ssl_context(trust_env=False)
        self._timeout_seconds = timeout_seconds

    async def send(self, delivery: DueDelivery, signed_by: Sequence[Secret]) -> Answer:
        """Send once, and return what was answered or why there was no answer."""
        started_at, started = self._clock(), time.monotonic()
        headers = webhook.headers(
            message_id=delivery.message_id,
            sent_at=started_at,
            payload=delivery.payload,
            signed_by=signed_by,
        )
        status: int | None = None
        failure: Failure | None = None
        body = b""
        try:
            async with asyncio.timeout(self._timeout_seconds):
                target = await asyncio.to_thread(self._guard.target, delivery.url)
                status, body = await self._post(target, delivery.payload.encode(), headers)
        except (TimeoutError, httpx.TimeoutException):
            failure = Failure.TIMED_OUT
        except Refusal as refusal:
            is_unknown = isinstance(refusal, WebhookHostUnknown)
            failure = Failure.HOST_UNKNOWN if is_unknown else Failure.ADDRESS_REFUSED
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError):
            failure = Failure.CONNECTION_FAILED
        return Answer(
            started_at=started_at,
            duration_ms=int((time.monotonic() - started) * 1000),
            status=status,
            failure=failure,
            body=_readable(body),
        )

    async def _post(
        self, target: Target, content: bytes, headers: dict[str, str]
    ) -> tuple[int, bytes]:
        """
        Post to the checked address under the receiver's name, which its certificate has to bear.

        A connection is used once: the pool would share it between all names of one address, and
        the certificate was checked for one of them.
        """
        async with (
            httpx.AsyncClient(
                verify=self._trusted,
                trust_env=False,
                follow_redirects=False,
                timeout=self._timeout_seconds,
                limits=httpx.Limits(max_keepalive_connections=0),
            ) as client,
            client.stream(
                "POST",
                target.url,
                content=content,
                headers={
                    **headers,
                    "host": target.host_header,
                    "content-type": "application/json",
                    "user-agent": _USER_AGENT,
                    "accept-encoding": "identity",
                    "connection": "close",
                },
                extensions={"sni_hostname": target.host},
            ) as response,
        ):
            body = b""
            async for chunk in response.aiter_raw():
                body = (body + chunk)[:ANSWER_BYTES_MAX]
                if len(body) == ANSWER_BYTES_MAX:
                    break
            return response.status_code, body


def _readable(body: bytes) -> str:
    """Return an answer as text that can be stored and shown, whatever bytes it was."""
    return body.decode(errors="replace").replace("\x00", "\N{REPLACEMENT CHARACTER}")
