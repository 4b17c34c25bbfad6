"""
What royalties take: closing a month from its totals, the recount, a waterfall, statements.

Told in processor seconds, of this process and of PostgreSQL together, because they are the same
on a machine that others use. The month is the one that :mod:`tests.bench.growth` has filled.
"""

import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from timeit import repeat
from typing import Any

import psycopg

from ledger.core.period import Month
from ledger.core.waterfall import run
from ledger.services import closing
from tests.bench import growth, ingest
from tests.bench.stage import Stage
from tests.bench.statements import committee

JUNE = Month(2026, 6)
ROUNDS = 3
WATERFALLS = 200

# What the recount adds up, and nothing else.
_GROUP_BY = """
    SELECT licensee_id, judgement_id, CAST(occurred_at AT TIME ZONE INTERVAL '9 hours' AS date),
           count(*), sum(quantity), sum(net_revenue)
    FROM generation WHERE accrual_month = '2026-06-01' GROUP BY 1, 2, 3
"""


@dataclass(frozen=True, kw_only=True)
class Took:
    """What one piece of work took, in seconds."""

    elapsed: float
    python: float
    database: float

    @property
    def cpu(self) -> float:
        """Processor seconds of both."""
        return self.python + self.database


def measure_waterfall_and_statements() -> dict[str, Any]:
    """Run a committee of thirteen, and make 10,000 statements in a process of their own."""
    waterfall = committee("kaze")
    seconds = repeat(lambda: run(waterfall, receipts_minor=8_765_432), number=1, repeat=WATERFALLS)
    made = subprocess.run(
        [sys.executable, "-m", "tests.bench.statements"],
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(made.stdout)
    return {
        "waterfall_13_ms": round(statistics.median(seconds) * 1000, 3),
        "statements_10k_seconds": told["seconds"],
        "statements": told,
    }


def measure_closing(stage: Stage) -> dict[str, Any]:
    """Count June again beside a bare GROUP BY, and close it; nothing may be written meanwhile."""
    with psycopg.connect(stage.database_url) as connection:
        bare = [_take(stage, lambda: _group(connection)) for _ in range(ROUNDS)]
        stored = connection.execute(
            "SELECT count(*), (SELECT count(*) FROM batch_total) FROM generation"
        ).fetchone()
    assert stored is not None
    counted = [_take(stage, lambda: closing.recount(stage.database, month=JUNE))
               for _ in range(ROUNDS)]  # fmt: skip
    recounted = closing.recount(stage.database, month=JUNE)
    closed = _take(
        stage,
        lambda: closing.close_month(
            stage.database,
            month=JUNE,
            closed_by="bench",
            closed_at=JUNE.ends_at + timedelta(days=365),
            recounted=recounted,
        ),
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "close_10m_seconds": round(closed.cpu, 2),
        "audit_over_groupby": round(_cpu(counted) / _cpu(bare), 2),
        "close": {
            "generations": stored[0],
            "totals": stored[1],
            "elapsed": round(closed.elapsed, 2),
            "python": round(closed.python, 2),
            "database": round(closed.database, 2),
            "recount_cpu": round(_cpu(counted), 2),
            "recount_elapsed": round(statistics.median(each.elapsed for each in counted), 2),
            "groupby_cpu": round(_cpu(bare), 2),
            "groupby_elapsed": round(statistics.median(each.elapsed for each in bare), 2),
            "peak_mb": round(peak),
        },
    }


def measure_filled(stage: Stage, *, stored: int) -> dict[str, Any]:
    """Fill a month that nothing else has filled, and close it."""
    firms = [
        stage.new_licensee(f"closed-{each}", subjects=ingest.SUBJECTS)
        for each in range(growth.FIRMS)
    ]
    ingest.send(stage, stage.port, ingest.batches_of(stage, firms, growth.BEFORE))
    growth.fill(stage, firms, stored)
    return measure_closing(stage)


def _group(connection: psycopg.Connection[Any]) -> None:
    connection.execute(_GROUP_BY).fetchall()
    connection.rollback()


def _cpu(taken: list[Took]) -> float:
    return statistics.median(each.cpu for each in taken)


def _take(stage: Stage, work: Callable[[], object]) -> Took:
    database, python, started = (
        stage.cpu_seconds().database,
        time.process_time(),
        time.perf_counter(),
    )
    work()
    return Took(
        elapsed=time.perf_counter() - started,
        python=time.process_time() - python,
        database=stage.cpu_seconds().database - database,
    )
