"""Amounts as people type them into a field, in the units in which they are shown."""

import re

from ledger.core.fields import FieldRefusal
from ledger.core.money import BASIS_POINTS, exponent_of

_TYPED = re.compile(r"([0-9]{1,15})(?:\.([0-9]{1,4}))?")


class NotAnAmount(FieldRefusal):
    """What was typed is no amount above zero with the decimals that the currency has."""

    code = "not_an_amount"


def minor_of(typed: str, currency: str, *, field: str = "amount") -> int:
    """
    Return an amount in minor units.

    >>> minor_of("1,234", "JPY"), minor_of("12.5", "USD")
    (1234, 1250)

    :raises NotAnAmount: it is none, or has more decimals than the currency.
    """
    found = _TYPED.fullmatch(typed.replace(",", "").strip())
    exponent = exponent_of(currency)
    decimals = (found[2] or "") if found else ""
    if found is None or len(decimals) > exponent:
        raise NotAnAmount(field=field, value=typed[:40], currency=currency, decimals=exponent)
    amount_minor = int(found[1] + decimals.ljust(exponent, "0"))
    if amount_minor == 0:
        raise NotAnAmount(field=field, value=typed[:40], currency=currency, decimals=exponent)
    return amount_minor


class NotAShare(FieldRefusal):
    """What was typed is no share in percent, with two decimals at most, above 0 and up to 100."""

    code = "not_a_share"


def bp_of(typed: str, *, field: str) -> int:
    """
    Return a share in basis points from what was typed in percent.

    >>> bp_of("12.5", field="share"), bp_of("100 %", field="share")
    (1250, 10000)

    :raises NotAShare: it is none.
    """
    found = _TYPED.fullmatch(typed.replace("%", "").strip())
    decimals = (found[2] or "") if found else ""
    share_bp = int(found[1] + decimals.ljust(2, "0")) if found and len(decimals) <= 2 else 0
    if not 0 < share_bp <= BASIS_POINTS:
        raise NotAShare(field=field, value=typed[:40])
    return share_bp
