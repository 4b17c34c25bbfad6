"""A process that posts one event a request over many connections for some seconds."""

import asyncio
import json
import sys
import time


async def _client(host: str, port: int, head: bytes, name: str, until: float, told: list[float],
                  event: str) -> None:  # fmt: skip
    reader, writer = await asyncio.open_connection(host, port)
    number = 0
    while time.perf_counter() < until:
        body = (event % f"{name}-{number}").encode()
        started = time.perf_counter()
        writer.write(head % len(body) + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        if not answer.startswith(b"HTTP/1.1 200"):
            raise SystemExit(answer.decode())
        length = int(answer.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        told.append(time.perf_counter() - started)
        number += 1
    writer.close()


async def main() -> None:
    """Arguments: host, port, key, license, source, clients, seconds."""
    host, port, key, license_, source, clients, seconds = sys.argv[1:8]
    head = (
        f"POST /v1/generations HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\n"
        "Content-Type: application/json\r\nContent-Length: "
    ).encode() + b"%d\r\n\r\n"
    event = json.dumps(
        {
            "source": source,
            "id": "%s",
            "time": "2026-06-11T03:00:00Z",
            "license": license_,
            "subjects": [{"id": "bench-0"}],
            "use_class": "generation",
            "modality": "image",
            "quantity": "1",
            "unit": "image",
            "territory": "JP",
        }
    )
    told: list[float] = []
    started = time.perf_counter()
    until = started + float(seconds)
    await asyncio.gather(
        *(
            _client(host, int(port), head, str(number), until, told, event)
            for number in range(int(clients))
        )
    )
    elapsed = time.perf_counter() - started
    print(json.dumps({"rate": len(told) / elapsed, "seconds": told}))


if __name__ == "__main__":
    asyncio.run(main())
