"""
The tax on a charge to an AI firm: by where the right is licensed from, and where it goes.

A right is licensed where its licensor resides (消費税法施行令6条1項).
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ledger.core.tax import JAPAN, check_country, consumption_tax_rate_bp
from ledger.core.tax_tables import Treatment


class ChargeReason(StrEnum):
    """Why a licensee is charged tax or not."""

    DOMESTIC_LICENSEE = "domestic_licensee"
    JAPANESE_ESTABLISHMENT = "japanese_establishment"
    LICENSEE_ABROAD = "licensee_abroad"
    LICENSOR_ABROAD = "licensor_abroad"


@dataclass(frozen=True, kw_only=True)
class ChargeTreatment:
    """How a charge to a licensee is taxed."""

    treatment: Treatment
    rate_bp: int
    reason: ChargeReason


def is_domestic(country: str) -> bool:
    """
    Tell whether Japan taxes somebody of a country as its own.

    :raises NotACountryCode: the country is not two capital letters.
    """
    check_country(country)
    return country == JAPAN


def charge_treatment(
    *, country: str, has_jp_establishment: bool, on: date, licensor_country: str = JAPAN
) -> ChargeTreatment:
    """
    Decide the tax on a charge to a licensee (消費税法7条, 施行令17条: export exemption).

    A right is licensed where its licensor resides: a licensor abroad supplies outside the scope
    of the tax, to whomever. ``has_jp_establishment`` says that an establishment in Japan
    contracts for or uses the license; then a licensee from abroad is charged like one from Japan.

    :raises NotACountryCode: a country is not two capital letters.
    :raises RateNotKnown: no standard rate is known for the day.
    """
    check_country(country)
    if not is_domestic(licensor_country):
        return ChargeTreatment(
            treatment=Treatment.OUTSIDE_SCOPE, rate_bp=0, reason=ChargeReason.LICENSOR_ABROAD
        )
    if country == JAPAN:
        reason = ChargeReason.DOMESTIC_LICENSEE
    elif has_jp_establishment:
        reason = ChargeReason.JAPANESE_ESTABLISHMENT
    else:
        return ChargeTreatment(
            treatment=Treatment.EXPORT_EXEMPT, rate_bp=0, reason=ChargeReason.LICENSEE_ABROAD
        )
    return ChargeTreatment(
        treatment=Treatment.STANDARD, rate_bp=consumption_tax_rate_bp(on=on), reason=reason
    )
