"""
One generation as its explanation needs it: revisions, proofs, the terms and lines that price it.

Terms that were agreed later for its month price it in place of those it was judged under, and
what was told late is counted in the line of a later closing.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from ledger.core.correction import History, Identity
from ledger.core.explanation_facts import GenerationFact, LineFact
from ledger.core.period import Month
from ledger.store import corrections, explanations, explanations_proof

# Of a rate line, what it is for stays the same through the versions of a grant's terms.
_REPRICED = """
    SELECT judged.rate_line_id, other.rate_line_id
    FROM rate_line judged
    JOIN terms_version v USING (terms_version_id)
    JOIN LATERAL (
        SELECT later.terms_version_id FROM terms_version later
        WHERE later.license_grant_id = v.license_grant_id
          AND later.effective_from > v.effective_from AND later.effective_from <= :starts_at
          AND later.counted_month <= GREATEST(
              CAST(:month AS date), (SELECT max(month) FROM month_closing WHERE book_id = :book))
        ORDER BY later.effective_from DESC LIMIT 1
    ) now ON true
    JOIN rate_line other ON other.terms_version_id = now.terms_version_id
        AND (other.basis, other.modality, other.use_class)
            IS NOT DISTINCT FROM (judged.basis, judged.modality, judged.use_class)
    WHERE judged.rate_line_id = ANY (CAST(:rate_lines AS bigint[]))
"""

# The lines that count it: a part of a month is the same part under whatever version begins it.
_COUNTING = """
    SELECT judged.rate_line_id, r.subject_id, r.royalty_line_id
    FROM rate_line judged
    JOIN terms_version v USING (terms_version_id)
    JOIN terms_version of_line ON of_line.license_grant_id = v.license_grant_id
        AND GREATEST(of_line.effective_from, :starts_at) = GREATEST(v.effective_from, :starts_at)
    JOIN rate_line other ON other.terms_version_id = of_line.terms_version_id
        AND (other.basis, other.modality, other.use_class)
            IS NOT DISTINCT FROM (judged.basis, judged.modality, judged.use_class)
        AND (other.rate_line_id = judged.rate_line_id
             OR other.terms_version_id <> judged.terms_version_id)
    JOIN royalty_line r ON r.rate_line_id = other.rate_line_id
        AND r.book_id = :book AND r.accrual_month = :month AND r.cause IN ('use', 'late')
        AND r.closing_month = ANY (CAST(:closings AS date[]))
        AND r.subject_id = ANY (CAST(:subjects AS bigint[]))
    WHERE judged.rate_line_id = ANY (CAST(:rate_lines AS bigint[]))
    ORDER BY r.royalty_line_id
"""


_OWNED = """
    SELECT reference FROM subject
    WHERE book_id = :book AND owner_id = :owner AND reference = ANY (CAST(:references AS text[]))
"""


def read_generation(
    session: Session, *, book_id: int, licensee: str, licensee_id: int, identity: Identity
) -> GenerationFact:
    """Return one recorded generation with all that prices and proves it."""
    history = corrections.read_histories(session, licensee_id=licensee_id, identities=[identity])[
        identity
    ]
    judged = _judged(history)
    rates = {rate for rate, _ in judged}
    asked: dict[str, Any] = {
        "book": book_id,
        "month": identity.month,
        "starts_at": Month.of_day(identity.month).starts_at,
        "rate_lines": list(rates),
        "subjects": list({subject for _, subject in judged}),
        "closings": list({each.counted_month or identity.month for each in history}),
    }
    repriced: dict[int, int] = {row[0]: row[1] for row in session.execute(text(_REPRICED), asked)}
    return GenerationFact(
        licensee=licensee,
        identity=identity,
        history=history,
        terms=explanations.read_terms(session, rate_line_ids=rates.union(repriced.values())),
        repriced=repriced,
        lines=_lines(session, book_id, asked),
        proofs=explanations_proof.read_proofs(
            session,
            licensee_id=licensee_id,
            places=[(each.receipt.batch_number, each.receipt.position) for each in history],
        ),
    )


def read_part(
    session: Session,
    *,
    book_id: int,
    licensee: str,
    licensee_id: int,
    identity: Identity,
    owner_id: int | None,
) -> tuple[GenerationFact, frozenset[str] | None]:
    """Return a generation, and which of its subjects are a holder's; None where all are meant."""
    fact = read_generation(
        session, book_id=book_id, licensee=licensee, licensee_id=licensee_id, identity=identity
    )
    if owner_id is None:
        return fact, None
    named = {
        use.reference
        for each in fact.history
        if each.state is not None
        for use in each.state.reported.subjects
    }
    asked = {"book": book_id, "references": list(named), "owner": owner_id}
    return fact, frozenset(session.scalars(text(_OWNED), asked))


def _judged(history: History) -> Collection[tuple[int, int]]:
    """Return the rate lines and subjects of the judgement that stands; none of a void."""
    standing = history[-1].state
    return {
        (line.rate_line_id, line.subject_id)
        for line in (standing.judgement.lines if standing else ())
        if line.rate_line_id is not None and line.subject_id is not None
    }


def _lines(
    session: Session, book_id: int, asked: Mapping[str, Any]
) -> dict[tuple[int, int], tuple[LineFact, ...]]:
    """Return the lines that count it, by the rate line it was judged under and the subject."""
    rows = session.execute(text(_COUNTING), asked).all()
    facts = explanations.read_lines(session, book_id=book_id, ids=[row[2] for row in rows])
    found: dict[tuple[int, int], tuple[LineFact, ...]] = defaultdict(tuple)
    for rate_line_id, subject_id, key in rows:
        found[rate_line_id, subject_id] += (facts[key],)
    return dict(found)
