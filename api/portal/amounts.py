"""Amounts as people type them into a field, in the units in which they are shown."""

import re

from ledger.core.fields import FieldRefusal
from ledger.core.money import exponent_of

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
