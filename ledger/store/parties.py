"""
Parties: the rows behind everybody who licenses, reports, is billed or is paid.

What is handed in has been checked by ``ledger.core.party``; a whole list goes in with
one statement a table, whatever its length.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert as insert_or_skip
from sqlmodel import Session, SQLModel, col, insert

from ledger.core.account_abroad import AbroadType, NewAccountAbroad
from ledger.core.account_at_home import NewBankAccount
from ledger.core.connected_account import STRIPE_TYPE, NewConnectedAccount
from ledger.core.fields import FieldRefusal
from ledger.core.party import NewEntrustment, NewParty, Role
from ledger.core.refusal import Refusal
from ledger.store.tables.parties import (
    BankAccountRow,
    EntrustmentRow,
    PartyRegistrationRow,
    PartyRow,
    WithholdingTermsRow,
)


class PartyUnknown(Refusal):
    """A reference names no party of the book."""

    code = "party_unknown"


class NotALicensee(FieldRefusal):
    """A license is to be granted to a party that is no AI firm."""

    code = "party_not_a_licensee"


class NotARightsHolder(FieldRefusal):
    """Something of a rights holder's is to be entered for a party that holds no rights."""

    code = "party_not_a_holder"


@dataclass(frozen=True, kw_only=True)
class PartyInBook:
    """A party's key in the book, and what decides where it may stand."""

    id: int
    reference: str
    role: str
    kind: str


#: What a party brings that has a table of its own.
_OWN_TABLES = {"registrations", "bank_account", "account_abroad", "entrustment", "withholding"}

_FIND = """
    SELECT party_id, reference, role, kind FROM party
    WHERE book_id = :book AND reference = ANY (CAST(:references AS text[]))
"""

_REFERENCES = """
    SELECT reference, role FROM party WHERE book_id = :book AND kind <> 'committee'
    ORDER BY party_id
"""

_NAMES = "SELECT reference, name_ja, name_en FROM party WHERE book_id = :book"


