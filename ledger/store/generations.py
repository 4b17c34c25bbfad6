"""
Reported generations: found by identity, and read as they were reported.

They are written in whole batches (:mod:`ledger.store.generation_rows`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from psycopg.rows import dict_row
from sqlmodel import Session

from ledger.core.receipt import Receipt
from ledger.core.usage import C2paState, Modality, ReportedGeneration, SubjectUse, Unit, UseClass
from ledger.store.database import driver_connection

#: What makes a generation this one: accrual month, source, event id.
Identity = tuple[date, str, str]

_IS_KNOWN = """
    SELECT EXISTS (SELECT FROM generation
                   WHERE licensee_id = %(licensee)s AND accrual_month = %(month)s
                     AND source = %(source)s AND event_id = %(event_id)s)
"""

# Each identity is one probe of the unique index (that is what OFFSET 0 asks for): no plan made
# without statistics reads a month for it, and months that are not named are never touched.
_FIND = """
    SELECT wanted.place, g.batch_number, g.position, g.content_hash, g.judgement_id
    FROM unnest(%(months)b::date[], %(sources)b::text[], %(ids)b::text[])
             WITH ORDINALITY AS wanted (accrual_month, source, event_id, place)
    CROSS JOIN LATERAL (
        SELECT * FROM generation
        WHERE licensee_id = %(licensee)s AND accrual_month = wanted.accrual_month
          AND source = wanted.source AND event_id = wanted.event_id
        OFFSET 0
    ) g
"""
# What thousands of rows have in common is read once.
_FIND_BATCHES = """
    SELECT batch_number, root, head, counted_month FROM batch
    WHERE licensee_id = %(licensee)s AND batch_number = ANY (%(numbers)s::bigint[])
"""
_FIND_REASONS = """
    SELECT judgement_id, reasons FROM judgement
    WHERE licensee_id = %(licensee)s AND judgement_id = ANY (%(judgements)s::bigint[])
"""

_READ = """
    SELECT g.*, j.license_reference, j.use_class, j.modality, j.unit, j.territory, j.language,
           ARRAY(SELECT l.subject_reference FROM judgement_line l
                 WHERE l.licensee_id = j.licensee_id AND l.judgement_id = j.judgement_id
                 ORDER BY l.position) AS subject_references,
           ARRAY(SELECT l.weight_bp FROM judgement_line l
                 WHERE l.licensee_id = j.licensee_id AND l.judgement_id = j.judgement_id
                 ORDER BY l.position) AS weights
    FROM unnest(%(months)b::date[], %(sources)b::text[], %(ids)b::text[])
             AS wanted (accrual_month, source, event_id)
    JOIN generation g
      ON g.licensee_id = %(licensee)s AND g.accrual_month = wanted.accrual_month
     AND g.source = wanted.source AND g.event_id = wanted.event_id
    JOIN judgement j ON j.licensee_id = g.licensee_id AND j.judgement_id = g.judgement_id
    WHERE g.accrual_month = ANY (%(distinct_months)s::date[])
"""


# As they stand: a correction takes the place of what it corrects, and a void is left out.
_STREAM = """
    WITH standing AS (
        SELECT DISTINCT ON (licensee_id, accrual_month, source, event_id) *
        FROM correction WHERE accrual_month BETWEEN %(first)s AND %(last)s
        ORDER BY licensee_id, accrual_month, source, event_id, revision DESC
    ), g AS (
        SELECT r.licensee_id, r.accrual_month, r.source, r.event_id, r.batch_number, r.position,
               r.judgement_id, r.occurred_at, r.quantity, r.net_revenue, r.title, r.content_hash
        FROM generation r LEFT JOIN standing c
          ON c.licensee_id = r.licensee_id AND c.accrual_month = r.accrual_month
         AND c.source = r.source AND c.event_id = r.event_id
        WHERE r.accrual_month BETWEEN %(first)s AND %(last)s AND c.licensee_id IS NULL
        UNION ALL
        SELECT licensee_id, accrual_month, source, event_id, batch_number, position,
               judgement_id, occurred_at, quantity, net_revenue, title, content_hash
        FROM standing WHERE kind = 'replace'
    )
    SELECT g.source, g.event_id AS id, g.occurred_at, g.accrual_month, p.reference AS licensee,
           j.license_reference AS license, l.subject_reference AS subject,
           coalesce(s.title_ja, g.title, '') AS title_ja, j.modality, j.use_class, j.territory,
           g.quantity, g.net_revenue, j.unit, l.decision, l.reasons, l.rate_line_id,
           g.batch_number, g.position, g.content_hash
    FROM g
    JOIN party p ON p.party_id = g.licensee_id AND p.book_id = %(book)s
    JOIN judgement j ON j.licensee_id = g.licensee_id AND j.judgement_id = g.judgement_id
    JOIN judgement_line l ON l.licensee_id = j.licensee_id AND l.judgement_id = j.judgement_id
    LEFT JOIN subject s ON s.subject_id = l.subject_id
    ORDER BY g.accrual_month, p.reference, g.batch_number, g.position, l.position
