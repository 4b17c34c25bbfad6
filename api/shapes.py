"""The shapes of answers as OpenAPI shows them, and the examples beside them."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field

from ledger.core.exchange import FxRule
from ledger.core.revenue_terms import RevenueBase

EVENT_EXAMPLE: dict[str, Any] = {
    "source": "studio-a/images",
    "id": "01K6Z3N8S2-0",
    "time": "2026-11-03T10:15:00+09:00",
    "license": "LIC-2026-001",
    "subjects": [{"id": "kaze-no-machi"}],
    "use_class": "generation",
    "modality": "image",
    "quantity": "1",
    "unit": "image",
    "territory": "JP",
}

CLEARANCE_EXAMPLE: dict[str, Any] = {
    "subjects": ["kaze-no-machi"],
    "use_class": "generation",
    "modality": "image",
    "unit": "image",
    "quantity": "1",
    "territory": "JP",
}


class Problem(BaseModel):
    """RFC 9457."""

    type: str
    code: str
    title: str
    detail: str
    status: int | None = None
    pointer: str | None = None
    fields: list[str] | None = Field(None, description="Of a conflict: the fields that differ")
    request_id: str | None = None


class ReceiptBody(BaseModel):
    """Where a generation is in the licensee's own gapless log."""

    batch: int
    position: int
    leaf: str
    root: str
    head: str


class WarningBody(BaseModel):
    """Something to know about an event that was taken."""

    code: str = Field(
        description="late: it came when its month was closed; clearance_…: what it carried is not"
        " good for it"
    )
    counted_in: str | None = Field(
        None, description="Of a late one: the month whose invoice takes it in, such as 2026-11"
    )
    detail: str | None = Field(None, description="Why, in the language asked for")


class ResultBody(BaseModel):
    """What became of one event."""

    index: int
    id: str | None
    status: str = Field(description="accepted, duplicate, held, refused, conflict or invalid")
    reasons: list[str] | None = None
    warnings: list[WarningBody] | None = None
    receipt: ReceiptBody | None = None
    problem: Problem | None = None


class ReportAnswer(BaseModel):
    """One result for each event, in order, and their counts."""

    results: list[ResultBody]
    counts: dict[str, int]


class DocumentBody(BaseModel):
    """An issued document, as lists show it."""

    reference: str
    kind: str
    issued_on: str
    currency: str
    snapshot_sha256: str
    revision: int = Field(description="1, or more of a statement that was revised")
    revises: str | None = Field(
        description="The statement that it takes the place of", examples=["STM-2026-000012"]
    )


class DocumentList(BaseModel):
    """A page of documents, oldest first."""

    documents: list[DocumentBody]
    next_cursor: str | None


class SubjectBody(BaseModel):
    """A work, character or voice in the catalogue."""

    id: str
    kind: str
    title_ja: str
    title_kana: str
    title_en: str
    rights_holder_ja: str
    rights_holder_en: str
    credit_line: str
    opt_in: str


class RateBody(BaseModel):
    """The line of the rate card that prices a use."""

    basis: str = Field(description="per_image, per_clip, per_second, per_1k_chars, …")
    rate: str = Field(description="Minor units for one of the basis; percent for pct_revenue")
    currency: str
    tiered: bool = Field(description="True when the rate depends on what was counted before")


class QuotaLeftBody(BaseModel):
    """What is left of the quota of a grant, as of the answer."""

    remaining: str
    unit: str | None = Field(description="image, second, …; null counts subjects of generations")
    period: str = Field(description="day, month, contract_year or life")
    on_exceed: str = Field(description="What is beyond: hold, reject or overage")


class ClearedBody(BaseModel):
    """What a firm is told about one subject."""

    id: str
    status: str = Field(description="cleared, held or refused")
    reasons: list[str] = Field(description="In order of precedence; the first one leads")
    license: str | None = Field(description="The one that permits the use, or comes nearest")
    terms_version: int | None
    clause: str | None
    rate: RateBody | None
    price_minor: str | None = Field(
        description="Exact, in minor units; null under tiers, for revenue, and without a quantity"
    )
    credit_line: str | None
    ai_label: str | None = Field(description="The words an output has to be labeled with")
    prohibited_content: list[str] = Field(description="What no output may show")
    quota: QuotaLeftBody | None = Field(description="Null where the grant has no quota")
    opt_in: str


class ClearanceAnswer(BaseModel):
    """One answer for each subject, in order; the gravest is the answer to the whole."""

    status: str
    subjects: list[ClearedBody]
    clearance: str | None = Field(description="A token for the subjects that are cleared")
    expires_at: str | None


