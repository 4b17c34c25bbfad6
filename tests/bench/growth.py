"""
How much of the speed is left when the book has ten million generations.

The same firms report before and after, in the month that has most of them, so every key is looked
for in an index that has grown. In between the book is filled by statements of a quarter of a
million rows each, under all its guards, as if each had been one batch.
"""

import statistics
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg

from ledger.core.proof import chain_head
from tests.bench import ingest
from tests.bench.stage import Firm, Stage

FIRMS = 4
BEFORE = 100_000
PIECE = 250_000
ROUNDS = 3
#: Connections that fill at once, as many as there are processors.
FILLERS = 2

# One row is copied with another position, id, time and hash: these are what the keys look at.
_FILL = """
    INSERT INTO generation
    SELECT g.licensee_id, g.accrual_month, %(number)s, n, g.judgement_id,
           timestamptz '2026-06-01 00:00:00+09' + n * interval '10 seconds', g.quantity,
           g.net_revenue, g.source, 'F' || %(number)s || '-' || lpad(n::text, 12, '0'), g.currency,
           g.model, g.title, g.output_sha256, sha256(int8send(%(number)s * 10000000::bigint + n))
    FROM generate_series(0, %(count)s - 1) AS n,
         (SELECT * FROM generation WHERE licensee_id = %(licensee)s LIMIT 1) g
"""
# As many totals as the batches of a thousand have that are reported: one for fifty generations.
_TOTAL = """
    INSERT INTO batch_total
    SELECT %(licensee)s, %(number)s, row_number() OVER () - 1, '2026-06-01', added.day, l.decision,
           l.reasons[1], l.terms_version_id, l.rate_line_id, l.subject_id, j.territory,
           added.generation_count, added.quantity, added.net_revenue
    FROM (SELECT judgement_id, position / 50 AS part,
                 CAST(occurred_at AT TIME ZONE INTERVAL '9 hours' AS date) AS day,
                 count(*) AS generation_count, sum(coalesce(quantity, 0)) AS quantity,
                 sum(coalesce(net_revenue, 0)) AS net_revenue
          FROM generation WHERE licensee_id = %(licensee)s AND batch_number = %(number)s
          GROUP BY 1, 2, 3) added
    JOIN judgement j ON j.licensee_id = %(licensee)s AND j.judgement_id = added.judgement_id
    JOIN judgement_line l ON l.licensee_id = %(licensee)s AND l.judgement_id = added.judgement_id
"""
_ANNOUNCE = """
    INSERT INTO batch (licensee_id, batch_number, recorded_at, first_month, last_month,
                       generation_count, accepted_count, held_count, refused_count,
                       root, previous_head, head)
    VALUES (%(licensee)s, %(number)s, now(), '2026-06-01', '2026-06-01', %(count)s, %(count)s, 0, 0,
            %(root)s, %(previous)s, %(head)s)
"""


def measure(stage: Stage, *, stored: int, generations: int) -> dict[str, Any]:
    """Report with a hundred thousand in the book, fill it, and report again."""
    firms = [
        stage.new_licensee(f"growth-{each}", subjects=ingest.SUBJECTS) for each in range(FIRMS)
    ]
    ingest.send(stage, stage.port, ingest.batches_of(stage, firms, BEFORE))
    few = _rounds(stage, firms, generations, first=BEFORE)
    fill(stage, firms, stored)
    many = _rounds(stage, firms, generations, first=BEFORE + ROUNDS * generations)
    return {
        "ingest_growth_10m": round(_rate(many) / _rate(few), 3),
        "ingest_growth": {
            name: {
                "generations": stored_then,
                "per_second": round(_rate(sent)),
                "cpu_us_per_event": {
                    process: round(statistics.median(each.cpu_us[process] for each in sent), 1)
                    for process in ("server", "database")
                },
            }
            for name, stored_then, sent in (("few", BEFORE, few), ("many", stored, many))
        },
    }


def _rate(sent: list[ingest.Sent]) -> float:
    return statistics.median(each.per_second for each in sent)


def _rounds(stage: Stage, firms: list[Firm], generations: int, *, first: int) -> list[ingest.Sent]:
    return [
        ingest.send(
            stage,
            stage.port,
            ingest.batches_of(stage, firms, generations, first=first + number * generations),
        )
        for number in range(ROUNDS)
    ]


def fill(stage: Stage, firms: list[Firm], stored: int) -> None:
    """Add generations of June to firms that have reported some, with the totals of each batch."""
    pieces = max(1, stored // len(firms) // PIECE)
    with ThreadPoolExecutor(FILLERS) as pool:
        list(pool.map(lambda firm: _fill_firm(stage, firm, pieces), firms))
    # As the server does by itself, a minute later.
    with psycopg.connect(stage.database_url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE generation, batch_total, batch_tally, batch")
        connection.execute("CHECKPOINT")


def _fill_firm(stage: Stage, firm: Firm, pieces: int) -> None:
    for _ in range(pieces):
        with psycopg.connect(stage.database_url) as connection:
            row = connection.execute("SELECT * FROM lock_log(%s)", (firm.party_id,)).fetchone()
            assert row is not None
            number, previous = row[0] + 1, row[1]
            root = number.to_bytes(32, "big")
            batch = {
                "licensee": firm.party_id,
                "number": number,
                "count": PIECE,
                "root": root,
                "previous": previous,
                "head": chain_head(previous=previous, number=number, count=PIECE, root=root),
            }
            connection.execute(_ANNOUNCE, batch)
            connection.execute(_FILL, batch)
            connection.execute(_TOTAL, batch)
