"""
The freezing of invoices: what is billed together becomes one document with its tax.

Nothing is read or written here. An invoice is issued in the house's name for the rights holders
it acts for, in theirs by the house, or for what the house itself supplies, as the entrustment
says; whether it asks for royalty, for an advance, or for what a guarantee lacks.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from ledger.core.bank_account import BankNames
from ledger.core.capacity import Capacity
from ledger.core.charged_tax import charge_treatment
from ledger.core.closing import CALCULATION_VERSION
from ledger.core.document_length import check_length
from ledger.core.exchange_terms import AgreedRate
from ledger.core.invoice import (
    BankAccountCopy,
    Invoice,
    SetOff,
    SupplierCopy,
    Taxed,
    TaxLine,
    tax_lines,
)
from ledger.core.invoice_plan import Bill, Billable, share_taxes
from ledger.core.money import Rounding
from ledger.core.refusal import Refusal
from ledger.core.tax_in_yen import state_in_yen
from ledger.core.unsettled import PartyInForce

#: Tax is truncated, once for the invoice, and the invoice says so.
TAX_ROUNDING = Rounding.TRUNCATE


class OperatorMissing(Refusal):
    """The book has no operator, in whose name invoices are issued."""

    code = "operator_missing"


class OperatorAccountMissing(Refusal):
    """The operator has no bank account on the day of issue, so nobody could pay."""

    code = "operator_account_missing"


class RegistrationLapsed(Refusal):
    """
    The house's registration had ended by the day of the supply, and tax is to be charged.

    Carries the day on which it ended, and that of the supply.
    """

    code = "registration_lapsed"


class BankNotNamed(Refusal):
    """The names of the operator's bank and branch are not known. Carries both codes."""

    code = "bank_not_named"


