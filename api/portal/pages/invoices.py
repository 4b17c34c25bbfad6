"""An AI firm's invoices: what is left to pay of each, how to pay it, and what has come in."""

from starlette.responses import Response

from api.archive import frozen_values
from api.portal.rendering import page
from api.portal.table import Page, PageNotThere
from api.portal.visits import Visit
from api.words import detail_of
from ledger.core.invoice import Invoice
from ledger.core.membership import Right
from ledger.core.money import Money
from ledger.core.party import Role
from ledger.core.period import tokyo_day
from ledger.core.processor import Method, check_method
from ledger.core.refusal import Refusal
from ledger.services import archiving, owing, requesting, witnessing
from ledger.services.owing import Owed
from ledger.services.requesting import Stand

_SHOWN = 50
_DIGITS_MAX = 18

#: A request that can still be paid, or is about to be.
_LIVING = ("asked", "open")


def show_invoices(visit: Visit) -> Response:
    """List invoices, the latest first, with what is left of each."""
    found = owing.list_invoices(
        visit.database,
        book_id=visit.given.book_id,
        licensee_id=visit.session.owner_id,
        is_open_only=visit.request.query_params.get("open") == "yes",
        before=_before(visit),
        limit=_SHOWN,
    )
    return page(
        visit,
        "invoices.html",
        invoices=found.invoices,
        following=found.next_before,
        is_open_only=visit.request.query_params.get("open") == "yes",
        credits=_credits(visit),
        today=tokyo_day(visit.now),
    )


def show_invoice(visit: Visit) -> Response:
    """Show an invoice, and how it is paid."""
    return _shown(visit)


def ask_payment(visit: Visit) -> Response:
    """Ask for a page or an account on which what is left is paid."""
    owed = _owed(visit)
    if visit.given.stripe is None:
        raise PageNotThere
    try:
        requesting.ask_payment(
            visit.book,
            book_id=visit.given.book_id,
            invoice=owed.invoice.reference,
            method=visit.field("method"),
            is_live=visit.given.stripe.is_live,
            owner_id=visit.session.owner_id,
            requested_by=visit.session.organisation,
            requested_at=visit.now,
        )
    except Refusal as refusal:
        return _shown(visit, status=409, problem=detail_of(refusal, visit.language))
    witnessing.record(
        visit.book,
        current=visit.session,
        act="payment_asked",
        subject=owed.invoice.reference,
        recorded_at=visit.now,
    )
    return visit.go(f"/invoices/{owed.invoice.reference}#pay")


def _shown(visit: Visit, *, status: int = 200, problem: str | None = None) -> Response:
    owed = _owed(visit)
    newest = owed.invoice.corrected_by or owed.invoice.reference
    frozen = frozen_values(
        archiving.find_document(
            visit.database,
            book_id=visit.given.book_id,
            reference=newest,
            owner_id=visit.session.owner_id,
        )
    )
    assert isinstance(frozen, Invoice)
    requests = requesting.list_requests(
        visit.book,
        book_id=visit.given.book_id,
        owner_id=visit.session.owner_id,
        invoice=owed.invoice.reference,
        at=visit.now,
    )
    living = [each for each in requests if each.state in _LIVING]
    return page(
        visit,
        "invoice.html",
        status=status,
        problem=problem,
        owed=owed,
        invoice=owed.invoice,
        newest=newest,
        frozen=frozen,
        living=living,
        methods=_methods(visit, owed, living),
        credit=_credits(visit).get(owed.invoice.currency, 0),
        today=tokyo_day(visit.now),
    )


def _owed(visit: Visit) -> Owed:
    return owing.read_invoice(
        visit.database,
        book_id=visit.given.book_id,
        licensee_id=visit.session.owner_id,
        reference=visit.request.path_params["reference"],
    )


def _methods(visit: Visit, owed: Owed, living: list[Stand]) -> list[Method]:
    """Return the ways that may be asked for: those the processor takes, and none twice."""
    invoice = owed.invoice
    if visit.given.stripe is None or not visit.may(Right.PAY_INVOICES):
        return []
    asked = {
        each.request.method for each in living if each.request.amount_minor == invoice.left_minor
    }
    return [
        method
        for method in Method
        if method not in asked and _takes(Money(invoice.left_minor, invoice.currency), method)
    ]


def _takes(amount: Money, method: Method) -> bool:
    try:
        check_method(amount, method)
    except Refusal:
        return False
    return True


def _credits(visit: Visit) -> dict[str, int]:
    return dict(
        owing.credits_of(
            visit.book, book_id=visit.given.book_id, licensee=visit.session.organisation
        )
    )


def _before(visit: Visit) -> int:
    text = visit.request.query_params.get("before")
    if text is None:
        return owing.LAST
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS_MAX):
        raise PageNotThere
    return int(text)


PAGES = (
    Page(path="/invoices", handler=show_invoices, right=Right.SEE_INVOICES, of=Role.LICENSEE),
    Page(
        path="/invoices/{reference}",
        handler=show_invoice,
        right=Right.SEE_INVOICES,
        of=Role.LICENSEE,
    ),
    Page(
        path="/invoices/{reference}/payment-requests",
        handler=ask_payment,
        method="POST",
        right=Right.PAY_INVOICES,
        of=Role.LICENSEE,
    ),
)
