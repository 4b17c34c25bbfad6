"""A rate card as an answer: in a license that is agreed, and in an offer."""

from api.shapes import RateLineBody, RevenueShareBody, StackingBody, TierBody
from ledger.core.revenue_terms import RevenueTerms
from ledger.core.terms import RateLine, Stacking
from ledger.core.usage import canonical_decimal


def rate_line_body(line: RateLine) -> RateLineBody:
    """Return a rate line with its numbers as exact text."""
    return RateLineBody(
        basis=line.basis,
        rate=canonical_decimal(line.rate),
        modality=line.modality,
        use_class=line.use_class,
        tier_mode=line.tier_mode,
        tiers=[
            TierBody(
                up_to=None if tier.up_to is None else canonical_decimal(tier.up_to),
                rate=canonical_decimal(tier.rate),
            )
            for tier in line.tiers
        ],
        counter_scope=line.counter_scope,
        minimum_minor=line.minimum_minor,
        cap_minor=line.cap_minor,
        event_floor_minor=canonical_decimal(line.event_floor_minor),
        stacking=_stacking(line.stacking) if line.stacking else None,
    )


def revenue_share_body(share: RevenueTerms | None) -> RevenueShareBody | None:
    """Return a share of revenue; None where there is none."""
    if share is None:
        return None
    return RevenueShareBody(
        percent=canonical_decimal(share.percent),
        base=share.base,
        currency=share.currency,
        fx_source=share.fx_source,
        fx_rule=share.fx_rule,
    )


def _stacking(stacking: Stacking) -> StackingBody:
    return StackingBody(
        group=stacking.group,
        cap_minor=canonical_decimal(stacking.cap_minor),
        allocation=stacking.allocation,
    )
