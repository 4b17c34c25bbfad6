"""Exports of the journal: columns to the letter, labels of tax, and every posting read back."""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.journal_chart import ChartMapping, usual
from invoices.journal_text import JournalCharacterUnwritable
from invoices.journal_yen import AccountNameTooLong, JournalNotInYen
from invoices.journals import JournalFormat, journal_file
from ledger.core.exchange import FxRate
from ledger.core.journal import Account, AccountCode, Posting
from ledger.core.journal_export import (
    BookedEntry,
    JournalBook,
    TaxCategory,
    closing_of,
    lines_of,
    postings_of,
)
from tests.invoices import journal_reading as reading
from tests.invoices.journal_samples import (
    ABROAD,
    BANK,
    DAY,
    FEE,
    FEE_TAX,
    HELD,
    HOLDER,
    PARTIES,
    SETTLEMENT,
    book_of,
    booked,
    drawn_entries,
    moved,
)

YAYOI, FREEE, MONEYFORWARD = (
    JournalFormat.YAYOI,
    JournalFormat.FREEE,
    JournalFormat.MONEYFORWARD,
)
USUAL = ChartMapping()


def written(
    book: JournalBook,
    format_: JournalFormat,
    *,
    mapping: ChartMapping = USUAL,
    encoding: str | None = None,
) -> bytes:
    usual_encoding = encoding or format_.encodings[0]
    return journal_file(book, format_=format_, mapping=mapping, encoding=usual_encoding).content


# Lines.


def test_a_fee_and_its_tax_are_one_line_with_the_tax_inside() -> None:
    fee, rest = lines_of(SETTLEMENT.entry, is_taxed_here=lambda _: True)
    assert (fee.amount_minor, fee.tax_minor, fee.category) == (252_045, 22_913, TaxCategory.SALES)
    assert (rest.amount_minor, rest.category) == (2_612_114, TaxCategory.OUTSIDE)


@pytest.mark.parametrize(
    ("party", "is_taxed", "category"),
    [
        (HOLDER.id, True, TaxCategory.SALES),  # A fee so small that it bears no yen of tax.
        (ABROAD.id, False, TaxCategory.EXPORT),
    ],
)
def test_a_fee_without_tax_is_exempt_only_to_a_holder_abroad(
    party: int, is_taxed: bool, category: TaxCategory
) -> None:
    entry = booked(1, moved(Account(AccountCode.HOLDERS, party), FEE, 9)).entry
    (line,) = lines_of(entry, is_taxed_here=lambda _: is_taxed)
    assert line.category == category


def test_a_fee_that_is_undone_keeps_its_label_on_the_other_side() -> None:
    undone = booked(8, moved(FEE, HELD, 229_132), moved(FEE_TAX, HELD, 22_913))
    (line,) = lines_of(undone.entry, is_taxed_here=lambda _: True)
    assert (line.is_debit_taxed, line.amount_minor, line.tax_minor) == (True, 252_045, 22_913)


@given(drawn_entries("JPY"))
def test_every_posting_is_in_exactly_one_line(entries: tuple[BookedEntry, ...]) -> None:
    for each in entries:
        lines = lines_of(each.entry, is_taxed_here=lambda _: True)
        found: Counter[Posting] = Counter(
            posting for line in lines for posting in postings_of(line)
        )
        assert found == Counter(each.entry.postings)


# Columns.


@pytest.mark.parametrize("format_", [YAYOI, FREEE, MONEYFORWARD])
def test_the_columns_are_those_of_the_program(format_: JournalFormat) -> None:
    oracle = Path(os.environ.get("GENBO_SHARED", "../shared")) / "oracles" / "japan.json"
    if not oracle.exists():
        pytest.skip(f"the cases of {oracle} are not on this machine; set GENBO_SHARED")
    told: dict[str, Any] = json.loads(oracle.read_text(encoding="utf-8"))["journal_csv"][format_]
    assert usual()[format_]["columns"] == told["columns"]
    first = written(book_of(SETTLEMENT), format_).decode(format_.encodings[0]).splitlines()[0]
    heads = first.replace('"', "").split(",")
    assert (heads == told["columns"]) is told["header_row"]


def test_yayoi_reads_a_slip_of_several_lines() -> None:
    content = written(book_of(SETTLEMENT), YAYOI).decode("cp932")
    assert content == (
        "2110,,,2026/12/10,権利者預り金,星野書店,,対象外,252045,0,管理手数料,,,課税売上込10%,252045,22913,"
        "精算 SET-7,SET-7,,3,,7,0,0,no\r\n"
        "2101,,,2026/12/10,権利者預り金,星野書店,,対象外,2612114,0,未払使用料,星野書店,,対象外,2612114,0,"
        "精算 SET-7,SET-7,,3,,7,0,0,no\r\n"
    )


