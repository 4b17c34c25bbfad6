"""What cannot be true of a party is refused by its field, before anything is written."""

from datetime import date
from typing import Any

import pytest

from ledger.core.account_at_home import NewBankAccount
from ledger.core.party import (
    CorporateNumberCheckDigitWrong,
    NewEntrustment,
    NewParty,
    PartyKind,
    check_party,
)
from ledger.core.registration import RegistrationPeriod, check_digit
from tests.refusals import refusal

BASE, OTHER_BASE = "120001077023", "700110005901"
NUMBER, OTHER_NUMBER = f"{check_digit(BASE)}{BASE}", f"{check_digit(OTHER_BASE)}{OTHER_BASE}"
WRONG_DIGIT = f"{int(NUMBER[0]) % 9 + 1}{BASE}"

EVERY_KIND = tuple(PartyKind)


def company(**changes: Any) -> NewParty:
    """An invented company of which nothing is wrong."""
    facts: dict[str, Any] = {
        "reference": "hoshino",
        "role": "rights_holder",
        "kind": "company",
        "name_ja": "株式会社星野書店",
        "name_en": "Hoshino Shoten Inc.",
        "corporate_number": NUMBER,
        "registrations": registered(f"T{NUMBER}"),
        "bank_account": account(),
    }
    return NewParty(**{**facts, **changes})


def account(**changes: Any) -> NewBankAccount:
    """An account at a bank that exists only here."""
    digits: dict[str, Any] = {"bank_code": "0001", "branch_code": "001", "number": "1234567"}
    return NewBankAccount(
        **{"account_type": "ordinary", "holder_kana": "ｶ)ﾎｼﾉ", **digits, **changes},
        effective_from=date(2026, 4, 1),
    )


def registered(number: str, **changes: Any) -> tuple[RegistrationPeriod, ...]:
    return (RegistrationPeriod(number=number, valid_from=date(2023, 10, 1), **changes),)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        # Texts, words and codes.
        ({"reference": ""}, "reference_malformed", "reference"),
        ({"reference": "星野"}, "reference_malformed", "reference"),  # It stands in addresses.
        ({"reference": "a/b"}, "reference_malformed", "reference"),
        ({"name_ja": ""}, "text_missing", "name_ja"),
        ({"name_ja": "　"}, "text_missing", "name_ja"),  # A full-width space is no name.
        ({"name_en": ""}, "text_missing", "name_en"),  # Documents are bilingual.
        ({"address_ja": "東京都\x00"}, "text_unprintable", "address_ja"),
        ({"name_en": "half \ud800"}, "text_unprintable", "name_en"),  # Half of a pair.
        ({"role": "owner"}, "word_not_known", "role"),
        ({"kind": "committee"}, "word_not_known", "kind"),  # Needs its contract too.
        ({"language": "de"}, "word_not_known", "language"),
        ({"country": "Japan"}, "country_code_malformed", "country"),
        ({"country": "jp"}, "country_code_malformed", "country"),
        # Numbers of the state.
        ({"corporate_number": WRONG_DIGIT}, "wrong_check_digit", "corporate_number"),
        ({"corporate_number": NUMBER[:-1]}, "corporate_number_malformed", "corporate_number"),
        ({"corporate_number": "１" * 13}, "corporate_number_malformed", "corporate_number"),
        (
            {"kind": "individual", "registrations": ()},
            "corporate_number_not_for_kind",
            "corporate_number",
        ),
        (
            {"corporate_number": None, "registrations": registered(f"T{WRONG_DIGIT}")},
            "wrong_check_digit",
            "registration_number",
        ),
        (
            {"registrations": registered(f"T{OTHER_NUMBER}")},  # Of somebody else.
            "numbers_disagree",
            "registration_number",
        ),
        (
            {"registrations": registered(NUMBER)},  # Without its T.
            "not_a_registration_number",
            "registration_number",
        ),
        (
            {"registrations": registered(f"T{NUMBER}") * 2},
            "registrations_overlap",
            "registration_number",
        ),
        # Money and bank.
        ({"minimum_payment_minor": -1}, "number_out_of_range", "minimum_payment_minor"),
        ({"minimum_payment_minor": 2**63}, "number_out_of_range", "minimum_payment_minor"),
        ({"minimum_payment_minor": 5000.0}, "number_not_whole", "minimum_payment_minor"),
        ({"minimum_payment_minor": True}, "number_not_whole", "minimum_payment_minor"),
        ({"treaty_rate_bp": 10_001}, "number_out_of_range", "treaty_rate_bp"),
        *(
            ({"bank_account": account(**{name: value})}, code, field)
            for name, value, code in [
                ("bank_code", "1", "bank_digits_malformed"),  # Leading zeros belong to it.
                ("branch_code", "0001", "bank_digits_malformed"),
                ("number", "12345678", "bank_digits_malformed"),  # Eight digits.
                ("number", "１２３４５６７", "bank_digits_malformed"),  # Full width.
                ("number", "", "bank_digits_malformed"),
                ("account_type", "普通", "word_not_known"),
                ("holder_kana", "", "text_missing"),
            ]
            for field in [f"bank_account.{name}"]
        ),
        (
            {"entrustment": NewEntrustment(admin_fee_bp=10_001, effective_from=date(2026, 4, 1))},
            "number_out_of_range",
            "entrustment.admin_fee_bp",
        ),
    ],
)
def test_what_cannot_be_true_is_refused_by_its_field(
    changes: dict[str, Any], code: str, field: str
) -> None:
    with refusal(code, field):
        check_party(company(**changes), kinds=(PartyKind.COMPANY, PartyKind.INDIVIDUAL))


def test_a_wrong_check_digit_tells_the_right_one() -> None:
    with pytest.raises(CorporateNumberCheckDigitWrong) as refused:
        check_party(company(corporate_number=WRONG_DIGIT), kinds=EVERY_KIND)
    assert refused.value.expected_digit == int(NUMBER[0])


def test_a_person_may_have_a_number_that_no_rule_explains() -> None:
    # The check digit is a rule for corporations only.
    numbers = {"corporate_number": None, "registrations": registered(f"T{WRONG_DIGIT}")}
    check_party(company(kind="individual", **numbers), kinds=EVERY_KIND)


def test_a_registration_may_end_and_begin_again_on_the_same_day() -> None:
    lapsed = date(2026, 7, 1)
    again = RegistrationPeriod(number=f"T{NUMBER}", valid_from=lapsed)
    periods = (again, *registered(f"T{NUMBER}", valid_to=lapsed))
    check_party(company(registrations=periods), kinds=EVERY_KIND)


def test_a_foreign_firm_needs_no_japanese_number() -> None:
    firm = company(
        country="US", has_jp_establishment=False, corporate_number=None, registrations=()
    )
    check_party(firm, kinds=EVERY_KIND)


def test_a_committee_has_no_registration_of_its_own() -> None:
    committee = company(kind="committee", corporate_number=None)
    with refusal("registration_not_for_committee", "registrations"):
        check_party(committee, kinds=EVERY_KIND)
