"""The journal by command: written, logged, only what is new, again to the byte; and the totals."""

import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from ledger.services import BOOK_ID, balancing
from ledger.store.entries import trial_balance
from locales.catalogues import message
from tests.api.test_cli import Desk, desk
from tests.invoices import journal_reading as reading
from tests.invoices.test_journals import accepts
from tests.rows import row_counts
from tests.services import money
from tests.services.withheld import pay

__all__ = ["desk"]

BY = ("--by", "keiri")


@pytest.fixture
def paid(desk: Desk) -> Desk:
    """A terminal on a book of one month, from invoice to payout."""
    pay(desk.database)
    return desk


def test_every_posting_of_the_book_is_in_the_file_and_the_totals_are_the_trial_balance(
    paid: Desk,
) -> None:
    told = paid.done("journal", "--format", "moneyforward", *BY)
    assert "Logged as export 1" in told
    found = reading.read_moneyforward(Path("out/journal-1-moneyforward.csv").read_bytes(), "utf-8")
    names = {name.split("/")[0] for moved in found for name in (moved.debit, moved.credit)}
    assert "権利者預り金" in names
    assert sum(found.values()) == row_counts(paid.database)["posting"]
    debits: Counter[str] = Counter()
    for moved, count in found.items():
        debits[moved.debit.split("/")[0]] += moved.amount * count
    with paid.database.transaction() as session:
        kept = trial_balance(session, book_id=BOOK_ID)
    expected: Counter[str] = Counter()
    for each in kept:
        expected[message("ja", f"account.{each.code}")] += each.debit_minor
    assert debits == +expected


def test_the_same_export_again_is_the_same_to_the_byte(paid: Desk) -> None:
    days = ("--from", "2026-11-01", "--to", "2026-12-31")
    for format_, ending in (("yayoi", "csv"), ("freee", "csv"), ("beancount", "beancount")):
        number = re.search(r"export (\d+)", paid.done("journal", "--format", format_, *days, *BY))
        assert number is not None
        path = Path(f"out/journal-{number[1]}-{format_}.{ending}")
        first = path.read_bytes()
        path.unlink()
        assert "byte for byte" in paid.done("journal", "--repeat", number[1])
        assert path.read_bytes() == first


def test_what_is_posted_later_is_new_and_nothing_else(paid: Desk) -> None:
    new = ("journal", "--format", "freee", "--new", *BY)
    paid.done(*new)
    paid.refused("nothing_to_export", *new)
    assert "entries" in paid.done("journal", "--format", "yayoi", "--new", *BY)  # Another format.
    work, month = "work-of-minami", money.NOVEMBER
    money.sell(paid.database, 100_000, work=work, licensee="maker", month=month)
    money.bill(paid.database, money.NOVEMBER)
    paid.done(*new)
    content = Path("out/journal-3-freee.csv").read_bytes()
    found = reading.read_freee(content, clearing="仕訳用口座")
    assert {moved.day for moved in found} == {"2026-12-05"}
    # The first export is still the same, whatever was posted since.
    assert "byte for byte" in paid.done("journal", "--repeat", "1")
    log = paid.done("journal", "--log").splitlines()
    assert [line.split("  ")[0] for line in log] == ["3", "2", "1"]
    assert all(("keiri" in line and "freee" in line) or "yayoi" in line for line in log)


def test_the_programs_accept_the_book_month_by_month(paid: Desk) -> None:
    for format_, ending in (("beancount", "beancount"), ("hledger", "journal")):
        for days in (("--to", "2026-11-30"), ("--from", "2026-12-01", "--to", "2026-12-31"), ()):
            told = paid.done("journal", "--format", format_, *days, *BY)
            number = re.search(r"export (\d+)", told)
            assert number is not None
            path = Path(f"out/journal-{number[1]}-{format_}.{ending}")
            checked = accepts(format_, path)
            assert checked.returncode == 0, checked.stdout + checked.stderr


def test_what_the_file_asserts_is_the_trial_balance(paid: Desk) -> None:
    paid.done("journal", "--format", "beancount", "--to", "2026-12-31", *BY)
    text = Path("out/journal-1-beancount.beancount").read_text("utf-8")
    asserted = re.findall(r"2027-01-01 balance (\S+)  (\S+) JPY", text)
    lines = balancing.trial_balance(paid.database, last_day=date(2026, 12, 31), is_by_party=True)
    standing = sorted(line.closing_minor for line in lines if line.closing_minor)
    assert sorted(int(amount) for _, amount in asserted if int(amount)) == standing


MAPPING = """
[accounts]
admin_fee = "売上高"
[tax.yayoi]
sales = "課税売上内{rate}%"
"""


def test_a_mapping_file_names_accounts_and_labels(paid: Desk) -> None:
    Path("map.toml").write_text(MAPPING, encoding="utf-8")
    paid.done("journal", "--mapping", "map.toml", *BY)
    assert "売上高,,,課税売上内10%" in Path("out/journal-1-yayoi.csv").read_text("cp932")
    assert "names or the mapping have changed" in paid.done("journal", "--repeat", "1")
    assert "byte for byte" in paid.done("journal", "--repeat", "1", "--mapping", "map.toml")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--format", "excel", *BY), "word_not_known"),
        (("--format", "yayoi", "--encoding", "utf-8", *BY), "encoding_not_for_format"),
        (("--from", "2026-12-02", "--to", "2026-12-01", *BY), "days_reversed"),
        (("--to", "2020-01-01", *BY), "nothing_to_export"),
        (("--repeat", "9"), "journal_export_unknown"),
        ((), "text_missing"),  # Who exports is kept in the log.
        (("--mapping", "none.toml", *BY), "mapping_unreadable"),
    ],
)
def test_an_export_that_cannot_be_is_refused_and_not_logged(
    paid: Desk, words: tuple[str, ...], code: str
) -> None:
    paid.refused(code, "journal", *words)
    assert "Nothing was exported" in paid.done("journal", "--log")
    assert not Path("out").exists()


@pytest.mark.parametrize(
    "text",
    [
        '[accounts]\nbenk = "x"\n',
        '[accounts]\nbank = ""\n',
        '[plain]\nbank = "Bank"\n',
        '[tax.excel]\nsales = "x"\n',
        '[tax.yayoi]\nsale = "x"\n',
        '[freee]\nwallet = "x"\n',
        "[accounts\n",
        "[parties]\nminami = 1\n",
    ],
)
def test_a_mapping_that_names_what_there_is_not_is_refused(paid: Desk, text: str) -> None:
    Path("map.toml").write_text(text, encoding="utf-8")
    paid.refused("mapping_unreadable", "journal", "--mapping", "map.toml", *BY, file="map.toml")
