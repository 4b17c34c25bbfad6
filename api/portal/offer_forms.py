"""
The form of an offer's terms: from fields to what the book takes, and back from a version to fields.

What the form does not ask for — tiers, advances, guarantees, stacking groups, shares of revenue —
is kept from the version that it began with, and said beside it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from api.days import NotADay, read_day
from ledger.core.agreement import NewQuota, NewTerms
from ledger.core.fields import NumberNotWhole
from ledger.core.period import day_starts_at, tokyo_day
from ledger.core.proposal import NewOfferVersion
from ledger.core.quota_terms import OnExceed, QuotaPeriod
from ledger.core.rate_agreement import NewRateLine
from ledger.core.terms import WORLD, Basis
from ledger.core.usage import Modality, Unit, UseClass

#: Most rows of the rate card in the form.
LINES_MAX = 12
_SPARE_LINES = 1
_LINES_LEAST = 3

_LIST = re.compile(r"[,、\s]+")

#: The field of a refusal, and where it is in the form.
_LINE_FIELD = re.compile(r"terms\.rate_lines\.(\d+)\.(\w+)")
_PLACES = {
    "modalities": "modality_image",
    "use_classes": "use_class_generation",
    "territories": "territories",
    "terms.effective_from": "from",
    "terms.clause_reference": "clause",
    "terms.rate_lines": "line1_rate",
    "terms.currency": "currency",
    "ends_at": "until",
    "effective_at": "from",
    "withdrawn_on": "from",
    "wind_down_days": "wind_down_days",
    "ai_label": "ai_label",
    "prohibited_content": "prohibited",
    "quota": "quota_units",
    "quota.units": "quota_units",
    "quota.unit": "quota_unit",
    "quota.period": "quota_period",
    "quota.on_exceed": "quota_on_exceed",
    "quota.overage_rate": "quota_overage_rate",
    "reason": "reason",
    "reference": "reference",
    "subject": "subject",
}


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What the selects of the form offer."""

    bases: tuple[Basis, ...] = tuple(Basis)
    modalities: tuple[Modality, ...] = tuple(Modality)
    use_classes: tuple[UseClass, ...] = tuple(UseClass)
    units: tuple[Unit, ...] = tuple(Unit)
    periods: tuple[QuotaPeriod, ...] = tuple(QuotaPeriod)
    on_exceed: tuple[OnExceed, ...] = tuple(OnExceed)
    currencies: tuple[str, ...] = ("JPY", "USD")


def fields_of(words: NewOfferVersion | None) -> dict[str, str]:
    """Return a version as the fields of the form; without one, those of an offer to be made."""
    if words is None:
        return {
            "territories": WORLD,
            "currency": "JPY",
            "modality_image": "yes",
            "use_class_generation": "yes",
            "wind_down_days": "30",
            "line1_basis": str(Basis.PER_IMAGE),
        }
    terms = words.terms
    fields = {
        "territories": ", ".join(words.territories),
        "currency": terms.currency,
        "clause": terms.clause_reference,
        "wind_down_days": str(words.wind_down_days),
        "ai_label": words.ai_label,
        "prohibited": "\n".join(words.prohibited_content),
        **{f"modality_{each}": "yes" for each in words.modalities},
        **{f"use_class_{each}": "yes" for each in words.use_classes},
    }
    if words.ends_at is not None:
        fields["until"] = str(tokyo_day(words.ends_at))
    if words.quota is not None:
        fields |= {
            "quota_units": str(words.quota.units),
            "quota_unit": words.quota.unit or "",
            "quota_period": words.quota.period,
            "quota_on_exceed": words.quota.on_exceed,
            "quota_overage_rate": _text(words.quota.overage_rate),
        }
    for place, line in enumerate(terms.rate_lines, start=1):
        fields |= {
            f"line{place}_basis": line.basis,
            f"line{place}_rate": str(line.rate),
            f"line{place}_modality": line.modality or "",
            f"line{place}_use_class": line.use_class or "",
            f"line{place}_minimum_minor": str(line.minimum_minor or ""),
            f"line{place}_cap_minor": _text(line.cap_minor),
        }
    return fields


def rows_of(fields: Mapping[str, str]) -> list[int]:
    """Return the numbers of the rows to show: those with something in them, and one to spare."""
    filled = [row for row in range(1, LINES_MAX + 1) if fields.get(f"line{row}_rate")]
    return list(range(1, min(LINES_MAX, max([*filled, _LINES_LEAST - 1]) + _SPARE_LINES) + 1))