"""


class StoredGeneration(NamedTuple):
    """Where a generation is in the book, and enough of it to tell a replay from a conflict."""

    receipt: Receipt
    reasons: tuple[str, ...]
    counted_month: date | None  # of one that came when its month was closed


def is_known(session: Session, *, licensee_id: int, identity: Identity) -> bool:
    """
    Tell whether a generation is in the book.

    Planned each time: a plan that was made in a month of a few rows would read all of it later.
    """
    month, source, event_id = identity
    parameters = {
        "licensee": licensee_id, "month": month, "source": source, "event_id": event_id,
    }  # fmt: skip
    connection = driver_connection(session)
    row = connection.execute(_IS_KNOWN, parameters, prepare=False).fetchone()
    assert row is not None
    (found,) = row
    return bool(found)


def find_stored(
    session: Session, *, licensee_id: int, identities: Iterable[Identity]
) -> dict[Identity, StoredGeneration]:
    """Return what the book already holds of some identities, in three queries."""
    wanted = list(identities)
    if not wanted:
        return {}
    with driver_connection(session).cursor(binary=True) as cursor:
        rows = cursor.execute(_FIND, _naming(licensee_id, wanted), prepare=False).fetchall()
        if not rows:
            return {}
        named = {
            "licensee": licensee_id,
            "numbers": list({number for _, number, _, _, _ in rows}),
            "judgements": list({judgement_id for _, _, _, _, judgement_id in rows}),
        }
        in_batches = cursor.execute(_FIND_BATCHES, named).fetchall()
        decided = cursor.execute(_FIND_REASONS, named).fetchall()
    batches = {number: (root, head, counted) for number, root, head, counted in in_batches}
    reasons = {judgement_id: tuple(told) for judgement_id, told in decided}
    found = {}
    for place, number, position, content_hash, judgement_id in rows:
        root, head, counted_month = batches[number]
        receipt = Receipt(number, position, content_hash, root, head)
        found[wanted[place - 1]] = StoredGeneration(receipt, reasons[judgement_id], counted_month)
    return found


def read_reported(
    session: Session, *, licensee_id: int, identities: Iterable[Identity]
) -> dict[Identity, ReportedGeneration]:
    """Return stored generations as they were reported, in one query."""
    wanted = list(identities)
    if not wanted:
        return {}
    parameters = _naming(licensee_id, wanted)
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_READ, parameters).fetchall()
    return {(row["accrual_month"], row["source"], row["event_id"]): _reported(row) for row in rows}


def stream_parts(
    session: Session, *, book_id: int, first_month: date, last_month: date
) -> Iterator[dict[str, Any]]:
    """
    Yield every subject's part of every generation that stands in some months, in a fixed order.

    Rows come through a server-side cursor, so memory stays flat however many there are.
    """
    connection = driver_connection(session)
    with connection.cursor("parts", row_factory=dict_row) as cursor:
        cursor.itersize = 5_000
        parameters = {"book": book_id, "first": first_month, "last": last_month}
        yield from cursor.execute(_STREAM, parameters)


def _naming(licensee_id: int, identities: Sequence[Identity]) -> dict[str, object]:
    """Return the parameters that name some generations of a licensee."""
    return {
        "licensee": licensee_id,
        "months": [month for month, _, _ in identities],
        "sources": [source for _, source, _ in identities],
        "ids": [event_id for _, _, event_id in identities],
        "distinct_months": sorted({month for month, _, _ in identities}),
    }


def _reported(row: Mapping[str, Any]) -> ReportedGeneration:
    return ReportedGeneration(
        source=row["source"],
        event_id=row["event_id"],
        occurred_at=row["occurred_at"],
        license_reference=row["license_reference"],
        subjects=tuple(
            SubjectUse(reference, weight)
            for reference, weight in zip(row["subject_references"], row["weights"], strict=True)
        ),
        use_class=UseClass(row["use_class"]),
        modality=Modality(row["modality"]),
        unit=Unit(row["unit"]),
        territory=row["territory"],
        quantity=row["quantity"],
        net_revenue=row["net_revenue"],
        currency=row["currency"],
        model=row["model"],
        output_sha256=row["output_sha256"].hex() if row["output_sha256"] else None,
        title=row["title"],
        c2pa=c2pa_of(row),
        language=row["language"],
    )


def c2pa_of(row: Mapping[str, Any]) -> C2paState | None:
    """Return what a stored generation or correction says of content credentials."""
    word = row["c2pa"]
    return None if word is None else C2paState(word)
