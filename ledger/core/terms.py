"""
What a rights holder permits and what it charges, in dated immutable versions.

A license holds grants; a grant names its subjects, what may be done with them, where and how
long; its terms versions say the price from an instant on. A version is never edited: a change
is a new version with its own ``effective_from``, and every generation keeps the version that
was in force when it happened.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from ledger.core.money import Rounding
from ledger.core.period import InstantWithoutZone
from ledger.core.quota_terms import Quota
from ledger.core.revenue_terms import RevenueTerms
from ledger.core.suspension import Suspension
from ledger.core.usage import Modality, Unit, UseClass
from ledger.core.wind_down import over_at

#: A grant for every territory names this instead of country codes.
WORLD = "WORLD"


class Basis(StrEnum):
    """What a rate is counted in."""

    PER_IMAGE = "per_image"
    PER_CLIP = "per_clip"
    PER_SECOND = "per_second"
    PER_1K_CHARS = "per_1k_chars"
    PER_1K_TOKENS = "per_1k_tokens"
    PER_GROUNDING = "per_grounding"
    PER_TURN = "per_turn"
    PER_CITATION = "per_citation"
    PCT_REVENUE = "pct_revenue"
    FIXED_MONTH = "fixed_month"


#: The unit a report must state for each counted basis, and how many of it one rate buys.
UNIT_OF_BASIS: dict[Basis, tuple[Unit, int]] = {
    Basis.PER_IMAGE: (Unit.IMAGE, 1),
    Basis.PER_CLIP: (Unit.CLIP, 1),
    Basis.PER_SECOND: (Unit.SECOND, 1),
    Basis.PER_1K_CHARS: (Unit.CHARACTER, 1000),
    Basis.PER_1K_TOKENS: (Unit.TOKEN, 1000),
    Basis.PER_GROUNDING: (Unit.GROUNDING, 1),
    Basis.PER_TURN: (Unit.TURN, 1),
    Basis.PER_CITATION: (Unit.CITATION, 1),
}

#: The counting models: which acts of one session are royalty events. A term, never a constant.
COUNTING_MODELS = frozenset({Basis.PER_GROUNDING, Basis.PER_TURN, Basis.PER_CITATION})


class TierMode(StrEnum):
    """How tiers apply to a growing quantity."""

    NONE = "none"
    MARGINAL = "marginal"  # Each unit pays the rate of the tier it falls in (超過部分適用).
    WHOLE_VOLUME = "whole_volume"  # All units pay the rate of the tier reached (全量遡及適用).
    PACKAGE = "package"  # All units together cost the flat price of the tier reached (定額枠).


class Allocation(StrEnum):
    """How subjects of one output share what a stacking cap leaves them together."""

    EQUAL = "equal"
    WEIGHT = "weight"  # In proportion to what each would have earned without the cap.
    DECLARED = "declared"  # By the influence that the report states for each.


class CounterScope(StrEnum):
    """How long a tier counter runs before it starts again from nothing."""

    PERIOD = "period"
    CONTRACT_YEAR = "contract_year"
    LIFE = "life"


class Recognition(StrEnum):
    """When a holder's share becomes payable."""

    CASH = "cash"
    ACCRUAL = "accrual"


