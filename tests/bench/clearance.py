"""
Clearances a second, beside an empty route of the same application in the same process.

The empty route is an ordinary one of FastAPI that takes nothing, answers ``{}``, needs no key,
and is looked for as early. Both are asked in turn by the same load; the server has one process, so
that it and not the load is what there is most to wait for. How long an answer takes is the median
of some rounds, because one stall of a shared machine is longer than all of them.
"""

import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from api.app import serve_app
from tests.bench.stage import Firm, Stage

ROUNDS = 5
SECONDS = 2
CONNECTIONS = 16
SUBJECTS = 20
PACED_ROUNDS = 3
PACED_SECONDS = 3


async def empty() -> dict[str, str]:
    """Answer nothing."""
    return {}


def serve() -> FastAPI:
    """Return the application with the empty route before all others."""
    app = serve_app()
    app.add_api_route("/empty", empty, methods=["POST"])
    app.router.routes.insert(0, app.router.routes.pop())
    return app


def measure(stage: Stage) -> dict[str, Any]:
    """Ask both in turn, then clearances at half of what they can take."""
    firm = stage.new_licensee("clearance", subjects=SUBJECTS)
    with stage.serving("tests.bench.clearance:serve", workers=1) as port:
        cleared, nothing = _questions(stage, firm, port)
        for file in (nothing, cleared):
            _ask(stage, port, file, seconds=1)
        rounds = [(_ask(stage, port, nothing), _ask(stage, port, cleared)) for _ in range(ROUNDS)]
        per_second = statistics.median(rate for _, rate in rounds)
        paced = [
            sorted(_ask(stage, port, cleared, seconds=PACED_SECONDS, per_second=per_second / 2))
            for _ in range(PACED_ROUNDS)
        ]
    ratios = [rate / empty_rate for empty_rate, rate in rounds]
    return {
        "clearance_over_empty": round(statistics.median(ratios), 3),
        "clearance_p99_ms": statistics.median(_milliseconds(each, 99) for each in paced),
        "clearance_ms": {
            f"p{percent}": statistics.median(_milliseconds(each, percent) for each in paced)
            for percent in (50, 95)
        },
        "clearance_per_second": round(per_second),
        "clearance_rounds": [round(ratio, 3) for ratio in ratios],
    }


def _questions(stage: Stage, firm: Firm, port: int) -> tuple[Path, Path]:
    """Write the requests of both routes; their bodies and headers are the same."""
    bodies = [
        json.dumps(
            {
                "subjects": [f"bench-{number}"],
                "use_class": "generation",
                "modality": "image",
                "unit": "image",
                "territory": "JP",
                "quantity": "1",
            }
        )
        for number in range(SUBJECTS)
    ]
    files: list[Path] = []
    for path in ("/v1/clearances", "/empty"):
        file = stage.folder / f"questions-{len(files)}.json"
        requests = [
            f"POST {path} HTTP/1.1\r\nHost: {stage.host}:{port}\r\n"
            f"Authorization: Bearer {firm.key}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
            for body in bodies
        ]
        file.write_text(json.dumps(requests), encoding="utf-8")
        files.append(file)
    return files[0], files[1]


def _ask(
    stage: Stage, port: int, file: Path, *, seconds: int = SECONDS, per_second: float = 0
) -> Any:
    asked = [stage.host, str(port), str(file), str(CONNECTIONS), str(seconds), str(per_second)]
    load = subprocess.run(
        [sys.executable, "-m", "tests.bench.asking", *asked],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(load.stdout)


def _milliseconds(ordered: list[float], percent: int) -> float:
    return round(ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] * 1000, 1)