def test_yayoi_reads_an_entry_of_one_line() -> None:
    paid = booked(1, moved(Account(AccountCode.PAYABLE, HOLDER.id), BANK, 5), kind="payout")
    assert written(book_of(paid), YAYOI).startswith(b"2000,,,2026/12/10,")


def test_freee_settles_from_the_bank_or_over_a_clearing_account() -> None:
    paid = booked(9, moved(Account(AccountCode.PAYABLE, HOLDER.id), BANK, 5), kind="payout")
    content = written(book_of(paid, SETTLEMENT), FREEE)
    assert content.startswith(b"\xef\xbb\xbf")
    rows = content.decode("utf-8-sig").splitlines()[1:]
    assert rows[0].startswith("支出,9-1,2026/12/10,,,星野書店,未払使用料,対象外,5,税込,0,")
    assert rows[0].endswith("2026/12/10,普通預金,5")
    assert rows[2].startswith("収入,7-1,2026/12/10,,,,管理手数料,課税売上10%,252045,税込,22913,")
    assert rows[2].endswith("2026/12/10,仕訳用口座,252045")


def test_money_forward_groups_an_entry_by_its_number() -> None:
    content = written(book_of(SETTLEMENT, booked(8, *SETTLEMENT.entry.postings)), MONEYFORWARD)
    rows = content.decode().splitlines()[1:]
    assert [row.split(",")[0] for row in rows] == ['"1"', '"1"', '"2"', '"2"']
    assert '"課税売上 10%","","252045","22913"' in rows[0]


# What is in no file.


def test_another_currency_is_no_entry_of_a_program_that_keeps_yen() -> None:
    with pytest.raises(JournalNotInYen) as refused:
        written(book_of(booked(1, moved(BANK, HELD, 5), currency="USD")), YAYOI)
    assert refused.value.values["currencies"] == "USD"


@pytest.mark.parametrize(
    ("name", "as_written"),
    [
        ("風の街〜リラ", "風の街～リラ"),  # The wave dash that Windows has elsewhere.
        ("Éditions Ørsted", "Editions Orsted"),
        ("髙橋﨑", "髙橋﨑"),  # Windows' Shift_JIS has both.
        ("=cmd", "＝cmd"),  # No spreadsheet runs it.
        ("①企画", "①企画"),
    ],
)
def test_what_has_an_exact_form_takes_it_and_that_is_told(name: str, as_written: str) -> None:
    holder = replace(HOLDER, name_ja=name)
    book = book_of(SETTLEMENT, parties=PARTIES | {HOLDER.id: holder})
    file = journal_file(book, format_=YAYOI, mapping=USUAL, encoding="cp932")
    assert f",{as_written}," in file.content.decode("cp932")
    assert bool(file.replaced) is (name != as_written)
    assert b"?" not in file.content


def test_a_character_without_a_form_is_named_and_a_mapping_helps() -> None:
    book = book_of(SETTLEMENT, parties=PARTIES | {HOLDER.id: replace(HOLDER, name_ja="𠮷野家")})
    with pytest.raises(JournalCharacterUnwritable) as refused:
        written(book, YAYOI)
    told = refused.value.values
    assert (told["text"], told["character"], told["position"]) == ("𠮷野家", "𠮷", "1")
    assert "吉野家" in written(
        book, YAYOI, mapping=ChartMapping(parties={"hoshino": "吉野家"})
    ).decode("cp932")
    assert "𠮷野家" in written(book, FREEE).decode("utf-8-sig")


def test_two_parties_never_share_a_name() -> None:
    long = "とても長い名前の株式会社スタジオ"
    parties = {party.id: replace(party, name_ja=f"{long}{party.id}") for party in PARTIES.values()}
    entry = booked(1, *(moved(BANK, Account(AccountCode.PAYABLE, each), 1) for each in PARTIES))
    content = written(book_of(entry, parties=parties), YAYOI).decode("cp932")
    names = [row.split(",")[11] for row in content.splitlines()]
    assert len(set(names)) == 3
    assert all(len(name.encode("cp932")) <= 24 for name in names)


def test_a_name_of_an_account_that_would_be_cut_is_refused() -> None:
    mapping = ChartMapping(accounts={"holders": "権利者からお預かりしているお金"})
    with pytest.raises(AccountNameTooLong):
        written(book_of(SETTLEMENT), YAYOI, mapping=mapping)
    assert "お預かり" in written(book_of(SETTLEMENT), FREEE, mapping=mapping).decode()