def lock_names(session: Session) -> None:
    """
    Make whoever else adds names to the book wait until this transaction ends.

    Two that add the same reference would otherwise both find it free, and the second would
    meet a bare constraint instead of being told.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('genbo.names'))"))


def find_parties(
    session: Session, *, book_id: int, references: Collection[str]
) -> dict[str, PartyInBook]:
    """Return those of the named parties that are in the book, by reference."""
    rows = session.execute(text(_FIND), {"book": book_id, "references": list(references)})
    return {
        reference: PartyInBook(id=party_id, reference=reference, role=role, kind=kind)
        for party_id, reference, role, kind in rows
    }


def list_references(session: Session, *, book_id: int) -> list[tuple[str, str]]:
    """Return the references and roles of all parties but committees, whom nobody acts for."""
    rows = session.execute(text(_REFERENCES), {"book": book_id})
    return [(reference, role) for reference, role in rows]


def list_names(session: Session, *, book_id: int) -> list[tuple[str, str, str]]:
    """Return the reference of every party, with its Japanese and its English name."""
    rows = session.execute(text(_NAMES), {"book": book_id})
    return [(reference, name_ja, name_en) for reference, name_ja, name_en in rows]


def require_parties(
    session: Session, *, book_id: int, fields: Mapping[str, str]
) -> dict[str, PartyInBook]:
    """
    Return parties that have to be there; ``fields`` says which field names each reference.

    :raises PartyUnknown: names the first that is not in the book, and its field.
    """
    found = find_parties(session, book_id=book_id, references=fields.keys())
    for reference, field in fields.items():
        if reference not in found:
            raise PartyUnknown(field=field, value=reference)
    return found


def require_licensee(session: Session, *, book_id: int, reference: str) -> int:
    """
    Return the key of an AI firm that is to get a license.

    :raises PartyUnknown: the book has no such party.
    :raises NotALicensee: it has, and that is no AI firm.
    """
    fields = {reference: "licensee"}
    party = require_parties(session, book_id=book_id, fields=fields)[reference]
    if party.role != Role.LICENSEE:
        raise NotALicensee(field="licensee", value=reference)
    return party.id


def require_holder(party: PartyInBook, *, field: str) -> None:
    """
    Make sure that a party holds rights; a committee does.

    :raises NotARightsHolder: it is an AI firm, or the house.
    """
    if party.role != Role.RIGHTS_HOLDER:
        raise NotARightsHolder(field=field, value=party.reference)


def insert_entrustment(session: Session, *, owner_id: int, terms: NewEntrustment) -> bool:
    """Write what a holder agrees to from a day on; False when it has terms of that day."""
    row = {"owner_id": owner_id, **vars(terms)}
    written = session.execute(
        insert_or_skip(EntrustmentRow)
        .values(row)
        .on_conflict_do_nothing(index_elements=["owner_id", "effective_from"])
        .returning(col(EntrustmentRow.entrustment_id))
    )
    return written.scalar_one_or_none() is not None


def insert_parties(
    session: Session, *, book_id: int, parties: Sequence[NewParty], recorded_at: datetime
) -> dict[str, int]:
    """Write parties with what belongs to them; return their keys by reference."""
    if not parties:
        return {}
    ids = session.scalars(
        insert(PartyRow).returning(col(PartyRow.party_id), sort_by_parameter_order=True),
        [_party_row(party, book_id, recorded_at) for party in parties],
    )
    owned = list(zip(ids, parties, strict=True))
    insert_all(
        session,
        PartyRegistrationRow,
        (
            {
                "owner_id": owner_id,
                "registration_number": period.number,
                "valid_from": period.valid_from,
                "valid_to": period.valid_to,
            }
            for owner_id, party in owned
            for period in party.registrations
        ),
    )
    for table, name in ((BankAccountRow, "bank_account"), (EntrustmentRow, "entrustment")):
        belongings = ((owner_id, getattr(party, name)) for owner_id, party in owned)
        insert_all(
            session,
            table,
            ({"owner_id": owner_id, **vars(thing)} for owner_id, thing in belongings if thing),
        )
    insert_all(
        session,
        BankAccountRow,
        (
            {"owner_id": owner_id, **_abroad_row(party.account_abroad)}
            for owner_id, party in owned
            if party.account_abroad is not None
        ),
    )
    insert_all(
        session,
        WithholdingTermsRow,
        (
            {"owner_id": owner_id, "recorded_at": recorded_at, **vars(party.withholding)}
            for owner_id, party in owned
            if party.withholding is not None
        ),
    )
    return {party.reference: party_id for party_id, party in owned if party_id is not None}


def insert_account(
    session: Session,
    *,
    owner_id: int,
    account: NewBankAccount | NewAccountAbroad | NewConnectedAccount,
    recorded_at: datetime,
    recorded_by: str,
    reason: str,
) -> bool:
    """Write where a party is paid from a day on; False when it has an account of that day."""
    row = {
        **_account_row(account),
        "owner_id": owner_id,
        "recorded_at": recorded_at,
        "recorded_by": recorded_by,
        "reason": reason,
    }
    written = session.execute(
        insert_or_skip(BankAccountRow)
        .values(row)
        .on_conflict_do_nothing(index_elements=["owner_id", "effective_from"])
        .returning(col(BankAccountRow.bank_account_id))
    )
    return written.scalar_one_or_none() is not None


def insert_all(
    session: Session, table: type[SQLModel], rows: Iterable[Mapping[str, object]]
) -> None:
    """Write rows of a table in one go; an empty list is nothing to write."""
    listed = list(rows)
    if listed:
        # Without this a row that lacks a value cuts the list in two.
        session.execute(insert(table), listed, execution_options={"render_nulls": True})


def _party_row(party: NewParty, book_id: int, recorded_at: datetime) -> dict[str, object]:
    own = {name: value for name, value in vars(party).items() if name not in _OWN_TABLES}
    return {**own, "book_id": book_id, "recorded_at": recorded_at}


def _account_row(
    account: NewBankAccount | NewAccountAbroad | NewConnectedAccount,
) -> dict[str, object]:
    if isinstance(account, NewAccountAbroad):
        return _abroad_row(account)
    if isinstance(account, NewBankAccount):
        return dict(vars(account))
    return {
        "bank_code": "",
        "branch_code": "",
        "account_type": STRIPE_TYPE,
        "number": account.account,
        "holder_kana": account.holder_name,
        "effective_from": account.effective_from,
    }


def _abroad_row(account: NewAccountAbroad) -> dict[str, object]:
    is_iban = account.iban is not None
    return {
        "bank_code": "",
        "branch_code": "",
        "account_type": str(AbroadType.IBAN if is_iban else AbroadType.NUMBER),
        "number": account.iban if is_iban else account.number,
        "holder_kana": account.holder_name,
        "effective_from": account.effective_from,
        "bic": account.bic,
        "bank_name": account.bank_name,
        "bank_country": account.bank_country,
    }
