"""
What a closing adds to the units of a month where a share of revenue comes to more.

A grant's month is compared by its own closing, with the terms in force when the month, or the
grant in it, began. A later closing compares it again when it knows something new: revenue that
was reported since, use that was told late, other terms, a rate that was not there. Then the
top-up is worked out anew, and each subject is charged what it comes to less what it was charged
before. A rate that a comparison once went by stays that month's rate.

While revenue or rate is not known the top-up is held: nothing is charged, and nothing that was
charged is given back.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import NamedTuple

from ledger.core.adjustment import CHARGED_BEFORE
from ledger.core.closing import Cause, RoyaltyLine, version_of_month
from ledger.core.counter import ClosingTerms
from ledger.core.exchange import Exchange, FxRule
from ledger.core.money import Rounding
from ledger.core.period import Month
from ledger.core.rerating import known_to
from ledger.core.revenue_share import Earned, Revenue, RevenueShare, TopUp, TopUpHold, greater_of
from ledger.core.revenue_terms import RevenueBase, RevenueTerms
from ledger.core.royalty import Charge, ChargeStep
from ledger.core.terms import Grant, License, TermsVersion

#: What the step is called that is a subject's part of a top-up.
TOP_UP_PART = "revenue_top_up"

#: Causes whose lines count usage.
_COUNTING = frozenset({Cause.USE, Cause.LATE})


class GrantMonth(NamedTuple):
    """A grant, and the first day of a month of use."""

    grant_id: int
    month: date


@dataclass(frozen=True, kw_only=True)
class ReportedRevenue:
    """A version of what a firm says that it took in under a grant in a month."""

    of: GrantMonth
    version: int
    counted_month: date  # the first closing that knows it
    amount: Decimal  # in major units of its currency
    currency: str


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What a closing compared, with everything it went by, and what came of it."""

    closing_month: date
    of: GrantMonth
    licensee_id: int
    terms_version_id: int
    percent: Decimal
    base: RevenueBase
    currency: str  # of the terms
    rounding: Rounding
    per_unit_minor: int
    revenue_currency: str
    fx_source: str | None
    fx_rule: FxRule | None
    revenue_version: int | None = None
    revenue: Decimal | None = None
    exchange: Exchange | None = None
    share: Fraction | None = None  # exact, in minor units; None while the top-up is held
    top_up_minor: int | None = None
    hold: TopUpHold | None = None

    @property
    def is_share_greater(self) -> bool | None:
        """Tell whether the share is more than the units; None while that is not known."""
        return None if self.top_up_minor is None else self.top_up_minor > 0

    @property
    def carried_from(self) -> date | None:
        """The day of the rate that was used, where there is none for the day that is agreed."""
        if self.exchange is None or not self.exchange.is_carried:
            return None
        return max(each.on for each in self.exchange.used)

    @property
    def exchange_terms(self) -> tuple[object, ...]:
        """What decides which rate is meant."""
        return (self.fx_source, self.fx_rule, self.revenue_currency, self.currency)

    @property
    def _result(self) -> tuple[object, ...]:
        return tuple(value for name, value in vars(self).items() if name not in ("closing_month",))

    def says_the_same(self, other: "Comparison | None") -> bool:
        """Tell whether another closing compared the same with the same result."""
        return other is not None and self._result == other._result


@dataclass(frozen=True, kw_only=True)
class SubjectCharged:
    """What closings charged one subject of a grant for a month of use."""

    units_minor: int = 0
    top_up_minor: int = 0
    use_count: int = 0

    def plus(self, line: RoyaltyLine) -> "SubjectCharged":
        """Return it with another line charged."""
        is_top_up = line.cause is Cause.REVENUE_SHARE
        return SubjectCharged(
            units_minor=self.units_minor + line.amount_minor * (not is_top_up),
            top_up_minor=self.top_up_minor + line.amount_minor * is_top_up,
            use_count=self.use_count + line.generation_count * (line.cause in _COUNTING),
        )


