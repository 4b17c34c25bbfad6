"""A payout order becomes the bank's files, and is held to what Stripe has; faults are named."""

from datetime import datetime
from textwrap import wrap

from api.banking import bank_names, is_open_for_banking
from api.stripe_options import StripeDidNotAnswer, StripeOptions
from invoices import iso20022, zengin
from invoices.kana import narrow
from ledger.core.account_abroad import AbroadType
from ledger.core.bank_account import copy_of_account
from ledger.core.invoice import BankAccountCopy, PartyCopy
from ledger.core.money import Money
from ledger.core.processor import ProcessorAway, ProcessorRefused
from ledger.core.refusal import Refusal
from ledger.services.paying import OrderedPayment, PayoutOrder
from ledger.store.payouts import require_stripe_balance

#: What a line of an address has room for in the file.
_ADDRESS_WIDTH = 70


class PayeeCannotBeWritten(Refusal):
    """A payee's account cannot be put into a bank file; the run has to be planned without it."""

    code = "payee_cannot_be_written"


class PayerAccountMissing(Refusal):
    """The house has no bank account that could be debited."""

    code = "payer_account_missing"


class ClientCodeMissing(Refusal):
    """A run pays at banks in Japan, and the code that the bank gave for its file is not said."""

    code = "client_code_missing"
    field = "client_code"


def can_be_written(payee: PartyCopy, account: BankAccountCopy) -> bool:
    """Tell whether a bank's file can carry a payee's name and account; Stripe needs none."""
    if account.is_at_stripe:
        return True
    if account.bic is None:
        asked = zengin.Instruction(
            payee_reference=payee.reference, account=account, amount=Money(1)
        )
        _, exclusions = zengin.freeze_payments([asked])
        return not exclusions
    payment = OrderedPayment(payee=payee, account=account, amount_minor=1)
    try:
        _transfer(payment, reference="PAY-1", run="PAY-1")
    except PayeeCannotBeWritten:
        return False
    return True


def files_of(order: PayoutOrder, *, client_code: str | None, made_at: datetime) -> dict[str, bytes]:
    """
    Return the bank's files of an order by name: one, two when it pays at home and abroad, or none.

    :raises ClientCodeMissing: the file for banks in Japan needs one.
    :raises Refusal: no file is made; see :func:`zengin_file` and :func:`pain_file`.
    """
    files = {}
    if order.at_home:
        if not client_code:
            raise ClientCodeMissing(run=order.reference)
        home = zengin_file(order, client_code=client_code)
        files[f"{order.reference}.zengin.txt"] = home
    if order.abroad:
        files[f"{order.reference}.pain.xml"] = pain_file(order, made_at=made_at)
    return files


def stripe_mode(order: PayoutOrder, options: StripeOptions | None) -> bool | None:
    """
    Tell whether Stripe moves real money, once it says that it has what an order is to transfer.

    None is a house without a key. Stripe is asked only where it is to pay somebody.

    :raises InsufficientStripeBalance: less of its balance is free now.
    :raises StripeDidNotAnswer: it was not reached.
    """
    if options is None:
        return None
    if order.through_stripe:
        try:
            available = options.gateway().available()
        except (ProcessorAway, ProcessorRefused) as away:
            raise StripeDidNotAnswer(reason=away) from None
        wanted = sum(each.amount_minor for each in order.through_stripe)
        require_stripe_balance(wanted, available_minor=available.get("JPY", 0))
    return options.is_live


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
        for payment in order.at_home
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


def pain_file(order: PayoutOrder, *, made_at: datetime) -> bytes:
    """
    Return the ISO 20022 file of an order's payments abroad, in the book's own currency, yen.

    :raises PayerAccountMissing: the house has no account at a Japanese bank.
    :raises PayeeCannotBeWritten: names the first payee that does not fit; no file is made.
    :raises NotABankingDay: the order's day is not one.
    """
    account = order.payer.account
    if account is None or account.bic is not None:
        raise PayerAccountMissing(payer=order.payer.copy.reference)
    payments = tuple(
        _transfer(payment, reference=f"{order.reference}-{number}", run=order.reference)
        for number, payment in enumerate(order.abroad, start=1)
    )
    return iso20022.write(
        iso20022.TransferOrder(
            message_id=order.reference,
            created_at=made_at,
            execute_on=order.pay_on,
            payer=iso20022.PayerAccount(
                name=order.payer.copy.name_en,
                bank_code=account.bank_code,
                branch_code=account.branch_code,
                account_number=account.number.zfill(7),
                currency="JPY",
            ),
            fee_bearer="payer",
            payments=payments,
        ),
        is_banking_day=is_open_for_banking,
    )


def _transfer(payment: OrderedPayment, *, reference: str, run: str) -> iso20022.TransferAbroad:
    account, payee = payment.account, payment.payee
    is_iban = account.account_type == AbroadType.IBAN
    transfer = iso20022.TransferAbroad(
        reference=reference,
        payee=account.holder_kana,
        payee_country=payee.country,
        payee_address=tuple(wrap(payee.address_en, width=_ADDRESS_WIDTH)),
        account=iso20022.AccountAbroad(
            iban=account.number if is_iban else None,
            number=None if is_iban else account.number,
            bic=account.bic or "",
            bank_name=account.bank_name_en,
            bank_country=account.bank_country or "",
        ),
        amount=Money(payment.amount_minor),
        remittance=f"Royalties {run}",
    )
    try:
        iso20022.check_transfer(transfer)
    except Refusal as refusal:
        raise PayeeCannotBeWritten(payee=payee.reference) from refusal
    return transfer