class GrantBody(BaseModel):
    """One permission of a license."""

    position: int = Field(description="In the license, from 0")
    modalities: list[str]
    use_classes: list[str]
    territories: list[str] = Field(description="ISO 3166-1 alpha-2 codes, or WORLD alone")
    starts_at: datetime
    ends_at: datetime | None
    ai_label: str | None = Field(description="The words an output has to be labeled with")
    prohibited_content: list[str] = Field(description="What no output may show")
    subject_count: int


class PrepaidBody(BaseModel):
    """An advance, or what a guarantee lacked, as the last closing left it."""

    reference: str
    kind: str = Field(description="guaranteed, repayable or shortfall")
    amount_minor: int
    due_on: date
    counts_toward: str | None = Field(description="The guarantee that it is a payment on")
    invoice: str | None = Field(description="The invoice that asked for it")
    recouped_minor: int
    left_minor: int = Field(description="What is left to recoup")


class CheckpointBody(BaseModel):
    """A cumulative target, and the last day by which it is to be paid."""

    due_on: date
    target_minor: int


class GuaranteeBody(BaseModel):
    """A minimum guarantee, and what was paid and billed under it so far."""

    reference: str
    starts_on: date
    checkpoints: list[CheckpointBody]
    paid_minor: int = Field(description="Royalty that was payable since it began")
    billed_minor: int = Field(description="What was missing at checkpoints, and billed")


class AmendedGroupBody(BaseModel):
    """What a recoup group was agreed to be later, from the first day of a month on."""

    version: int
    effective_from: date
    clause: str
    crossing: str
    grants: list[int]


class RecoupGroupBody(BaseModel):
    """Grants that recoup together, and what was paid ahead for them."""

    reference: str
    version: int = Field(description="Of its terms, that hold after the last day that is set off")
    crossing: str = Field(description="single, cross or special")
    currency: str
    grants: list[int] = Field(description="Their positions in the license")
    prepaid: list[PrepaidBody]
    guarantees: list[GuaranteeBody]
    through: date | None = Field(description="The last day that is set off")
    later: list[AmendedGroupBody] = Field(description="Every version of its terms but the first")


class LicenseBody(BaseModel):
    """An agreement with an AI firm."""

    reference: str
    licensee: str
    signed_on: str
    starts_at: datetime
    ends_at: datetime | None
    grants: list[GrantBody]
    recoup_groups: list[RecoupGroupBody] = Field(description="Advances, and what is left of them")


class LicenseList(BaseModel):
    """A page of licenses, by reference."""

    licenses: list[LicenseBody]
    next_cursor: str | None


class TierBody(BaseModel):
    """A rate up to and including a cumulative quantity; without a bound it is the open end."""

    up_to: str | None
    rate: str


class StackingBody(BaseModel):
    """The most that the subjects of one event earn together, and how they share it."""

    group: str
    cap_minor: str
    allocation: str = Field(description="equal, weight, or declared by the weights of the report")


class RateLineBody(BaseModel):
    """One line of a rate card. A modality or use class that is null stands for any."""

    basis: str
    rate: str = Field(description="Minor units for one of the basis; percent for pct_revenue")
    modality: str | None
    use_class: str | None
    tier_mode: str
    tiers: list[TierBody]
    counter_scope: str
    minimum_minor: int = Field(description="The least that a month with any use earns")
    cap_minor: int | None = Field(description="The most that a month earns")
    event_floor_minor: str = Field(description="The least that one event earns")
    stacking: StackingBody | None


class RevenueShareBody(BaseModel):
    """The share of a month's revenue that the units of a grant at least come to."""

    percent: str = Field(examples=["18"])
    base: RevenueBase = Field(description="What of the revenue it is of, as the contract says")
    currency: str = Field(description="In which the revenue is reported", examples=["USD"])
    fx_source: str | None = Field(
        description="Whose exchange rates count; null in the currency of the terms"
    )
    fx_rule: FxRule | None = Field(description="Which day's rate of the month counts")


class TermsVersionBody(BaseModel):
    """The price of a grant from an instant until a later version takes over."""

    version: int
    effective_from: datetime
    clause: str
    currency: str
    rounding: str
    recognition: str
    rate_lines: list[RateLineBody]
    revenue_share: RevenueShareBody | None = Field(
        description="What a month at least comes to; see /v1/reports/{month}/revenue"
    )


class GrantTermsBody(GrantBody):
    """One permission of a license with its subjects and every version of its terms."""

    subjects: list[str]
    versions: list[TermsVersionBody]


class TermsList(BaseModel):
    """A page of a license's grants, in their order."""

    license: str
    grants: list[GrantTermsBody]
    next_cursor: str | None


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI entries of problem answers."""
    return {
        status: {
            "description": "A problem, in the language asked for.",
            "content": {
                "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
            },
        }
        for status in statuses
    }
