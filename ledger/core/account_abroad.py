"""
Where a party abroad is paid: an IBAN, or a number as its own bank writes it, at a bank with a BIC.

It is looked at when it is entered, long before somebody is paid, so that a payee with a bad account
waits by name and no file is turned down for it.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ledger.core.iban_length import IBAN_LENGTHS
from ledger.core.refusal import Refusal

_BIC = re.compile("[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?", re.ASCII)
_IBAN = re.compile("[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", re.ASCII)
_NUMBER = re.compile("[A-Za-z0-9/-]{1,34}", re.ASCII)
_COUNTRY = re.compile("[A-Z]{2}", re.ASCII)


class BicMalformed(Refusal):
    """A bank's identifier is not eight or eleven letters and digits (ISO 9362)."""

    code = "bic_malformed"
    field = "bic"


class IbanMalformed(Refusal):
    """An IBAN's form, its length or its two check digits are wrong (ISO 13616)."""

    code = "iban_malformed"
    field = "iban"


class AccountNumberMalformed(Refusal):
    """An account number abroad has more than 34 characters, or others than letters and digits."""

    code = "account_number_malformed"
    field = "account_number"


class CountryMalformed(Refusal):
    """A country is not the two capital letters of ISO 3166-1."""

    code = "bank_country_malformed"
    field = "country"


class AccountTextNotLatin(Refusal):
    """A name that a bank abroad has to carry is empty, or has letters that it cannot."""

    code = "account_text_not_latin"


class TwoAccounts(Refusal):
    """A party is paid at one bank: at home or abroad."""

    code = "two_accounts"
    field = "account_abroad"


class AbroadType(StrEnum):
    """How the account is named: by an IBAN, or by a number."""

    IBAN = "iban"
    NUMBER = "number"


@dataclass(frozen=True, kw_only=True)
class NewAccountAbroad:
    """Where a party is paid abroad from a day on; an IBAN, or else a number."""

    bic: str
    bank_name: str
    bank_country: str  # ISO 3166-1 alpha-2
    holder_name: str  # as the bank has it, in Latin letters
    effective_from: date
    iban: str | None = None
    number: str | None = None


def check_account_abroad(account: NewAccountAbroad) -> None:
    """
    Make sure that an account abroad can be paid to.

    :raises BicMalformed: the bank's identifier is no BIC.
    :raises CountryMalformed: the bank's country is no code.
    :raises IbanMalformed: the IBAN is none, or its check digits are wrong.
    :raises AccountNumberMalformed: there is no IBAN, and no number that a file can carry; or both.
    :raises AccountTextNotLatin: a name has letters that no file can carry.
    """
    if not _BIC.fullmatch(account.bic):
        raise BicMalformed(bic=account.bic)
    if not _COUNTRY.fullmatch(account.bank_country):
        raise CountryMalformed(country=account.bank_country)
    check_number(account.iban, account.number)
    check_latin(account.bank_name, field="bank_name")
    check_latin(account.holder_name, field="holder_name")


def check_latin(text: str, *, field: str) -> None:
    """
    Make sure that a bank abroad can carry a text.

    :raises AccountTextNotLatin: it is empty, or letters are left when accents fall off.
    """
    if not _is_latin(text):
        raise AccountTextNotLatin(field=field, value=text)


def check_number(iban: str | None, number: str | None) -> None:
    """
    Make sure that an account is named, and that the check digits of an IBAN are right.

    :raises IbanMalformed: the IBAN is none, or its check digits are wrong.
    :raises AccountNumberMalformed: there is no IBAN, and no number that a file can carry; or both.
    """
    if iban is not None:
        if not is_iban(iban):
            raise IbanMalformed(iban=iban)
        if number is not None:
            raise AccountNumberMalformed(account_number=number)
    elif number is None or not _NUMBER.fullmatch(number):
        raise AccountNumberMalformed(account_number=number or "")


def is_bic(text: str) -> bool:
    """Tell whether a text is the identifier of a bank (ISO 9362)."""
    return bool(_BIC.fullmatch(text))


def is_iban(text: str) -> bool:
    """
    Tell whether a text without blanks is an IBAN: ISO 7064, MOD 97-10, over moved letters.

    It is as long as those of its country are (:data:`ledger.core.iban_length.IBAN_LENGTHS`).

    >>> is_iban("GB82WEST12345698765432"), is_iban("GB82WEST12345698765431")
    (True, False)
    """
    if not _IBAN.fullmatch(text) or len(text) != IBAN_LENGTHS.get(text[:2]):
        return False
    digits = "".join(str(int(character, 36)) for character in text[4:] + text[:4])
    return int(digits) % 97 == 1


def _is_latin(text: str) -> bool:
    bare = "".join(
        each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each)
    )
    return bool(text.strip()) and bare.isascii() and bare.isprintable()
