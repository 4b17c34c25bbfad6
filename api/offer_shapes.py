"""Offers as they are sent: what a holder writes, what becomes of it, and what a firm accepts."""

from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator, Field

from api.event_bodies import PRINTABLE
from api.revenue_shapes import NewRevenueShareBody, revenue_share
from api.sent_values import (
    LISTED_MAX,
    TEXT_LENGTH_MAX,
    Amount,
    Body,
    Currency,
    Instant,
    Reason,
    Reference,
    Territory,
    Text,
    Whole,
    exact,
    no_truth,
)
from ledger.core.agreement import WIND_DOWN_DAYS_MAX, NewQuota, NewTerms
from ledger.core.money import Rounding
from ledger.core.offered_advances import (
    DUE_DAYS_MAX,
    MONTHS_MAX,
    OfferedAdvance,
    OfferedCheckpoint,
    OfferedGuarantee,
)
from ledger.core.proposal import NewOffer, NewOfferVersion
from ledger.core.quota_terms import OnExceed, QuotaPeriod
from ledger.core.rate_agreement import NewRateLine, NewTier
from ledger.core.recoup_terms import AdvanceKind
from ledger.core.stacking_agreement import NewStackingGroup
from ledger.core.terms import Allocation, Basis, CounterScope, Recognition, TierMode
from ledger.core.usage import Modality, Unit, UseClass


class NewTierBody(Body):
    """A rate up to and including a cumulative quantity; the last tier has no bound."""

    up_to: Amount | None = None
    rate: Amount


class NewRateLineBody(Body):
    """One line of a rate card. Without a modality or use class it is for any."""

    basis: Basis
    rate: Amount = Field(description="Minor units for one of the basis; percent for pct_revenue")
    modality: Modality | None = None
    use_class: UseClass | None = None
    tier_mode: TierMode = TierMode.NONE
    tiers: list[NewTierBody] = Field(default=[], max_length=LISTED_MAX)
    counter_scope: CounterScope = CounterScope.PERIOD
    minimum_minor: Whole = Field(default=0, description="The least that a month with any use earns")
    cap_minor: Whole | None = Field(default=None, description="The most that a month earns")
    event_floor_minor: Amount = Field(default="0", description="The least that one event earns")
    stacking_group: Reference | None = Field(
        default=None, description="One of the terms, which caps what subjects earn together"
    )


class NewStackingBody(Body):
    """The most that the subjects of one event earn together, and how they share it."""

    group: Reference
    cap_minor: Amount
    allocation: Allocation


class NewTermsBody(Body):
    """What it costs, from when on, and where your terms say so."""

    effective_from: Instant | None = Field(
        default=None, description="From when on; at once when nothing is said"
    )
    clause_reference: Text = Field(
        description="The clause of your terms that says so", examples=["Offer 2026, 3"]
    )
    rate_lines: list[NewRateLineBody] = Field(min_length=1, max_length=LISTED_MAX)
    currency: Currency = "JPY"
    rounding: Rounding = Rounding.TRUNCATE
    recognition: Recognition = Recognition.CASH
    stacking_groups: list[NewStackingBody] = Field(default=[], max_length=LISTED_MAX)
    revenue_share: NewRevenueShareBody | None = Field(
        default=None, description="What a month at least comes to, whatever its units earn"
    )


class NewQuotaBody(Body):
    """How much may be used in a period, and what becomes of what is beyond."""

    units: Amount
    unit: Unit | None = Field(default=None, description="What counts; generations without one")
    period: QuotaPeriod
    on_exceed: OnExceed
    overage_rate: Amount | None = Field(
        default=None, description="The price of what is beyond, when on_exceed is overage"
    )


class NewAdvanceBody(Body):
    """What is paid first, and set off against royalty later."""

    reference: Reference = Field(examples=["signature"])
    kind: AdvanceKind = Field(description="guaranteed is kept; the rest of repayable is given back")
    amount_minor: Whole
    due_days: Annotated[int, Field(ge=0, le=DUE_DAYS_MAX), BeforeValidator(no_truth)] = Field(
        default=0, description="Days from the day of acceptance"
    )
    counts_toward: Reference | None = Field(
        default=None, description="The guarantee of this offer that it is a payment on"
    )


class NewCheckpointBody(Body):
    """A cumulative target, and the months from the acceptance by whose end it is to be paid."""

    months: Annotated[int, Field(ge=1, le=MONTHS_MAX), BeforeValidator(no_truth)]
    target_minor: Whole


class NewGuaranteeBody(Body):
    """What is paid at least, cumulatively; what is missing at a checkpoint is billed."""

    reference: Reference = Field(examples=["first-year"])
    checkpoints: list[NewCheckpointBody] = Field(min_length=1, max_length=LISTED_MAX)


