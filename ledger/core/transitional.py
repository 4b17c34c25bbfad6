"""
The credit a payer still has for tax paid to suppliers that are not registered, and its cap.

The percentage follows the day on which a supply was completed. What is bought from one supplier
in a year beyond the cap has no credit; the year is the calendar year of the payment, and the cap
is that of the day of completion, so that nobody deducts more than the law lets a payer with any
business year deduct.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from ledger.core.notice import TransitionalCredit
from ledger.core.tax import transitional_credit_percent
from ledger.core.tax_tables import Dated, row_in_force

_SOURCE = "Act 15 of 2016 suppl. art. 52, 53, as amended by Act 12 of 2026"


@dataclass(frozen=True, kw_only=True)
class TransitionalCap(Dated):
    """The most that may be bought of one unregistered supplier in a year with a credit."""

    limit_minor: int  # tax-inclusive


TRANSITIONAL_CAPS = (
    TransitionalCap(
        limit_minor=1_000_000_000,
        effective_from=date(2023, 10, 1),
        effective_to=date(2026, 10, 1),
        source=_SOURCE,
    ),
    TransitionalCap(limit_minor=100_000_000, effective_from=date(2026, 10, 1), source=_SOURCE),
)


def transitional_credits(
    bought: Mapping[date, int], *, bought_before_minor: int
) -> tuple[TransitionalCredit, ...]:
    """
    Return the credit of what is bought of one supplier, by the day of completion.

    ``bought`` is tax-inclusive, ``bought_before_minor`` what was bought in the year before. What
    exceeds the cap stands by itself at 0 percent.

    :raises RateNotKnown: a day lies before there was a credit, or a cap.
    """
    credits: list[TransitionalCredit] = []
    before = bought_before_minor
    for completed_on, amount_minor in sorted(bought.items()):
        cap = row_in_force(TRANSITIONAL_CAPS, rate="transitional_cap", on=completed_on)
        within = max(min(amount_minor, cap.limit_minor - before), min(amount_minor, 0))
        before += amount_minor
        percent = transitional_credit_percent(completed_on)
        for share, part_minor in ((percent, within), (0, amount_minor - within)):
            if part_minor:
                credits.append(
                    TransitionalCredit(
                        percent=share, completed_on=completed_on, amount_minor=part_minor
                    )
                )
    return tuple(credits)
