"""
The rates of tax as dated rows, each with its source: a change of law is a new row here.

A row holds from ``effective_from`` and no longer on ``effective_to``. Rates are in basis
points. :mod:`ledger.core.tax` reads the rows; no rate is written anywhere else.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar

from ledger.core.refusal import Refusal


class RateNotKnown(Refusal):
    """No row holds on the day: the law was another one then, or is not entered here yet."""

    code = "rate_not_known"

    def __init__(self, rate: str, on: date) -> None:
        super().__init__(rate=rate, on=on)


@dataclass(frozen=True, kw_only=True)
class Dated:
    """The days on which a row is the law, and where that can be read."""

    effective_from: date
    effective_to: date | None = None
    source: str

    def covers(self, day: date) -> bool:
        """Return whether the row holds on the day."""
        return self.effective_from <= day and (self.effective_to is None or day < self.effective_to)


_Row = TypeVar("_Row", bound=Dated)


def row_in_force(rows: Iterable[_Row], *, rate: str, on: date) -> _Row:
    """
    Return the row that holds on the day.

    :raises RateNotKnown: none does; ``rate`` names the rate that was looked for.
    """
    for row in rows:
        if row.covers(on):
            return row
    raise RateNotKnown(rate, on)


class Treatment(StrEnum):
    """How a supply stands to consumption tax; printed on documents and sent to Peppol."""

    STANDARD = "standard"
    REDUCED = "reduced"
    EXPORT_EXEMPT = "export_exempt"
    OUTSIDE_SCOPE = "outside_scope"


@dataclass(frozen=True, kw_only=True)
class ConsumptionTaxRate(Dated):
    """National and local tax together."""

    treatment: Treatment
    rate_bp: int


CONSUMPTION_TAX_RATES = (
    ConsumptionTaxRate(
        treatment=Treatment.STANDARD,
        rate_bp=1000,
        effective_from=date(2019, 10, 1),
        source="Consumption Tax Act (Act 108 of 1988) art. 29; Local Tax Act art. 72-83",
    ),
    ConsumptionTaxRate(
        treatment=Treatment.REDUCED,
        rate_bp=800,
        effective_from=date(2019, 10, 1),
        source="Consumption Tax Act (Act 108 of 1988) art. 29; Local Tax Act art. 72-83",
    ),
)


class WithholdingScope(StrEnum):
    """Whose royalties bear income tax at the source. A domestic company's do not."""

    RESIDENT_INDIVIDUAL = "resident_individual"
    NON_RESIDENT = "non_resident"


@dataclass(frozen=True, kw_only=True)
class WithholdingBracket(Dated):
    """
    The rate on the part of one payment above ``above_minor`` yen, up to the next bracket.

    ``income_tax_bp`` and ``surtaxes`` (in basis points of the income tax) say what the rate is
    made of: the books of the remitting company name them, the amount withheld does not change.
    """

    scope: WithholdingScope
    above_minor: int
    rate_bp: int
    income_tax_bp: int
    surtaxes: tuple[tuple[str, int], ...]


_UNTIL_2026 = (("reconstruction", 210),)
_FROM_2027 = (("reconstruction", 110), ("defense", 100))
_SURTAX_CHANGE = date(2027, 1, 1)


def _withholding(
    scope: WithholdingScope,
    above_minor: int,
    rate_bp: int,
    income_tax_bp: int,
    article: str,
) -> tuple[WithholdingBracket, WithholdingBracket]:
    """Return a bracket before and after the surtaxes are recomposed on 2027-01-01."""
    before = WithholdingBracket(
        scope=scope,
        above_minor=above_minor,
        rate_bp=rate_bp,
        income_tax_bp=income_tax_bp,
        surtaxes=_UNTIL_2026,
        effective_from=date(2013, 1, 1),
        effective_to=_SURTAX_CHANGE,
        source=f"Income Tax Act (Act 33 of 1965) {article}; Act 117 of 2011 art. 28",
    )
    after = WithholdingBracket(
        scope=scope,
        above_minor=above_minor,
        rate_bp=rate_bp,
        income_tax_bp=income_tax_bp,
        surtaxes=_FROM_2027,
        effective_from=_SURTAX_CHANGE,
        source=f"Income Tax Act (Act 33 of 1965) {article}; surtaxes as amended in 2026",
    )
    return before, after


