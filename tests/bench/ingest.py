"""
Durable accepted generations a second over HTTP, beside raw COPY of the same rows.

Both run in turn on the same server, into the same table with the same indexes and guards, and
each is committed. The raw side has its rows rendered beforehand and does nothing but COPY them.
"""

import json
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import psycopg

from tests.bench.stage import Firm, Stage

BATCH = 1_000
SUBJECTS = 20
CONNECTIONS = 4
#: AI firms that report at once. A firm's batches form one chain, so they are written in turn.
FIRMS = 4


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One round: the rate of each side and how long single requests took."""

    http_per_second: float
    copy_per_second: float
    request_seconds: list[float]
    server_cpu_us: float
    database_cpu_us: float


def measure(stage: Stage, *, generations: int, rounds: int) -> dict[str, Any]:
    """Run the rounds and return what is worth keeping: medians and their ratio."""
    measured = [_round(stage, number, generations) for number in range(rounds)]
    ratios = [each.http_per_second / each.copy_per_second for each in measured]
    requests = sorted(second for each in measured for second in each.request_seconds)
    return {
        "ingest_http_over_copy": round(statistics.median(ratios), 3),
        "ingest_http_per_second": round(statistics.median(m.http_per_second for m in measured)),
        "ingest_copy_per_second": round(statistics.median(m.copy_per_second for m in measured)),
        "ingest_request_ms": {
            f"p{percent}": round(_percentile(requests, percent) * 1000, 1)
            for percent in (50, 95, 99)
        },
        "ingest_cpu_us_per_event": {
            "server": round(statistics.median(m.server_cpu_us for m in measured), 1),
            "database": round(statistics.median(m.database_cpu_us for m in measured), 1),
        },
        "ingest_rounds": [round(ratio, 3) for ratio in ratios],
    }


def _round(stage: Stage, number: int, generations: int) -> Measured:
    firms = [
        stage.new_licensee(f"firm-{number}-{each}", subjects=SUBJECTS) for each in range(FIRMS)
    ]
    share = generations // FIRMS
    files = [_bodies(stage, firm, share) for firm in firms]
    lines = [
        f"{firm.key} {path}"
        for paths in zip(*files, strict=True)
        for firm, path in zip(firms, paths, strict=True)
    ]
    before = stage.cpu_seconds()
    load = subprocess.run(
        [
            *(sys.executable, "-m", "tests.bench.load"),
            *(stage.host, str(stage.port), str(CONNECTIONS)),
        ],
        input="\n".join(lines),
        text=True,
        capture_output=True,
        check=True,
    )
    after = stage.cpu_seconds()
    told = json.loads(load.stdout)
    assert told["accepted"] == generations, told
    copied = generations / sum(_raw_copy(stage, firm) for firm in firms)
    return Measured(
        http_per_second=generations / told["elapsed"],
        copy_per_second=copied,
        request_seconds=told["seconds"],
        server_cpu_us=(after.server - before.server) / generations * 1e6,
        database_cpu_us=(after.database - before.database) / generations * 1e6,
    )


def _bodies(stage: Stage, firm: Firm, generations: int) -> list[Path]:
    files = []
    for batch in range(generations // BATCH):
        events = [
            {
                "source": "bench/images",
                "id": f"01K{firm.party_id:02d}{batch * BATCH + index:012d}",
                "time": f"2026-06-{1 + batch % 28:02d}T{index % 24:02d}:{index % 60:02d}:00Z",
                "license": firm.license,
                "subjects": [{"id": f"bench-{index * 7 % SUBJECTS}"}],
                "use_class": "generation",
                "modality": "image",
                "quantity": "1",
                "unit": "image",
                "territory": "JP",
                "model": "bench-1",
                "output_sha256": f"{batch * BATCH + index:064x}",
            }
            for index in range(BATCH)
        ]
        path = stage.folder / f"{firm.party_id}-{batch}.json"
        path.write_bytes(msgspec.json.encode(events))
        files.append(path)
    return files


def _raw_copy(stage: Stage, firm: Firm) -> float:
    """Copy the rows that HTTP just wrote for a twin of the firm, and return the seconds."""
    licensee_id = firm.party_id
    twin = stage.new_licensee(f"twin-{licensee_id}", subjects=0).party_id
    columns = (
        "licensee_id, accrual_month, batch_number, position, judgement_id, occurred_at, quantity,"
        " net_revenue, source, event_id, currency, model, title, output_sha256, content_hash"
    )
    with psycopg.connect(stage.database_url) as connection:
        stage.clone_batches(connection, of=licensee_id, to=twin)
        select = (
            f"SELECT {twin}, accrual_month, 1, row_number() OVER (ORDER BY batch_number, position)"
            f" - 1, judgement_id + 1000000{columns.partition('judgement_id')[2]}"
            f" FROM generation WHERE licensee_id = {licensee_id}"
            " ORDER BY batch_number, position"
        )
        with connection.cursor().copy(f"COPY ({select}) TO STDOUT") as copy:
            rows = b"".join(bytes(chunk) for chunk in copy)
        started = time.perf_counter()
        with connection.cursor().copy(f"COPY generation ({columns}) FROM STDIN") as copy:
            for start in range(0, len(rows), 1 << 18):
                copy.write(rows[start : start + (1 << 18)])
        connection.commit()
        return time.perf_counter() - started


def _percentile(ordered: list[float], percent: int) -> float:
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]
