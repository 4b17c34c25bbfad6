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
    """Post every file named on standard input's list; arguments: host, port, key, threads."""
    host, port, key, threads = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    bodies: SimpleQueue[bytes] = SimpleQueue()
    for path in sys.stdin.read().split():
        bodies.put(Path(path).read_bytes())
    seconds: list[float] = []
    accepted: list[int] = []
    workers = [
        threading.Thread(target=_post_all, args=(host, port, key, bodies, seconds, accepted))
        for _ in range(threads)
    ]
    started = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    elapsed = time.perf_counter() - started
    print(json.dumps({"elapsed": elapsed, "accepted": sum(accepted), "seconds": seconds}))


def _post_all(
    host: str,
    port: int,
    key: str,
    bodies: "SimpleQueue[bytes]",
    seconds: list[float],
    accepted: list[int],
) -> None:
    connection = http.client.HTTPConnection(host, port, timeout=60)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    while True:
        try:
            body = bodies.get_nowait()
        except Empty:
            return
        started = time.perf_counter()
        connection.request("POST", "/v1/generations", body=body, headers=headers)
        response = connection.getresponse()
        answer = response.read()
        seconds.append(time.perf_counter() - started)
        if response.status != 200:
            raise SystemExit(f"HTTP {response.status}: {answer[:500]!r}")
        # Parsing every answer would cost the server, on the same two cores, a tenth of its time.
        counts = answer[answer.rindex(b'"counts":') :]
        accepted.append(json.loads(b"{" + counts)["counts"]["accepted"])


if __name__ == "__main__":
    main()