@dataclass(frozen=True, kw_only=True)
class Issued:
    """One invoice about to be written; ``taxes_minor`` are of its lines and prepayments."""

    bill: Bill
    invoice: Invoice
    taxes_minor: tuple[int, ...]
    number: int
    accrual_month: date
    is_advance: bool = False


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Freezes invoices from what was read of one day."""

    issued_on: date
    due_on: date
    parties: Mapping[str, PartyInForce]
    members: Mapping[str, Sequence[str]]  # of each committee
    pay_to: BankAccountCopy
    without_registration: bool = False  # knowing that the invoice is no qualified one
    #: Into yen on the day of the supply, by currency, where a source is agreed.
    yen_rates: Mapping[str, AgreedRate] = field(default_factory=dict)

    def freeze(
        self,
        bill: Bill,
        *,
        number: str,
        supplied_on: date,
        period: tuple[date, date],
        input_hash: str,
        set_offs: tuple[SetOff, ...] = (),
    ) -> tuple[Invoice, tuple[int, ...]]:
        """
        Freeze one invoice under its number, taxed as of the day of the supply.

        Beside it comes each line's part of the tax, prepayments after royalty lines.

        :raises DocumentTooLong: it would have more lines than a document may.
        :raises RegistrationLapsed: it would charge tax after the house's registration ended.
        :raises ExchangeSourceMissing, ExchangeRateMissing: it would charge tax in another
            currency, and what that is in yen is not known.
        """
        check_length(len(bill.lines), party=bill.licensee)
        lines = tuple(
            replace(each.line, taxed=self._taxed(each, supplied_on)) for each in bill.lines
        )
        prepayments = tuple(
            replace(each.line, taxed=self._taxed(each, supplied_on)) for each in bill.prepayments
        )
        taxes = tax_lines(
            lines=lines,
            prepayments=prepayments,
            otherwise=self._taxed(bill.first, supplied_on),
            rounding=TAX_ROUNDING,
        )
        self._check_registration(bill, taxes, supplied_on)
        taxes, yen_rate = state_in_yen(
            taxes,
            currency=bill.currency,
            rates=self.yen_rates,
            on=supplied_on,
            rounding=TAX_ROUNDING,
        )
        is_between = bill.capacity is Capacity.INTERMEDIARY
        invoice = Invoice(
            number=number,
            issuer=operator_of(self.parties).copy,
            recipient=self.parties[bill.licensee].copy,
            issued_on=self.issued_on,
            due_on=self.due_on,
            period_start=period[0],
            period_end=period[1],
            currency=bill.currency,
            lines=lines,
            taxes=taxes,
            tax_rounding=TAX_ROUNDING,
            pay_to=self.pay_to,
            on_behalf=is_between and any(tax.rate_bp and tax.is_qualified for tax in taxes),
            calculation_version=CALCULATION_VERSION,
            input_hash=input_hash,
            prepayments=prepayments,
            set_offs=set_offs,
            yen_rate=yen_rate,
            capacity=None if is_between else bill.capacity,
            suppliers=self._suppliers(bill),
        )
        return invoice, share_taxes(invoice)

    def _check_registration(self, bill: Bill, taxes: Iterable[TaxLine], supplied_on: date) -> None:
        """Look whether a number that the firm goes by has lapsed without anybody noticing."""
        house = operator_of(self.parties)
        is_taxed = bill.capacity is not Capacity.AGENT and any(tax.rate_bp for tax in taxes)
        if house.lapsed_on is not None and is_taxed and not self.without_registration:
            raise RegistrationLapsed(
                operator=house.copy.reference, ended_on=house.lapsed_on, supplied_on=supplied_on
            )

    def _taxed(self, billable: Billable, supplied_on: date) -> Taxed:
        """Return how a charge is taxed, by where licensor and licensee are that day."""
        licensee, house = self.parties[billable.licensee], operator_of(self.parties).copy
        is_own = billable.capacity is Capacity.PRINCIPAL
        charged = charge_treatment(
            country=licensee.copy.country,
            has_jp_establishment=licensee.has_jp_establishment,
            on=supplied_on,
            licensor_country=house.country if is_own else billable.licensor_country,
        )
        return Taxed(
            treatment=charged.treatment,
            rate_bp=charged.rate_bp,
            is_qualified=not charged.rate_bp or self._are_registered(billable),
            supplier=billable.holders[0] if billable.capacity is Capacity.AGENT else None,
        )

    def _are_registered(self, billable: Billable) -> bool:
        """
        Tell whether everybody is registered who has to be, for the capacity it is billed in.

        Between both, house and holders are (媒介者交付特例, 施行令70条の12); for an agent's
        invoice, the holder whose supply it is; for the house's own, the house.
        """
        named: set[str] = set()
        if billable.capacity is not Capacity.AGENT:
            named.add(operator_of(self.parties).copy.reference)
        if billable.capacity is not Capacity.PRINCIPAL:
            for holder in billable.holders:
                named.update(self.members.get(holder, (holder,)))
        return all(self.parties[name].copy.registration_number for name in named)

    def _suppliers(self, bill: Bill) -> tuple[SupplierCopy, ...] | None:
        """Copy the holders in whose name an agent's invoice stands; None of another."""
        if bill.capacity is not Capacity.AGENT:
            return None
        items: tuple[Billable, ...] = (*bill.lines, *bill.prepayments)
        return tuple(
            SupplierCopy(
                party=self.parties[holder].copy,
                members=tuple(self.parties[each].copy for each in self.members.get(holder, ())),
            )
            for holder in dict.fromkeys(each.holders[0] for each in items)
        )


def operator_of(parties: Mapping[str, PartyInForce]) -> PartyInForce:
    """
    Return the operator among some parties.

    :raises OperatorMissing: it is not among them.
    """
    operator = next((party for party in parties.values() if party.role == "operator"), None)
    if operator is None:
        raise OperatorMissing
    return operator


def pay_to(operator: PartyInForce, bank_names: BankNames) -> BankAccountCopy:
    """
    Return the account that invoices ask to be paid to.

    :raises OperatorAccountMissing: there is none on the day.
    :raises BankNotNamed: the names of its bank and branch are not known.
    """
    account = operator.account
    if account is None:
        raise OperatorAccountMissing(operator=operator.copy.reference)
    codes = (account.bank_code, account.branch_code)
    if codes not in bank_names:
        raise BankNotNamed(bank_code=account.bank_code, branch_code=account.branch_code)
    bank_ja, bank_en, branch_ja, branch_en = bank_names[codes]
    return BankAccountCopy(
        bank_code=account.bank_code,
        bank_name_ja=bank_ja,
        bank_name_en=bank_en,
        branch_code=account.branch_code,
        branch_name_ja=branch_ja,
        branch_name_en=branch_en,
        account_type=account.account_type,
        number=account.number,
        holder_kana=account.holder_kana,
    )
