"""
The division of what was received for a rights holder: the house's fee, then who earns what.

A rights holder that is paid directly receives the rest and the tax that came with it. A
committee runs its waterfall on the rest: payees of its steps are its suppliers and receive
consumption tax on what they supply; its members share the pool and, as partners, the tax that
is left. To the yen, what is earned, the fee and its tax are what was received, but for the
deficit a committee takes on or works off. What the house sold for itself it buys of the holder:
its margin stands in the place of the fee, and the tax is that on the purchase. All amounts are
whole yen and tax-exclusive unless they say tax.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from ledger.core.contested import HolderClaims, Shared
from ledger.core.earning import Earning, EarningCategory, EarningKind
from ledger.core.money import BASIS_POINTS, allocate, take_bp
from ledger.core.purchase import Purchase
from ledger.core.reserve import HolderReserve, ReserveMonth
from ledger.core.set_aside import SetAside, total
from ledger.core.suspense import Released
from ledger.core.tax import (
    PayeeTaxProfile,
    consumption_tax,
    consumption_tax_rate_bp,
    cumulative_supply_tax,
)
from ledger.core.waterfall import StepResult, Waterfall, WaterfallResult, run


@dataclass(frozen=True, kw_only=True)
class Committee:
    """How a committee divides what it receives, and where its earlier months left it."""

    waterfall: Waterfall
    deficit_in_minor: int = 0  # 0 or below
    distributed_before_minor: int = 0
    distributed_peak_minor: int = 0  # the most that members had received, net, at any time


@dataclass(frozen=True, kw_only=True)
class Received:
    """What came in for one rights holder, and the rates of the house's fee on it."""

    holder: str
    royalty_minor: int
    tax_minor: int  # consumption tax received with the royalty
    admin_fee_bp: int
    admin_fee_tax_bp: int
    committee: Committee | None = None  # None for a rights holder that is paid directly
    reserve: HolderReserve | None = None  # None where nothing is held, nor was
    claims: HolderClaims | None = None  # None where nobody claims a share, and nothing waits
    purchase: Purchase | None = None  # of what of the royalty the house sold for itself, if any

    @property
    def sold_minor(self) -> int:
        """What of the royalty the house sold for itself."""
        return 0 if self.purchase is None else self.purchase.sold_minor


@dataclass(frozen=True, kw_only=True)
class Supplier:
    """What decides the tax on a supply: the balance it is added to, and the rate."""

    carried_minor: int = 0  # supplies settled before and not yet paid
    tax_rate_bp: int = 0  # 0 when the payee is not registered, or is abroad


@dataclass(frozen=True, kw_only=True)
class Division:
    """One rights holder's money, divided to the yen."""

    received: Received
    admin_fee_minor: int  # with the house's margin on what it sold for itself
    admin_fee_tax_minor: int
    earnings: tuple[Earning, ...]
    result: WaterfallResult | None  # of a committee
    reserve: ReserveMonth | None = None
    shared: tuple[Shared, ...] = ()  # what several parties claim
    released: tuple[Released, ...] = ()  # of what waited
    purchase_tax_minor: int = 0  # on what the house bought

    @property
    def margin_minor(self) -> int:
        """What of the fee is no fee, but the house's margin on what it sold for itself."""
        purchase = self.received.purchase
        return 0 if purchase is None else purchase.margin_minor

    @property
    def net_minor(self) -> int:
        """The royalty less the house's fee: what is divided, or set aside."""
        return self.received.royalty_minor - self.admin_fee_minor

    @cached_property
    def set_aside(self) -> tuple[SetAside, ...]:
        """What is set aside of it, and what comes back of what was."""
        holder = self.received.holder
        reserved = () if self.reserve is None else self.reserve.set_aside(holder)
        suspended = (moved for each in self.shared for moved in each.set_aside(holder))
        released = (moved for each in self.released for moved in each.set_aside(holder))
        return (*suspended, *released, *reserved)

    @property
    def deficit_in_minor(self) -> int:
        """The deficit a committee came with, 0 or below."""
        return self.result.deficit_in_minor if self.result else 0

    @property
    def deficit_out_minor(self) -> int:
        """The deficit a committee leaves with, 0 or below."""
        return self.result.deficit_out_minor if self.result else 0

    @property
    def distributed_before_minor(self) -> int:
        """What a committee's members had received before, net of claw-backs."""
        committee = self.received.committee
        return committee.distributed_before_minor if committee else 0

    @property
    def distributed_after_minor(self) -> int:
        """What a committee's members have received now, net of claw-backs."""
        distributed = self.result.distributed_minor if self.result else 0
        return self.distributed_before_minor + distributed

    @property
    def is_covered(self) -> bool:
        """
        Whether what came in covers what its payees earned.

        While a committee has a deficit, or its members owe a part of what they received, its
        suppliers have earned more than there is; they are paid when it is level again.
        """
        committee = self.received.committee
        peak = committee.distributed_peak_minor if committee else 0
        return self.deficit_out_minor == 0 and self.distributed_after_minor >= peak


