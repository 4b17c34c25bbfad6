"""An account abroad is looked at when it is entered."""

from datetime import date
from typing import Any

import pytest

from ledger.core.account_abroad import (
    AccountNumberMalformed,
    AccountTextNotLatin,
    BicMalformed,
    CountryMalformed,
    IbanMalformed,
    NewAccountAbroad,
    check_account_abroad,
)
from ledger.core.refusal import Refusal


def account(**changes: Any) -> NewAccountAbroad:
    values: dict[str, Any] = {
        "bic": "WESTGB2L",
        "bank_name": "Western Imaginary Bank plc",
        "bank_country": "GB",
        "holder_name": "Pemberton & Söhne",
        "effective_from": date(2026, 4, 1),
        "iban": "GB82WEST12345698765432",
    }
    return NewAccountAbroad(**values | changes)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"bic": "WESTGB2LXXX"},
        {"iban": None, "number": "000123-456/78"},  # As in the United States, which has no IBAN.
        {"iban": "NO9386011117947"},  # The shortest there is.
    ],
)
def test_an_account_that_can_be_paid_to_is_taken(changes: dict[str, Any]) -> None:
    check_account_abroad(account(**changes))


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"bic": "WESTGB2"}, BicMalformed),
        ({"bic": "westgb2l"}, BicMalformed),
        ({"bank_country": "GBR"}, CountryMalformed),
        ({"iban": "GB82WEST12345698765431"}, IbanMalformed),  # A digit off.
        ({"iban": "GB82 WEST 1234 5698 7654 32"}, IbanMalformed),  # Blanks are for people.
        ({"iban": "GB28WEST12345698765432"}, IbanMalformed),  # Two digits changed places.
        (
            {"iban": "GB88WEST1234569876543"},
            IbanMalformed,
        ),  # One is missing, and the check digits fit.
        ({"iban": "US5112345678901234567890"}, IbanMalformed),  # The United States have none.
        ({"iban": None}, AccountNumberMalformed),
        ({"number": "123"}, AccountNumberMalformed),  # Beside an IBAN.
        ({"iban": None, "number": "１２３"}, AccountNumberMalformed),
        ({"iban": None, "number": "1" * 35}, AccountNumberMalformed),
        ({"holder_name": "ペンバートン"}, AccountTextNotLatin),
        ({"bank_name": " "}, AccountTextNotLatin),
    ],
)
def test_an_account_that_cannot_be_paid_to_is_refused(
    changes: dict[str, Any], refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        check_account_abroad(account(**changes))
