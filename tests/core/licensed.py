"""A license under which a generation is accepted, and cases that are one change away from it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from ledger.core.acceptance import Judgement, Kind, OptInState, Subject, judge
from ledger.core.consent import Consent
from ledger.core.period import TOKYO
from ledger.core.terms import (
    Allocation,
    Basis,
    Grant,
    License,
    RateLine,
    Stacking,
    TermsVersion,
)
from ledger.core.usage import Modality, SubjectUse, Unit, UseClass

INSTANT = timedelta(microseconds=1)
OFFERED_AT = datetime(2026, 1, 1, tzinfo=UTC)
STARTS_AT = datetime(2026, 4, 1, tzinfo=UTC)
GRANT_STARTS_AT = datetime(2026, 5, 1, tzinfo=UTC)
TERMS_AT = datetime(2026, 6, 1, tzinfo=UTC)
NOW = datetime(2026, 8, 3, tzinfo=UTC)
OFFERED = (OFFERED_AT, OptInState.OFFERED)
GRANT_ENDS_AT = datetime(2027, 3, 1, tzinfo=UTC)
ENDS_AT = datetime(2027, 4, 1, tzinfo=UTC)

IMAGES = RateLine(id=31, basis=Basis.PER_IMAGE, rate=Decimal(12))
VIDEO = RateLine(id=32, basis=Basis.PER_SECOND, rate=Decimal(90), modality=Modality.VIDEO)
REVENUE = RateLine(id=33, basis=Basis.PCT_REVENUE, rate=Decimal(18), modality=Modality.AUDIO)
TERMS = TermsVersion(
    id=21,
    version=1,
    effective_from=TERMS_AT,
    clause_reference="Article 5",
    rate_lines=(IMAGES, VIDEO, REVENUE),
)
GRANT = Grant(
    id=11,
    subject_ids=frozenset({1, 2, 3}),
    modalities=frozenset({Modality.IMAGE, Modality.VIDEO, Modality.AUDIO}),
    use_classes=frozenset({UseClass.GENERATION}),
    territories=frozenset({"JP"}),
    starts_at=GRANT_STARTS_AT,
    ends_at=GRANT_ENDS_AT,
    versions=(TERMS,),
)
LICENSE = License(
    id=5,
    reference="LIC-1",
    licensee_id=7,
    starts_at=STARTS_AT,
    ends_at=ENDS_AT,
    grants=(GRANT,),
)


def subject(id: int, reference: str, *opt_in: tuple[datetime, OptInState]) -> Subject:
    return Subject(id=id, reference=reference, opt_in=opt_in)


SUBJECTS = {
    each.reference: each
    for each in (
        subject(1, "kaze", (OFFERED_AT, OptInState.OFFERED)),
        subject(2, "yoru", (OFFERED_AT, OptInState.OFFERED)),
        subject(3, "silent"),
        subject(4, "elsewhere", (OFFERED_AT, OptInState.OFFERED)),
    )
}
KIND = Kind(
    license_reference="LIC-1",
    subjects=(SubjectUse("kaze"),),
    use_class=UseClass.GENERATION,
    modality=Modality.IMAGE,
    unit=Unit.IMAGE,
    territory="JP",
    has_title=False,
    has_quantity=True,
    has_revenue=False,
)


class Case(NamedTuple):
    """Everything a judgement is made from; as it stands here it is an acceptance."""

    kind: Kind = KIND
    occurred_at: datetime = NOW
    license_: License | None = LICENSE
    subjects: dict[str, Subject] = SUBJECTS

    def judged(self) -> Judgement:
        """Judge the case."""
        return judge(**self._asdict())


def reported(**values: Any) -> Case:
    """Return the acceptable case with another kind of generation."""
    return Case(kind=KIND._replace(**values))


def naming(*references: str, **values: Any) -> Case:
    """Return the acceptable case with other subjects."""
    return reported(subjects=tuple(SubjectUse(each) for each in references), **values)


def granted(**values: Any) -> Case:
    """Return the acceptable case with another grant."""
    return Case(license_=replace(LICENSE, grants=(replace(GRANT, **values),)))


def counted_by_turns() -> Case:
    """Return a use that was counted in pictures, where the terms count the turns of a session."""
    turns = RateLine(id=34, basis=Basis.PER_TURN, rate=Decimal(4))
    return granted(versions=(replace(TERMS, rate_lines=(turns,)),))


def stated(*opt_in: tuple[datetime, OptInState]) -> Case:
    """Return the acceptable case with another history of the holder's consent."""
    return Case(subjects={"kaze": subject(1, "kaze", *opt_in)})


CONSENT = Consent(
    performer="hoshi",
    use_classes=frozenset({UseClass.GENERATION}),
    given_on=date(2026, 8, 3),
    notice_period_days=30,
)
JAPANESE = replace(CONSENT, languages=frozenset({"ja"}))
WITHDRAWN_CONSENT = replace(CONSENT, withdrawn_on=date(2026, 8, 3))
NOTICE_OVER = datetime(2026, 9, 2, tzinfo=TOKYO)


def spoken(*consents: Consent, language: str | None = None, at: datetime = NOW) -> Case:
    """Return the acceptable case with a voice, and the consents of its performer."""
    voice = replace(subject(1, "kaze", OFFERED), needs_consent=True, consents=consents)
    kind = KIND._replace(language=language)
    return Case(kind=kind, occurred_at=at, subjects={"kaze": voice})


def declared(*weights: int | None) -> Case:
    """Return a case whose two subjects share a cap by the influence that is declared."""
    cap = Stacking(group="cast", cap_minor=Decimal(20), allocation=Allocation.DECLARED)
    images = RateLine(id=31, basis=Basis.PER_IMAGE, rate=Decimal(12), stacking=cap)
    uses = tuple(
        SubjectUse(reference, weight)
        for reference, weight in zip(("yoru", "kaze"), weights, strict=True)
    )
    versions = (replace(TERMS, rate_lines=(images,)),)
    return granted(versions=versions)._replace(kind=KIND._replace(subjects=uses))


def wound_down(
    license_days: int,
    *,
    grant: int | None = None,
    grant_ends_at: datetime | None = GRANT_ENDS_AT,
    opt_in: tuple[tuple[datetime, OptInState], ...] = (OFFERED,),
    at: datetime = NOW,
) -> Case:
    """Return a case under a license, and a grant, that wind down for some days."""
    held = replace(GRANT, wind_down_days=grant, ends_at=grant_ends_at)
    return Case(
        occurred_at=at,
        license_=replace(LICENSE, wind_down_days=license_days, grants=(held,)),
        subjects={"kaze": subject(1, "kaze", *opt_in)},
    )
