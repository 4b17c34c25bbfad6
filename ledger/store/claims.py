"""Claims in the book: what each says in its last version, and all it said before."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlmodel import Session, col, insert

from ledger.core.claim import Claim, ClaimState
from ledger.core.new_claim import NewClaim
from ledger.store.parties import insert_all
from ledger.store.tables.claims import ClaimRow, ClaimVersionRow


@dataclass(frozen=True, kw_only=True)
class ClaimInBook:
    """A claim as its last version says it; ``state`` may be "withdrawn", too."""

    id: int
    owner_id: int
    reference: str
    subject: str
    holder: str  # who owns the subject by registration
    party: str
    right: str
    territory: str
    version: int
    share_bp: int
    starts_on: date
    ends_on: date | None
    state: str
    reason: str
    recorded_at: datetime
    recorded_by: str

    @property
    def claim(self) -> Claim:
        """Return it as claims are weighed against each other."""
        return Claim(
            subject=self.subject,
            right=self.right,
            party=self.party,
            share_bp=self.share_bp,
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            territory=self.territory,
            state=ClaimState(self.state),
        )


_LAST = """
    SELECT c.claim_id AS id, c.owner_id, c.reference, s.reference AS subject,
           holder.reference AS holder, p.reference AS party, c.use_right AS "right", c.territory,
           v.version, v.share_bp, v.starts_on, v.ends_on, v.state, v.reason, v.recorded_at,
           v.recorded_by
    FROM claim c
    JOIN subject s USING (subject_id)
    JOIN party holder ON holder.party_id = s.owner_id
    JOIN party p ON p.party_id = c.owner_id
    JOIN LATERAL (
        SELECT * FROM claim_version v WHERE v.claim_id = c.claim_id
        ORDER BY v.version DESC LIMIT 1
    ) v ON true
    WHERE c.book_id = :book
"""
_OF_SUBJECTS = (
    _LAST
    + """
      AND s.reference = ANY (CAST(:subjects AS text[])) AND v.state <> 'withdrawn'
    ORDER BY c.claim_id
"""
)
_NAMED = _LAST + " AND c.reference = ANY (CAST(:references AS text[])) ORDER BY c.claim_id"
_LISTED = (
    _LAST
    + """
      AND (CAST(:subject AS text) IS NULL OR s.reference = :subject)
      AND (CAST(:party AS bigint) IS NULL OR c.owner_id = :party OR s.owner_id = :party)
      AND c.claim_id > :after
    ORDER BY c.claim_id LIMIT :limit
"""
)
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('genbo.claims', :book))"


def lock_claims(session: Session, *, book_id: int) -> None:
    """Make whoever else changes claims of the book wait for this transaction."""
    session.execute(text(_LOCK), {"book": book_id})


def insert_claims(
    session: Session,
    *,
    book_id: int,
    claims: Sequence[NewClaim],
    party_ids: Mapping[str, int],
    subject_ids: Mapping[str, int],
    recorded_by: str,
    recorded_at: datetime,
) -> None:
    """Write claims with their first versions; parties and subjects are keys by reference."""
    if not claims:
        return
    ids = session.scalars(
        insert(ClaimRow).returning(col(ClaimRow.claim_id), sort_by_parameter_order=True),
        [
            {
                "book_id": book_id,
                "owner_id": party_ids[each.party],
                "subject_id": subject_ids[each.subject],
                "reference": each.reference,
                "use_right": each.right,
                "territory": each.territory,
            }
            for each in claims
        ],
    )
    insert_all(
        session,
        ClaimVersionRow,
        (
            {
                "claim_id": claim_id,
                "version": 1,
                "owner_id": party_ids[each.party],
                "share_bp": each.share_bp,
                "starts_on": each.starts_on,
                "ends_on": each.ends_on,
                "state": each.state,
                "reason": each.reason,
                "recorded_at": recorded_at,
                "recorded_by": recorded_by,
            }
            for claim_id, each in zip(ids, claims, strict=True)
        ),
    )


def insert_version(session: Session, *, claim: ClaimInBook) -> None:
    """Write the next version of a claim, as it is given."""
    insert_all(
        session,
        ClaimVersionRow,
        [
            {
                "claim_id": claim.id,
                "version": claim.version,
                "owner_id": claim.owner_id,
                "share_bp": claim.share_bp,
                "starts_on": claim.starts_on,
                "ends_on": claim.ends_on,
                "state": claim.state,
                "reason": claim.reason,
                "recorded_at": claim.recorded_at,
                "recorded_by": claim.recorded_by,
            }
        ],
    )


def find_claims(
    session: Session, *, book_id: int, references: Collection[str]
) -> dict[str, ClaimInBook]:
    """Return those of the named claims that are in the book, by reference."""
    rows = session.execute(text(_NAMED), {"book": book_id, "references": list(references)})
    return {row.reference: ClaimInBook(**row._mapping) for row in rows}


def claims_of_subjects(
    session: Session, *, book_id: int, subjects: Collection[str]
) -> list[ClaimInBook]:
    """Return the claims on some subjects that are not withdrawn, as they were entered."""
    rows = session.execute(text(_OF_SUBJECTS), {"book": book_id, "subjects": list(subjects)})
    return [ClaimInBook(**row._mapping) for row in rows]


def list_claims(
    session: Session,
    *,
    book_id: int,
    subject: str | None,
    party_id: int | None,
    after: int,
    limit: int,
) -> list[ClaimInBook]:
    """
    Return claims as they were entered, after the id of the last one seen.

    ``party_id`` is who claims or whose subjects are claimed; only the house asks for all (None).
    """
    asked = {
        "book": book_id,
        "subject": subject,
        "party": party_id,
        "after": after,
        "limit": limit,
    }
    return [ClaimInBook(**row._mapping) for row in session.execute(text(_LISTED), asked)]
