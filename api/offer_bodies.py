"""Offers as answers: the values of the book in the shapes that the page describes."""

from dataclasses import asdict
from datetime import datetime

from api.offer_answers import (
    AcceptanceBody,
    LeftOutBody,
    OfferBody,
    OfferedAdvanceBody,
    OfferedGuaranteeBody,
    OfferedQuotaBody,
    OfferTermsBody,
    OfferVersionBody,
    SubjectOfferBody,
    WholeOfferBody,
)
from api.offer_words import in_words
from api.rate_bodies import rate_line_body, revenue_share_body
from api.words import detail_of
from ledger.core.offer import OfferedTerms, OfferStanding, OfferState, Standing
from ledger.core.quota_terms import Quota
from ledger.core.usage import canonical_decimal
from ledger.services.accepting import Accepted
from ledger.services.browsing import OfferShown
from ledger.store.offers import VersionInBook


def offer_body(shown: OfferShown, now: datetime, language: str, *, is_own: bool) -> OfferBody:
    """Return an offer as lists show it; to whom it ``is_own``, with who said so and why."""
    found, offer = shown.offer, shown.offer.offer
    version = offer.version_at(now)
    return OfferBody(
        reference=offer.reference,
        holder=offer.holder,
        holder_ja=found.holder_ja,
        holder_en=found.holder_en,
        breadth=offer.breadth,
        subject=None if found.subject_id is None else offer.target,
        title_ja=found.title_ja,
        title_en=found.title_en,
        state=_state(shown, now),
        standing=shown.standing.standing,
        conflicts_with=list(shown.conflicts_with),
        current=None
        if version is None
        else _version(found.written(version), language, is_own=is_own),
    )


def whole_offer_body(
    shown: OfferShown, now: datetime, language: str, *, is_own: bool
) -> WholeOfferBody:
    """Return an offer with its versions; what is planned is shown to whom it ``is_own``."""
    return WholeOfferBody(
        **offer_body(shown, now, language, is_own=is_own).model_dump(),
        versions=[
            _version(each, language, is_own=is_own)
            for each in shown.offer.versions
            if is_own or each.version.effective_at <= now
        ],
    )


def terms_body(terms: OfferedTerms, language: str) -> OfferTermsBody:
    """Return what an offer says, in figures and in words."""
    return OfferTermsBody(
        modalities=sorted(terms.modalities),
        use_classes=sorted(terms.use_classes),
        territories=sorted(terms.territories),
        clause=terms.clause_reference,
        currency=terms.currency,
        rounding=terms.rounding,
        recognition=terms.recognition,
        wind_down_days=terms.wind_down_days,
        ai_label=terms.ai_label,
        prohibited_content=sorted(terms.prohibited_content),
        rate_lines=[rate_line_body(line) for line in terms.rate_lines],
        quota=None if terms.quota is None else _quota(terms.quota),
        advances=[OfferedAdvanceBody(**asdict(each)) for each in terms.advances],
        guarantees=[OfferedGuaranteeBody(**asdict(each)) for each in terms.guarantees],
        revenue_share=revenue_share_body(terms.revenue_share),
        words=in_words(terms, language),
    )


def subject_offer_body(stands: OfferStanding, language: str) -> SubjectOfferBody | None:
    """Return what is on offer for a subject; None when no offer says anything about it."""
    if not stands.decided:
        return None
    offered = (each.version for each in stands.decided if each.version.state is OfferState.OFFERED)
    version = next(offered, None) if stands.standing is Standing.OFFERED else None
    return SubjectOfferBody(
        standing=stands.standing,
        offers=[each.offer.reference for each in stands.decided],
        terms=None if version is None else terms_body(version.terms, language),
    )


def acceptance_body(accepted: Accepted, language: str) -> AcceptanceBody:
    """Return the license that an acceptance came to."""
    return AcceptanceBody(
        license=accepted.license,
        offer=accepted.offer,
        version=accepted.version,
        starts_at=accepted.starts_at,
        ends_at=accepted.ends_at,
        subjects=list(accepted.subjects),
        left_out=[
            LeftOutBody(
                subject=each.subject,
                code=each.refusal.code,
                detail=detail_of(each.refusal, language),
            )
            for each in accepted.left_out
        ],
    )


def _quota(quota: Quota) -> OfferedQuotaBody:
    overage = quota.overage_rate
    return OfferedQuotaBody(
        units=canonical_decimal(quota.units),
        unit=quota.unit,
        period=quota.period,
        on_exceed=quota.on_exceed,
        overage_rate=None if overage is None else canonical_decimal(overage),
    )


def _state(shown: OfferShown, now: datetime) -> str:
    version = shown.offer.offer.version_at(now)
    if version is not None:
        return version.state
    has_begun = any(each.version.effective_at <= now for each in shown.offer.versions)
    return "ended" if has_begun else "planned"


def _version(written: VersionInBook, language: str, *, is_own: bool) -> OfferVersionBody:
    version = written.version
    return OfferVersionBody(
        version=version.version,
        state=version.state,
        effective_at=version.effective_at,
        ends_at=version.ends_at,
        terms=terms_body(version.terms, language),
        recorded_at=written.recorded_at,
        recorded_by=written.recorded_by if is_own else None,
        reason=written.reason if is_own else None,
    )
