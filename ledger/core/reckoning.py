"""
The reckoning of a closing month: what came in becomes divisions, balances, payouts, statements.

Everything that decides is here as a value; nothing is read or written. Holders, committees and
payees are named by their references.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from ledger.core.arrears import Arrears, Opening, arrears_after, owed_to_payees
from ledger.core.bank_account import copy_of_account
from ledger.core.charged_tax import charge_treatment
from ledger.core.draft import PayeeAccount, SettledMonth
from ledger.core.earning import Balance, balances_after
from ledger.core.invoice import BankAccountCopy
from ledger.core.own_sales import purchase_in, taxed_as_bought
from ledger.core.payee_advance import AdvanceMoved, due, set_off
from ledger.core.payout import PayeeBalance, PayoutLine, PayoutPlan, plan
from ledger.core.refusal import Refusal
from ledger.core.registration import PartyKind
from ledger.core.settlement import (
    Committee,
    Division,
    Received,
    Supplier,
    divide,
    supply_tax_rate_bp,
)
from ledger.core.statement import RefusalRow, UsageRow
from ledger.core.tax import PayeeTaxProfile
from ledger.core.unsettled import PartyInForce, ReceivedLine, Unsettled
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
class Reckoning:
    """What a settlement comes to; payees are in the order of their references."""

    unsettled: Unsettled
    suppliers: Mapping[str, Supplier]
    divisions: tuple[Division, ...]
    balances: Mapping[str, Balance]  # what each payee is owed before it is paid
    advances: Mapping[str, Sequence[AdvanceMoved]]  # what is paid of them, and set off
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
            titles={
                reference: (subject.title_ja, subject.title_en)
                for reference, subject in unsettled.claimed.items()
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
            advances=tuple(self.advances.get(line.payee, ())),
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
    arrears = owed_to_payees(arrears_after(unsettled.arrears, divisions))
    accounts = dict(_accounts(unsettled, {*owed, *unsettled.advances}))
    advances, payouts = _with_advances(unsettled, owed, arrears, accounts)
    return Reckoning(
        unsettled=unsettled,
        suppliers=suppliers,
        divisions=divisions,
        balances=_after_advances(owed, advances),
        advances=advances,
        arrears=arrears,
        accounts=accounts,
        plan=payouts,
    )


def payees_of(waterfall: Waterfall) -> Iterator[str]:
    """Name everybody a committee's contract pays, some more than once."""
    for step in waterfall.steps:
        yield step.payee
        yield from (payee for payee, _ in step.passes)
    yield from (member for member, _ in waterfall.members)


def profile_of(party: PartyInForce) -> PayeeTaxProfile:
    """Return what the taxes on a payment to a party follow from."""
    return PayeeTaxProfile(
        kind=PartyKind(party.copy.kind),
        residence=party.copy.country,
        is_registered=party.copy.registration_number is not None,
        treaty_rate_bp=party.treaty_rate_bp,
        treaty_form_filed_on=party.treaty_form_filed_on,
        withholding_base=party.withholding_base,
    )


def _with_advances(
    unsettled: Unsettled,
    owed: Mapping[str, Balance],
    arrears: Mapping[str, Arrears],
    accounts: Mapping[str, BankAccountCopy],
) -> tuple[dict[str, tuple[AdvanceMoved, ...]], PayoutPlan]:
    """
    Set advances off, add those that are due, and plan who is paid.

    An advance to somebody who is not paid now waits, and the plan stands as if without it.
    """
    recouped = dict(_set_off(unsettled, owed, arrears))
    wanted = {
        payee: (*recouped.get(payee, ()), *due(of_payee))
        for payee, of_payee in unsettled.advances.items()
    }
    tried = _plan(unsettled, _after_advances(owed, wanted), arrears, accounts)
    if not wanted:
        return {}, tried
    paid = {line.payee for line in tried.payments}
    made = {payee: wanted[payee] if payee in paid else recouped.get(payee, ()) for payee in wanted}
    made = {payee: of_payee for payee, of_payee in made.items() if of_payee}
    return made, _plan(unsettled, _after_advances(owed, made), arrears, accounts)


def _plan(
    unsettled: Unsettled,
    balances: Mapping[str, Balance],
    arrears: Mapping[str, Arrears],
    accounts: Mapping[str, BankAccountCopy],
) -> PayoutPlan:
    return plan(
        balances=[
            _payable(
                unsettled.parties[payee],
                balance,
                arrears=arrears.get(payee, Arrears()),
                has_account=payee in accounts,
                is_writable=payee not in unsettled.unwritable,
            )
            for payee, balance in balances.items()
        ],
        paid_on=unsettled.days.paid_on,
    )


