"""The client on asyncio does what the other does."""

import asyncio
from typing import Any

import httpx
import pytest

from api.client import AsyncClient, BatchLimits, Patience
from tests.api.fakes import FakeServer, problem
from tests.api.reported import an_event
from tests.refusals import refusal

LOST = httpx.ConnectError("connection refused")


class AsyncServer(httpx.AsyncBaseTransport):
    """The same server behind the other kind of transport."""

    def __init__(self, played: FakeServer) -> None:
        self._played = played

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        await request.aread()
        return self._played.handle_request(request)


def report(server: FakeServer, waits: list[float], **given: Any) -> Any:
    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    async def run() -> Any:
        async with AsyncClient(
            base_url="http://genbo",
            key="gb_test_x",
            transport=AsyncServer(server),
            sleep=sleep,
            **given,
        ) as client:
            return await client.report(an_event(id=str(number)) for number in range(5))

    return asyncio.run(run())


def test_results_come_back_in_order_whatever_the_server_does() -> None:
    waits: list[float] = []
    server = FakeServer(LOST, 503, lambda _: httpx.Response(200, text="<html>"))
    answer = report(server, waits, limits=BatchLimits(events=2), language="ja")
    assert [(each.index, each.id) for each in answer.results] == [
        (number, str(number)) for number in range(5)
    ]
    assert answer.counts["accepted"] == 5
    assert [len(batch) for batch in server.batches] == [2, 2, 1]
    assert len(waits) == 3
    assert server.requests[-1].headers["Accept-Language"] == "ja"


@pytest.mark.parametrize(
    ("script", "code", "count"),
    [([LOST] * 3, "server_away", 3), ([problem(401)], "server_refused", 1)],
)
def test_what_cannot_be_reported_is_told(script: list[Any], code: str, count: int) -> None:
    server = FakeServer(*script)
    with refusal(code, None):
        report(server, [], patience=Patience(tries=3))
    assert len(server.requests) == count
