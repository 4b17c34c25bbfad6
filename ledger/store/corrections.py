"""
Corrections of recorded generations: histories read by identity, corrections written as batches.

Recorded rows are looked for one by one through their unique keys, whatever the planner thinks of
tables it has no statistics for.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from psycopg.rows import dict_row
from sqlmodel import Session

from ledger.core.acceptance import (
    BEGINNING_OF_TIME,
    END_OF_TIME,
    Decision,
    Judgement,
    Reason,
    UsageLine,
)
from ledger.core.batch import Total, TotalKey
from ledger.core.correction import (
    Correction,
    CorrectionKind,
    CorrectionReason,
    History,
    Identity,
    Revision,
    State,
)
from ledger.core.reason import COUNTED_DECISIONS
from ledger.core.receipt import Receipt
from ledger.core.usage import Modality, ReportedGeneration, SubjectUse, Unit, UseClass
from ledger.store.database import driver_connection
from ledger.store.generations import c2pa_of

_FIND = """
    SELECT g.accrual_month, g.source, g.event_id
    FROM unnest(%(sources)s::text[], %(ids)s::text[]) AS wanted (source, event_id)
    CROSS JOIN LATERAL (
        SELECT accrual_month, source, event_id FROM generation
        WHERE licensee_id = %(licensee)s AND source = wanted.source
          AND event_id = wanted.event_id
        OFFSET 0
    ) g
    ORDER BY g.accrual_month, g.source
"""

_REVISIONS = """
    WITH wanted AS (
        SELECT * FROM unnest(%(months)s::date[], %(sources)s::text[], %(ids)s::text[])
            AS wanted (accrual_month, source, event_id)
    ), revision AS (
        SELECT g.* FROM wanted CROSS JOIN LATERAL (
            SELECT accrual_month, source, event_id, 0 AS revision, NULL AS kind, NULL AS reason,
                   '' AS note, NULL AS recorded_by, batch_number, position, judgement_id,
                   occurred_at, quantity, net_revenue, currency, model, title, c2pa,
                   output_sha256, content_hash
            FROM generation
            WHERE licensee_id = %(licensee)s AND source = wanted.source
              AND event_id = wanted.event_id AND accrual_month = wanted.accrual_month
            OFFSET 0
        ) g
        UNION ALL
        SELECT c.* FROM wanted CROSS JOIN LATERAL (
            SELECT accrual_month, source, event_id, revision, kind, reason, note, recorded_by,
                   batch_number, position, judgement_id, occurred_at, quantity, net_revenue,
                   currency, model, title, c2pa, output_sha256, content_hash
            FROM correction
            WHERE licensee_id = %(licensee)s AND source = wanted.source
              AND event_id = wanted.event_id AND accrual_month = wanted.accrual_month
            OFFSET 0
        ) c
    )
    SELECT r.*, b.recorded_at, b.counted_month, b.root, b.head,
           j.license_reference, j.use_class, j.modality, j.unit, j.territory, j.language,
           j.decision, j.reasons
    FROM revision r
    JOIN batch b ON b.licensee_id = %(licensee)s AND b.batch_number = r.batch_number
    LEFT JOIN judgement j ON j.licensee_id = %(licensee)s AND j.judgement_id = r.judgement_id
    ORDER BY r.accrual_month, r.source, r.event_id, r.revision
"""

_LINES = """
    SELECT judgement_id, subject_reference, weight_bp, subject_id, decision, reasons,
           terms_version_id, rate_line_id
    FROM judgement_line
    WHERE licensee_id = %(licensee)s AND judgement_id = ANY (%(judgements)s::bigint[])
    ORDER BY judgement_id, position
"""

_INSERT_BATCH = """
    INSERT INTO batch (licensee_id, batch_number, recorded_at, first_month, last_month,
                       generation_count, accepted_count, held_count, refused_count,
                       root, previous_head, head, counted_month, kind)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 'correction')
"""

# One statement, because the database looks at a batch's corrections together.
_COPY = """
    COPY correction (licensee_id, batch_number, position, recorded_by, accrual_month, source,
                     event_id, revision, kind, reason, note, judgement_id, occurred_at, quantity,
                     net_revenue, currency, model, title, c2pa, output_sha256, content_hash)
    FROM STDIN
"""

_COPY_TOTALS = """
    COPY batch_total (licensee_id, batch_number, position, accrual_month, day, decision, reason,
                      terms_version_id, rate_line_id, subject_id, territory,
                      generation_count, quantity, net_revenue)
    FROM STDIN
