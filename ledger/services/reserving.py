"""
Reserving: refunds and chargebacks against what settlements hold, and what is held.

A claim is entered once; the next settlement of its rights holder lets the reserve bear it, and
what no reserve can bear is taken from what came in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger.core.fields import check_instant, check_new, check_text, check_whole
from ledger.core.refusal import Refusal
from ledger.core.reserve import NewReserveClaim, check_reserve_claim
from ledger.services import BOOK_ID
from ledger.store import payments, reserves
from ledger.store.database import Database, Transaction
from ledger.store.parties import PartyInBook, lock_names, require_holder, require_parties
from ledger.store.reserves import ReserveClaimInBook, ReserveInBook

#: Most rows of one page.
LIMIT_MAX = 1_000


class ReserveClaimInvoiceUnknown(Refusal):
    """A claim names an invoice that the AI firm does not have, or has not paid."""

    code = "reserve_claim_invoice_unknown"
    field = "invoice"


class ReserveClaimExceedsInvoice(Refusal):
    """More would go back than was paid for an invoice. Carries what is left of it."""

    code = "reserve_claim_exceeds_invoice"
    field = "amount_minor"


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some claims, and where to go on; None when there are no more."""

    claims: tuple[ReserveClaimInBook, ...]
    next_after: int | None


def enter_claims(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    claims: Sequence[NewReserveClaim],
    recorded_by: str,
    recorded_at: datetime,
) -> None:
    """
    Write refunds and chargebacks, all or none.

    :raises ReferenceTaken: one is in the book already, or twice in the list.
    :raises PartyUnknown: a holder or licensee is not in the book.
    :raises NotARightsHolder, NotALicensee: one is something else.
    :raises ReserveClaimInvoiceUnknown: the licensee did not pay such an invoice.
    :raises ReserveClaimExceedsInvoice: more would go back than was paid for it.
    :raises FieldRefusal: another field cannot be taken as it was sent.
    """
    check_text(recorded_by, field="recorded_by")
    at = check_instant(recorded_at, field="recorded_at")
    for each in claims:
        check_reserve_claim(each)
    references = [each.reference for each in claims]
    with database.transaction() as session:
        lock_names(session)
        taken = reserves.find_claims(session, book_id=book_id, references=references)
        check_new(references, taken=taken, field="reference")
        named = {each.holder: "holder" for each in claims}
        named |= {each.licensee: "licensee" for each in claims}
        parties = require_parties(session, book_id=book_id, fields=named)
        documents = dict[str, int]()
        for each in claims:
            require_holder(parties[each.holder], field="holder")
            if each.invoice is not None:
                documents[each.invoice] = _invoice(session, book_id, each, parties)
        reserves.insert_claims(
            session,
            book_id=book_id,
            claims=claims,
            party_ids={reference: party.id for reference, party in parties.items()},
            document_ids=documents,
            recorded_by=recorded_by,
            recorded_at=at,
        )
        for document_id in documents.values():
            _check_left(session, document_id)


def list_claims(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    holder_id: int | None,
    after: int = 0,
    limit: int = 100,
) -> Page:
    """
    Return a page of refunds and chargebacks in the order in which they were entered.

    ``holder_id`` is whose claims are meant; only the house asks for everybody's (None).

    :raises NumberOutOfRange: the limit is not 1 to :data:`LIMIT_MAX`.
    """
    check_whole(limit, field="limit", least=1, most=LIMIT_MAX)
    with database.transaction() as session:
        found = reserves.list_claims(
            session, book_id=book_id, holder_id=holder_id, after=after, limit=limit + 1
        )
    page = tuple(found[:limit])
    return Page(claims=page, next_after=page[-1].id if len(found) > limit else None)


def list_reserves(
    database: Database, *, book_id: int = BOOK_ID, holder_id: int | None, limit: int = 100
) -> tuple[ReserveInBook, ...]:
    """
    Return what is held, month by month, the newest first.

    ``holder_id`` is whose reserves are meant; only the house asks for everybody's (None).

    :raises NumberOutOfRange: the limit is not 1 to :data:`LIMIT_MAX`.
    """
    check_whole(limit, field="limit", least=1, most=LIMIT_MAX)
    with database.transaction() as session:
        found = reserves.list_reserves(session, book_id=book_id, holder_id=holder_id, limit=limit)
    return tuple(found)


def _invoice(
    session: Transaction, book_id: int, claim: NewReserveClaim, parties: dict[str, PartyInBook]
) -> int:
    """Return the key of the paid invoice that a claim names."""
    assert claim.invoice is not None
    found = payments.find_invoice(session, book_id=book_id, reference=claim.invoice)
    is_its = found is not None and found.licensee_id == parties[claim.licensee].id
    if found is None or not is_its:
        raise ReserveClaimInvoiceUnknown(invoice=claim.invoice, licensee=claim.licensee)
    if reserves.left_of_invoice(session, document_id=found.document_id) is None:
        raise ReserveClaimInvoiceUnknown(invoice=claim.invoice, licensee=claim.licensee)
    return found.document_id


def _check_left(session: Transaction, document_id: int) -> None:
    left = reserves.left_of_invoice(session, document_id=document_id)
    if left is not None and left < 0:
        raise ReserveClaimExceedsInvoice(excess=-left)
