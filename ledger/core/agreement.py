"""
A license as it was agreed and sent, and how it becomes core values: every word and number read.

What a contract says is taken as text; what contradicts itself is refused with the field at
fault. Subjects stay references here: only the book knows their keys.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from ledger.core.fields import (
    CurrencyUnknown,
    FieldRefusal,
    ListEmpty,
    NumberOutOfRange,
    check_exact,
    check_instant,
    check_list,
    check_period,
    check_reference,
    check_text,
    check_whole,
    check_word,
)
from ledger.core.grant_dates import check_grant, check_within
from ledger.core.license_currency import check_currency
from ledger.core.money import CURRENCY_EXPONENTS, Rounding
from ledger.core.quota import check_counted
from ledger.core.quota_terms import OnExceed, Quota, QuotaContradicts, QuotaPeriod
from ledger.core.rate_agreement import (
    NewRateLine,
    NewTier,
    check_counting,
    read_rate,
    read_rate_line,
    read_selector,
)
from ledger.core.recoup_agreement import NewRecoupGroup
from ledger.core.revenue_agreement import NewRevenueShare, read_revenue_share
from ledger.core.stacking import check_groups
from ledger.core.stacking_agreement import NewStackingGroup, check_used, read_groups
from ledger.core.terms import (
    WORLD,
    Grant,
    License,
    RateLine,
    Recognition,
    TermsVersion,
)
from ledger.core.usage import Modality, Unit, UseClass

#: The rate card has a module of its own, and is named with the rest of a contract.
__all__ = [
    "NewGrant",
    "NewLicense",
    "NewRateLine",
    "NewRevenueShare",
    "NewTerms",
    "NewTier",
    "read_license",
    "read_terms",
]

#: A claim above that is no multiple of a price.
CLAIM_MULTIPLE_MAX = 1_000

#: Ten years; what is longer is a license, not the end of one.
WIND_DOWN_DAYS_MAX = 3_660

_COUNTRY = re.compile(r"[A-Z]{2}")

_Word = TypeVar("_Word", bound=StrEnum)


class WorldStandsAlone(FieldRefusal):
    """A grant names every territory and countries beside it."""

    code = "world_stands_alone"


class TerritoryMalformed(FieldRefusal):
    """A territory is neither WORLD nor two capital letters (ISO 3166-1 alpha-2)."""

    code = "territory_malformed"


@dataclass(frozen=True, kw_only=True)
class NewTerms:
    """The price of a grant from an instant on, with the clause of the contract that says so."""

    effective_from: datetime
    clause_reference: str
    rate_lines: tuple[NewRateLine, ...]
    currency: str = "JPY"
    rounding: str = "truncate"
    recognition: str = "cash"
    stacking_groups: tuple[NewStackingGroup, ...] = ()
    revenue_share: NewRevenueShare | None = None  # which the units of a month at least come to


@dataclass(frozen=True, kw_only=True)
class NewQuota:
    """How much of a grant may be used in a period; :class:`Quota` says what it means."""

    units: str | int | Decimal
    period: str
    on_exceed: str
    unit: str | None = None  # none counts generations
    overage_rate: str | int | Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class NewGrant:
    """One permission; without days of its own it lasts as long as its license."""

    subjects: tuple[str, ...]  # references, in the order of the contract
    modalities: tuple[str, ...]
    use_classes: tuple[str, ...]
    terms: NewTerms
    territories: tuple[str, ...] = (WORLD,)
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    wind_down_days: int | None = None  # as long as its license winds down
    quota: NewQuota | None = None
    claim_multiple: str | int | Decimal | None = None  # of the price, for use without a consent
    ai_label: str = ""  # the words an output has to be labeled with
    prohibited_content: tuple[str, ...] = ()  # in the words of the contract


@dataclass(frozen=True, kw_only=True)
class NewLicense:
    """An agreement with an AI firm."""

    reference: str
    licensee: str
    starts_at: datetime
    signed_on: date
    grants: tuple[NewGrant, ...]
    ends_at: datetime | None = None
    recoup_groups: tuple[NewRecoupGroup, ...] = ()
    wind_down_days: int = 0  # whole days after an end in which use still earns


def read_license(new: NewLicense) -> License:
    """
    Return a license as core values without keys: its licensee and subjects stay references.

    :raises EndsBeforeItStarts: the license or a grant has no length.
    :raises GrantOutsideLicense: a grant is to last when its license does not.
    :raises TermsOutsideGrant: the terms of a grant begin when it is over.
    :raises ListEmpty: there is no grant, or a grant names no subject, act or place.
    :raises StackingGroupContradicts: two grants say different things of one stacking group.
    :raises LicenseCurrencyDiffers: a grant is priced in another currency than the first.
    :raises FieldRefusal: another field cannot be taken as it was sent (see :func:`read_terms`).
    """
    check_reference(new.reference, field="reference")
    starts_at = check_instant(new.starts_at, field="starts_at")
    ends_at = new.ends_at and check_instant(new.ends_at, field="ends_at")
    check_period(starts_at, ends_at, field="ends_at")
    if not new.grants:
        raise ListEmpty(field="grants")
    grants = tuple(
        _read_grant(grant, starts_at, ends_at, path=f"grants.{index}")
        for index, grant in enumerate(new.grants)
    )
    check_groups(version for grant in grants for version in grant.versions)
    first = grants[0].versions[0]
    for index, grant in enumerate(grants):
        check_currency(grant.versions[0], agreed=first.currency, field=f"grants.{index}.terms")
    return License(
        id=0,
        reference=new.reference,
        licensee_id=0,
        starts_at=starts_at,
        ends_at=ends_at,
        wind_down_days=_read_days(new.wind_down_days, field="wind_down_days"),
        grants=grants,
    )


def read_terms(new: NewTerms, *, version: int, path: str) -> TermsVersion:
    """
    Return one version of the terms as a core value without keys; ``path`` is where it was sent.

    :raises CurrencyUnknown: the currency is no ISO 4217 code the book knows.
    :raises TiersWrong: the tiers of a rate line cannot be applied.
    :raises CountingWrong: it would not follow how many royalty events a session is.
    :raises NumberNotExact: a rate came as a float.
    :raises FieldRefusal: another field cannot be taken as it was sent.
    """
    if not new.rate_lines:
        raise ListEmpty(field=f"{path}.rate_lines")
    groups = read_groups(new.stacking_groups, path=f"{path}.stacking_groups")
    named = [line.stacking_group for line in new.rate_lines]
    check_used(groups, named=named, path=f"{path}.stacking_groups")
    currency = _read_currency(new.currency, field=f"{path}.currency")
    lines = tuple(
        read_rate_line(line, groups, path=f"{path}.rate_lines.{index}")
        for index, line in enumerate(new.rate_lines)
    )
    check_counting(lines, path=f"{path}.rate_lines")
    return TermsVersion(
        id=0,
        version=version,
        effective_from=check_instant(new.effective_from, field=f"{path}.effective_from"),
        clause_reference=check_text(new.clause_reference, field=f"{path}.clause_reference"),
        rate_lines=lines,
        currency=currency,
        rounding=check_word(new.rounding, of=Rounding, field=f"{path}.rounding"),
        recognition=check_word(new.recognition, of=Recognition, field=f"{path}.recognition"),
        revenue_share=read_revenue_share(
            new.revenue_share, currency=currency, path=f"{path}.revenue_share"
        ),
    )


def _read_grant(
    new: NewGrant, license_starts_at: datetime, license_ends_at: datetime | None, *, path: str
) -> Grant:
    check_list(new.subjects, field=f"{path}.subjects")
    starts_at = check_instant(new.starts_at or license_starts_at, field=f"{path}.starts_at")
    ends_at = new.ends_at or license_ends_at
    ends_at = ends_at and check_instant(ends_at, field=f"{path}.ends_at")
    check_period(starts_at, ends_at, field=f"{path}.ends_at")
    check_grant((starts_at, ends_at), (license_starts_at, license_ends_at), path=path)
    version = read_terms(new.terms, version=1, path=f"{path}.terms")
    check_within(version, ends_at=ends_at, field=f"{path}.terms.effective_from")
    return Grant(
        id=0,
        subject_ids=frozenset(),
        modalities=read_words(new.modalities, of=Modality, field=f"{path}.modalities"),
        use_classes=read_words(new.use_classes, of=UseClass, field=f"{path}.use_classes"),
        territories=read_territories(new.territories, field=f"{path}.territories"),
        starts_at=starts_at,
        ends_at=ends_at,
        wind_down_days=(
            None
            if new.wind_down_days is None
            else _read_days(new.wind_down_days, field=f"{path}.wind_down_days")
        ),
        quota=read_quota(new.quota, version.rate_lines, path=f"{path}.quota"),
        claim_multiple=_read_multiple(new.claim_multiple, field=f"{path}.claim_multiple"),
        ai_label=new.ai_label and check_text(new.ai_label, field=f"{path}.ai_label"),
        prohibited_content=read_prohibited(
            new.prohibited_content, field=f"{path}.prohibited_content"
        ),
        versions=(version,),
    )


def read_quota(new: NewQuota | None, lines: Sequence[RateLine], *, path: str) -> Quota | None:
    """
    Return the quota of a grant whose terms have these lines; ``path`` is where it was sent.

    :raises QuotaContradicts: it contradicts itself, or the lines cannot count it.
    :raises FieldRefusal: a field cannot be taken as it was sent.
    """
    if new is None:
        return None
    overage = new.overage_rate
    try:
        quota = Quota(
            units=check_exact(new.units, field=f"{path}.units"),
            period=check_word(new.period, of=QuotaPeriod, field=f"{path}.period"),
            on_exceed=check_word(new.on_exceed, of=OnExceed, field=f"{path}.on_exceed"),
            unit=read_selector(new.unit, of=Unit, field=f"{path}.unit"),
            overage_rate=None if overage is None else read_rate(overage, f"{path}.overage_rate"),
        )
        check_counted(quota, lines)
    except QuotaContradicts as contradiction:
        field = f"{path}.{contradiction.field}"
        raise QuotaContradicts(field, contradiction.values["value"]) from None
    return quota


def _read_multiple(value: str | int | Decimal | None, *, field: str) -> Decimal | None:
    if value is None:
        return None
    multiple = check_exact(value, field=field)
    if not 1 <= multiple <= CLAIM_MULTIPLE_MAX:
        raise NumberOutOfRange(field=field, value=multiple, least=1, most=CLAIM_MULTIPLE_MAX)
    return multiple


def read_prohibited(values: tuple[str, ...], *, field: str) -> tuple[str, ...]:
    """
    Return what no output may show, each in the words of the contract; nothing when none is named.

    :raises ListedTwice: one is named twice.
    :raises TextMissing, TextUnprintable: one has no words, or cannot be printed.
    """
    if values:
        check_list(values, field=field)
    return tuple(check_text(value, field=f"{field}.{index}") for index, value in enumerate(values))


def _read_days(value: int, *, field: str) -> int:
    return check_whole(value, field=field, most=WIND_DOWN_DAYS_MAX)


def read_words(values: tuple[str, ...], *, of: type[_Word], field: str) -> frozenset[_Word]:
    """
    Return the words that a list names.

    :raises ListEmpty, ListedTwice: it names none, or one twice.
    :raises WordNotKnown: one is no word of the field.
    """
    check_list(values, field=field)
    return frozenset(check_word(value, of=of, field=field) for value in values)


def read_territories(values: tuple[str, ...], *, field: str) -> frozenset[str]:
    """
    Return the countries that a list names, or WORLD alone.

    :raises ListEmpty, ListedTwice: it names none, or one twice.
    :raises TerritoryMalformed: one is not two capital letters.
    :raises WorldStandsAlone: it names WORLD and countries.
    """
    check_list(values, field=field)
    for value in values:
        if value != WORLD and not _COUNTRY.fullmatch(value):
            raise TerritoryMalformed(field=field, value=value)
    if WORLD in values and len(values) > 1:
        raise WorldStandsAlone(field=field)
    return frozenset(values)


def _read_currency(value: str, *, field: str) -> str:
    if value not in CURRENCY_EXPONENTS:
        raise CurrencyUnknown(field=field, value=value)
    return value
