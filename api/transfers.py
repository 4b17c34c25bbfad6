"""A payout order becomes the bank's file: names narrowed, and payees that cannot be written."""

from api.banking import bank_names, is_open_for_banking
from invoices import zengin
from invoices.kana import narrow
from ledger.core.bank_account import copy_of_account
from ledger.core.money import Money
from ledger.core.refusal import Refusal
from ledger.services.paying import PayoutOrder


class PayeeCannotBeWritten(Refusal):
    """A payee's account cannot be put into a bank file; the run has to be planned without it."""

    code = "payee_cannot_be_written"


class PayerAccountMissing(Refusal):
    """The house has no bank account that could be debited."""

    code = "payer_account_missing"


def zengin_file(order: PayoutOrder, *, client_code: str) -> bytes:
    """
    Return the Zengin transfer file of an order; the bank gave the ten-digit client code.

    :raises PayerAccountMissing: the house has no bank account.
    :raises PayeeCannotBeWritten: names the first payee that does not fit; no file is made.
    :raises NotABankingDay: the order's day is not one.
    """
    account = order.payer.account
    source = None if account is None else copy_of_account(account, bank_names())
    if account is None or source is None:
        raise PayerAccountMissing(payer=order.payer.copy.reference)
    payments, exclusions = zengin.freeze_payments(
        zengin.Instruction(
            payee_reference=payment.payee.reference,
            account=payment.account,
            amount=Money(payment.amount_minor),
        )
        for payment in order.payments
    )
    if exclusions:
        first = exclusions[0]
        raise PayeeCannotBeWritten(payee=first.payee_reference) from first.refusal
    return zengin.write(
        zengin.ZenginOrder(
            client_code=client_code,
            client_name_kana=narrow(account.holder_kana),
            transfer_on=order.pay_on,
            source=zengin.freeze_account(source),
            payments=payments,
        ),
        is_banking_day=is_open_for_banking,
    )
