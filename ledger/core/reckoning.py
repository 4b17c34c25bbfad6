"""
The reckoning of a closing month: what came in becomes divisions, balances, payouts, statements.

Everything that decides is here as a value; nothing is read or written. Holders, committees and
payees are named by their references.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from ledger.core.arrears import Arrears, Opening, arrears_after, owed_to_payees
from ledger.core.bank_account import AccountInForce, BankNames, copy_of_account
from ledger.core.draft import PayeeAccount, SettledMonth
from ledger.core.invoice import BankAccountCopy, PartyCopy
from ledger.core.payout import PayeeBalance, PayoutLine, PayoutPlan, plan
from ledger.core.period import Month
from ledger.core.prepayment_use import SettledUse
from ledger.core.refusal import Refusal
from ledger.core.registration import PartyKind
from ledger.core.settlement import (
    Balance,
    Committee,
    Division,
    Received,
    Supplier,
    balances_after,
    divide,
    supply_tax_rate_bp,
)
from ledger.core.statement import RefusalRow, UsageRow
from ledger.core.tax import PayeeTaxProfile, charge_treatment
from ledger.core.waterfall import Waterfall

_COMMITTEE = "committee"


class EntrustmentMissing(Refusal):
    """A rights holder received money, and what it pays the house for its work is not agreed."""

    code = "entrustment_missing"


class WaterfallMissing(Refusal):
    """A committee received money, and no contract says how it is divided in the month."""

    code = "waterfall_missing"


class CommitteeCannotBePaid(Refusal):
    """A committee's contract names another committee, which has no tax profile of its own."""

    code = "committee_cannot_be_paid"


@dataclass(frozen=True, kw_only=True)
class DecidingDays:
    """The days on which a settlement looks at parties."""

    fee_on: date  # the entrustment: the last day of the closing month
    settled_on: date  # the registration; also the day of the statements and the journal
    paid_on: date  # the bank account, the treaty form, the withholding


@dataclass(frozen=True, kw_only=True)
class PartyInForce:
    """A party on the deciding days: what is printed of it, and what its fee and tax follow from."""

    id: int
    copy: PartyCopy
    role: str
    has_jp_establishment: bool
    minimum_payment_minor: int
    treaty_rate_bp: int | None
    treaty_form_filed_on: date | None
    admin_fee_bp: int | None  # None without an entrustment in force
    account: AccountInForce | None


@dataclass(frozen=True, kw_only=True)
class ReceivedLine:
    """One royalty line that was paid for, or a part of a prepayment, as a statement shows it."""

    receipt_id: int | None  # None for what was prepaid
    licensee_id: int
    holder: str
    usage: UsageRow
    tax_minor: int  # its part of the consumption tax on the invoice
    prepayment_use_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class HeldUsage:
    """Usage that was refused or held, and whose subject it would have been."""

    holder: str
    row: RefusalRow


@dataclass(frozen=True, kw_only=True)
class Unsettled:
    """All that a settlement follows from."""

    closing_month: Month
    days: DecidingDays
    currency: str
    lines: Sequence[ReceivedLine]  # by holder, and within it as a statement lists them
    held: Sequence[HeldUsage]
    waterfalls: Mapping[str, Waterfall]
    openings: Mapping[str, Opening]
    carried: Mapping[str, Balance]
    arrears: Mapping[str, Mapping[str, Arrears]]  # by committee, and by payee
    parties: Mapping[str, PartyInForce]  # every holder and payee, and the operator
    bank_names: BankNames
    returned: Sequence[SettledUse] = ()
    idle: Sequence[str] = ()  # committees that nothing came in for, and that have fixed costs
    bare_receipts: Mapping[int, int] = field(default_factory=dict)  # of prepayments alone

    @cached_property
    def receipts(self) -> dict[int, int]:
        """The receipts that are taken, each with its licensee."""
        of_lines = {
            line.receipt_id: line.licensee_id for line in self.lines if line.receipt_id is not None
        }
        return of_lines | dict(self.bare_receipts)

    @cached_property
    def uses(self) -> tuple[SettledUse, ...]:
        """The parts of prepayments that are passed on or given back."""
        passed = [
            SettledUse(
                prepayment_use_id=line.prepayment_use_id,
                licensee_id=line.licensee_id,
                holder_id=self.parties[line.holder].id,
                amount_minor=line.usage.royalty_minor,
                tax_minor=line.tax_minor,
            )
            for line in self.lines
            if line.prepayment_use_id is not None
        ]
        return (*passed, *self.returned)

    @cached_property
    def party_ids(self) -> dict[str, int]:
        """The key of every party, by reference."""
        return {reference: party.id for reference, party in self.parties.items()}