@dataclass
class _SupplyTaxes:
    """The tax on supplies, counted on each payee's running balance."""

    suppliers: Mapping[str, Supplier]
    carried: dict[str, int] = field(default_factory=dict)

    def take(self, payee: str, amount_minor: int) -> int:
        supplier = self.suppliers[payee]
        before = self.carried.get(payee, supplier.carried_minor)
        self.carried[payee] = before + amount_minor
        return cumulative_supply_tax(
            carried_minor=before, added_minor=amount_minor, rate_bp=supplier.tax_rate_bp
        )


def supply_tax_rate_bp(profile: PayeeTaxProfile, *, on: date) -> int:
    """
    Return the rate of tax a payee receives on what it supplies on a day; 0 for most.

    Only a domestic payee that is registered on the day of the supply receives tax on it.

    :raises RateNotKnown: the tax tables have no rate for the day.
    """
    is_taxed = profile.is_domestic and profile.is_registered
    return consumption_tax_rate_bp(on=on) if is_taxed else 0


def divide(
    received: Sequence[Received], *, suppliers: Mapping[str, Supplier]
) -> tuple[Division, ...]:
    """
    Divide what was received for each rights holder, in the order given.

    The fee is truncated once, and its tax once. The tax on supplies is counted on each payee's
    running balance over all rights holders, so that the months of a small payee add up to
    the tax on the sum. ``suppliers`` has every payee of a committee's steps.

    :raises OpeningDoesNotAgree: a committee has a deficit beside an earlier distribution.
    """
    taxes = _SupplyTaxes(suppliers)
    return tuple(_divide_one(each, taxes) for each in received)


def _divide_one(received: Received, taxes: _SupplyTaxes) -> Division:
    purchase = received.purchase
    fee = take_bp(received.royalty_minor - received.sold_minor, received.admin_fee_bp)
    fee_tax = consumption_tax(taxable_minor=fee, rate_bp=received.admin_fee_tax_bp)
    fee += 0 if purchase is None else purchase.margin_minor
    purchase_tax = 0 if purchase is None else purchase.tax_minor
    net, net_tax = received.royalty_minor - fee, received.tax_minor - fee_tax + purchase_tax
    shared, released = _by_claims(received)
    others = tuple(_claimed(received.holder, shared, released))
    taken = [(each.suspense_minor, each.suspense_tax_minor) for each in shared]
    taken += [(-each.released_minor, -each.released_tax_minor) for each in released]
    taken += [(each.amount_minor, each.tax_minor) for each in others]
    net -= sum(amount for amount, _ in taken)
    net_tax -= sum(tax for _, tax in taken)
    reserve = None if received.reserve is None else received.reserve.moved(net, net_tax)
    if reserve is not None:
        aside, aside_tax = total(reserve.set_aside(received.holder))
        net, net_tax = net - aside, net_tax - aside_tax
    committee = received.committee
    result = None
    if committee is None:
        is_bought = purchase is not None and purchase.sold_minor == received.royalty_minor
        if is_bought:  # A supply to the house, taxed on what is paid for it in all.
            own_tax = taxes.take(received.holder, net)
            purchase_tax, net_tax = purchase_tax + own_tax - net_tax, own_tax
        own = _direct_earning(received, net, net_tax, is_supply=is_bought)
        earnings: tuple[Earning, ...] = (own, *others)
    else:
        result = run(
            committee.waterfall,
            receipts_minor=net,
            deficit_in_minor=committee.deficit_in_minor,
            distributed_before_minor=committee.distributed_before_minor,
        )
        supplied = tuple(_supplies(result, taxes))
        tax_left = net_tax - sum(each.tax_minor for each in supplied)
        earnings = (*supplied, *_distributions(result, committee.waterfall, tax_left), *others)
    return Division(
        received=received,
        admin_fee_minor=fee,
        admin_fee_tax_minor=fee_tax,
        earnings=earnings,
        result=result,
        reserve=reserve,
        shared=shared,
        released=released,
        purchase_tax_minor=purchase_tax,
    )