#: In the order of the brackets within a scope.
WITHHOLDING_BRACKETS = (
    *_withholding(WithholdingScope.RESIDENT_INDIVIDUAL, 0, 1021, 1000, "art. 204(1)(i), 205(i)"),
    *_withholding(
        WithholdingScope.RESIDENT_INDIVIDUAL,
        1_000_000,
        2042,
        2000,
        "art. 204(1)(i), 205(i)",
    ),
    *_withholding(
        WithholdingScope.NON_RESIDENT,
        0,
        2042,
        2000,
        "art. 161(1)(xi)(b), 212(1), 213(1)(i)",
    ),
)


@dataclass(frozen=True, kw_only=True)
class ReportThreshold(Dated):
    """What one payee is paid in a year before the tax office is told of it by itself."""

    scope: WithholdingScope
    above_minor: int


#: For payees abroad none is entered, and so nothing is said.
REPORT_THRESHOLDS = (
    ReportThreshold(
        scope=WithholdingScope.RESIDENT_INDIVIDUAL,
        above_minor=50_000,
        effective_from=date(2013, 1, 1),
        source="Income Tax Act art. 225(1)(iii); its Enforcement Rules art. 84",
    ),
)


@dataclass(frozen=True, kw_only=True)
class TransitionalCredit(Dated):
    """How much of the tax paid to an unregistered supplier the payer may still credit."""

    percent: int


def _credit(percent: int, effective_from: date, effective_to: date | None) -> TransitionalCredit:
    return TransitionalCredit(
        percent=percent,
        effective_from=effective_from,
        effective_to=effective_to,
        source="Act 15 of 2016 suppl. art. 52, 53, as amended by Act 12 of 2026",
    )


TRANSITIONAL_CREDITS = (
    _credit(100, date(1989, 4, 1), date(2023, 10, 1)),  # Before the invoice system.
    _credit(80, date(2023, 10, 1), date(2026, 10, 1)),
    _credit(70, date(2026, 10, 1), date(2028, 10, 1)),
    _credit(50, date(2028, 10, 1), date(2030, 10, 1)),
    _credit(30, date(2030, 10, 1), date(2031, 10, 1)),
    _credit(0, date(2031, 10, 1), None),
)


class Confidence(StrEnum):
    """How sure we are of a row; a person checks the treaty before a medium one is used."""

    HIGH = "high"
    MEDIUM = "medium"


@dataclass(frozen=True, kw_only=True)
class TreatyRate(Dated):
    """
    The most a treaty lets Japan withhold from a copyright royalty; no surtax is added.

    ``effective_from`` is the first day the rate was looked up for, not the treaty's own date:
    an earlier payment finds no row and is not guessed.
    """

    country: str  # ISO 3166-1 alpha-2
    rate_bp: int
    confidence: Confidence
    note: str


_HIGH, _MEDIUM = Confidence.HIGH, Confidence.MEDIUM
_SOVIET = "USSR treaty: cultural (copyright) 0, industrial 10"
_AS_POLAND = "cultural (copyright) 0, industrial 10"
_NEW_TREATY = "PwC 0/10 (new treaty 0)"
_BELGIUM = "conflict: PwC 2025-01 table shows 10, PwC 2023 page and the 2019 treaty show 0"
_TAIWAN = "private-sector arrangement implemented by domestic law; source KPMG"
_EQUIPMENT_2 = "PwC 2/10; 2 is equipment (split to be confirmed)"
_EQUIPMENT_5 = "PwC 5/10; 5 is equipment (split to be confirmed)"