@dataclass(frozen=True, kw_only=True)
class Reckoning:
    """What a settlement comes to; payees are in the order of their references."""

    unsettled: Unsettled
    suppliers: Mapping[str, Supplier]
    divisions: tuple[Division, ...]
    balances: Mapping[str, Balance]  # what each payee is owed before it is paid
    arrears: Mapping[str, Arrears]  # what of it no receipts cover yet
    accounts: Mapping[str, BankAccountCopy]  # of the payees that can be paid
    plan: PayoutPlan

    @cached_property
    def month(self) -> SettledMonth:
        """What all statements of the settlement have in common."""
        unsettled = self.unsettled
        parties = unsettled.parties
        usage: dict[str, tuple[UsageRow, ...]] = {
            holder: tuple(line.usage for line in lines)
            for holder, lines in _by_holder(unsettled.lines).items()
        }
        refusals: dict[str, tuple[RefusalRow, ...]] = defaultdict(tuple)
        for held in unsettled.held:
            refusals[held.holder] += (held.row,)
        return SettledMonth(
            issuer=next(each.copy for each in parties.values() if each.role == "operator"),
            closing_month=unsettled.closing_month.first_day,
            issued_on=unsettled.days.settled_on,
            pay_on=unsettled.days.paid_on,
            currency=unsettled.currency,
            divisions=self.divisions,
            suppliers=self.suppliers,
            usage=usage,
            refusals=refusals,
            names={
                reference: (party.copy.name_ja, party.copy.name_en)
                for reference, party in parties.items()
            },
        )

    @cached_property
    def earned_from(self) -> Mapping[str, tuple[Division, ...]]:
        """The divisions each payee earned from, in their order."""
        found: dict[str, tuple[Division, ...]] = defaultdict(tuple)
        for division in self.divisions:
            for payee in dict.fromkeys(each.payee for each in division.earnings):
                found[payee] += (division,)
        return found

    def account(self, line: PayoutLine) -> PayeeAccount:
        """Return one payee's side of the settlement, for its statement."""
        party = self.unsettled.parties[line.payee]
        return PayeeAccount(
            payee=party.copy,
            carried=self.unsettled.carried.get(line.payee, Balance()),
            minimum_payment_minor=party.minimum_payment_minor,
            line=line,
            pay_to=self.accounts.get(line.payee),
        )


def reckon(unsettled: Unsettled) -> Reckoning:
    """
    Divide what was received, add it to what was carried, and plan who is paid.

    :raises EntrustmentMissing: a rights holder's fee is not known.
    :raises WaterfallMissing: a committee's contract is not known.
    :raises CommitteeCannotBePaid: a committee's contract names another committee.
    :raises RateNotKnown: the tax tables have no rate for a day.
    """
    suppliers = dict(_suppliers(unsettled))
    divisions = divide(tuple(_received(unsettled)), suppliers=suppliers)
    earnings = [each for division in divisions for each in division.earnings]
    owed = balances_after(unsettled.carried, earnings)
    balances = {payee: owed[payee] for payee in sorted(owed)}
    arrears = owed_to_payees(arrears_after(unsettled.arrears, divisions))
    accounts = dict(_accounts(unsettled, balances))
    return Reckoning(
        unsettled=unsettled,
        suppliers=suppliers,
        divisions=divisions,
        balances=balances,
        arrears=arrears,
        accounts=accounts,
        plan=plan(
            balances=[
                _payable(
                    unsettled.parties[payee],
                    balance,
                    arrears=arrears.get(payee, Arrears()),
                    has_account=payee in accounts,
                )
                for payee, balance in balances.items()
            ],
            paid_on=unsettled.days.paid_on,
        ),
    )


