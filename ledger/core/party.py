"""
A party as it enters the book: what is known of it, and what cannot be true.

A company, a person or a committee. Nothing is corrected silently: names, numbers and bank
digits go to print and to the bank as they are.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise

from ledger.core import registration
from ledger.core.account_abroad import (
    NewAccountAbroad,
    TwoAccounts,
    check_account_abroad,
    check_latin,
)
from ledger.core.account_at_home import NewBankAccount, check_bank_account
from ledger.core.capacity import Capacity
from ledger.core.claim import OverclaimPolicy
from ledger.core.fields import (
    FieldRefusal,
    check_reference,
    check_text,
    check_whole,
    check_word,
)
from ledger.core.money import BASIS_POINTS
from ledger.core.refusal import Refusal
from ledger.core.registration import (
    RegistrationPeriod,
    RegistrationsOverlap,
    WrongCheckDigit,
    check_digit,
    parse_registration_number,
)
from ledger.core.tax import JAPAN, WithholdingBase

_COUNTRY = re.compile(r"[A-Z]{2}")
_CORPORATE_NUMBER = re.compile(r"[0-9]{13}")

#: The longest that a payee may be given to find a fault in a notice.
CONFIRM_DAYS_MAX = 365

#: The longest that a reserve is held.
RESERVE_MONTHS_MAX = 120

_TEXTS = ("name_ja", "name_en")
_TEXTS_MAYBE_EMPTY = ("name_kana", "postal_code", "address_ja", "address_en")


class Role(StrEnum):
    """What a party is in the book."""

    OPERATOR = "operator"
    LICENSEE = "licensee"
    RIGHTS_HOLDER = "rights_holder"


class PartyKind(StrEnum):
    """What a party is before the law."""

    COMPANY = "company"
    INDIVIDUAL = "individual"
    COMMITTEE = "committee"


class Language(StrEnum):
    """Which language comes first on a party's documents."""

    JAPANESE = "ja"
    ENGLISH = "en"


class CountryCodeMalformed(FieldRefusal):
    """A country is not written as two capital letters (ISO 3166-1 alpha-2)."""

    code = "country_code_malformed"


class CorporateNumberMalformed(FieldRefusal):
    """A corporate number is not thirteen half-width digits."""

    code = "corporate_number_malformed"


class CorporateNumberCheckDigitWrong(WrongCheckDigit):
    """The first digit of a corporate number does not follow from the other twelve."""

    field = "corporate_number"


class CorporateNumberNotForKind(Refusal):
    """Only companies have a corporate number; a person's twelve digits are never asked for."""

    code = "corporate_number_not_for_kind"
    field = "corporate_number"


class RegistrationNotForCommittee(Refusal):
    """A committee has no registration number of its own: its members have (消費税法57条の6)."""

    code = "registration_not_for_committee"
    field = "registrations"


class NumbersDisagree(FieldRefusal):
    """A company's registration number is not "T" and its corporate number."""

    code = "numbers_disagree"


class ReserveTermsIncomplete(FieldRefusal):
    """A reserve needs both: what part of receipts is held, and for how many months."""

    code = "reserve_terms_incomplete"


class ReserveWithPrincipal(FieldRefusal):
    """The house sells for itself, and bears refunds itself: nothing of the holder's is held."""

    code = "reserve_with_principal"


class WithholdingTermsNotForParty(FieldRefusal):
    """Terms of withholding are for a person in Japan: nobody else has a choice of its base."""

    code = "withholding_terms_not_for_party"


@dataclass(frozen=True, kw_only=True)
class NewEntrustment:
    """What a rights holder agreed to pay the house for its work, from a day on."""

    admin_fee_bp: int
    effective_from: date
    reserve_bp: int | None = None  # what part of receipts is held against refunds
    reserve_months: int | None = None  # for how many months after the one they came in
    overclaim_policy: str = "hold_disputed_part"  # or "hold_all": what waits while claims exceed
    confirm_within_days: int | None = None  # after which silence confirms a notice, if agreed
    capacity: str = "intermediary"  # or "agent", "principal": whose invoices charges are on


@dataclass(frozen=True, kw_only=True)
class NewWithholdingTerms:
    """Of what income tax is withheld from a person in Japan, for payments from a day on."""

    base: str  # "excluding_tax" or "including_tax": where its tax is not shown separately
    effective_from: date


@dataclass(frozen=True, kw_only=True)
class NewParty:
    """Everything that is known of a party when it enters the book."""

    reference: str
    role: str  # "operator", "licensee" or "rights_holder"
    kind: str  # "company", "individual" or "committee"
    name_ja: str
    name_en: str
    name_kana: str = ""
    country: str = "JP"  # ISO 3166-1 alpha-2
    has_jp_establishment: bool = True
    postal_code: str = ""
    address_ja: str = ""
    address_en: str = ""
    language: str = "ja"  # "ja" or "en": which one comes first on its documents
    corporate_number: str | None = None
    registrations: tuple[RegistrationPeriod, ...] = ()
    bank_account: NewBankAccount | None = None
    account_abroad: NewAccountAbroad | None = None
    minimum_payment_minor: int = 0  # tax-exclusive
    treaty_rate_bp: int | None = None
    treaty_form_filed_on: date | None = None
    entrustment: NewEntrustment | None = None
    withholding: NewWithholdingTerms | None = None