class NewOfferVersionBody(Body):
    """What is offered from an instant on, until it ends or another version takes over."""

    modalities: list[Modality] = Field(min_length=1, max_length=LISTED_MAX)
    use_classes: list[UseClass] = Field(min_length=1, max_length=LISTED_MAX)
    territories: list[Territory] = Field(
        default=["WORLD"],
        min_length=1,
        max_length=LISTED_MAX,
        description="ISO 3166-1 alpha-2 codes, or WORLD alone",
    )
    terms: NewTermsBody
    wind_down_days: Annotated[
        int, Field(ge=0, le=WIND_DOWN_DAYS_MAX), BeforeValidator(no_truth)
    ] = Field(
        default=0,
        description="For how long use still earns after an end, in whole days",
    )
    ai_label: str = Field(
        default="",
        max_length=TEXT_LENGTH_MAX,
        pattern=PRINTABLE,
        description="The words an output has to be labeled with",
        examples=["AI-generated"],
    )
    prohibited_content: list[Text] = Field(
        default=[],
        max_length=LISTED_MAX,
        description="What no output may show",
        examples=[["violence"]],
    )
    ends_at: Instant | None = Field(
        default=None, description="When it ends, and with it the licenses that accept it"
    )
    quota: NewQuotaBody | None = None
    advances: list[NewAdvanceBody] = Field(default=[], max_length=LISTED_MAX)
    guarantees: list[NewGuaranteeBody] = Field(default=[], max_length=LISTED_MAX)

    def version(self, *, now: datetime) -> NewOfferVersion:
        """Return what it says as the book takes it."""
        return NewOfferVersion(
            modalities=tuple(self.modalities),
            use_classes=tuple(self.use_classes),
            territories=tuple(self.territories),
            terms=NewTerms(
                effective_from=self.terms.effective_from or now,
                clause_reference=self.terms.clause_reference,
                rate_lines=tuple(_rate_line(each) for each in self.terms.rate_lines),
                currency=self.terms.currency,
                rounding=self.terms.rounding,
                recognition=self.terms.recognition,
                stacking_groups=tuple(map(_stacking, self.terms.stacking_groups)),
                revenue_share=revenue_share(self.terms.revenue_share),
            ),
            ends_at=self.ends_at,
            wind_down_days=self.wind_down_days,
            ai_label=self.ai_label,
            prohibited_content=tuple(self.prohibited_content),
            quota=None if self.quota is None else _quota(self.quota),
            advances=tuple(OfferedAdvance(**each.model_dump()) for each in self.advances),
            guarantees=tuple(map(_guarantee, self.guarantees)),
        )


class NewOfferBody(NewOfferVersionBody):
    """An offer for one character, voice, work or franchise, or for everything you have."""

    reference: Reference = Field(description="Your own name for it", examples=["hoshino-2026"])
    subject: Reference | None = Field(
        default=None, description="What it is for; everything you have when nothing is named"
    )
    holder: Reference | None = Field(
        default=None,
        description="Whose offer it is; your own when nothing is said. Others for the house.",
        examples=["hoshino"],
    )

    def offer(self, *, holder: str, now: datetime) -> NewOffer:
        """Return the offer as the book takes it."""
        version = self.version(now=now)
        return NewOffer(
            **{name: getattr(version, name) for name in NewOfferVersion.__dataclass_fields__},
            reference=self.reference,
            holder=holder,
            subject=self.subject,
        )


class LaterOfferVersionBody(NewOfferVersionBody):
    """Other terms of an offer. Licenses that were accepted keep theirs."""

    reason: Annotated[str, Field(max_length=TEXT_LENGTH_MAX, pattern=PRINTABLE)] = Field(
        default="", description="Why, for your own record"
    )


class ChangeBody(Body):
    """Why an offer is suspended, withdrawn or resumed, and from when on."""

    reason: Reason
    effective_at: Instant | None = Field(
        default=None, description="From when on; at once when nothing is said"
    )


class NewAcceptanceBody(Body):
    """The version of an offer that you have read and accept."""

    version: Annotated[int, Field(ge=1, le=2**31 - 1), BeforeValidator(no_truth)]
    subjects: list[Reference] | None = Field(
        default=None,
        min_length=1,
        max_length=10_000,
        description="What you want of it; all that the offer decides about when nothing is named",
        examples=[["kaze-no-machi"]],
    )


def _rate_line(body: NewRateLineBody) -> NewRateLine:
    return NewRateLine(
        basis=body.basis,
        rate=exact(body.rate),
        modality=body.modality,
        use_class=body.use_class,
        tier_mode=body.tier_mode,
        tiers=tuple(
            NewTier(up_to=None if tier.up_to is None else exact(tier.up_to), rate=exact(tier.rate))
            for tier in body.tiers
        ),
        counter_scope=body.counter_scope,
        minimum_minor=body.minimum_minor,
        cap_minor=body.cap_minor,
        event_floor_minor=exact(body.event_floor_minor),
        stacking_group=body.stacking_group,
    )


def _stacking(body: NewStackingBody) -> NewStackingGroup:
    return NewStackingGroup(
        group=body.group, cap_minor=exact(body.cap_minor), allocation=body.allocation
    )


def _quota(body: NewQuotaBody) -> NewQuota:
    overage = body.overage_rate
    return NewQuota(
        units=exact(body.units),
        unit=body.unit,
        period=body.period,
        on_exceed=body.on_exceed,
        overage_rate=None if overage is None else exact(overage),
    )


def _guarantee(body: NewGuaranteeBody) -> OfferedGuarantee:
    return OfferedGuarantee(
        reference=body.reference,
        checkpoints=tuple(OfferedCheckpoint(**each.model_dump()) for each in body.checkpoints),
    )
