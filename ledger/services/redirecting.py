"""
Redirecting: where a party is paid from a day on, at a bank in Japan, abroad, or at Stripe.

Payments that are planned keep the account they were planned with. One that came back goes to the
account of the day for which it is planned again.
"""

from datetime import datetime

from ledger.core.account_abroad import NewAccountAbroad, check_account_abroad
from ledger.core.account_at_home import NewBankAccount, check_bank_account
from ledger.core.connected_account import NewConnectedAccount, check_connected_account
from ledger.core.fields import check_instant, check_text
from ledger.core.refusal import Refusal
from ledger.services import BOOK_ID
from ledger.store import parties, settlements, treaty_reliefs
from ledger.store.database import Database

NewAccount = NewBankAccount | NewAccountAbroad | NewConnectedAccount


class AccountTaken(Refusal):
    """The party has another account from that day on already. Carries it and the day."""

    code = "account_taken"
    field = "effective_from"


def change_account(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    party: str,
    account: NewAccount,
    reason: str,
    recorded_by: str,
    recorded_at: datetime,
) -> None:
    """
    Write where a party is paid from a day on.

    :raises PartyUnknown: there is no such party.
    :raises AccountTaken: it has an account of that day.
    :raises BankDigitsMalformed, FieldRefusal: no bank in Japan has such an account.
    :raises BicMalformed, IbanMalformed, AccountNumberMalformed, CountryMalformed,
        AccountTextNotLatin: no bank abroad has such an account.
    :raises ConnectedAccountMalformed, TransferAbroad: Stripe cannot pay the party.
    """
    reason = check_text(reason, field="reason")
    recorded_by = check_text(recorded_by, field="recorded_by")
    at = check_instant(recorded_at, field="recorded_at")
    with database.transaction() as session:
        settlements.lock_settlements(session, book_id=book_id)
        known = parties.require_parties(session, book_id=book_id, fields={party: "party"})[party]
        if isinstance(account, NewBankAccount):
            check_bank_account(account, field="")
        elif isinstance(account, NewAccountAbroad):
            check_account_abroad(account)
        else:
            country = treaty_reliefs.find_country(session, party_id=known.id)
            check_connected_account(account, country=country)
        if not parties.insert_account(
            session,
            owner_id=known.id,
            account=account,
            recorded_at=at,
            recorded_by=recorded_by,
            reason=reason,
        ):
            raise AccountTaken(party=party, day=account.effective_from)
