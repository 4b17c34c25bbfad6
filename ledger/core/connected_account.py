"""
An account at Stripe that a payee is paid to: it is connected to the house's own, and in Japan.

Stripe lets a house in Japan pay accounts in Japan only. Whoever is abroad is paid by a file of
the bank.
"""

import re
from dataclasses import dataclass
from datetime import date

from ledger.core.fields import FieldRefusal, check_text
from ledger.core.processor import TransferAbroad
from ledger.core.tax import JAPAN

#: The type of an account that is no bank's, beside "ordinary", "iban" and the others.
STRIPE_TYPE = "stripe"

_ACCOUNT = re.compile("acct_[A-Za-z0-9]{1,64}", re.ASCII)


class ConnectedAccountMalformed(FieldRefusal):
    """An account at Stripe is not written as Stripe writes it."""

    code = "connected_account_malformed"


@dataclass(frozen=True, kw_only=True)
class NewConnectedAccount:
    """Where a party is paid through Stripe from a day on."""

    account: str
    holder_name: str
    effective_from: date


def check_connected_account(account: NewConnectedAccount, *, country: str) -> None:
    """
    Make sure that a party in a country can be paid through Stripe.

    :raises ConnectedAccountMalformed: it is no account of Stripe's.
    :raises FieldRefusal: its holder has no name.
    :raises TransferAbroad: the party is not in Japan.
    """
    if not _ACCOUNT.fullmatch(account.account):
        raise ConnectedAccountMalformed(field="stripe", value=account.account)
    check_text(account.holder_name, field="holder")
    if country != JAPAN:
        raise TransferAbroad(destination=account.account, country=country)
