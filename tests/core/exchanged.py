"""Dollars that came in, were translated, and are to be exchanged, as facts of a sound book."""

from fractions import Fraction

from ledger.core.exchange_facts import PositionFact, TranslationFact

TRANSLATED = TranslationFact(
    place="receipt",
    currency="USD",
    amounts_foreign=(10_005, 1_000),
    amounts_yen=(15_207, 1_520),
    rate=Fraction(152),
)
BOUGHT = PositionFact(
    currency="USD",
    source="settlement",
    foreign_minor=11_005,
    yen=16_727,
    gain_yen=0,
    translated=(11_005, 16_727),
)
