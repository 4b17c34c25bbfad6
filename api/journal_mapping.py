"""Mapping files of journals: what the house's own accounting calls accounts and tax categories."""

import re
from collections.abc import Collection, Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from api.mappings import MappingUnreadable
from invoices.journal_chart import ChartMapping, usual
from invoices.journals import JournalFormat
from ledger.core.journal import AccountCode
from ledger.core.journal_export import TaxCategory

#: What both plain-text programs take as an account: capitals, and one of five roots.
_PLAIN = re.compile(
    r"(Assets|Liabilities|Equity|Income|Expenses)(:[A-Z0-9][A-Za-z0-9-]*)+", re.ASCII
)
_PROGRAMS = tuple(each for each in JournalFormat if not each.is_plain)


class _MappingFile(Struct, frozen=True, forbid_unknown_fields=True):
    """A mapping as it is written."""

    accounts: dict[str, str] = {}
    parties: dict[str, str] = {}
    tax: dict[str, dict[str, str]] = {}
    freee: dict[str, str] = {}
    plain: dict[str, str] = {}


def read_journal_mapping(path: Path | None) -> ChartMapping:
    """
    Read a mapping file; without one everything is as usual.

    :raises MappingUnreadable: it cannot be read, or names what there is not.
    """
    if path is None:
        return ChartMapping()
    try:
        told = msgspec.toml.decode(path.read_bytes(), type=_MappingFile)
    except OSError as error:
        raise MappingUnreadable(file=path, reason=error.strerror or error) from None
    except (ValueError, msgspec.MsgspecError) as error:
        raise MappingUnreadable(file=path, reason=error) from None
    _check(path, "accounts", told.accounts, of=list(AccountCode))
    _check(path, "plain", told.plain, of=list(AccountCode))
    _check(path, "freee", told.freee, of=usual()["freee"]["words"])
    _check(path, "tax", told.tax, of=_PROGRAMS)
    for program, labels in told.tax.items():
        _check(path, f"tax.{program}", labels, of=[*TaxCategory, *AccountCode])
    for code, name in told.plain.items():
        if not _PLAIN.fullmatch(name):
            reason = f"plain.{code} = {name!r}; write it as Liabilities:Payable"
            raise MappingUnreadable(file=path, reason=reason)
    return ChartMapping(
        accounts=told.accounts,
        parties=told.parties,
        tax=told.tax,
        freee=told.freee,
        plain=told.plain,
    )


def _check(path: Path, table: str, told: Mapping[str, object], *, of: Collection[str]) -> None:
    for key, value in told.items():
        if key not in of:
            reason = f"{table}.{key}; use one of {', '.join(of)}"
            raise MappingUnreadable(file=path, reason=reason)
        if value == "":
            raise MappingUnreadable(file=path, reason=f'{table}.{key} = ""')
