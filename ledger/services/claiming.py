"""
Claiming: what is demanded for use that nobody had consented to, kept apart from every royalty.

A list for the operator, the holder and the AI firm to settle among themselves. Nothing here is
invoiced, divided or paid out, and no closing looks at it.
"""

from decimal import Decimal

from ledger.core.period import Month
from ledger.core.reason import Reason
from ledger.core.royalty import Charge
from ledger.core.terms import Basis
from ledger.core.unauthorized import UnauthorizedUse, unauthorized_claim
from ledger.services import BOOK_ID
from ledger.store.database import Database
from ledger.store.unauthorized import RefusedUse, refused_use


def unauthorized_use(
    database: Database, *, first: Month, last: Month, party: str | None = None
) -> tuple[UnauthorizedUse, ...]:
    """
    Return the unauthorized use of some months with its claims: of one firm or holder, or of all.

    Each claim is of a month, rounded once.
    """
    with database.transaction() as session:
        found = refused_use(
            session, book_id=BOOK_ID, first=first.first_day, last=last.first_day, party=party
        )
        return tuple(map(_claimed, found))


def _claimed(use: RefusedUse) -> UnauthorizedUse:
    return UnauthorizedUse(
        month=Month.of_day(use.month),
        licensee=use.licensee,
        holder=use.holder,
        subject=use.subject,
        title_ja=use.title_ja,
        title_en=use.title_en,
        license=use.license,
        clause_reference=use.clause_reference,
        reason=Reason(use.reason),
        generation_count=use.generation_count,
        quantity=_quantity(use),
        currency=use.currency,
        claim_multiple=use.claim_multiple,
        claim=_claim(use),
    )


def _quantity(use: RefusedUse) -> Decimal:
    return use.net_revenue if use.line.basis is Basis.PCT_REVENUE else use.quantity


def _claim(use: RefusedUse) -> Charge | None:
    if use.claim_multiple is None or use.line.basis is Basis.FIXED_MONTH:
        return None
    return unauthorized_claim(
        line=use.line,
        quantity=_quantity(use),
        multiple=use.claim_multiple,
        currency=use.currency,
        rounding=use.rounding,
    )