def version_of(
    fields: Mapping[str, str], *, base: NewOfferVersion | None, now: datetime
) -> NewOfferVersion:
    """
    Return what the form says as the book takes it.

    :raises NotADay: a day is none.
    :raises NumberNotWhole: a number of days or of minor units is none.
    """
    effective_from = instant_of(fields, "from") or now
    until = instant_of(fields, "until")
    terms = NewTerms(
        effective_from=effective_from,
        clause_reference=_said(fields, "clause"),
        rate_lines=tuple(_lines(fields, base)),
        currency=_said(fields, "currency") or "JPY",
    )
    version = NewOfferVersion(
        modalities=tuple(_ticked(fields, "modality_", Modality)),
        use_classes=tuple(_ticked(fields, "use_class_", UseClass)),
        terms=terms,
        territories=tuple(each for each in _LIST.split(_said(fields, "territories")) if each)
        or (WORLD,),
        ends_at=until,
        wind_down_days=_whole(fields, "wind_down_days") or 0,
        ai_label=_said(fields, "ai_label"),
        prohibited_content=tuple(
            each.strip() for each in fields.get("prohibited", "").splitlines() if each.strip()
        ),
        quota=_quota(fields),
    )
    if base is None:
        return version
    return replace(
        version,
        terms=replace(
            terms,
            rounding=base.terms.rounding,
            recognition=base.terms.recognition,
            stacking_groups=base.terms.stacking_groups,
            revenue_share=base.terms.revenue_share,
        ),
        advances=base.advances,
        guarantees=base.guarantees,
    )


def place_of(field: str | None) -> str | None:
    """
    Return the field of the form that a refusal is about.

    >>> place_of("terms.rate_lines.0.rate")
    'line1_rate'
    """
    if field is None:
        return None
    if match := _LINE_FIELD.match(field):
        return f"line{int(match[1]) + 1}_{match[2]}"
    return _PLACES.get(field, field)


def _lines(fields: Mapping[str, str], base: NewOfferVersion | None) -> Iterable[NewRateLine]:
    """Yield the rows that have a rate; of a row that the base has, what the form does not ask."""
    old = base.terms.rate_lines if base else ()
    for row in range(1, LINES_MAX + 1):
        rate = _said(fields, f"line{row}_rate")
        if not rate:
            continue
        line = NewRateLine(
            basis=_said(fields, f"line{row}_basis"),
            rate=rate.replace(",", ""),
            modality=_said(fields, f"line{row}_modality") or None,
            use_class=_said(fields, f"line{row}_use_class") or None,
            minimum_minor=_whole(fields, f"line{row}_minimum_minor") or 0,
            cap_minor=_whole(fields, f"line{row}_cap_minor"),
        )
        if row <= len(old):
            kept = old[row - 1]
            line = replace(
                line,
                tier_mode=kept.tier_mode,
                tiers=kept.tiers,
                counter_scope=kept.counter_scope,
                event_floor_minor=kept.event_floor_minor,
                stacking_group=kept.stacking_group,
            )
        yield line


def _quota(fields: Mapping[str, str]) -> NewQuota | None:
    units = _said(fields, "quota_units").replace(",", "")
    if not units:
        return None
    return NewQuota(
        units=units,
        unit=_said(fields, "quota_unit") or None,
        period=_said(fields, "quota_period"),
        on_exceed=_said(fields, "quota_on_exceed"),
        overage_rate=_said(fields, "quota_overage_rate") or None,
    )


def _ticked(fields: Mapping[str, str], beginning: str, of: Iterable[str]) -> Iterable[str]:
    return (str(each) for each in of if fields.get(f"{beginning}{each}") == "yes")


def _said(fields: Mapping[str, str], name: str) -> str:
    return fields.get(name, "").strip()


def _whole(fields: Mapping[str, str], name: str) -> int | None:
    digits = _said(fields, name).replace(",", "")
    if not digits:
        return None
    if not (digits.isascii() and digits.isdigit() and len(digits) < 19):
        raise NumberNotWhole(field=name, value=digits[:40])
    return int(digits)


def instant_of(fields: Mapping[str, str], name: str) -> datetime | None:
    """
    Return the beginning of the day in a field, None when it is empty.

    :raises NotADay: it is none; the refusal names the field.
    """
    day = day_of(fields, name)
    return None if day is None else day_starts_at(day)


def day_of(fields: Mapping[str, str], name: str) -> date | None:
    """
    Return the day in a field, None when it is empty.

    :raises NotADay: it is none; the refusal names the field.
    """
    if not _said(fields, name):
        return None
    try:
        return read_day(_said(fields, name))
    except NotADay as refusal:
        refusal.field = name
        raise


def _text(value: object) -> str:
    return "" if value is None else str(value)
