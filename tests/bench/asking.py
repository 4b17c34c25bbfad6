"""
The load of small questions: a process of its own that asks over connections that stay open.

Asked as fast as it is answered, it tells how many questions a second; asked at a steady pace, how
long each took since it was due, so that a server that stalls cannot hide behind its own silence.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import cast


class Connection(asyncio.Protocol):
    """One connection with at most one question under way."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self._answered: asyncio.Future[bytes] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what questions are written to."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own is no subclass.

    def data_received(self, data: bytes) -> None:
        """Collect an answer until it is whole."""
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        if len(body) >= length and self._answered is not None:
            self._received = b""
            self._answered.set_result(head[9:12] + body)

    async def ask(self, question: bytes) -> None:
        """Ask, and wait until it is answered; anything but 200 ends the load."""
        assert self._transport is not None
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(question)
        answer = await self._answered
        if not answer.startswith(b"200"):
            raise SystemExit(answer[:500].decode())


async def flood(connections: list[Connection], questions: Iterator[bytes], seconds: float) -> float:
    """Ask as fast as it is answered; return how many a second."""
    count = 0
    ends_at = time.perf_counter() + seconds

    async def keep_asking(connection: Connection) -> None:
        nonlocal count
        while time.perf_counter() < ends_at:
            await connection.ask(next(questions))
            count += 1

    started = time.perf_counter()
    await asyncio.gather(*map(keep_asking, connections))
    return count / (time.perf_counter() - started)


async def pace(
    connections: list[Connection], questions: Iterator[bytes], seconds: float, per_second: float
) -> list[float]:
    """Ask at a steady pace; return how long after it was due each question was answered."""
    latencies: list[float] = []
    free = asyncio.Queue[Connection]()
    for connection in connections:
        free.put_nowait(connection)

    async def ask_one(due: float) -> None:
        connection = await free.get()
        await connection.ask(next(questions))
        latencies.append(time.perf_counter() - due)
        free.put_nowait(connection)

    started = time.perf_counter()
    asked = []
    for number in range(int(seconds * per_second)):
        due = started + number / per_second
        if (ahead := due - time.perf_counter()) > 0:
            await asyncio.sleep(ahead)
        asked.append(asyncio.create_task(ask_one(due)))
    await asyncio.gather(*asked)
    return latencies


async def main() -> None:
    """Ask what a file has; arguments: host, port, file, connections, seconds, pace or 0."""
    host, port, file, count, seconds, per_second = sys.argv[1:]
    questions = cycle(question.encode() for question in json.loads(Path(file).read_text()))
    loop = asyncio.get_running_loop()
    connections = [
        (await loop.create_connection(Connection, host, int(port)))[1] for _ in range(int(count))
    ]
    if float(per_second):
        told: object = await pace(connections, questions, float(seconds), float(per_second))
    else:
        told = await flood(connections, questions, float(seconds))
    print(json.dumps(told))


if __name__ == "__main__":
    import uvloop

    uvloop.run(main())