def _by_claims(received: Received) -> tuple[tuple[Shared, ...], tuple[Released, ...]]:
    if received.claims is None:
        return (), ()
    shared = received.claims.shared(
        fee_bp=received.admin_fee_bp, fee_tax_bp=received.admin_fee_tax_bp
    )
    return shared, received.claims.released()


def _claimed(
    holder: str, shared: Iterable[Shared], released: Iterable[Released]
) -> Iterator[Earning]:
    """Yield what parties beside the registered holder earn by their claims."""
    parts = [
        *(
            (EarningCategory.CLAIM, each.amount_minor, part)
            for each in shared
            for part in each.parts
        ),
        *(
            (EarningCategory.CLAIM_RELEASED, each.suspense.amount_minor, part)
            for each in released
            for part in each.parts
        ),
    ]
    for category, base_minor, part in parts:
        if part.party != holder and (part.amount_minor or part.tax_minor):
            yield Earning(
                payee=part.party,
                kind=EarningKind.PASSTHROUGH,
                category=category,
                base_minor=base_minor,
                rate_bp=part.undisputed_bp,
                amount_minor=part.amount_minor,
                tax_minor=part.tax_minor,
            )


def _direct_earning(
    received: Received, net_minor: int, net_tax_minor: int, *, is_supply: bool
) -> Earning:
    return Earning(
        payee=received.holder,
        kind=EarningKind.SUPPLY if is_supply else EarningKind.PASSTHROUGH,
        category=EarningCategory.ROYALTY,
        base_minor=received.royalty_minor,
        rate_bp=None,
        amount_minor=net_minor,
        tax_minor=net_tax_minor,
    )


def _supplies(result: WaterfallResult, taxes: _SupplyTaxes) -> Iterator[Earning]:
    for step in result.steps:
        for part, rate_bp in zip(step.parts, part_rates_bp(step), strict=True):
            yield Earning(
                payee=part.payee,
                kind=EarningKind.SUPPLY,
                category=step.step.category,
                base_minor=step.amount_minor if step.step.passes else step.base_minor,
                rate_bp=rate_bp,
                amount_minor=part.amount_minor,
                tax_minor=taxes.take(part.payee, part.amount_minor),
            )


def part_rates_bp(step: StepResult) -> tuple[int | None, ...]:
    """Return the rate of each part of a step: of its base, or of it when parts are passed on."""
    passed = [part_bp for _, part_bp in step.step.passes]
    if not passed:
        return (step.step.rate_bp,)
    return (BASIS_POINTS - sum(passed), *passed)


def share_bp(waterfall: Waterfall, share: int) -> int | None:
    """Return a member's share in basis points, None when it is not a whole number of them."""
    whole = sum(each for _, each in waterfall.members)
    bp, rest = divmod(share * BASIS_POINTS, whole)
    return None if rest else bp


def _distributions(
    result: WaterfallResult, waterfall: Waterfall, tax_left_minor: int
) -> Iterator[Earning]:
    shares = [share for _, share in waterfall.members]
    taxes = allocate(tax_left_minor, shares)
    for part, share, tax_minor in zip(result.distributions, shares, taxes, strict=True):
        yield Earning(
            payee=part.payee,
            kind=EarningKind.PASSTHROUGH,
            category=EarningCategory.DISTRIBUTION,
            base_minor=result.distributed_minor,
            rate_bp=share_bp(waterfall, share),
            amount_minor=part.amount_minor,
            tax_minor=tax_minor,
        )