def test_a_mapping_gives_accounts_and_labels_their_names() -> None:
    mapping = ChartMapping(
        accounts={"admin_fee": "売上高"},
        tax={"yayoi": {"sales": "課税売上内{rate}%"}},
        freee={"clearing": "諸口"},
    )
    assert "売上高,,,課税売上内10%" in written(book_of(SETTLEMENT), YAYOI, mapping=mapping).decode(
        "cp932"
    )
    assert ",諸口," in written(book_of(SETTLEMENT), FREEE, mapping=mapping).decode()


def test_a_mapping_gives_an_account_its_tax_which_the_program_then_works_out() -> None:
    fee = booked(1, moved(Account(AccountCode.BANK_FEES), Account(AccountCode.RECEIVABLE, 1), 440))
    mapping = ChartMapping(tax={"yayoi": {"bank_fees": "課対仕入込10%適格"}})
    assert "支払手数料,,,課対仕入込10%適格,440,,売掛金," in written(
        book_of(fee), YAYOI, mapping=mapping
    ).decode("cp932")
    assert "支払手数料,,,対象外,440,0,売掛金," in written(book_of(fee), YAYOI).decode("cp932")


# The way back.


@given(drawn_entries("JPY"))
def test_what_is_read_back_is_what_was_posted(entries: tuple[BookedEntry, ...]) -> None:
    book = book_of(*entries)
    told = reading.told(entries, reading.japanese_names(PARTIES))
    clearing = str(usual()["freee"]["words"]["clearing"])
    assert reading.read_yayoi(written(book, YAYOI)) == told
    assert reading.read_freee(written(book, FREEE), clearing=clearing) == told
    for encoding in MONEYFORWARD.encodings:
        content = written(book, MONEYFORWARD, encoding=encoding)
        assert reading.read_moneyforward(content, encoding) == told


@given(drawn_entries("JPY", "USD", "KWD"), st.sampled_from(["beancount", "hledger"]))
def test_plain_text_reads_back_too(entries: tuple[BookedEntry, ...], program: str) -> None:
    book = book_of(*entries, opening={}, first_day=DAY, last_day=DAY)
    told = reading.told(entries, plain_names())
    assert reading.read_plain(written(book, JournalFormat(program))) == told


def plain_names() -> Mapping[Account, str]:
    components = {1: "Studio-a", 2: "Hoshino", 3: "Han-sora"}
    names = {Account(AccountCode(code)): name for code, name in usual()["plain"].items()}
    kept = {
        Account(account.code, party): f"{name}:{component}"
        for account, name in names.items()
        for party, component in components.items()
    }
    return names | kept


# The programs themselves.


def plain_book() -> JournalBook:
    """Entries in two currencies after others, with rates, and a party of awkward names."""
    firm = Account(AccountCode.RECEIVABLE, 1)
    entries = (
        booked(3, moved(firm, HELD, 1_050), currency="USD", kind="invoice", source='a "b"; \\c'),
        SETTLEMENT,
    )
    dollars = FxRate(source="ecb", on=DAY, currency="USD", into="JPY", rate=Decimal("152.37"))
    opening = {(BANK, "JPY"): 2_864_159, (HELD, "JPY"): -2_864_159}
    return book_of(
        *entries, opening=opening, first_day=date(2026, 12, 1), last_day=DAY, rates=(dollars,)
    )


def accepts(program: str, path: Path) -> subprocess.CompletedProcess[str]:
    """Let the program itself check a file."""
    if program == "beancount":
        command = [str(Path(sys.executable).with_name("bean-check")), str(path)]
    else:
        command = ["hledger", "check", "--strict", "-f", str(path)]
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not on this machine; make test installs it where it can")
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "LANG": "C.UTF-8"}
    )


@pytest.mark.parametrize("program", ["beancount", "hledger"])
def test_the_program_accepts_the_file_and_would_not_accept_a_wrong_one(
    program: str, tmp_path: Path
) -> None:
    book = plain_book()
    path = tmp_path / f"book.{program}"
    content = written(book, JournalFormat(program))
    path.write_bytes(content)
    checked = accepts(program, path)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    held = closing_of(book)[HELD, "JPY"]
    assert held == -2_864_159 + 252_045 + 2_612_114  # Nothing is held any more.
    path.write_bytes(content.replace(b"2864159 JPY", b"2864158 JPY", 1))
    assert accepts(program, path).returncode != 0