def _set_off(
    unsettled: Unsettled, owed: Mapping[str, Balance], arrears: Mapping[str, Arrears]
) -> Iterator[tuple[str, tuple[AdvanceMoved, ...]]]:
    """Yield what each payee's advances recoup of what can be paid to it now."""
    for payee in unsettled.advances.keys() & owed.keys():
        waiting = arrears.get(payee, Arrears()).amount_minor
        yield (
            payee,
            set_off(
                unsettled.advances[payee],
                payee=payee,
                available_minor=owed[payee].amount_minor - waiting,
                through=unsettled.closing_month.last_day,
            ),
        )


def _after_advances(
    owed: Mapping[str, Balance], moved: Mapping[str, Sequence[AdvanceMoved]]
) -> dict[str, Balance]:
    """Return the balances with advances paid and set off, in the order of the references."""
    after = {}
    for payee in sorted(owed.keys() | moved.keys()):
        balance = owed.get(payee, Balance())
        change = sum(each.paid_minor - each.recouped_minor for each in moved.get(payee, ()))
        after[payee] = replace(balance, passthrough_minor=balance.passthrough_minor + change)
    return after


def _suppliers(unsettled: Unsettled) -> Iterator[tuple[str, Supplier]]:
    for reference, party in sorted(unsettled.parties.items()):
        if party.copy.kind != _COMMITTEE:
            carried = unsettled.carried.get(reference, Balance())
            rate = supply_tax_rate_bp(profile_of(party), on=unsettled.days.settled_on)
            yield (
                reference,
                Supplier(carried_minor=carried.supplies_minor, tax_rate_bp=rate),
            )


def _received(unsettled: Unsettled) -> Iterator[Received]:
    came_in: dict[str, Sequence[ReceivedLine]] = {**_by_holder(unsettled.lines)}
    others = (*unsettled.idle, *sorted(unsettled.waiting))
    for holder in dict.fromkeys((*came_in, *others)):
        lines = came_in.get(holder, ())
        party = unsettled.parties[holder]
        own = [line for line in lines if line.is_own]
        purchase = purchase_in(unsettled, party, own) if own else None
        claims = unsettled.claims_of(holder, taxed_as_bought(lines, purchase))
        is_moving = holder in came_in or holder in unsettled.idle
        if not is_moving and (claims is None or not claims.released()):
            continue
        if party.admin_fee_bp is None and lines:
            raise EntrustmentMissing(holder=holder, day=unsettled.days.fee_on)
        is_charged = len(own) < len(lines) or not lines
        fee_tax = charge_treatment(
            country=party.copy.country,
            has_jp_establishment=party.has_jp_establishment,
            on=unsettled.days.settled_on,
        )
        yield Received(
            holder=holder,
            royalty_minor=sum(line.usage.royalty_minor for line in lines),
            tax_minor=sum(line.tax_minor for line in lines if not line.is_own),
            admin_fee_bp=party.admin_fee_bp or 0,
            admin_fee_tax_bp=fee_tax.rate_bp if is_charged else 0,
            committee=_committee(unsettled, holder) if party.copy.kind == _COMMITTEE else None,
            reserve=unsettled.reserve_of(holder),
            claims=claims,
            purchase=purchase,
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
    unsettled: Unsettled, payees: Collection[str]
) -> Iterator[tuple[str, BankAccountCopy]]:
    for payee in sorted(payees):
        account = unsettled.parties[payee].account
        if account and (copy := copy_of_account(account, unsettled.bank_names)):
            yield payee, copy


def _payable(
    party: PartyInForce, balance: Balance, *, arrears: Arrears, has_account: bool, is_writable: bool
) -> PayeeBalance:
    """
    Return a balance as the payout plan takes it, with the tax that was settled with it.

    The tax on supplies was fixed, and charged to the committee, when they were settled; another
    registration on the day of payment does not change it. So all of it is passed on as it is.
    """
    return PayeeBalance(
        payee=party.copy.reference,
        profile=profile_of(party),
        passthrough_minor=balance.amount_minor - arrears.amount_minor,
        passthrough_tax_minor=balance.tax_minor - arrears.tax_minor,
        arrears_minor=arrears.amount_minor,
        arrears_tax_minor=arrears.tax_minor,
        minimum_payment_minor=party.minimum_payment_minor,
        hold_reason=party.hold_reason,
        has_bank_account=has_account,
        is_account_writable=is_writable,
    )