#: What was charged so far, by grant and month, and by subject.
Charged = Mapping[GrantMonth, Mapping[int, SubjectCharged]]

#: Finds the rate that the terms of a comparison mean in its month; None where it is unknown.
FindExchange = Callable[[GrantMonth, RevenueTerms, str], Exchange | None]


class Shared(NamedTuple):
    """The comparisons of a closing that say something new, and the lines that follow."""

    comparisons: tuple[Comparison, ...]
    lines: tuple[RoyaltyLine, ...]


def shares_of(terms: ClosingTerms, month: Month) -> tuple[RevenueTerms, ...]:
    """Return every share of revenue that a closing may have to compare."""
    return tuple(
        version.revenue_share
        for _, _, version in known_to(terms, month).versions()
        if version.revenue_share is not None
    )


def add_up(
    terms: ClosingTerms, lines: Iterable[RoyaltyLine], *, onto: Charged = MappingProxyType({})
) -> Charged:
    """Add lines up by grant, month of use and subject, onto what was charged before."""
    grants = {version.id: grant.id for _, grant, version in terms.versions()}
    charged: dict[GrantMonth, dict[int, SubjectCharged]] = defaultdict(dict)
    charged.update({of: dict(subjects) for of, subjects in onto.items()})
    for line in lines:
        of_month = charged[GrantMonth(grants[line.terms_version_id], line.month)]
        of_month[line.subject_id] = of_month.get(line.subject_id, SubjectCharged()).plus(line)
    return charged


def share_revenue(
    *,
    month: Month,
    since: Month,
    terms: ClosingTerms,
    charged: Charged,
    reported: Iterable[ReportedRevenue],
    before: Iterable[Comparison],
    find_exchange: FindExchange,
) -> Shared:
    """
    Compare the months ``since`` one, through that of a closing, for every grant with a share.

    ``charged`` has what this closing charges by units, too; ``reported`` and ``before`` are what
    it knows of those months. The month of the closing is always compared; an earlier one counts
    where it says something else than before.
    """
    latest = {each.of: each for each in sorted(before, key=lambda each: each.closing_month)}
    revenues = {each.of: each for each in sorted(reported, key=lambda each: each.version)}
    comparisons: list[Comparison] = []
    lines: list[RoyaltyLine] = []
    for use, license_, grant, version, share in _places(month, since, terms, charged):
        of = GrantMonth(grant.id, use.first_day)
        desk = _Desk(
            month=month, use=use, license_=license_, grant=grant, version=version, share=share,
            subjects=terms.listed[grant.id], charged=charged.get(of, {}),
        )  # fmt: skip
        last, told = latest.get(of), revenues.get(of)
        if told is not None and told.currency != share.currency:
            told = None  # It was stated for other terms.
        result, compared = desk.compare(told, last, find_exchange)
        charged_now = tuple(desk.lines(result, terms.owners))
        if use == month or charged_now or not compared.says_the_same(last):
            comparisons.append(compared)
        lines += charged_now
    return Shared(tuple(comparisons), tuple(lines))


def _places(
    month: Month, since: Month, terms: ClosingTerms, charged: Charged
) -> Iterator[tuple[Month, License, Grant, TermsVersion, RevenueTerms]]:
    """Yield each month and grant that has a share of revenue in it, in the order of the terms."""
    known = known_to(terms, month)
    use = since
    while use <= month:
        for license_ in sorted(known.licenses, key=lambda each: (each.licensee_id, each.id)):
            for grant in license_.grants:
                version = version_of_month(use, license_, grant)
                if version is None and GrantMonth(grant.id, use.first_day) in charged:
                    version = grant.version_at(use.starts_at)  # It winds down.
                if version is not None and version.revenue_share is not None:
                    yield use, license_, grant, version, version.revenue_share
        use = use.next()


