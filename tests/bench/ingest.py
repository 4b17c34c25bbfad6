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

from tests.bench import orm_rows
from tests.bench.stage import Firm, Stage

BATCH = 1_000
SUBJECTS = 20
CONNECTIONS = 4
#: AI firms that report at once. A firm's batches form one chain, so they are written in turn.
FIRMS = 4


#: Written as rows of an object mapper, so few that a round takes as long.
ORM_BATCHES = 16


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What it took to post some generations, in processor microseconds for each by process."""

    per_second: float
    request_seconds: list[float]
    cpu_us: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One round: each side in turn."""

    http: Sent
    again: Sent
    copy_per_second: float
    copy_database_us: float
    orm_per_second: float
    orm_rows_per_second: float


def measure(stage: Stage, *, generations: int, rounds: int) -> dict[str, Any]:
    """Run the rounds and return what is worth keeping: medians and their ratios."""
    with psycopg.connect(stage.database_url) as connection:
        orm_rows.prepare(connection)
    with (
        stage.serving("tests.bench.variants:ordinary") as ordinary,
        stage.serving("tests.bench.variants:row_by_row") as row_by_row,
    ):
        ports = (ordinary, row_by_row)
        measured = [_round(stage, number, generations, ports) for number in range(rounds)]
    ratios = [each.http.per_second / each.copy_per_second for each in measured]
    replays = [each.again.per_second / each.http.per_second for each in measured]
    over_orm = [each.http.per_second / each.orm_per_second for each in measured]
    over_rows = [each.http.per_second / each.orm_rows_per_second for each in measured]
    requests = sorted(second for each in measured for second in each.http.request_seconds)
    return {
        "ingest_http_over_copy": round(statistics.median(ratios), 3),
        "ingest_http_over_orm": round(statistics.median(over_orm), 1),
        "ingest_http_over_orm_rows": round(statistics.median(over_rows), 1),
        "ingest_replay_over_first": round(statistics.median(replays), 2),
        "ingest_http_per_second": round(statistics.median(m.http.per_second for m in measured)),
        "ingest_copy_per_second": round(statistics.median(m.copy_per_second for m in measured)),
        "ingest_orm_per_second": round(statistics.median(m.orm_per_second for m in measured)),
        "ingest_orm_rows_per_second": round(
            statistics.median(m.orm_rows_per_second for m in measured)
        ),
        "ingest_request_ms": {
            f"p{percent}": round(_percentile(requests, percent) * 1000, 1)
            for percent in (50, 95, 99)
        },
        "ingest_cpu_us_per_event": {
            process: round(statistics.median(m.http.cpu_us[process] for m in measured), 1)
            for process in ("server", "database", "load")
        },
        "copy_cpu_us_per_event": {
            "database": round(statistics.median(m.copy_database_us for m in measured), 1)
        },
        "ingest_rounds": [round(ratio, 3) for ratio in ratios],
    }


def send(
    stage: Stage, port: int, batches: list[tuple[Firm, Path]], *, expected: str = "accepted"
) -> Sent:
    """Post batches in their order over several connections, and expect one status of all."""
    generations = len(batches) * BATCH
    before = stage.cpu_seconds()
    load = subprocess.run(
        [sys.executable, "-m", "tests.bench.load", stage.host, str(port), str(CONNECTIONS)],
        input="\n".join(f"{firm.key} {path}" for firm, path in batches),
        text=True,
        capture_output=True,
        check=True,
    )
    after = stage.cpu_seconds()
    told = json.loads(load.stdout)
    assert told["counts"][expected] == generations, told["counts"]
    seconds = {
        "server": after.server - before.server,
        "database": after.database - before.database,
        "load": told["cpu"],
    }
    return Sent(
        per_second=generations / told["elapsed"],
        request_seconds=told["seconds"],
        cpu_us={process: used / generations * 1e6 for process, used in seconds.items()},
    )


def batches_of(
    stage: Stage, firms: list[Firm], generations: int, *, first: int = 0
) -> list[tuple[Firm, Path]]:
    """Write the bodies of some firms' generations, and return them in turn."""
    share = generations // len(firms)
    files = [_bodies(stage, firm, share, first) for firm in firms]
    return [
        (firm, path)
        for paths in zip(*files, strict=True)
        for firm, path in zip(firms, paths, strict=True)
    ]


def _round(stage: Stage, number: int, generations: int, orm_ports: tuple[int, int]) -> Measured:
    firms = [
        stage.new_licensee(f"firm-{number}-{each}", subjects=SUBJECTS) for each in range(FIRMS)
    ]
    reported = batches_of(stage, firms, generations)
    http = send(stage, stage.port, reported)
    again = send(stage, stage.port, reported, expected="duplicate")
    before = stage.cpu_seconds()
    copied = generations / sum(_raw_copy(stage, firm) for firm in firms)
    after = stage.cpu_seconds()
    to_warm, to_measure = FIRMS, ORM_BATCHES
    mapped_per_second = []
    for turn, port in enumerate(orm_ports):
        count = (to_warm + to_measure) * BATCH
        mapped = batches_of(stage, firms, count, first=generations + turn * count)
        send(stage, port, mapped[:to_warm])
        mapped_per_second.append(send(stage, port, mapped[to_warm:]).per_second)
    return Measured(
        http=http,
        again=again,
        copy_per_second=copied,
        copy_database_us=(after.database - before.database) / generations * 1e6,
        orm_per_second=mapped_per_second[0],
        orm_rows_per_second=mapped_per_second[1],
    )


def _bodies(stage: Stage, firm: Firm, generations: int, first: int) -> list[Path]:
    files = []
    for batch in range(generations // BATCH):
        numbers = range(first + batch * BATCH, first + (batch + 1) * BATCH)
        events = [
            {
                "source": "bench/images",
                "id": f"01K{firm.party_id:02d}{number:012d}",
                "time": f"2026-06-{1 + batch % 28:02d}T{number % 24:02d}:{number % 60:02d}:00Z",
                "license": firm.license,
                "subjects": [{"id": f"bench-{number * 7 % SUBJECTS}"}],
                "use_class": "generation",
                "modality": "image",
                "quantity": "1",
                "unit": "image",
                "territory": "JP",
                "model": "bench-1",
                "output_sha256": f"{number:064x}",
            }
            for number in numbers
        ]
        path = stage.folder / f"{firm.party_id}-{numbers.start}.json"
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
