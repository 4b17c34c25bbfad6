"""
The chart of an export: what accounts, parties and tax categories are called in a program.

Names come from the catalogue and from ``journals.toml``; a mapping file replaces any of them. Two
parties never share a name in one file: the later one has its number beside it.
"""

import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from ledger.core.journal import AccountCode
from ledger.core.journal_export import ExportParty, TaxCategory
from locales.catalogues import message

PERCENT_BP = 100


@dataclass(frozen=True, kw_only=True)
class ChartMapping:
    """What a mapping file says; what it leaves out is as usual."""

    accounts: Mapping[str, str] = field(default_factory=dict)
    parties: Mapping[str, str] = field(default_factory=dict)
    tax: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    freee: Mapping[str, str] = field(default_factory=dict)
    plain: Mapping[str, str] = field(default_factory=dict)


@cache
def usual() -> dict[str, Any]:
    """Return what is usual of every program."""
    return tomllib.loads(files("invoices").joinpath("journals.toml").read_text(encoding="utf-8"))


def account_name(mapping: ChartMapping, code: AccountCode) -> str:
    """Return what an account is called in a Japanese program."""
    return mapping.accounts.get(code) or message("ja", f"account.{code}")


def plain_account(mapping: ChartMapping, code: AccountCode) -> str:
    """Return what an account is called in plain-text accounting."""
    name: str = mapping.plain.get(code) or usual()["plain"][code]
    return name


def tax_label(
    mapping: ChartMapping,
    program: str,
    category: TaxCategory,
    *,
    rate_bp: int,
    credit_percent: int | None = None,
) -> str:
    """Return a program's label for a tax category at a rate, and the part that is deducted."""
    label: str = mapping.tax.get(program, {}).get(category) or usual()[program]["tax"][category]
    label = label.replace("{rate}", str(rate_bp // PERCENT_BP))
    return label.replace("{credit}", str(credit_percent))


def purchase_word(category: TaxCategory, credit_percent: int | None) -> str:
    """Return what Money Forward's column about invoices says of a line; empty for most."""
    word: str = usual()["moneyforward"]["invoices"].get(category, "")
    return word.replace("{credit}", str(credit_percent))


def label_of(mapping: ChartMapping, program: str, code: AccountCode) -> str | None:
    """Return the label that a mapping gives an account which is outside otherwise; None if none."""
    return mapping.tax.get(program, {}).get(code)


def freee_word(mapping: ChartMapping, key: str) -> str:
    """Return one of the words that freee's columns take."""
    word: str = mapping.freee.get(key) or usual()["freee"]["words"][key]
    return word


def distinct(
    parties: Collection[ExportParty],
    *,
    name_of: Callable[[ExportParty], str],
    numbered: Callable[[str, int], str],
) -> dict[int, str]:
    """
    Give each party a name that no other has, in the order of their numbers.

    ``numbered`` makes another name of a name that is taken and the party's number, so that a party
    that comes later changes no name that was given before.
    """
    names: dict[int, str] = {}
    taken: set[str] = set()
    for party in sorted(parties, key=lambda party: party.id):
        name = name_of(party)
        if name in taken:
            name = numbered(name, party.id)
        taken.add(name)
        names[party.id] = name
    return names