def check_party(party: NewParty, *, kinds: Collection[PartyKind]) -> None:
    """
    Make sure that a party can be written as it is; ``kinds`` are those that may be.

    :raises CountryCodeMalformed: the country is not two capital letters.
    :raises CorporateNumberNotForKind: a person or committee has a corporate number.
    :raises CorporateNumberMalformed: it is not thirteen digits.
    :raises WrongCheckDigit: a company's number cannot be right.
    :raises NotARegistrationNumber: a registration number has another shape.
    :raises NumbersDisagree: a company's registration number is not that of the company.
    :raises RegistrationsOverlap: two registrations cover the same day.
    :raises BankDigitsMalformed: a bank cannot have given those digits.
    :raises TwoAccounts: it has an account at home and one abroad.
    :raises BicMalformed, IbanMalformed, AccountNumberMalformed, CountryMalformed,
        AccountTextNotLatin: see :func:`ledger.core.account_abroad.check_account_abroad`.
    :raises WithholdingTermsNotForParty: terms of withholding are no person's in Japan.
    :raises FieldRefusal: another field cannot be taken as it was sent.
    """
    check_reference(party.reference, field="reference")
    check_word(party.role, of=Role, field="role")
    check_word(party.kind, of=kinds, field="kind")
    check_word(party.language, of=Language, field="language")
    for name in _TEXTS:
        check_text(getattr(party, name), field=name)
    for name in _TEXTS_MAYBE_EMPTY:
        check_text(getattr(party, name), field=name, may_be_empty=True)
    if not _COUNTRY.fullmatch(party.country):
        raise CountryCodeMalformed(field="country", value=party.country)
    _check_corporate_number(party)
    _check_registrations(party)
    _check_money(party)
    if party.bank_account is not None:
        check_bank_account(party.bank_account)
    if party.account_abroad is not None:
        if party.bank_account is not None:
            raise TwoAccounts(reference=party.reference)
        check_account_abroad(party.account_abroad)
        if party.address_en:
            check_latin(party.address_en, field="address_en")
    if party.withholding is not None:
        check_withholding(
            party.withholding, kind=party.kind, country=party.country, field="withholding.base"
        )


def _check_corporate_number(party: NewParty) -> None:
    number = party.corporate_number
    if number is None:
        return
    if party.kind != PartyKind.COMPANY:
        raise CorporateNumberNotForKind(value=number)
    if not _CORPORATE_NUMBER.fullmatch(number):
        raise CorporateNumberMalformed(field="corporate_number", value=number)
    expected = check_digit(number[1:])
    if int(number[0]) != expected:
        raise CorporateNumberCheckDigitWrong(number, expected)


def _check_registrations(party: NewParty) -> None:
    if not party.registrations:
        return
    if party.kind == PartyKind.COMMITTEE:
        raise RegistrationNotForCommittee(value=party.registrations[0].number)
    for period in party.registrations:
        parse_registration_number(period.number, kind=registration.PartyKind(party.kind))
        if party.corporate_number is not None and period.number != f"T{party.corporate_number}":
            raise NumbersDisagree(
                field="registration_number",
                value=period.number,
                corporate_number=party.corporate_number,
            )
    in_order = sorted(party.registrations, key=lambda period: period.valid_from)
    for earlier, later in pairwise(in_order):
        if earlier.covers(later.valid_from):
            raise RegistrationsOverlap((earlier.number, later.number), later.valid_from)


def _check_money(party: NewParty) -> None:
    check_whole(party.minimum_payment_minor, field="minimum_payment_minor")
    if party.treaty_rate_bp is not None:
        check_whole(party.treaty_rate_bp, field="treaty_rate_bp", most=BASIS_POINTS)
    if party.entrustment is not None:
        check_entrustment(party.entrustment, field="entrustment.")


def check_entrustment(terms: NewEntrustment, *, field: str = "") -> None:
    """
    Make sure that what a rights holder agreed with the house can be carried out.

    ``field`` is the path to it in what was sent.

    :raises ReserveTermsIncomplete: it says how much is held, or for how long, and not both.
    :raises ReserveWithPrincipal: the house sells for itself, and would hold back what it owes.
    :raises FieldRefusal: a number lies out of its range.
    """
    check_whole(terms.admin_fee_bp, field=f"{field}admin_fee_bp", most=BASIS_POINTS)
    check_word(terms.overclaim_policy, of=OverclaimPolicy, field=f"{field}overclaim_policy")
    check_word(terms.capacity, of=Capacity, field=f"{field}capacity")
    if terms.confirm_within_days is not None:
        days = terms.confirm_within_days
        check_whole(days, field=f"{field}confirm_within_days", least=1, most=CONFIRM_DAYS_MAX)
    if (terms.reserve_bp is None) != (terms.reserve_months is None):
        missing = "reserve_bp" if terms.reserve_bp is None else "reserve_months"
        raise ReserveTermsIncomplete(field=f"{field}{missing}")
    if terms.reserve_bp is not None and terms.capacity == Capacity.PRINCIPAL:
        raise ReserveWithPrincipal(field=f"{field}reserve_bp")
    if terms.reserve_bp is not None and terms.reserve_months is not None:
        check_whole(terms.reserve_bp, field=f"{field}reserve_bp", least=1, most=BASIS_POINTS)
        check_whole(
            terms.reserve_months,
            field=f"{field}reserve_months",
            least=1,
            most=RESERVE_MONTHS_MAX,
        )


def check_withholding(
    terms: NewWithholdingTerms, *, kind: str, country: str, field: str
) -> WithholdingBase:
    """
    Return of what a payee's income tax is withheld.

    :raises WithholdingTermsNotForParty: it is no person in Japan, and the law leaves no choice.
    :raises WordNotKnown: it is neither of both.
    """
    base = check_word(terms.base, of=WithholdingBase, field=field)
    if kind != PartyKind.INDIVIDUAL or country != JAPAN:
        raise WithholdingTermsNotForParty(field=field, value=base)
    return base
