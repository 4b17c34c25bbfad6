"""
Whose money came in, and for which invoice: an exact, unique match, or the reason why there is none.

What a bank tells of a payer is a name in narrow kana, cut at 48 places, perhaps a code (a virtual
account), and whatever the payer wrote. A match needs to know the firm, by its name, or by a name or
a code that a person gave it before; and one open invoice of it, the one that the payer names if
any, whose rest is just the amount, or more by a fee that the house bears. A person has the rest.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ledger.core.bank_statement import StatementLine
from ledger.core.payment import FeeBearer, TransferFeeTerms

#: The most places that a payer's name has in a bank's file.
NAME_PLACES = 48

#: The number of an invoice, however a payer writes it: INV-2026-000013, INV2026000013, ｲﾝﾎﾞｲｽ no.
_NUMBER = re.compile(r"INV[-. /]?(\d{4})[-. /]?(\d{6})")

#: A legal form as banks abbreviate it: in front, inside or at the end.
_FORM = re.compile(r"^ *[\uff71-\uff9f]{1,4}\)|\([\uff71-\uff9f]{1,4}\)|\([\uff71-\uff9f]{1,4} *$")


class Reason(StrEnum):
    """Why a person has to look at a line, the first that holds."""

    WENT_OUT = "went_out"  # no receipt; compared with payouts and refunds instead
    CANCELLED = "cancelled"  # the bank took a transfer back
    PERHAPS_KNOWN = "perhaps_known"  # another file has a line that may be the same
    PERHAPS_RECORDED = "perhaps_recorded"  # a person recorded money that may be the same
    IN_FUTURE = "in_future"  # of a day that has not come yet
    REFERENCE_UNKNOWN = "reference_unknown"  # names an invoice that there is not
    SEVERAL_REFERENCES = "several_references"
    REFERENCE_OF_ANOTHER = "reference_of_another"  # the payer's name is not that of its firm
    PAYER_UNKNOWN = "payer_unknown"
    SEVERAL_PAYERS = "several_payers"
    BEFORE_INVOICE = "before_invoice"  # came before the invoice it would pay was issued
    NOTHING_OPEN = "nothing_open"
    AMOUNT_DIFFERS = "amount_differs"
    SEVERAL_INVOICES = "several_invoices"


@dataclass(frozen=True, kw_only=True)
class OpenInvoice:
    """An invoice of which something is left to pay."""

    reference: str
    licensee: str
    issued_on: date
    currency: str
    left_minor: int


@dataclass(frozen=True, kw_only=True)
class Payers:
    """How firms are known: by their own names, and by what persons said of names and codes."""

    names: Mapping[str, frozenset[tuple[str, str]]]  # plain names: legal form and firm
    codes: Mapping[str, frozenset[str]]


@dataclass(frozen=True, kw_only=True)
class Match:
    """The invoice a line pays; or, without one, why a person has to look."""

    invoice: str | None = None
    reason: Reason | None = None


def payers_of(
    named: Mapping[str, Sequence[str]],
    codes: Mapping[str, Sequence[str]],
    *,
    narrow: Callable[[str], str | None],
) -> Payers:
    """Return firms by their names as banks write them; ``narrow`` gives None for what cannot be."""
    names: dict[str, set[tuple[str, str]]] = {}
    for firm, spellings in named.items():
        for spelling in spellings:
            name, form = plain(narrow(spelling) or "")
            if name:
                names.setdefault(name, set()).add((form, firm))
    return Payers(
        names={name: frozenset(firms) for name, firms in names.items()},
        codes={code: frozenset(firms) for code, firms in codes.items()},
    )


def plain(narrow_name: str) -> tuple[str, str]:
    """
    Return a narrow name without what is written in more than one way, and its legal form.

    >>> plain("ｶ) ｴﾌﾀﾞ ｷｶｲ"), plain("ｴﾌﾀﾞｷｶｲ(ｶ")
    (('ｴﾌﾀﾞｷｶｲ', 'ｶ'), ('ｴﾌﾀﾞｷｶｲ', 'ｶ'))
    """
    form = _FORM.search(narrow_name)
    name = narrow_name.replace(form[0], "", 1) if form else narrow_name
    return re.sub(r"[ .\-]", "", name), (form[0].strip("() ") if form else "")


def match_line(
    line: StatementLine,
    *,
    payers: Payers,
    invoices: Sequence[OpenInvoice],
    known_references: Callable[[str], bool],
    fee_terms: Mapping[str, TransferFeeTerms],
    narrow: Callable[[str], str | None],
) -> Match:
    """
    Return the one invoice that a line of what came in pays exactly, or why there is none.

    ``known_references`` says whether the book has an invoice of a number, open or not.
    """
    if line.amount_minor <= 0:
        return Match(reason=Reason.WENT_OUT)
    named = references_in(line)
    if len(named) > 1:
        return Match(reason=Reason.SEVERAL_REFERENCES)
    firms = firms_of(line, payers=payers, narrow=narrow)
    if len(firms) > 1:
        return Match(reason=Reason.SEVERAL_PAYERS)
    if named:
        return _by_reference(line, named[0], firms, invoices, known_references, fee_terms)
    if not firms:
        return Match(reason=Reason.PAYER_UNKNOWN)
    (firm,) = firms
    return _among(line, [each for each in invoices if each.licensee == firm], fee_terms)


def references_in(line: StatementLine) -> list[str]:
    """Return the numbers of invoices that a payer wrote, each once, in one spelling."""
    told = " ".join((line.edi, line.remark, line.payer)).upper()
    found = (f"INV-{year}-{number}" for year, number in _NUMBER.findall(told))
    return list(dict.fromkeys(found))


def firms_of(
    line: StatementLine, *, payers: Payers, narrow: Callable[[str], str | None]
) -> frozenset[str]:
    """Return the firms a line may be of; a code says more than a name."""
    if line.payer_code and line.payer_code in payers.codes:
        return payers.codes[line.payer_code]
    told, form = plain(_NUMBER.sub("", narrow(line.payer) or ""))
    if not told:
        return frozenset()
    is_cut = len(line.payer) >= NAME_PLACES
    return frozenset(
        firm
        for name, known in payers.names.items()
        if name == told or (is_cut and name.startswith(told))
        for its_form, firm in known
        if form in ("", its_form) or not its_form
    )


def _by_reference(
    line: StatementLine,
    reference: str,
    firms: frozenset[str],
    invoices: Sequence[OpenInvoice],
    known_references: Callable[[str], bool],
    fee_terms: Mapping[str, TransferFeeTerms],
) -> Match:
    found = [each for each in invoices if each.reference == reference]
    if not found:
        is_known = known_references(reference)
        return Match(reason=Reason.NOTHING_OPEN if is_known else Reason.REFERENCE_UNKNOWN)
    if firms != {found[0].licensee}:
        unknown = Reason.PAYER_UNKNOWN if not firms else Reason.REFERENCE_OF_ANOTHER
        return Match(reason=unknown)
    return _among(line, found, fee_terms)


def _among(
    line: StatementLine,
    invoices: Sequence[OpenInvoice],
    fee_terms: Mapping[str, TransferFeeTerms],
) -> Match:
    """Return the one of a firm's open invoices that an amount pays exactly."""
    if not invoices:
        return Match(reason=Reason.NOTHING_OPEN)
    exact = [each for each in invoices if each.left_minor == line.amount_minor]
    found = exact or [each for each in invoices if _is_short_by_fee(each, line, fee_terms)]
    if not found:
        return Match(reason=Reason.AMOUNT_DIFFERS)
    if len(found) > 1:
        return Match(reason=Reason.SEVERAL_INVOICES)
    if line.booked_on < found[0].issued_on:
        return Match(reason=Reason.BEFORE_INVOICE)
    return Match(invoice=found[0].reference)


def _is_short_by_fee(
    invoice: OpenInvoice, line: StatementLine, fee_terms: Mapping[str, TransferFeeTerms]
) -> bool:
    terms = fee_terms.get(invoice.licensee)
    if terms is None or terms.bearer is not FeeBearer.HOUSE:
        return False
    return 0 < invoice.left_minor - line.amount_minor <= terms.up_to_minor