class InvalidRateLine(ValueError):
    """A rate line contradicts itself; ``field`` names what to mend."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


@dataclass(frozen=True, kw_only=True)
class Tier:
    """A rate up to and including a cumulative quantity; ``up_to`` None is the open end."""

    up_to: Decimal | None
    rate: Decimal


@dataclass(frozen=True, kw_only=True)
class Stacking:
    """
    A limit on what the subjects of one output earn together (重畳上限).

    ``cap_minor`` is for one event, in minor units with any decimals. It binds all lines of a
    license whose group has the same name, and so they agree about it.
    """

    group: str
    cap_minor: Decimal
    allocation: Allocation

    def __post_init__(self) -> None:
        if not self.group:
            raise InvalidRateLine("stacking_group", "must have a name")
        if self.cap_minor < 0:
            raise InvalidRateLine("stacking_cap_minor", "must not be negative")


@dataclass(frozen=True, kw_only=True)
class RateLine:
    """
    One line of the rate card.

    ``rate`` is minor units per unit of the basis (¥35 per 1,000 characters is 35), a
    percentage of net revenue for ``pct_revenue`` (18 is 18 %), or minor units a month for
    ``fixed_month``; the rate of a package is minor units for all of it. ``modality`` and
    ``use_class`` select the usage; None selects any.
    """

    id: int = 0
    basis: Basis
    rate: Decimal
    modality: Modality | None = None
    use_class: UseClass | None = None
    tier_mode: TierMode = TierMode.NONE
    tiers: tuple[Tier, ...] = ()
    counter_scope: CounterScope = CounterScope.PERIOD
    minimum_minor: int = 0  # the least a month with any usage earns on this line
    cap_minor: int | None = None  # the most a month earns on this line
    event_floor_minor: Decimal = Decimal(0)  # the least one event earns
    stacking: Stacking | None = None

    def __post_init__(self) -> None:
        if self.rate < 0:
            raise InvalidRateLine("rate", "must not be negative")
        if self.minimum_minor < 0:
            raise InvalidRateLine("minimum_minor", "must not be negative")
        if (self.tier_mode is TierMode.NONE) != (not self.tiers):
            raise InvalidRateLine("tiers", "are given exactly when tier_mode is not none")
        if self.tiers and self.basis is Basis.FIXED_MONTH:
            raise InvalidRateLine("tiers", "a fixed fee has no quantity to count")
        _check_tiers(self.tiers)
        if self.tier_mode is TierMode.PACKAGE:
            _check_packages(self)
        _check_cap(self)
        _check_event_terms(self)

    @property
    def is_counted(self) -> bool:
        """True when usage carries the quantity; False for a fixed fee."""
        return self.basis is not Basis.FIXED_MONTH

    def selects(self, *, modality: Modality, use_class: UseClass) -> bool:
        """Tell whether a line is about such use, in whichever unit it is counted."""
        return self.modality in (None, modality) and self.use_class in (None, use_class)

    def covers(self, *, modality: Modality, use_class: UseClass, unit: Unit) -> bool:
        """Tell whether a generation of this kind is priced by this line."""
        if self.basis is Basis.FIXED_MONTH:
            return False
        if not self.selects(modality=modality, use_class=use_class):
            return False
        return self.basis is Basis.PCT_REVENUE or UNIT_OF_BASIS[self.basis][0] is unit


@dataclass(frozen=True, kw_only=True)
class TermsVersion:
    """The price of a grant from ``effective_from`` until a later version takes over."""

    id: int
    version: int
    effective_from: datetime
    clause_reference: str
    rate_lines: tuple[RateLine, ...]
    currency: str = "JPY"
    rounding: Rounding = Rounding.TRUNCATE
    recognition: Recognition = Recognition.CASH
    #: Of terms agreed for closed months: the first month whose closing goes by them.
    counted_month: date | None = None
    #: What a month of the grant at least comes to, whatever its units earn.
    #: Closings from before there was such a thing keep their hash.
    revenue_share: RevenueTerms | None = field(default=None, metadata={"unsaid": True})

    def rate_line_for(
        self, *, modality: Modality, use_class: UseClass, unit: Unit
    ) -> RateLine | None:
        """
        Return the line that prices this kind of generation.

        The line that selects more wins; of two equally narrow, the earlier listed. A grant
        whose only charge is a fixed monthly fee prices each generation at that line: nothing
        is added per generation, and the usage is still counted against it.
        """
        best: RateLine | None = None
        best_width = -1
        for line in self.rate_lines:
            width = (line.modality is not None) + (line.use_class is not None)
            covers = line.covers(modality=modality, use_class=use_class, unit=unit)
            if covers and width > best_width:
                best, best_width = line, width
        if best is None and all(not line.is_counted for line in self.rate_lines):
            best = next(iter(self.rate_lines), None)
        return best

    def counts_sessions(self, *, modality: Modality, use_class: UseClass) -> bool:
        """Tell whether such use is priced by what happened in a session."""
        lines = [each for each in self.rate_lines if each.basis in COUNTING_MODELS]
        return any(each.selects(modality=modality, use_class=use_class) for each in lines)


@dataclass(frozen=True, kw_only=True)
class Grant:
    """One permission within a license: subjects, acts, places, time, and its price."""

    id: int
    subject_ids: frozenset[int]
    modalities: frozenset[Modality]
    use_classes: frozenset[UseClass]
    territories: frozenset[str]  # ISO 3166-1 alpha-2 codes, or WORLD alone
    starts_at: datetime
    ends_at: datetime | None
    versions: tuple[TermsVersion, ...]  # ordered by effective_from
    wind_down_days: int | None = None  # None is as long as its license winds down
    quota: Quota | None = None  # how much may be used in a period
    claim_multiple: Decimal | None = None  # of the price, for use without consent; None: not agreed
    ai_label: str = ""  # the words an output has to be labeled with; empty when it has not
    prohibited_content: tuple[str, ...] = ()  # what no output may show, as the contract says it

    def permits_territory(self, territory: str) -> bool:
        """Tell whether use in a country is granted."""
        return WORLD in self.territories or territory in self.territories

    def version_at(self, instant: datetime) -> TermsVersion | None:
        """Return the terms in force at an instant: the latest that had taken effect."""
        effective = [each for each in self.versions if each.effective_from <= instant]
        return max(effective, key=lambda each: (each.effective_from, each.version), default=None)


@dataclass(frozen=True, kw_only=True)
class License:
    """
    An agreement with one AI firm, as the reporting path needs it.

    :raises InstantWithoutZone: one of its instants, or of its grants', has no UTC offset.
    """

    id: int
    reference: str
    licensee_id: int
    starts_at: datetime
    ends_at: datetime | None
    grants: tuple[Grant, ...]
    wind_down_days: int = 0  # after its end, or after a subject is suspended or withdrawn
    suspensions: tuple[Suspension, ...] = ()  # because its firm did not pay
    #: Instants at which a judgement under this license may change, in order.
    boundaries: tuple[datetime, ...] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        boundaries = _boundaries(self)
        for instant in boundaries:
            if instant.tzinfo is None:
                raise InstantWithoutZone(instant)
        object.__setattr__(self, "boundaries", tuple(sorted(boundaries)))

    def wind_down_of(self, grant: Grant) -> int:
        """Return for how many days one of its grants winds down."""
        return self.wind_down_days if grant.wind_down_days is None else grant.wind_down_days


def _check_packages(line: RateLine) -> None:
    if line.basis is Basis.PCT_REVENUE:
        raise InvalidRateLine("tiers", "a package has a price, not a percentage")
    prices = [tier.rate for tier in line.tiers]
    if prices != sorted(prices):
        raise InvalidRateLine("tiers", "a larger package must not cost less")


def _check_cap(line: RateLine) -> None:
    if line.cap_minor is None:
        return
    if line.cap_minor < line.minimum_minor:
        raise InvalidRateLine("cap_minor", "must not be below the minimum, nor below zero")
    if line.basis is Basis.FIXED_MONTH:
        raise InvalidRateLine("cap_minor", "a fixed fee is its own cap")


def _check_event_terms(line: RateLine) -> None:
    """Refuse a floor or a cap on single events where single events have no price."""
    if line.event_floor_minor < 0:
        raise InvalidRateLine("event_floor_minor", "must not be negative")
    has_event_price = line.is_counted and not line.tiers
    for name, is_given in (
        ("event_floor_minor", line.event_floor_minor != 0),
        ("stacking_group", line.stacking is not None),
    ):
        if is_given and not has_event_price:
            raise InvalidRateLine(name, "needs a rate per event: no tiers, no fixed fee")


def _boundaries(license_: License) -> set[datetime]:
    instants = {license_.starts_at, *_ends(license_.ends_at, license_.wind_down_days)}
    for grant in license_.grants:
        instants |= {grant.starts_at, *_ends(grant.ends_at, license_.wind_down_of(grant))}
        instants |= {version.effective_from for version in grant.versions}
    for each in license_.suspensions:
        instants |= each.boundaries(license_.wind_down_days)
    return instants


def _ends(ends_at: datetime | None, days: int) -> set[datetime]:
    return set() if ends_at is None else {ends_at, over_at(ends_at, days=days)}


def _check_tiers(tiers: Sequence[Tier]) -> None:
    if not tiers:
        return
    if tiers[-1].up_to is not None:
        raise InvalidRateLine("tiers", "the last tier must be open-ended (up_to null)")
    bounds = [tier.up_to for tier in tiers[:-1]]
    if any(bound is None or bound <= 0 for bound in bounds):
        raise InvalidRateLine("tiers", "only the last tier may be open-ended")
    ordered = [bound for bound in bounds if bound is not None]
    if ordered != sorted(set(ordered)):
        raise InvalidRateLine("tiers", "bounds must rise from tier to tier")
    if any(tier.rate < 0 for tier in tiers):
        raise InvalidRateLine("tiers", "rates must not be negative")
