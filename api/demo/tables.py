"""
Tables of the demo's TOML files as values of the book: parties, contracts, licenses, terms.

The files are part of the program, so what is wrong in them is a bug and fails where it is met;
nothing here is a refusal.
"""

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from api.demo.scenario import MONTHS
from ledger.core.account_at_home import NewBankAccount
from ledger.core.agreement import NewGrant, NewLicense, NewRateLine, NewTerms, NewTier
from ledger.core.party import NewEntrustment, NewParty
from ledger.core.registration import RegistrationPeriod
from ledger.services.consenting import NewConsent
from ledger.services.registering import NewCommittee, NewStep
from ledger.store.works import NewSubject

#: Contracts with the house, and the accounts told to it, are older than any usage.
SINCE = date(2026, 1, 1)

Table = Mapping[str, Any]

_GRANT_LISTS = ("subjects", "modalities", "use_classes", "territories")


@cache
def read_tables(name: str) -> dict[str, Any]:
    """Return a TOML file of this package as tables; the name is without its ending."""
    file = files("api.demo").joinpath(f"{name}.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))


def party(table: Table, *, role: str, kind: str = "") -> NewParty:
    """
    Return a party; ``kind`` is for tables that do not say it.

    ``account`` is written bank-branch-type-number; a company's registration number is its
    corporate number.
    """
    fields = dict(table)
    account, kana = fields.pop("account", None), fields.pop("holder_kana", "")
    since, number = fields.pop("registered_since", None), fields.pop("registration_number", None)
    number = number or f"T{fields.get('corporate_number')}"
    fee_bp = fields.pop("admin_fee_bp", None)
    fields["kind"] = fields.get("kind", kind)
    return NewParty(
        role=role,
        **fields,
        registrations=(RegistrationPeriod(number=number, valid_from=since),) if since else (),
        bank_account=_account(account, kana) if account else None,
        entrustment=entrustment(fee_bp) if fee_bp is not None else None,
    )


def entrustment(admin_fee_bp: int) -> NewEntrustment:
    """Return a rights holder's contract with the house."""
    return NewEntrustment(admin_fee_bp=admin_fee_bp, effective_from=SINCE)


def committee(table: Table) -> NewCommittee:
    """Return a committee, whose contract stands beside what it is called."""
    contract = {"preset", "members", "steps"}
    own = {name: value for name, value in table.items() if name not in contract}
    return NewCommittee(
        party=party(own, role="rights_holder", kind="committee"),
        preset=table["preset"],
        effective_from=MONTHS[0],
        steps=tuple(
            NewStep(**{**step, "passes": tuple(step.get("passes", {}).items())})
            for step in table["steps"]
        ),
        members=tuple(table["members"].items()),
    )


def subject(table: Table) -> NewSubject:
    """Return a work, character, voice or style."""
    identifiers = frozenset(table.get("identifiers", {}).items())
    return NewSubject(**{**table, "identifiers": identifiers})


def consent(table: Table) -> NewConsent:
    """Return a performer's consent to the use of a voice."""
    return NewConsent(**{**table, "use_classes": tuple(table["use_classes"])})


def license_(table: Table) -> NewLicense:
    """Return a license; the terms of each grant begin with it."""
    fields = {name: value for name, value in table.items() if name != "grants"}
    grants = tuple(
        grant({"effective_from": table["starts_at"], **each}) for each in table["grants"]
    )
    return NewLicense(grants=grants, **fields)


def grant(table: Table) -> NewGrant:
    """Return a grant with its first terms."""
    lists: dict[str, Any] = {name: tuple(table[name]) for name in _GRANT_LISTS if name in table}
    return NewGrant(**lists, terms=terms(table))


def terms(table: Table) -> NewTerms:
    """Return one version of the terms."""
    return NewTerms(
        effective_from=table["effective_from"],
        clause_reference=table["clause_reference"],
        rate_lines=tuple(_rate_line(each) for each in table["rate_lines"]),
    )


def _account(text: str, holder_kana: str) -> NewBankAccount:
    bank_code, branch_code, account_type, number = text.split("-")
    return NewBankAccount(
        bank_code=bank_code,
        branch_code=branch_code,
        account_type=account_type,
        number=number,
        holder_kana=holder_kana,
        effective_from=SINCE,
    )


def _rate_line(table: Table) -> NewRateLine:
    tiers = tuple(
        NewTier(up_to=tier.get("up_to"), rate=tier["rate"]) for tier in table.get("tiers", ())
    )
    return NewRateLine(**{**table, "tiers": tiers})
