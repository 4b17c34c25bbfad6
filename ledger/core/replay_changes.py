"""
What a replay changes: rates, tiers, limits and advances of licenses, waterfalls, fees.

A change names what it is of and says only what is to be different. One that names what is not
there, or changes nothing, is refused: a figure that did not move must not be taken for an answer.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from ledger.core.counter import ClosingTerms
from ledger.core.money import BASIS_POINTS, Rounding, parse_decimal
from ledger.core.recoup_agreement import NewRecoupGroup, read_recoup_groups
from ledger.core.recoup_versions import VersionedGroup
from ledger.core.replay_refusal import (
    ReplayChangesNothing,
    ReplayCommitteeUnknown,
    ReplayHolderUnknown,
    ReplayLicenseUnknown,
    ReplayLineUnknown,
    ReplayStepUnknown,
    ReplayValueWrong,
)
from ledger.core.replay_revenue import ChangedShare
from ledger.core.terms import (
    CounterScope,
    Grant,
    InvalidRateLine,
    License,
    RateLine,
    TermsVersion,
    Tier,
    TierMode,
)
from ledger.core.waterfall import ORDERS, Preset, Step, StepKind, Waterfall

Number = str | int | Decimal


@dataclass(frozen=True, kw_only=True)
class ChangedTier:
    """A rate up to and including a cumulative quantity; without a bound it is the open end."""

    rate: Number
    up_to: Number | None = None


@dataclass(frozen=True, kw_only=True)
class ChangedRate:
    """
    Rate lines of a license, and what is different about them.

    Without ``clause``, ``modality``, ``use_class`` and ``line`` all of them are meant; ``line``
    is the place on the rate card, from 1.
    """

    license: str
    clause: str | None = None
    modality: str | None = None
    use_class: str | None = None
    line: int | None = None
    rate: Number | None = None
    tier_mode: str | None = None
    tiers: tuple[ChangedTier, ...] | None = None
    counter_scope: str | None = None
    minimum_minor: int | None = None
    cap_minor: int | None = None
    rounding: str | None = None


@dataclass(frozen=True, kw_only=True)
class ChangedStep:
    """A step of a committee, by its category and perhaps its payee, and its new rate or amount."""

    category: str
    payee: str | None = None
    rate_bp: int | None = None
    amount_minor: int | None = None


@dataclass(frozen=True, kw_only=True)
class ChangedCommittee:
    """A committee, and what is different about its waterfall."""

    committee: str
    preset: str | None = None
    steps: tuple[ChangedStep, ...] = ()
    members: tuple[tuple[str, int], ...] | None = None  # all of them, with their shares


@dataclass(frozen=True, kw_only=True)
class ChangedFee:
    """A rights holder, and another fee of the house."""

    holder: str
    admin_fee_bp: int


@dataclass(frozen=True, kw_only=True)
class ChangedRecoupment:
    """A license, and all the recoup groups that it has from its beginning; none without any."""

    license: str
    recoup_groups: tuple[NewRecoupGroup, ...]


@dataclass(frozen=True, kw_only=True)
class Changes:
    """All that a replay changes."""

    rates: tuple[ChangedRate, ...] = ()
    committees: tuple[ChangedCommittee, ...] = ()
    fees: tuple[ChangedFee, ...] = ()
    recoupments: tuple[ChangedRecoupment, ...] = ()
    revenue_shares: tuple[ChangedShare, ...] = ()


def check_changes(changes: Changes) -> None:
    """
    Make sure that there is a change.

    :raises ReplayChangesNothing: there is none.
    """
    if not any(vars(changes).values()):
        raise ReplayChangesNothing(value="*")


def changed_terms(terms: ClosingTerms, changes: Iterable[ChangedRate]) -> ClosingTerms:
    """
    Return terms with rates changed, one change after another.

    :raises Refusal: a change names what is not there, puts what cannot be, or changes nothing.
    """
    for change in changes:
        if all(license_.reference != change.license for license_ in terms.licenses):
            raise ReplayLicenseUnknown(value=change.license)
        licenses = tuple(
            _license(license_, change) if license_.reference == change.license else license_
            for license_ in terms.licenses
        )
        if licenses == terms.licenses:
            raise ReplayChangesNothing(value=change.license)
        terms = replace(terms, licenses=licenses)
    return terms


def changed_groups(
    terms: ClosingTerms,
    groups: Mapping[str, Sequence[VersionedGroup]],
    changes: Iterable[ChangedRecoupment],
) -> dict[str, tuple[VersionedGroup, ...]]:
    """
    Return the recoup groups of licenses, by reference, with those of the changes replaced.

    :raises ReplayLicenseUnknown: a change names a license that is not in the book.
    :raises ReplayChangesNothing: the groups are those the license has.
    :raises Refusal: they contradict themselves (:func:`read_recoup_groups`).
    """
    changed = {license_: tuple(of_license) for license_, of_license in groups.items()}
    counts = {license_.reference: len(license_.grants) for license_ in terms.licenses}
    for change in changes:
        if change.license not in counts:
            raise ReplayLicenseUnknown(value=change.license)
        read = read_recoup_groups(change.recoup_groups, grant_count=counts[change.license])
        new = tuple(map(VersionedGroup.unchanged, read))
        if changed.get(change.license, ()) == new:
            raise ReplayChangesNothing(value=change.license)
        changed[change.license] = new
    return changed


def changed_waterfalls(
    waterfalls: Sequence[Mapping[str, Waterfall]], changes: Iterable[ChangedCommittee]
) -> list[dict[str, Waterfall]]:
    """
    Return the waterfalls of some months, by committee, with those of the changes changed.

    :raises Refusal: a change names what is not there, puts what cannot be, or changes nothing.
    """
    months = [dict(month) for month in waterfalls]
    for change in changes:
        if all(change.committee not in month for month in months):
            raise ReplayCommitteeUnknown(value=change.committee)
        before = [dict(month) for month in months]
        for month in months:
            if change.committee in month:
                month[change.committee] = _waterfall(month[change.committee], change)
        if months == before:
            raise ReplayChangesNothing(value=change.committee)
    return months


def changed_fees(
    charged: Iterable[tuple[str, int | None]], changes: Iterable[ChangedFee]
) -> dict[str, int]:
    """
    Return the new fee of each rights holder that has one, in basis points.

    ``charged`` are the fees in force in the months, by rights holder.

    :raises ReplayHolderUnknown: a change names none of the holders.
    :raises ReplayValueWrong: a fee is not 0 to 10,000 basis points.
    :raises ReplayChangesNothing: it is the fee in force.
    """
    known: dict[str, set[int | None]] = {}
    for holder, fee in charged:
        known.setdefault(holder, set()).add(fee)
    fees = {}
    for change in changes:
        if change.holder not in known:
            raise ReplayHolderUnknown(value=change.holder)
        if not 0 <= change.admin_fee_bp <= BASIS_POINTS:
            raise ReplayValueWrong(
                value=change.holder, problem=f"admin_fee_bp: 0 to {BASIS_POINTS}"
            )
        if known[change.holder] == {change.admin_fee_bp}:
            raise ReplayChangesNothing(value=change.holder)
        fees[change.holder] = change.admin_fee_bp
    return fees


def _license(license_: License, change: ChangedRate) -> License:
    chosen = [
        line.id
        for grant in license_.grants
        for version in grant.versions
        for place, line in enumerate(version.rate_lines, start=1)
        if _is_meant(version, place, line, change)
    ]
    if not chosen:
        clauses = {each.clause_reference for grant in license_.grants for each in grant.versions}
        raise ReplayLineUnknown(value=change.license, clauses=", ".join(sorted(clauses)))
    grants = tuple(_grant(grant, frozenset(chosen), change) for grant in license_.grants)
    return replace(license_, grants=grants)


def _is_meant(version: TermsVersion, place: int, line: RateLine, change: ChangedRate) -> bool:
    return (
        change.clause in (None, version.clause_reference)
        and change.line in (None, place)
        and change.modality in (None, line.modality)
        and change.use_class in (None, line.use_class)
    )


def _grant(grant: Grant, chosen: frozenset[int], change: ChangedRate) -> Grant:
    return replace(
        grant,
        versions=tuple(
            _version(version, chosen, change)
            if chosen & {line.id for line in version.rate_lines}
            else version
            for version in grant.versions
        ),
    )


def _version(version: TermsVersion, chosen: frozenset[int], change: ChangedRate) -> TermsVersion:
    try:
        rounding = version.rounding if change.rounding is None else Rounding(change.rounding)
        lines = tuple(
            _line(line, change) if line.id in chosen else line for line in version.rate_lines
        )
    except InvalidRateLine as error:
        problem = f"{error.field}: {error.problem}"
        raise ReplayValueWrong(value=change.license, problem=problem) from None
    except ValueError as error:
        raise ReplayValueWrong(value=change.license, problem=str(error)) from None
    return replace(version, rounding=rounding, rate_lines=lines)


def _line(line: RateLine, change: ChangedRate) -> RateLine:
    mode = line.tier_mode if change.tier_mode is None else TierMode(change.tier_mode)
    tiers = line.tiers
    if change.tiers is not None:
        tiers = tuple(_tier(tier) for tier in change.tiers)
    elif mode is TierMode.NONE:
        tiers = ()
    if change.rate is not None and tiers:
        raise InvalidRateLine("rate", "does not count beside tiers; change the tiers")
    scope = change.counter_scope
    return replace(
        line,
        rate=line.rate if change.rate is None else parse_decimal(change.rate),
        tier_mode=mode,
        tiers=tiers,
        counter_scope=line.counter_scope if scope is None else CounterScope(scope),
        minimum_minor=line.minimum_minor if change.minimum_minor is None else change.minimum_minor,
        cap_minor=line.cap_minor if change.cap_minor is None else change.cap_minor,
    )


def _tier(tier: ChangedTier) -> Tier:
    up_to = None if tier.up_to is None else parse_decimal(tier.up_to)
    return Tier(up_to=up_to, rate=parse_decimal(tier.rate))


def _waterfall(waterfall: Waterfall, change: ChangedCommittee) -> Waterfall:
    steps = waterfall.steps
    for changed in change.steps:
        steps = _steps(steps, changed)
    try:
        preset = waterfall.preset if change.preset is None else Preset(change.preset)
    except ValueError as error:
        raise ReplayValueWrong(value=change.committee, problem=str(error)) from None
    of_kind = {kind: [step for step in steps if step.kind is kind] for kind in StepKind}
    return Waterfall(
        preset=preset,
        steps=ORDERS[preset](
            fees=of_kind[StepKind.FEE],
            royalties=of_kind[StepKind.ROYALTY],
            expenses=of_kind[StepKind.EXPENSE],
        ),
        members=waterfall.members if change.members is None else change.members,
    )


def _steps(steps: Sequence[Step], change: ChangedStep) -> tuple[Step, ...]:
    changed = tuple(
        replace(step, rate_bp=change.rate_bp, amount_minor=change.amount_minor)
        if step.category == change.category and change.payee in (None, step.payee)
        else step
        for step in steps
    )
    if all(step.category != change.category for step in steps) or changed == tuple(steps):
        known = ", ".join(dict.fromkeys(step.category for step in steps))
        raise ReplayStepUnknown(value=change.category, known=known)
    return changed
