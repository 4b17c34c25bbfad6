"""What terms say in words: one line for each thing that they permit, ask for or forbid."""

from collections.abc import Iterable, Iterator

from ledger.core.offer import OfferedTerms
from ledger.core.quota_terms import Quota
from ledger.core.terms import WORLD, RateLine, Recognition, TermsVersion
from locales.catalogues import message
from locales.formats import percent, quantity, rate


def in_words(terms: OfferedTerms, language: str) -> list[str]:
    """Return the terms of an offer as lines a person reads, in an order that does not change."""
    return [
        *_prices(terms, language),
        *_amounts(terms, language),
        *_permissions(terms, language),
        *_duties(terms, language),
    ]


def prices_in_words(terms: TermsVersion, language: str) -> list[str]:
    """Return what a version of a license's terms asks for."""
    return list(_prices(terms, language))


def territories_in_words(territories: Iterable[str], language: str) -> str:
    """Return where something may be used: everywhere, or the countries by their codes."""
    named = sorted(territories)
    return message(language, "offered.world") if named == [WORLD] else _joined(named, language)


def _prices(terms: OfferedTerms | TermsVersion, language: str) -> Iterator[str]:
    for line in terms.rate_lines:
        price = _price(line, terms.currency, language)
        use = _use(line, language)
        yield message(language, "offered.price_of", price=price, use=use) if use else price
        if line.minimum_minor:
            least = quantity(language=language, value=line.minimum_minor)
            yield message(language, "offered.minimum", amount=least, currency=terms.currency)
    if terms.revenue_share is not None:
        yield message(
            language,
            f"offered.revenue_share.{terms.revenue_share.base}",
            percent=percent(language=language, rate=terms.revenue_share.percent),
            currency=terms.revenue_share.currency,
        )
    if terms.recognition is Recognition.ACCRUAL:
        yield message(language, "offered.accrual")


def _price(line: RateLine, currency: str, language: str) -> str:
    if not line.tiers:
        return rate(language=language, basis=line.basis, rate=line.rate, currency=currency)
    steps = []
    for tier in line.tiers:
        price = rate(language=language, basis=line.basis, rate=tier.rate, currency=currency)
        if tier.up_to is None:
            steps.append(message(language, "offered.beyond", price=price))
        else:
            bound = quantity(language=language, value=tier.up_to)
            steps.append(message(language, "offered.up_to", price=price, bound=bound))
    mode = message(language, f"offered.tier_mode.{line.tier_mode}")
    return message(language, "offered.tiers", mode=mode, steps=_joined(steps, language))


def _amounts(terms: OfferedTerms, language: str) -> Iterator[str]:
    """Say how much may be used, and what is paid whatever is used."""
    if terms.quota is not None:
        yield _quota(terms.quota, terms, language)
    for advance in terms.advances:
        yield message(
            language,
            f"offered.advance.{advance.kind}",
            amount=quantity(language=language, value=advance.amount_minor),
            currency=terms.currency,
            days=advance.due_days,
        )
    for guarantee in terms.guarantees:
        for checkpoint in guarantee.checkpoints:
            yield message(
                language,
                "offered.guarantee",
                amount=quantity(language=language, value=checkpoint.target_minor),
                currency=terms.currency,
                months=checkpoint.months,
            )


def _quota(quota: Quota, terms: OfferedTerms, language: str) -> str:
    said = {
        "units": quantity(language=language, value=quota.units),
        "unit": message(language, f"offered.counted.{quota.unit or 'any'}"),
        "period": message(language, f"offered.period.{quota.period}"),
    }
    if quota.overage_rate is not None:
        said["price"] = rate(
            language=language,
            basis=terms.rate_lines[0].basis,
            rate=quota.overage_rate,
            currency=terms.currency,
        )
    return message(language, f"offered.quota.{quota.on_exceed}", **said)


def _use(line: RateLine, language: str) -> str:
    parts = []
    if line.modality is not None:
        parts.append(message(language, f"modality.{line.modality}"))
    if line.use_class is not None:
        parts.append(message(language, f"use_class.{line.use_class}"))
    return _joined(parts, language)


def _permissions(terms: OfferedTerms, language: str) -> Iterator[str]:
    modalities = [message(language, f"modality.{each}") for each in sorted(terms.modalities)]
    use_classes = [message(language, f"use_class.{each}") for each in sorted(terms.use_classes)]
    yield message(language, "offered.modalities", named=_joined(modalities, language))
    yield message(language, "offered.use_classes", named=_joined(use_classes, language))
    if terms.territories == {WORLD}:
        yield message(language, "offered.world")
    else:
        named = _joined(sorted(terms.territories), language)
        yield message(language, "offered.territories", named=named)


def _duties(terms: OfferedTerms, language: str) -> Iterator[str]:
    if terms.ai_label:
        yield message(language, "offered.ai_label", label=terms.ai_label)
    if terms.prohibited_content:
        named = _joined(sorted(terms.prohibited_content), language)
        yield message(language, "offered.prohibited", named=named)
    if terms.wind_down_days:
        yield message(language, "offered.wind_down", days=terms.wind_down_days)
    yield message(language, "offered.clause", clause=terms.clause_reference)


def _joined(parts: list[str], language: str) -> str:
    return message(language, "offered.join").join(parts)
