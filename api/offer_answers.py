"""Offers as they are shown: to whom they are open, and to the holder that made them."""

from datetime import datetime

from pydantic import BaseModel, Field

from api.shapes import RateLineBody, RevenueShareBody, SubjectBody
from ledger.core.money import Rounding
from ledger.core.offer import Breadth, OfferState, Standing
from ledger.core.quota_terms import OnExceed, QuotaPeriod
from ledger.core.terms import Recognition
from ledger.core.usage import Modality, UseClass


class OfferedQuotaBody(BaseModel):
    """How much may be used in a period, and what becomes of what is beyond."""

    units: str
    unit: str | None = Field(description="image, second, …; null counts subjects of generations")
    period: QuotaPeriod
    on_exceed: OnExceed
    overage_rate: str | None = Field(description="The price of what is beyond, for overage")


class OfferedAdvanceBody(BaseModel):
    """What is paid first, and set off against royalty later."""

    reference: str
    kind: str = Field(description="guaranteed is kept; the rest of repayable is given back")
    amount_minor: int
    due_days: int = Field(description="Days from the day of acceptance")
    counts_toward: str | None = Field(description="The guarantee that it is a payment on")


class OfferedCheckpointBody(BaseModel):
    """A cumulative target, and the months from the acceptance by whose end it is to be paid."""

    months: int
    target_minor: int


class OfferedGuaranteeBody(BaseModel):
    """What is paid at least, cumulatively; what is missing at a checkpoint is billed."""

    reference: str
    checkpoints: list[OfferedCheckpointBody]


class OfferTermsBody(BaseModel):
    """What an offer says, in figures and in words."""

    modalities: list[Modality]
    use_classes: list[UseClass]
    territories: list[str]
    clause: str
    currency: str
    rounding: Rounding
    recognition: Recognition
    wind_down_days: int
    ai_label: str
    prohibited_content: list[str]
    rate_lines: list[RateLineBody]
    quota: OfferedQuotaBody | None
    advances: list[OfferedAdvanceBody]
    guarantees: list[OfferedGuaranteeBody]
    revenue_share: RevenueShareBody | None = Field(description="What a month at least comes to")
    words: list[str] = Field(
        description="The same, in the language asked for",
        examples=[["JPY 12.5 per image", "Output: Image", "Worldwide"]],
    )


class SubjectOfferBody(BaseModel):
    """What is on offer for a work, character or voice, and by which offers; see /v1/offers."""

    standing: Standing
    offers: list[str] = Field(
        description="The offers that decide; several when they conflict",
        examples=[["hoshino-2026"]],
    )
    terms: OfferTermsBody | None = Field(description="Null unless it is offered")


class FoundBody(SubjectBody):
    """A work, character or voice in the catalogue, with the terms at which it is offered."""

    offer: SubjectOfferBody | None = Field(description="Null when no offer speaks of it")


class FoundListBody(BaseModel):
    """Works, characters and voices that match, best first."""

    works: list[FoundBody]
    next_cursor: str | None


class OfferVersionBody(BaseModel):
    """One version of an offer. Who wrote it and why is told to its holder only."""

    version: int
    state: OfferState
    effective_at: datetime
    ends_at: datetime | None
    terms: OfferTermsBody
    recorded_at: datetime
    recorded_by: str | None
    reason: str | None


class OfferBody(BaseModel):
    """An offer, and what of it is in force."""

    reference: str = Field(examples=["hoshino-2026"])
    holder: str = Field(examples=["hoshino"])
    holder_ja: str
    holder_en: str
    breadth: Breadth = Field(description="How much it is for; holder is everything it has")
    subject: str | None = Field(description="What it is for", examples=["kaze-no-machi"])
    title_ja: str
    title_en: str
    state: str = Field(
        description="offered, suspended, withdrawn, planned or ended", examples=["offered"]
    )
    standing: Standing = Field(description="How that stands by all offers of this breadth")
    conflicts_with: list[str] = Field(
        description="Offers that say something else; nobody can accept any of them",
        examples=[["hoshino-2025"]],
    )
    current: OfferVersionBody | None = Field(description="The version in force")


class WholeOfferBody(OfferBody):
    """An offer with all its versions, in order; a firm is shown those that have begun."""

    versions: list[OfferVersionBody]


class OfferListBody(BaseModel):
    """A page of offers, in the order they were made."""

    offers: list[OfferBody]
    next_cursor: str | None


class ConflictBody(BaseModel):
    """Offers of one breadth that say different things about the same."""

    sides: list[OfferBody]


class ConflictListBody(BaseModel):
    """A page of conflicts, in the order of their first offers."""

    conflicts: list[ConflictBody]
    next_cursor: str | None


class LeftOutBody(BaseModel):
    """A subject that the offer is for and the license does not name, and why."""

    subject: str
    code: str = Field(examples=["other_offer_decides"])
    detail: str


class AcceptanceBody(BaseModel):
    """The license that an acceptance came to."""

    license: str = Field(examples=["lic_5f2c9d0e7a1b4c6d8e9f0a1b"])
    offer: str = Field(examples=["hoshino-2026"])
    version: int
    starts_at: datetime
    ends_at: datetime | None
    subjects: list[str] = Field(examples=[["kaze-no-machi"]])
    left_out: list[LeftOutBody]