"""

_SUBJECTS = "SELECT subject_id, reference FROM subject WHERE subject_id = ANY (%s::bigint[])"


class NewCorrection(NamedTuple):
    """One correction about to be written, and the judgement of what it puts in place."""

    identity: Identity
    correction: Correction
    content_hash: bytes
    judgement_id: int | None


def find_identities(
    session: Session, *, licensee_id: int, named: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], list[Identity]]:
    """Return what is recorded under some sources and ids, the earliest month first."""
    wanted = list(dict.fromkeys(named))
    parameters = {
        "licensee": licensee_id,
        "sources": [source for source, _ in wanted],
        "ids": [event_id for _, event_id in wanted],
    }
    found: dict[tuple[str, str], list[Identity]] = {each: [] for each in wanted}
    for row in driver_connection(session).execute(_FIND, parameters):
        identity = Identity(*row)
        found[identity.source, identity.event_id].append(identity)
    return found


def read_histories(
    session: Session, *, licensee_id: int, identities: Collection[Identity]
) -> dict[Identity, History]:
    """Return every revision of some recorded generations, in two queries."""
    parameters = {
        "licensee": licensee_id,
        "months": [each.month for each in identities],
        "sources": [each.source for each in identities],
        "ids": [each.event_id for each in identities],
    }
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_REVISIONS, parameters).fetchall()
        asked = {row["judgement_id"] for row in rows} - {None}
        lines: dict[int, list[dict[str, Any]]] = {}
        for line in cursor.execute(_LINES, {"licensee": licensee_id, "judgements": list(asked)}):
            lines.setdefault(line["judgement_id"], []).append(line)
    histories: dict[Identity, tuple[Revision, ...]] = {}
    for row in rows:
        identity = Identity(row["accrual_month"], row["source"], row["event_id"])
        revision = _revision(row, lines.get(row["judgement_id"], ()))
        histories[identity] = (*histories.get(identity, ()), revision)
    return histories


def find_subject_references(session: Session, *, ids: Collection[int]) -> dict[int, str]:
    """Return the references of some subjects by their keys."""
    rows = driver_connection(session).execute(_SUBJECTS, (list(ids),)).fetchall()
    return dict(rows)


def append(
    session: Session,
    *,
    licensee_id: int,
    batch_number: int,
    recorded_at: datetime,
    recorded_by: str,
    counted_month: date | None,
    decisions: Mapping[Decision, int],
    corrections: Sequence[NewCorrection],
    totals: Mapping[TotalKey, Total],
    root: bytes,
    previous_head: bytes,
    head: bytes,
) -> None:
    """
    Write one batch of corrections: its row, the corrections in order of position, its totals.

    The database refuses one that does not continue the licensee's chain, that corrects nothing
    recorded or leaves a revision out, and whose months are not all open, or not all closed with
    an open one to be counted in.
    """
    connection = driver_connection(session)
    months = [each.identity.month for each in corrections]
    counts = [decisions.get(each, 0) for each in COUNTED_DECISIONS]
    connection.execute(
        _INSERT_BATCH,
        (
            *(licensee_id, batch_number, recorded_at, min(months), max(months)),
            *(len(corrections), *counts, root, previous_head, head, counted_month),
        ),
    )
    with connection.cursor().copy(_COPY) as copy:
        for position, each in enumerate(corrections):
            copy.write_row((licensee_id, batch_number, position, recorded_by, *_columns(each)))
    with connection.cursor().copy(_COPY_TOTALS) as copy:
        for position, (key, total) in enumerate(totals.items()):
            copy.write_row((licensee_id, batch_number, position, *key, *total))


def _columns(new: NewCorrection) -> tuple[object, ...]:
    correction, replacement = new.correction, new.correction.replacement
    output = replacement.output_sha256 if replacement else None
    facts = (
        (None,) * 7
        if replacement is None
        else (
            replacement.occurred_at,
            replacement.quantity,
            replacement.net_revenue,
            replacement.currency,
            replacement.model,
            replacement.title,
            replacement.c2pa,
        )
    )
    return (
        *new.identity,
        correction.revision,
        str(correction.kind),
        str(correction.reason),
        correction.note,
        new.judgement_id,
        *facts,
        bytes.fromhex(output) if output else None,
        new.content_hash,
    )


def _revision(row: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> Revision:
    return Revision(
        number=row["revision"],
        kind=CorrectionKind(row["kind"]) if row["kind"] else None,
        reason=CorrectionReason(row["reason"]) if row["reason"] else None,
        note=row["note"],
        recorded_at=row["recorded_at"],
        recorded_by=row["recorded_by"],
        counted_month=row["counted_month"],
        receipt=Receipt(
            row["batch_number"], row["position"], row["content_hash"], row["root"], row["head"]
        ),
        state=State(_reported(row, lines), _judgement(row, lines)) if lines else None,
    )


def _judgement(row: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> Judgement:
    return Judgement(
        decision=Decision(row["decision"]),
        reasons=tuple(map(Reason, row["reasons"])),
        lines=tuple(
            UsageLine(
                line["subject_id"],
                line["weight_bp"],
                Decision(line["decision"]),
                tuple(map(Reason, line["reasons"])),
                line["terms_version_id"],
                line["rate_line_id"],
            )
            for line in lines
        ),
        # It is of a recorded event, and is never asked about another.
        valid_from=BEGINNING_OF_TIME,
        valid_until=END_OF_TIME,
    )


def _reported(row: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> ReportedGeneration:
    return ReportedGeneration(
        source=row["source"],
        event_id=row["event_id"],
        occurred_at=row["occurred_at"],
        license_reference=row["license_reference"],
        subjects=tuple(SubjectUse(line["subject_reference"], line["weight_bp"]) for line in lines),
        use_class=UseClass(row["use_class"]),
        modality=Modality(row["modality"]),
        unit=Unit(row["unit"]),
        territory=row["territory"],
        quantity=row["quantity"],
        net_revenue=row["net_revenue"],
        currency=row["currency"],
        model=row["model"],
        title=row["title"],
        c2pa=c2pa_of(row),
        language=row["language"],
        output_sha256=row["output_sha256"].hex() if row["output_sha256"] else None,
    )
