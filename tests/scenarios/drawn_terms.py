"""Terms that nobody would write: drawn rate cards, quotas, advances and guarantees."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from ledger.core.agreement import (
    NewGrant,
    NewQuota,
    NewRateLine,
    NewRevenueShare,
    NewTerms,
    NewTier,
)
from ledger.core.party import NewWithholdingTerms
from ledger.core.recoup_agreement import (
    NewAdvance,
    NewCheckpoint,
    NewGuarantee,
    NewRecoupGroup,
    NewShare,
)
from ledger.core.stacking_agreement import NewStackingGroup
from ledger.core.usage import Modality, Unit
from tests import builders

APRIL = date(2026, 4, 1)
#: From June on a person's tax is not shown separately.
TAXED = NewWithholdingTerms(base="including_tax", effective_from=date(2026, 6, 1))
#: The day of the first exchange rate.
RATES_FROM = date(2026, 3, 31)
WORKS = {
    "novel": "hoshino",
    "comic": "minami",
    "drama": "board",
    "koe": "hoshino",
    "film": "harbor",
    "opera": "guild",
}
BASES = {
    Modality.IMAGE: ("per_image", Unit.IMAGE),
    Modality.VIDEO: ("per_second", Unit.SECOND),
    Modality.AUDIO: ("per_1k_chars", Unit.CHARACTER),
}


class Agreed:
    """Draws what a license says, as far as it does not contradict itself by much."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance

    def is_so(self, percent: int) -> bool:
        """Draw whether something is so, in so many of a hundred cases."""
        return self.chance.randrange(100) < percent

    def grant(self) -> NewGrant:
        subjects = self.chance.sample([*WORKS], self.chance.randint(1, 3))
        modalities = self.chance.sample([*BASES], self.chance.randint(1, 3))
        terms = self._terms(modalities)
        return builders.new_grant(
            subjects=tuple(subjects),
            modalities=tuple(str(each) for each in modalities),
            territories=self.chance.choice([("WORLD",), ("JP", "US")]),
            terms=terms,
            quota=self._quota(modalities) if self.is_so(40) else None,
        )

    def _terms(self, modalities: Sequence[Modality]) -> NewTerms:
        if self.is_so(8):
            fee = Decimal(self.chance.choice([10_000, 7_777]))
            return builders.new_terms(
                rate_lines=(builders.new_rate_line(basis="fixed_month", rate=fee),),
                recognition=self.recognition(),
            )
        is_stacked = self.is_so(30)
        lines = tuple(self._card(each, is_stacked=is_stacked) for each in modalities)
        is_stacked = any(line.stacking_group for line in lines)
        cap = self.chance.choice(["900", "1234.5", "50"])
        shares = self.chance.choice(["equal", "weight", "declared"])
        groups = (NewStackingGroup(group="cast", cap_minor=cap, allocation=shares),)
        return builders.new_terms(
            rate_lines=lines,
            rounding=self.chance.choice(["truncate", "floor", "ceiling", "half_up"]),
            stacking_groups=groups if is_stacked else (),
            revenue_share=self.share() if self.is_so(35) else None,
            recognition=self.recognition(),
        )

    def recognition(self) -> str:
        """Draw by what lines are divided: as they are paid, or when they are invoiced."""
        return self.chance.choice(["cash", "cash", "accrual"])

    def share(self) -> NewRevenueShare:
        """Draw a share of revenue, in yen or in dollars by the rates of the house's source."""
        percent = self.chance.choice(["18", "0.5", "3.25"])
        base = self.chance.choice(["net_revenue", "gross_revenue"])
        if self.is_so(30):
            return NewRevenueShare(percent=percent, base=base, currency="JPY")
        rule = self.chance.choice(["first_day", "last_day", "average"])
        return NewRevenueShare(
            percent=percent, base=base, currency="USD", fx_source="ecb", fx_rule=rule
        )

    def _card(self, modality: Modality, *, is_stacked: bool) -> NewRateLine:
        basis = "pct_revenue" if self.is_so(15) else BASES[modality][0]
        rate = Decimal(self.chance.choice(["12", "0.37", "1.005", "90"]))
        line = builders.new_rate_line(modality=str(modality), basis=basis, rate=rate)
        if is_stacked and self.is_so(70):
            return replace(line, stacking_group="cast")
        mode = self.chance.choice(["none", "none", "marginal", "whole_volume", "package"])
        if mode == "none" and self.is_so(30):
            line = replace(line, event_floor_minor=self.chance.choice(["5", "0.5"]))
        elif mode != "none":
            bounds = sorted(self.chance.sample([10, 100, 250, 1_000, 5_000], 2))
            rates = self.chance.sample([Decimal(each) for each in ("9", "7.5", "1.1", "12")], 3)
            line = replace(
                line,
                tier_mode=mode,
                tiers=tuple(
                    NewTier(up_to=bound, rate=price)
                    for bound, price in zip([*bounds, None], rates, strict=True)
                ),
                counter_scope=self.chance.choice(["period", "contract_year", "life"]),
            )
        if self.is_so(20):
            line = replace(line, minimum_minor=self.chance.choice([100, 2_000]))
        if self.is_so(20):
            line = replace(line, cap_minor=self.chance.choice([2_000, 9_000]))
        return line

    def _quota(self, modalities: Sequence[Modality]) -> NewQuota:
        on_exceed = self.chance.choice(["hold", "reject", "overage"])
        unit = BASES[self.chance.choice(modalities)][1]
        is_counted = on_exceed != "overage" and self.is_so(50)
        return NewQuota(
            units=self.chance.choice(["3", "300", "1000.5"]),
            period=self.chance.choice(["day", "month", "contract_year", "life"]),
            on_exceed=on_exceed,
            unit=None if is_counted else str(unit),
            overage_rate=Decimal("15.5") if on_exceed == "overage" else None,
        )

    def groups(self, number: int, ends_at: datetime | None) -> tuple[NewRecoupGroup, ...]:
        crossing = "single" if number == 1 else self.chance.choice(["cross", "special"])
        shares = [NewShare(grant=place, share_bp=5_000) for place in range(number)]
        toward = self.chance.choice([None, "mg"])
        advances = tuple(
            NewAdvance(
                reference=f"advance-{place}",
                kind=self.chance.choice(["guaranteed", "repayable"]),
                amount_minor=self.chance.choice([1_000, 20_000, 333_333]),
                due_on=date(2026, 4 + place, 1),
                recouped_from={
                    "special": tuple(shares[: self.chance.randint(1, number)]),
                    "single": (NewShare(grant=0),),
                }.get(crossing, ()),
                counts_toward=toward,
            )
            for place in range(self.chance.randint(0 if toward is None else 1, 2))
        )
        last = date(2026, 8, 31) if ends_at is None else (ends_at - timedelta(days=1)).date()
        target = self.chance.choice([5_000, 60_000])
        checkpoints = (
            NewCheckpoint(due_on=date(2026, 5, 20), target_minor=target),
            NewCheckpoint(due_on=last, target_minor=3 * target),
        )
        guarantee = NewGuarantee(reference="mg", starts_on=APRIL, checkpoints=checkpoints)
        return (
            NewRecoupGroup(
                reference="group",
                crossing=crossing,
                grants=tuple(range(number)),
                advances=advances,
                guarantees=(guarantee,) if toward or self.is_so(50) or not advances else (),
            ),
        )
