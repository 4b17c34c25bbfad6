"""
Overage: use beyond a quota that is sold, found from a month's totals and priced apart.

A quota is the grant's, so what lies beyond is divided over the lines and subjects that used it,
in proportion to their quantities and to the last digit of them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from ledger.core.counter import ClosingTerms, UsageTotal
from ledger.core.money import add_exactly, allocate
from ledger.core.period import Month, tokyo_day
from ledger.core.quota import measure, overage_steps
from ledger.core.quota_batch import counts_line
from ledger.core.quota_terms import OnExceed, Quota, QuotaPeriod
from ledger.core.reason import CHARGED_DECISIONS
from ledger.core.royalty import ChargeStep
from ledger.core.terms import Grant, License, RateLine

_Key = tuple[int, int]  # rate line and subject


def overages(
    month: Month, *, terms: ClosingTerms, totals: Iterable[UsageTotal]
) -> dict[_Key, tuple[ChargeStep, ...]]:
    """
    Return the steps that price a month's use beyond quotas, by rate line and subject.

    ``totals`` reaches back to the beginning of each quota's period.
    """
    selling = [
        (license_, grant)
        for license_ in terms.licenses
        for grant in license_.grants
        if grant.quota is not None and grant.quota.on_exceed is OnExceed.OVERAGE
    ]
    if not selling:
        return {}
    by_line: dict[int, list[UsageTotal]] = defaultdict(list)
    for total in totals:
        if total.decision in CHARGED_DECISIONS and total.rate_line_id is not None:
            by_line[total.rate_line_id].append(total)
    steps: dict[_Key, tuple[ChargeStep, ...]] = defaultdict(tuple)
    for license_, grant in selling:
        assert grant.quota is not None, "only grants with a quota were taken"
        for key, line, currency, beyond in _beyond(month, license_, grant, grant.quota, by_line):
            steps[key] += overage_steps(grant.quota, line=line, overage=beyond, currency=currency)
    return dict(steps)


def _beyond(
    month: Month,
    license_: License,
    grant: Grant,
    quota: Quota,
    by_line: Mapping[int, Sequence[UsageTotal]],
) -> Iterator[tuple[_Key, RateLine, str, Decimal]]:
    """Yield how much of a month's use lies beyond, for each line and subject that has some."""
    lines = {
        line.id: (line, version.currency)
        for version in grant.versions
        for line in version.rate_lines
        if counts_line(quota, line)
    }
    used: dict[date | None, list[UsageTotal]] = defaultdict(list)
    for line_id in lines:
        for total in by_line.get(line_id, ()):
            used[_period_of(license_, quota, total)].append(total)
    for totals in used.values():
        own = [total for total in totals if total.month == month.first_day]
        before = add_exactly([total.quantity for total in totals if total.month < month.first_day])
        together = add_exactly([total.quantity for total in own])
        overage = measure(quota, used_before=before, counts=[together]).overage
        if overage > 0:
            for key, part in _divided(overage, own).items():
                yield key, *lines[key[0]], part


def _period_of(license_: License, quota: Quota, total: UsageTotal) -> date | None:
    """Return the first day of the period that a total is counted in."""
    last_day = Month.of_day(total.month).last_day
    on = last_day if total.is_new_year else total.month
    if quota.period is QuotaPeriod.MONTH:
        on = total.month
    return quota.period_start(on=on, anniversary=tokyo_day(license_.starts_at))


def _divided(overage: Decimal, totals: Sequence[UsageTotal]) -> dict[_Key, Decimal]:
    """Divide an overage in proportion to quantities, in whole units of their last digit."""
    quantities: dict[_Key, Decimal] = defaultdict(Decimal)
    for total in totals:
        assert total.rate_line_id is not None, "what is charged has a rate line"
        assert total.subject_id is not None, "and a subject"
        key = (total.rate_line_id, total.subject_id)
        quantities[key] = add_exactly([quantities[key], total.quantity])
    used = {key: quantity for key, quantity in sorted(quantities.items()) if quantity > 0}
    digits = max(_decimals(each) for each in (overage, *used.values()))
    scaled = [int(Fraction(each) * 10**digits) for each in used.values()]
    parts = allocate(int(Fraction(overage) * 10**digits), scaled)
    return {
        key: Decimal(f"{part}E-{digits}") for key, part in zip(used, parts, strict=True) if part
    }


def _decimals(quantity: Decimal) -> int:
    """Count the digits after the point that are not zeros at its end, however it was written."""
    return len(f"{quantity:f}".partition(".")[2].rstrip("0"))
