"""
Deferring: what is agreed with a firm about paying late, and what holds reminders back.

Nothing of it is edited. Other terms begin on a later day; a hold ends by a release that says why.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from ledger.core.dunning import AgreedTerms, DunningTerms
from ledger.core.fields import check_instant, check_text, check_word
from ledger.core.membership import check_email
from ledger.core.payment import InvoiceUnknown
from ledger.core.refusal import Refusal
from ledger.services import BOOK_ID
from ledger.store import dunning_terms, payments, reminders
from ledger.store.database import Database
from ledger.store.dunning_terms import Hold, TermsListed
from ledger.store.parties import require_licensee


class DunningTermsOfThatDay(Refusal):
    """Terms about paying late begin on that day already; later ones begin on a later day."""

    code = "dunning_terms_of_that_day"
    field = "effective_from"


class LicenseNotOfFirm(Refusal):
    """The firm has no license of that reference."""

    code = "dunning_license_unknown"
    field = "license"


class HoldOfWhat(Refusal):
    """A hold names neither an invoice nor a firm, or both."""

    code = "dunning_hold_of_what"


class HoldUnknown(Refusal):
    """No hold has the reference."""

    code = "dunning_hold_unknown"
    field = "hold"


class HoldReleasedAlready(Refusal):
    """The hold is over. Carries who released it."""

    code = "dunning_hold_released"
    field = "hold"


class HoldKind(StrEnum):
    """Why nobody is reminded."""

    DISPUTED = "disputed"
    PROMISED = "promised"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class NewTerms:
    """What is agreed with a firm about paying late."""

    licensee: str
    effective_from: date
    terms: DunningTerms
    license: str | None = None
    contact_email: str = ""


def agree_terms(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    new: NewTerms,
    recorded_by: str,
    recorded_at: datetime,
) -> None:
    """
    Record what is agreed about paying late, for invoices issued from a day on.

    :raises PartyUnknown, NotALicensee: the firm is no AI firm of the book.
    :raises LicenseNotOfFirm: it has no such license.
    :raises EmailMalformed: the contact is no address.
    :raises DunningTermsOfThatDay: terms begin on that day already.
    """
    check_text(recorded_by, field="recorded_by")
    at = check_instant(recorded_at, field="recorded_at")
    contact = check_email(new.contact_email, field="contact_email") if new.contact_email else ""
    with database.transaction() as session:
        reminders.lock_dunning(session)
        firm = require_licensee(session, book_id=book_id, reference=new.licensee)
        license_id = None
        if new.license is not None:
            license_id = dunning_terms.find_license(
                session, licensee_id=firm, reference=new.license
            )
            if license_id is None:
                raise LicenseNotOfFirm(licensee=new.licensee, license=new.license)
        if dunning_terms.has_terms_of(
            session, licensee_id=firm, license_id=license_id, on=new.effective_from
        ):
            raise DunningTermsOfThatDay(licensee=new.licensee, effective_from=new.effective_from)
        agreed = AgreedTerms(
            licensee_id=firm,
            license_id=license_id,
            effective_from=new.effective_from,
            terms=new.terms,
        )
        dunning_terms.insert_terms(
            session,
            book_id=book_id,
            agreed=agreed,
            contact_email=contact,
            recorded_at=at,
            recorded_by=recorded_by,
        )


def list_terms(database: Database, *, book_id: int = BOOK_ID) -> Sequence[TermsListed]:
    """Return all that was ever agreed about paying late, by firm, license and day."""
    with database.transaction() as session:
        return dunning_terms.list_terms(session, book_id=book_id)


def hold(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    invoice: str | None,
    licensee: str | None,
    kind: str,
    reason: str,
    held_by: str,
    held_at: datetime,
) -> str:
    """
    Remind nobody of an invoice, or of any of a firm's, until it is released; return the hold.

    :raises HoldOfWhat: neither an invoice nor a firm is named, or both.
    :raises InvoiceUnknown: no invoice has the number.
    :raises PartyUnknown, NotALicensee: the firm is no AI firm of the book.
    :raises WordNotKnown, TextMissing: by the field.
    """
    word = check_word(kind, of=HoldKind, field="kind")
    check_text(reason, field="reason")
    check_text(held_by, field="held_by")
    if (invoice is None) is (licensee is None):
        raise HoldOfWhat
    with database.transaction() as session:
        reminders.lock_dunning(session)
        document_id = None
        if invoice is not None:
            found = payments.find_invoice(session, book_id=book_id, reference=invoice)
            if found is None:
                raise InvoiceUnknown(reference=invoice)
            document_id, firm = found.document_id, found.licensee_id
        else:
            firm = require_licensee(session, book_id=book_id, reference=licensee or "")
        return dunning_terms.insert_hold(
            session,
            book_id=book_id,
            licensee_id=firm,
            document_id=document_id,
            kind=word,
            reason=reason,
            held_at=check_instant(held_at, field="held_at"),
            held_by=held_by,
        )


def release(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    hold: str,
    reason: str,
    released_by: str,
    released_at: datetime,
) -> None:
    """
    End a hold; the next run goes on with the schedule where the day has come to.

    :raises HoldUnknown: no hold has the reference.
    :raises HoldReleasedAlready: it is over.
    """
    check_text(reason, field="reason")
    check_text(released_by, field="released_by")
    with database.transaction() as session:
        reminders.lock_dunning(session)
        found = dunning_terms.list_holds(
            session, book_id=book_id, reference=hold, with_released=True
        )
        if not found:
            raise HoldUnknown(reference=hold)
        if found[0].released_at is not None:
            raise HoldReleasedAlready(reference=hold, released_by=found[0].released_by)
        dunning_terms.insert_release(
            session,
            hold=found[0],
            reason=reason,
            released_at=check_instant(released_at, field="released_at"),
            released_by=released_by,
        )


def list_holds(
    database: Database, *, book_id: int = BOOK_ID, with_released: bool = False
) -> Sequence[Hold]:
    """Return what holds reminders back, in the order in which it was set."""
    with database.transaction() as session:
        return dunning_terms.list_holds(session, book_id=book_id, with_released=with_released)
