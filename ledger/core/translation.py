"""
Money that came in in another currency, translated into yen when it is divided.

It is translated at the rate of the day on which it was received, by the source that is agreed: one
rounding for each receipt and source, shared over the lines it paid by largest remainder, so that
their parts are the whole. What is divided ahead of a payment takes the rate of the day on which it
is divided; an advance keeps that of the day on which it was paid. Without a rate money waits.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from ledger.core.exchange import DayRate, RateCopy, copy_of_rate
from ledger.core.exchange_terms import YEN, ExchangeTerms, source_for
from ledger.core.journal import Account, AccountCode, JournalEntry, Posting, move, spread
from ledger.core.money import Money, round_to_minor
from ledger.core.prepayment_use import SettledUse
from ledger.core.prepayment_use import postings as use_postings
from ledger.core.statement import ForeignUsage, Translated
from ledger.core.unsettled import ReceivedLine, Translation, WaitingMoney

#: A source, a currency and a day.
RateKey = tuple[str, str, date]


@dataclass(frozen=True, kw_only=True)
class ForeignPart:
    """A part of a line, or of an advance that pays it, which came in on one day as one sum."""

    line: ReceivedLine  # its amounts are in ``currency``
    currency: str
    day: date
    receipt_id: int | None  # None where it is divided ahead of a payment
    invoice: str  # number
    amount_minor: int
    tax_minor: int


@dataclass(frozen=True, kw_only=True)
class TranslatedMoney:
    """Lines in yen, with what they were; and what waits for a rate."""

    lines: tuple[ReceivedLine, ...]
    waiting: tuple[WaitingMoney, ...]


def translate_amounts(amounts_minor: Sequence[int], *, rate: RateCopy) -> list[int]:
    """
    Translate amounts into yen: their sum is rounded once, toward zero, and the parts are that sum.

    The yen that are left over go to the largest remainders, and on a tie to whoever is first.
    """
    exact = [
        Fraction(Money(amount, rate.currency).to_decimal()) * rate.rate for amount in amounts_minor
    ]
    if sum(exact) < 0:
        mirrored = translate_amounts([-amount for amount in amounts_minor], rate=rate)
        return [-part for part in mirrored]
    whole = round_to_minor(sum(exact, Fraction(0)))
    parts = [each.__floor__() for each in exact]
    by_remainder = sorted(range(len(exact)), key=lambda index: (parts[index] - exact[index], index))
    for index in by_remainder[: whole - sum(parts)]:
        parts[index] += 1
    return parts


def rates_wanted(parts: Iterable[ForeignPart], *, terms: Sequence[ExchangeTerms]) -> set[RateKey]:
    """Return the rates that parts are translated by, where a source is agreed."""
    found = (_key(part, terms) for part in parts)
    return {key for key in found if key is not None}


def translate(
    parts: Sequence[ForeignPart],
    *,
    terms: Sequence[ExchangeTerms],
    rates: Mapping[RateKey, DayRate],
) -> TranslatedMoney:
    """
    Translate what is to be divided; a sum of which a part has no rate waits whole.

    Lines come in the order of their first parts.
    """
    waiting = tuple(_waiting(parts, terms, rates))
    held = {each.sum_key for each in waiting}
    together: dict[tuple[object, int | None, RateKey], list[ForeignPart]] = defaultdict(list)
    for part in parts:
        key = _key(part, terms)
        if key is not None and _sum_key(part) not in held:
            together[_sum_key(part), part.receipt_id, key].append(part)
    made: dict[int, list[Translation]] = defaultdict(list)
    lines: dict[int, ReceivedLine] = {}
    for (_, _, key), alike in together.items():
        rate = copy_of_rate(rates[key])
        amounts = [part.amount_minor for part in alike] + [part.tax_minor for part in alike]
        yen = translate_amounts(amounts, rate=rate)
        for index, part in enumerate(alike):
            lines[_line_key(part)] = part.line
            made[_line_key(part)].append(
                Translation(
                    receipt_id=part.receipt_id,
                    told=Translated(
                        amount_foreign=part.amount_minor,
                        tax_foreign=part.tax_minor,
                        amount_yen=yen[index],
                        tax_yen=yen[len(alike) + index],
                        rate=rate,
                    ),
                )
            )
    return TranslatedMoney(
        lines=tuple(_in_yen(line, made[key]) for key, line in lines.items()), waiting=waiting
    )


def source_of(part: ForeignPart, terms: Sequence[ExchangeTerms]) -> str | None:
    """Return by whose rates a part is translated; None where that is not agreed."""
    return source_for(terms, currency=part.currency, on=part.day, holder=part.line.holder)


def postings_out(
    lines: Iterable[ReceivedLine], *, currency: str, party_ids: Mapping[str, int]
) -> tuple[Posting, ...]:
    """Return what takes one currency's money from its holders into the position."""
    return tuple(
        posting
        for line in lines
        if line.currency == currency
        for posting in spread(
            debits=list(
                zip(
                    _held(line, party_ids),
                    (line.own_amount_minor, line.own_tax_minor),
                    strict=True,
                )
            ),
            credits=[
                (Account(AccountCode.EXCHANGE), line.own_amount_minor + line.own_tax_minor),
            ],
        )
    )


