"""``genbo party account``: where a party is paid from a day on."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from api import terminal
from api.clock import system_clock
from api.commands.month import Person
from api.settings import read_settings
from api.stripe_options import StripeDidNotAnswer, StripeNotSetUp
from api.terminal import open_book, say, word
from ledger.core.refusal import Refusal

if TYPE_CHECKING:
    from ledger.services.redirecting import NewAccount


class AccountOfWhatKind(Refusal):
    """An account is named in two ways, or in none."""

    code = "account_of_what_kind"
    field = "account"


def account(
    reference: Annotated[str, typer.Argument(help=word("mend.account.reference.help"))],
    by: Person,
    because: Annotated[str, typer.Option(help=word("mend.account.because.help"))],
    holder: Annotated[str, typer.Option(help=word("mend.account.holder.help"))],
    since: Annotated[
        str, typer.Option("--from", metavar="YYYY-MM-DD", help=word("mend.account.from.help"))
    ],
    bank: Annotated[str | None, typer.Option(help=word("mend.account.bank.help"))] = None,
    branch: Annotated[str, typer.Option(help=word("mend.account.branch.help"))] = "",
    kind: Annotated[str, typer.Option("--type", help=word("mend.account.type.help"))] = "ordinary",
    number: Annotated[str | None, typer.Option(help=word("mend.account.number.help"))] = None,
    bic: Annotated[str | None, typer.Option(help=word("mend.account.bic.help"))] = None,
    bank_name: Annotated[str, typer.Option(help=word("mend.account.bank_name.help"))] = "",
    bank_country: Annotated[str, typer.Option(help=word("mend.account.bank_country.help"))] = "",
    iban: Annotated[str | None, typer.Option(help=word("mend.account.iban.help"))] = None,
    stripe: Annotated[str | None, typer.Option(help=word("mend.account.stripe.help"))] = None,
) -> None:
    """Enter where a party is paid from a day on: at a bank here or abroad, or at Stripe."""
    from ledger.core.account_abroad import NewAccountAbroad
    from ledger.core.account_at_home import NewBankAccount
    from ledger.core.connected_account import NewConnectedAccount
    from ledger.services import redirecting

    if [bank, bic, stripe].count(None) != 2:
        raise AccountOfWhatKind
    day: date = terminal.day(since)
    new: NewAccount
    if stripe is not None:
        new = NewConnectedAccount(account=stripe, holder_name=holder, effective_from=day)
        _ask_stripe(stripe)
    elif bic is not None:
        new = NewAccountAbroad(
            bic=bic,
            bank_name=bank_name,
            bank_country=bank_country,
            holder_name=holder,
            effective_from=day,
            iban=iban,
            number=number,
        )
    else:
        new = NewBankAccount(
            bank_code=bank or "",
            branch_code=branch,
            account_type=kind,
            number=number or "",
            holder_kana=holder,
            effective_from=day,
        )
    with open_book() as database:
        redirecting.change_account(
            database,
            party=reference,
            account=new,
            reason=because,
            recorded_by=by,
            recorded_at=system_clock(),
        )
    say("mend.account.changed", party=reference, day=day)


def _ask_stripe(destination: str) -> None:
    """
    Let Stripe say whether an account can be paid.

    :raises StripeNotSetUp: no key is set.
    :raises StripeDidNotAnswer: it was not reached, or has no such account.
    :raises TransferAbroad, AccountTakesNoTransfers: it cannot.
    """
    from ledger.core.processor import ProcessorAway, ProcessorRefused

    options = read_settings().stripe_options()
    if options is None:
        raise StripeNotSetUp(name="GENBO_STRIPE_KEY")
    try:
        options.gateway().check_account(destination)
    except (ProcessorAway, ProcessorRefused) as refused:
        raise StripeDidNotAnswer(reason=refused) from None