def payees_of(waterfall: Waterfall) -> Iterator[str]:
    """Name everybody a committee's contract pays, some more than once."""
    for step in waterfall.steps:
        yield step.payee
        yield from (payee for payee, _ in step.passes)
    yield from (member for member, _ in waterfall.members)


def _suppliers(unsettled: Unsettled) -> Iterator[tuple[str, Supplier]]:
    for reference, party in sorted(unsettled.parties.items()):
        if party.copy.kind != _COMMITTEE:
            carried = unsettled.carried.get(reference, Balance())
            rate = supply_tax_rate_bp(_profile(party), on=unsettled.days.settled_on)
            yield (
                reference,
                Supplier(carried_minor=carried.supplies_minor, tax_rate_bp=rate),
            )


def _received(unsettled: Unsettled) -> Iterator[Received]:
    came_in: dict[str, Sequence[ReceivedLine]] = {**_by_holder(unsettled.lines)}
    for holder, lines in (came_in | dict.fromkeys(unsettled.idle, ())).items():
        party = unsettled.parties[holder]
        if party.admin_fee_bp is None:
            raise EntrustmentMissing(holder=holder, day=unsettled.days.fee_on)
        fee_tax = charge_treatment(
            country=party.copy.country,
            has_jp_establishment=party.has_jp_establishment,
            on=unsettled.days.settled_on,
        )
        yield Received(
            holder=holder,
            royalty_minor=sum(line.usage.royalty_minor for line in lines),
            tax_minor=sum(line.tax_minor for line in lines),
            admin_fee_bp=party.admin_fee_bp,
            admin_fee_tax_bp=fee_tax.rate_bp,
            committee=_committee(unsettled, holder) if party.copy.kind == _COMMITTEE else None,
        )


def _committee(unsettled: Unsettled, holder: str) -> Committee:
    if holder not in unsettled.waterfalls:
        raise WaterfallMissing(committee=holder, month=unsettled.closing_month)
    waterfall = unsettled.waterfalls[holder]
    for payee in payees_of(waterfall):
        if unsettled.parties[payee].copy.kind == _COMMITTEE:
            raise CommitteeCannotBePaid(committee=holder, payee=payee)
    opening = unsettled.openings.get(holder, Opening())
    return Committee(
        waterfall=waterfall,
        deficit_in_minor=opening.deficit_minor,
        distributed_before_minor=opening.distributed_minor,
        distributed_peak_minor=opening.distributed_peak_minor,
    )


def _by_holder(lines: Sequence[ReceivedLine]) -> Mapping[str, list[ReceivedLine]]:
    grouped: dict[str, list[ReceivedLine]] = defaultdict(list)
    for line in lines:
        grouped[line.holder].append(line)
    return grouped


def _accounts(
    unsettled: Unsettled, payees: Mapping[str, Balance]
) -> Iterator[tuple[str, BankAccountCopy]]:
    for payee in payees:
        account = unsettled.parties[payee].account
        if account and (copy := copy_of_account(account, unsettled.bank_names)):
            yield payee, copy


def _payable(
    party: PartyInForce, balance: Balance, *, arrears: Arrears, has_account: bool
) -> PayeeBalance:
    """
    Return a balance as the payout plan takes it, with the tax that was settled with it.

    The tax on supplies was fixed, and charged to the committee, when they were settled; another
    registration on the day of payment does not change it. So all of it is passed on as it is.
    """
    return PayeeBalance(
        payee=party.copy.reference,
        profile=_profile(party),
        passthrough_minor=balance.amount_minor - arrears.amount_minor,
        passthrough_tax_minor=balance.tax_minor - arrears.tax_minor,
        arrears_minor=arrears.amount_minor,
        arrears_tax_minor=arrears.tax_minor,
        minimum_payment_minor=party.minimum_payment_minor,
        has_bank_account=has_account,
    )


def _profile(party: PartyInForce) -> PayeeTaxProfile:
    return PayeeTaxProfile(
        kind=PartyKind(party.copy.kind),
        residence=party.copy.country,
        is_registered=party.copy.registration_number is not None,
        treaty_rate_bp=party.treaty_rate_bp,
        treaty_form_filed_on=party.treaty_form_filed_on,
    )