@dataclass(frozen=True, kw_only=True)
class _Desk:
    """Compares one grant's month for one closing."""

    month: Month
    use: Month
    license_: License
    grant: Grant
    version: TermsVersion
    share: RevenueTerms
    subjects: Sequence[int]  # in the order of the contract
    charged: Mapping[int, SubjectCharged]

    def compare(
        self,
        reported: ReportedRevenue | None,
        last: Comparison | None,
        find_exchange: FindExchange,
    ) -> tuple[TopUp, Comparison]:
        """Compare the units with the share, as far as the share is known."""
        of = GrantMonth(self.grant.id, self.use.first_day)
        exchange = self._exchange(of, reported, last, find_exchange)
        result = greater_of(
            terms=RevenueShare(
                percent=self.share.percent,
                currency=self.version.currency,
                rounding=self.version.rounding,
            ),
            revenues=()
            if reported is None
            else [Revenue(amount=reported.amount, currency=reported.currency, exchange=exchange)],
            lines=[
                Earned(line=str(subject), amount_minor=each.units_minor, use_count=each.use_count)
                for subject, each in self._each_subject()
            ],
        )
        return result, Comparison(
            closing_month=self.month.first_day,
            of=of,
            licensee_id=self.license_.licensee_id,
            terms_version_id=self.version.id,
            percent=self.share.percent,
            base=self.share.base,
            currency=self.version.currency,
            rounding=self.version.rounding,
            per_unit_minor=result.per_unit_minor,
            revenue_currency=self.share.currency,
            fx_source=self.share.fx_source,
            fx_rule=self.share.fx_rule,
            revenue_version=None if reported is None else reported.version,
            revenue=None if reported is None else reported.amount,
            exchange=exchange,
            share=result.share,
            top_up_minor=result.top_up_minor,
            hold=result.hold,
        )

    def lines(self, result: TopUp, owners: Mapping[int, int]) -> Iterator[RoyaltyLine]:
        """Yield what each subject is charged, or given back, by what the top-up comes to now."""
        if result.hold is not None:
            return
        for (subject_id, was), part in zip(self._each_subject(), result.parts, strict=True):
            if part.amount_minor != was.top_up_minor:
                yield self._line(subject_id, owners[subject_id], part.amount_minor, was)

    def _each_subject(self) -> list[tuple[int, SubjectCharged]]:
        return [(each, self.charged.get(each, SubjectCharged())) for each in self.subjects]

    def _exchange(
        self,
        of: GrantMonth,
        reported: ReportedRevenue | None,
        last: Comparison | None,
        find_exchange: FindExchange,
    ) -> Exchange | None:
        if reported is None or self.share.fx_rule is None:
            return None
        meant = (*_exchange_terms(self.share), self.version.currency)
        if last is not None and last.exchange is not None and last.exchange_terms == meant:
            return last.exchange
        return find_exchange(of, self.share, self.version.currency)

    def _line(
        self, subject_id: int, owner_id: int, part_minor: int, was: SubjectCharged
    ) -> RoyaltyLine:
        steps = [_step(TOP_UP_PART, part_minor)]
        if was.top_up_minor:
            steps.append(_step(CHARGED_BEFORE, -was.top_up_minor))
        amount = part_minor - was.top_up_minor
        return RoyaltyLine(
            month=self.use.first_day,
            licensee_id=self.license_.licensee_id,
            owner_id=owner_id,
            license_id=self.license_.id,
            subject_id=subject_id,
            terms_version_id=self.version.id,
            rate_line_id=self.version.rate_lines[0].id,
            currency=self.version.currency,
            generation_count=0,
            quantity=Decimal(0),
            counter_before=Decimal(0),
            charge=Charge(
                exact=Fraction(amount),
                amount_minor=amount,
                rounding=self.version.rounding,
                steps=tuple(steps),
            ),
            closing_month=None if self.use == self.month else self.month.first_day,
            cause=Cause.REVENUE_SHARE,
        )


def _exchange_terms(share: RevenueTerms) -> tuple[object, ...]:
    return (share.fx_source, share.fx_rule, share.currency)


def _step(code: str, amount_minor: int) -> ChargeStep:
    return ChargeStep(code=code, quantity=None, rate=None, exact=Fraction(amount_minor))
