"""
The load: a process of its own that posts prepared batches over several connections.

It stops by itself when its batches are sent, and prints what it measured as one JSON line.
"""

import http.client
import json
import sys
import threading
import time
from pathlib import Path
from queue import Empty, SimpleQueue


def main() -> None:
    """Post each file of standard input's lines "key path"; arguments: host, port, threads."""
    host, port, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    bodies: SimpleQueue[tuple[str, bytes]] = SimpleQueue()
    for line in sys.stdin.read().splitlines():
        key, _, path = line.partition(" ")
        bodies.put((key, Path(path).read_bytes()))
    seconds: list[float] = []
    counts: list[dict[str, int]] = []
    workers = [
        threading.Thread(target=_post_all, args=(host, port, bodies, seconds, counts))
        for _ in range(threads)
    ]
    started, cpu_before = time.perf_counter(), time.process_time()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    elapsed = time.perf_counter() - started
    told = {"elapsed": elapsed, "counts": _sums(counts), "seconds": seconds}
    print(json.dumps(told | {"cpu": time.process_time() - cpu_before}))


def _post_all(
    host: str,
    port: int,
    bodies: "SimpleQueue[tuple[str, bytes]]",
    seconds: list[float],
    counts: list[dict[str, int]],
) -> None:
    connection = http.client.HTTPConnection(host, port, timeout=60)
    while True:
        try:
            key, body = bodies.get_nowait()
        except Empty:
            return
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        started = time.perf_counter()
        connection.request("POST", "/v1/generations", body=body, headers=headers)
        response = connection.getresponse()
        answer = response.read()
        seconds.append(time.perf_counter() - started)
        if response.status != 200:
            raise SystemExit(f"HTTP {response.status}: {answer[:500]!r}")
        # Parsing every answer would cost the server, on the same two cores, a tenth of its time.
        told = answer[answer.rindex(b'"counts":') :]
        counts.append(json.loads(b"{" + told)["counts"])


def _sums(counts: list[dict[str, int]]) -> dict[str, int]:
    return {status: sum(each[status] for each in counts) for status in counts[0]}


if __name__ == "__main__":
    main()
