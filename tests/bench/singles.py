"""
Single-event posts from 32 clients: group commit beside one commit for each request.

Both servers run the same code but for the sharing of commits, in turn, on the same database.
"""

import json
import statistics
import subprocess
import sys
from typing import Any

from tests.bench.stage import Firm, Stage

CLIENTS = 32
SECONDS = 5


def measure(stage: Stage, *, rounds: int) -> dict[str, Any]:
    """Return the gain in throughput, and how long one post takes under that load."""
    firm = stage.new_licensee("singles", subjects=1)
    gains = []
    latencies: list[float] = []
    rates = []
    for number in range(rounds):
        with stage.serving("tests.bench.variants:one_commit_each") as port:
            plain = _load(stage, port, firm, f"plain-{number}")
        with stage.serving("api.app:serve_app") as port:
            grouped = _load(stage, port, firm, f"grouped-{number}")
        gains.append(grouped["rate"] / plain["rate"])
        rates.append((plain["rate"], grouped["rate"]))
        latencies += grouped["seconds"]
    latencies.sort()
    return {
        "single_group_commit_gain": round(statistics.median(gains), 2),
        "single_p50_ms": round(latencies[len(latencies) // 2] * 1000, 1),
        "single_p99_ms": round(latencies[len(latencies) * 99 // 100] * 1000, 1),
        "single_per_second": [(round(plain), round(grouped)) for plain, grouped in rates],
    }


def _load(stage: Stage, port: int, firm: Firm, source: str) -> dict[str, Any]:
    told = subprocess.run(
        [
            *(sys.executable, "-m", "tests.bench.single_load", stage.host, str(port)),
            *(firm.key, firm.license, source, str(CLIENTS), str(SECONDS)),
        ],
        text=True,
        capture_output=True,
        check=True,
    )
    result: dict[str, Any] = json.loads(told.stdout)
    return result