def postings_in(
    lines: Iterable[ReceivedLine], *, party_ids: Mapping[str, int]
) -> tuple[Posting, ...]:
    """Return what gives holders the yen that their money was translated into."""
    return tuple(
        posting
        for line in lines
        if line.translations
        for posting in (
            posting
            for account, yen in zip(
                _held(line, party_ids), (line.usage.royalty_minor, line.tax_minor), strict=True
            )
            for posting in move(Account(AccountCode.EXCHANGE), account, yen)
        )
    )


def _held(line: ReceivedLine, party_ids: Mapping[str, int]) -> tuple[Account, Account]:
    """Return where a line and its tax stand: held for its holder, or as the house's own sale."""
    if line.is_own:
        return Account(AccountCode.SALES), Account(AccountCode.OUTPUT_TAX)
    holder = party_ids[line.holder]
    return Account(AccountCode.HOLDERS, holder), Account(AccountCode.HOLDERS_TAX, holder)


def _key(part: ForeignPart, terms: Sequence[ExchangeTerms]) -> RateKey | None:
    source = source_of(part, terms)
    return None if source is None else (source, part.currency, part.day)


def _sum_key(part: ForeignPart) -> object:
    """Say what is translated, or waits, together: a receipt's lines; an advance; a line alone."""
    if part.line.prepayment_id is not None:
        return ("prepayment", part.line.prepayment_id)
    if part.receipt_id is not None:
        return ("receipt", part.receipt_id)
    return ("line", part.line.royalty_line_id)


def _line_key(part: ForeignPart) -> int:
    """Tell lines apart: what an advance pays of a line is another one than what is paid of it."""
    line = part.line
    if line.prepayment_use_id is not None:
        return -line.prepayment_use_id
    assert line.royalty_line_id is not None
    return line.royalty_line_id


def _waiting(
    parts: Sequence[ForeignPart],
    terms: Sequence[ExchangeTerms],
    rates: Mapping[RateKey, DayRate],
) -> Iterator[WaitingMoney]:
    sums: dict[object, list[ForeignPart]] = defaultdict(list)
    for part in parts:
        sums[_sum_key(part)].append(part)
    for key, together in sums.items():
        lacking = next((part for part in together if _key(part, terms) not in rates), None)
        if lacking is not None:
            yield WaitingMoney(
                sum_key=key,
                receipt_ids=frozenset(
                    part.receipt_id for part in together if part.receipt_id is not None
                ),
                invoice=lacking.invoice,
                currency=lacking.currency,
                amount_minor=sum(part.amount_minor + part.tax_minor for part in together),
                day=lacking.day,
                source=source_of(lacking, terms),
            )


def _in_yen(line: ReceivedLine, translations: Sequence[Translation]) -> ReceivedLine:
    told = tuple(each.told for each in translations)
    asked = line.usage.part_of_minor
    is_whole = asked == sum(each.amount_foreign for each in told)
    foreign = ForeignUsage(
        currency=told[0].rate.currency, part_of=None if is_whole else asked, parts=told
    )
    return replace(
        line,
        tax_minor=sum(each.tax_yen for each in told),
        translations=tuple(translations),
        usage=replace(
            line.usage,
            royalty_minor=sum(each.amount_yen for each in told),
            part_of_minor=None,
            foreign=foreign,
        ),
    )


def entries_out(
    lines: Sequence[ReceivedLine],
    uses: Iterable[SettledUse],
    *,
    party_ids: Mapping[str, int],
    posted_on: date,
    source: str,
) -> list[JournalEntry]:
    """
    Return the entries of a settlement in other currencies, one for each in which something moves.

    Advances become what is held for holders, or is owed to firms again; what is held for holders
    goes into the position.
    """
    by_currency: dict[str, list[SettledUse]] = defaultdict(list)
    for use in uses:
        if use.currency != YEN:
            by_currency[use.currency].append(use)
    currencies = {line.currency for line in lines if line.translations} | by_currency.keys()
    found = {
        currency: (
            *use_postings(by_currency[currency]),
            *postings_out(lines, currency=currency, party_ids=party_ids),
        )
        for currency in sorted(currencies)
    }
    return [
        JournalEntry(
            kind="settlement",
            posted_on=posted_on,
            currency=currency,
            source=source,
            postings=postings,
        )
        for currency, postings in found.items()
        if postings
    ]


def position_changes(lines: Iterable[ReceivedLine]) -> list[tuple[str, int, int]]:
    """Return by currency what lines bring into the position, tax included, and their yen."""
    sums: dict[str, tuple[int, int]] = {}
    for line in lines:
        if line.translations:
            foreign, yen = sums.get(line.currency, (0, 0))
            sums[line.currency] = (
                foreign + line.own_amount_minor + line.own_tax_minor,
                yen + line.usage.royalty_minor + line.tax_minor,
            )
    return [(currency, *sums[currency]) for currency in sorted(sums)]
