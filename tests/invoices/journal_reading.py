"""Reads exported journals back into the postings they are made of, knowing only the files."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from ledger.core.journal import Account, AccountCode
from ledger.core.journal_export import BookedEntry, ExportParty
from ledger.core.money import exponent_of
from locales.catalogues import message

_FEE_TAX = (message("ja", "account.admin_fee"), message("ja", "account.output_tax"))


class Moved(NamedTuple):
    """One posting of a file: its entry, day, both accounts with parties, amount, currency."""

    entry: int
    day: str
    debit: str
    credit: str
    amount: int
    currency: str


def told(entries: tuple[BookedEntry, ...], name_of: Mapping[Account, str]) -> Counter[Moved]:
    """Return the postings of the ledger, as a file should have them."""
    return Counter(
        Moved(
            booked.id,
            booked.entry.posted_on.isoformat(),
            name_of[posting.debit],
            name_of[posting.credit],
            posting.amount_minor,
            booked.entry.currency,
        )
        for booked in entries
        for posting in booked.entry.postings
    )


def japanese_names(parties: Mapping[int, ExportParty]) -> dict[Account, str]:
    """Return what accounts are called in the Japanese programs' files."""
    plain = {Account(code): message("ja", f"account.{code}") + "/" for code in AccountCode}
    kept = {
        Account(code, party.id): message("ja", f"account.{code}") + f"/{party.name_ja}"
        for code in AccountCode
        for party in parties.values()
    }
    return plain | kept


def _fee_and_tax(entry: int, day: str, row: Mapping[str, str]) -> Iterator[Moved]:
    """Yield the postings of a line: the fee and its tax apart."""
    debit, credit = row["debit"], row["credit"]
    tax = int(row["debit_tax"] or 0) + int(row["credit_tax"] or 0)
    yield Moved(entry, day, debit, credit, int(row["amount"]) - tax, "JPY")
    if tax:
        fee, output_tax = (f"{name}/" for name in _FEE_TAX)
        yield Moved(
            entry,
            day,
            output_tax if debit == fee else debit,
            output_tax if credit == fee else credit,
            tax,
            "JPY",
        )


def read_yayoi(content: bytes) -> Counter[Moved]:
    """Read Yayoi's 25 columns; the flags have to make whole slips."""
    found: Counter[Moved] = Counter()
    flags: dict[str, list[str]] = {}
    for row in csv.reader(io.StringIO(content.decode("cp932"), newline="")):
        assert len(row) == 25
        assert (row[1], row[2], row[6], row[12], row[22:]) == ("", "", "", "", ["0", "0", "no"])
        flags.setdefault(row[21], []).append(row[0])
        assert row[19] == ("0" if row[0] == "2000" else "3")
        assert row[8] == row[14]
        line = {
            "debit": f"{row[4]}/{row[5]}", "credit": f"{row[10]}/{row[11]}",
            "amount": row[8], "debit_tax": row[9], "credit_tax": row[15],
        }  # fmt: skip
        found.update(_fee_and_tax(int(row[21]), row[3].replace("/", "-"), line))
    for told_flags in flags.values():
        between = ["2100"] * (len(told_flags) - 2)
        whole = ["2000"] if len(told_flags) == 1 else ["2110", *between, "2101"]
        assert told_flags == whole
    return found


def read_moneyforward(content: bytes, encoding: str) -> Counter[Moved]:
    """Read Money Forward's 27 columns by their heads."""
    found: Counter[Moved] = Counter()
    numbers: dict[str, str] = {}
    for row in csv.DictReader(io.StringIO(content.decode(encoding), newline="")):
        assert len(row) == 27
        entry = row["仕訳メモ"]
        assert numbers.setdefault(row["取引No"], entry) == entry
        assert row["借方金額(円)"] == row["貸方金額(円)"]
        line = {
            "debit": f"{row['借方勘定科目']}/{row['借方取引先']}",
            "credit": f"{row['貸方勘定科目']}/{row['貸方取引先']}",
            "amount": row["借方金額(円)"],
            "debit_tax": row["借方税額"],
            "credit_tax": row["貸方税額"],
        }
        found.update(_fee_and_tax(int(entry), row["取引日"].replace("/", "-"), line))
    return found


def read_freee(content: bytes, *, clearing: str) -> Counter[Moved]:
    """Read freee's 21 columns by their heads: one deal of the bank, or two over clearing."""
    deals: dict[str, list[Mapping[str, str]]] = {}
    for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")):
        assert len(row) == 21
        assert row["金額"] == row["決済金額"]
        deals.setdefault(row["管理番号"], []).append(row)
    found: Counter[Moved] = Counter()
    for number, of_one in deals.items():
        sides = {"debit": "", "credit": ""}
        taxes = {"debit": "0", "credit": "0"}
        for deal in of_one:
            side = "debit" if deal["収支区分"] == "支出" else "credit"
            sides[side] = f"{deal['勘定科目']}/{deal['取引先']}"
            taxes[side] = deal["税額"]
            if deal["決済口座"] != clearing:
                sides["credit" if side == "debit" else "debit"] = f"{deal['決済口座']}/"
        line = dict(sides)
        line |= {"amount": of_one[0]["金額"]}
        line |= {f"{side}_tax": tax for side, tax in taxes.items()}
        day = of_one[0]["発生日"].replace("/", "-")
        found.update(_fee_and_tax(int(number.partition("-")[0]), day, line))
    return found


_HEAD = re.compile(r"(\d{4}-\d\d-\d\d) (?:\*|\((\d+)\)) ?")
_LEG = re.compile(r"\s+(\S+)  (-?[\d.]+) ([A-Z]{3})")


def read_plain(content: bytes) -> Counter[Moved]:
    """Read beancount's or hledger's transactions that carry an entry's number; legs are pairs."""
    found: Counter[Moved] = Counter()
    entry, day = None, ""
    legs: list[tuple[str, int, str]] = []
    for line in [*content.decode().splitlines(), ""]:
        if head := _HEAD.match(line):
            entry, day = (int(head[2]) if head[2] else None), head[1]
        elif number := re.match(r'\s+entry: "(\d+)"', line):
            entry = int(number[1])
        elif (leg := _LEG.match(line)) and entry is not None:
            minor = Decimal(leg[2]).scaleb(exponent_of(leg[3]))
            assert minor == int(minor)
            legs.append((leg[1], int(minor), leg[3]))
        elif not line and entry is not None:
            for (debit, amount, currency), (credit, negative, _) in zip(
                legs[::2], legs[1::2], strict=True
            ):
                assert amount == -negative
                found[Moved(entry, day, debit, credit, amount, currency)] += 1
            entry, legs = None, []
    return found