#: A treaty with 8 % was promulgated on 2026-07-01; its country is not identified, so it has no row.
TREATY_RATES = tuple(
    TreatyRate(
        country=country,
        rate_bp=rate_bp,
        confidence=confidence,
        note=note,
        effective_from=date(2026, 1, 1),
        source="royalties article of the tax treaty, as compiled in November 2026",
    )
    for country, rate_bp, confidence, note in (
        ("AE", 1000, _HIGH, ""),
        ("AM", 0, _MEDIUM, _SOVIET),
        ("AT", 0, _MEDIUM, _NEW_TREATY),
        ("AU", 500, _HIGH, ""),
        ("AZ", 700, _HIGH, ""),
        ("BD", 1000, _HIGH, ""),
        ("BE", 0, _MEDIUM, _BELGIUM),
        ("BG", 1000, _HIGH, ""),
        ("BN", 1000, _HIGH, ""),
        ("BR", 1250, _MEDIUM, "film 15; trademarks 25"),
        ("BY", 0, _MEDIUM, _SOVIET),
        ("CA", 1000, _HIGH, ""),
        ("CH", 0, _HIGH, ""),
        ("CL", 1000, _MEDIUM, _EQUIPMENT_2),
        ("CN", 1000, _HIGH, ""),
        ("CO", 1000, _MEDIUM, _EQUIPMENT_2),
        ("CZ", 0, _MEDIUM, _AS_POLAND),
        ("DE", 0, _HIGH, ""),
        ("DK", 0, _MEDIUM, _NEW_TREATY),
        ("DZ", 1000, _HIGH, ""),
        ("EC", 1000, _HIGH, ""),
        ("EE", 0, _HIGH, ""),
        ("EG", 1500, _MEDIUM, "film 20"),
        ("ES", 0, _MEDIUM, _NEW_TREATY),
        ("FI", 1000, _HIGH, ""),
        ("FJ", 1000, _MEDIUM, "old UK treaty"),
        ("FR", 0, _HIGH, ""),
        ("GB", 0, _HIGH, ""),
        ("GE", 0, _HIGH, ""),
        ("GR", 500, _HIGH, ""),
        ("HK", 500, _HIGH, ""),
        ("HR", 500, _HIGH, ""),
        ("HU", 0, _MEDIUM, _AS_POLAND),
        ("ID", 1000, _HIGH, ""),
        ("IE", 1000, _HIGH, ""),
        ("IL", 1000, _HIGH, ""),
        ("IN", 1000, _HIGH, ""),
        ("IS", 0, _HIGH, ""),
        ("IT", 1000, _HIGH, ""),
        ("JM", 1000, _MEDIUM, _EQUIPMENT_2),
        ("KG", 0, _MEDIUM, _SOVIET),
        ("KR", 1000, _HIGH, ""),
        ("KW", 1000, _HIGH, ""),
        ("KZ", 500, _HIGH, ""),
        ("LK", 0, _MEDIUM, "copyright 0 (old treaty)"),
        ("LT", 0, _HIGH, ""),
        ("LU", 1000, _HIGH, ""),
        ("LV", 0, _HIGH, ""),
        ("MA", 1000, _MEDIUM, _EQUIPMENT_5),
        ("MD", 0, _MEDIUM, _SOVIET),
        ("MX", 1000, _HIGH, ""),
        ("MY", 1000, _HIGH, ""),
        ("NL", 0, _HIGH, ""),
        ("NO", 1000, _HIGH, ""),
        ("NZ", 500, _HIGH, ""),
        ("OM", 1000, _HIGH, ""),
        ("PE", 1500, _HIGH, ""),
        ("PH", 1000, _MEDIUM, "film/broadcast 15"),
        ("PK", 1000, _HIGH, ""),
        ("PL", 0, _MEDIUM, _AS_POLAND),
        ("PT", 500, _HIGH, ""),
        ("QA", 500, _HIGH, ""),
        ("RO", 1000, _MEDIUM, "industrial 15"),
        ("RS", 500, _MEDIUM, "PwC 5/10; 5 is copyright (split to be confirmed)"),
        (
            "RU",
            0,
            _MEDIUM,
            "Russia suspended parts of the treaty in 2023: check before use",
        ),
        ("SA", 1000, _MEDIUM, _EQUIPMENT_5),
        ("SE", 0, _HIGH, ""),
        ("SG", 1000, _HIGH, ""),
        ("SI", 500, _HIGH, ""),
        ("SK", 0, _MEDIUM, _AS_POLAND),
        ("TH", 1500, _HIGH, ""),
        ("TJ", 0, _MEDIUM, _SOVIET),
        ("TM", 0, _MEDIUM, _SOVIET),
        ("TR", 1000, _HIGH, ""),
        ("TW", 1000, _MEDIUM, _TAIWAN),
        ("UA", 500, _MEDIUM, "new treaty; check effective date"),
        ("US", 0, _HIGH, ""),
        ("UY", 1000, _HIGH, ""),
        ("UZ", 0, _MEDIUM, "copyright 0, other 5"),
        ("VN", 1000, _HIGH, ""),
        ("ZA", 1000, _HIGH, ""),
        ("ZM", 1000, _MEDIUM, "old treaty"),
    )
)
