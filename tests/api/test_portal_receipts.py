"""Receipts in the portal: a bank's file is sent, and what nobody could match is decided by hand."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from html import unescape

import pytest
from httpx import Response

from api.demo.hosting import DemoClock
from api.portal.uploads import Upload, read_parts
from ledger.services import collecting, matching
from ledger.store.database import Database
from tests import builders
from tests.api.portals import Browser, Portal, serving
from tests.invoices.statement_files import statement
from tests.rows import rows
from tests.services import money

DAY = date(2026, 12, 1)


@dataclass(frozen=True, kw_only=True)
class Bank:
    """A portal whose house awaits 110,000 yen of one firm."""

    portal: Portal
    invoice: str
    email: str

    def lines(self) -> list[int]:
        """Return what waits."""
        return [each.id for each in matching.list_unmatched(self.portal.database).lines]

    def received(self) -> list[tuple[str, int]]:
        """Return what was posted."""
        found = collecting.list_receipts(self.portal.database, licensee_id=None).receipts
        return [(each.invoice_reference, each.amount_minor) for each in found]


@pytest.fixture
def bank(database: Database, clock: DemoClock) -> Iterator[Bank]:
    """A book with an open invoice."""
    money.house(database)
    named = {"name_ja": "エフダ機械株式会社", "name_kana": "カ）エフダキカイ"}
    builders.parties(database, builders.new_licensee("efuda", **named))
    money.sell(database, 100_000, licensee="efuda")
    [invoice] = money.bill(database)
    clock.move_to(money.noon(DAY))
    with serving(database, clock) as portal:
        email = portal.person("genbo", role="operator", email="unno@genbo.example")
        yield Bank(portal=portal, invoice=invoice, email=email)


def send(browser: Browser, content: bytes, **fields: str) -> Response:
    """Send a bank's file by the form."""
    form = browser.get("/receipts/import").text.partition("<main")[2]
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))
    given = {name: unescape(text) for name, text in hidden.items()} | fields
    return browser.client.post(
        "/receipts/import", data=given, files={"file": ("11月分.txt", content)}
    )


def paid(amount_yen: int, payer: str, **of: object) -> dict[str, object]:
    return {"number": 7, "amount_yen": amount_yen, "payer": payer, **of}


def test_what_is_certain_is_posted_and_the_rest_waits_with_a_reason(bank: Bank) -> None:
    content = statement(paid(110_000, "ｶ)ｴﾌﾀﾞｷｶｲ"), paid(5_000, "ﾔﾏﾀﾞ ﾀﾛｳ", number=8))
    with bank.portal.browser(bank.email) as browser:
        shown = send(browser, content)
        assert "2 lines read: 1 matched, 1 wait for you, 0 known before." in shown.text
        assert "the payer is not known" in shown.text
        again = send(browser, content)
        assert "0 matched, 0 wait for you, 2 known before" in again.text
    assert bank.received() == [(bank.invoice, 110_000)]
    assert len(bank.lines()) == 1


def test_a_line_proposes_the_likeliest_first_and_is_matched_after_both_figures(bank: Bank) -> None:
    with bank.portal.browser(bank.email) as browser:
        send(browser, statement(paid(60_000, "ﾔﾏﾀﾞ ﾀﾛｳ")))
        [line] = bank.lines()
        path = f"/receipts/lines/{line}"
        assert bank.invoice in browser.get(path).text
        step = f"{path}/match?invoice={bank.invoice}"
        asked = browser.get(step).text
        assert "JPY 60,000" in asked
        assert "JPY 50,000" in asked  # What is left afterwards.
        without = browser.send(step, form=f"{path}/match", reason="")
        assert without.status_code == 422
        assert bank.received() == []
        browser.send(step, form=f"{path}/match", reason="asked by telephone", remember="yes")
        assert f"Paid {bank.invoice}" in browser.get(path).text
    assert bank.received() == [(bank.invoice, 60_000)]
    assert rows(bank.portal.database, "SELECT kind, value FROM payer_alias") == [
        ("name", "ﾔﾏﾀﾞ ﾀﾛｳ")
    ]
    assert rows(bank.portal.database, "SELECT act FROM portal_act WHERE act LIKE 'bank%'") == [
        ("bank_file_imported",),
        ("bank_line_match",),
    ]


def test_money_beyond_the_invoice_is_a_credit_only_when_somebody_says_so(bank: Bank) -> None:
    with bank.portal.browser(bank.email) as browser:
        send(browser, statement(paid(150_000, "ｶ)ｴﾌﾀﾞｷｶｲ")))
        [line] = bank.lines()
        path = f"/receipts/lines/{line}"
        step = f"{path}/match?invoice={bank.invoice}"
        refused = browser.send(step, form=f"{path}/match", reason="paid twice")
        assert refused.status_code == 422
        assert 'value="paid twice"' in refused.text
        browser.send(step, form=f"{path}/match", reason="paid twice", overpaid="yes")
        assert "JPY 40,000" in browser.get("/receipts").text
        credit = "/receipts/credits/efuda/JPY"
        for amount in ("0", "-5", "1.5", "many", "40001", "999999999999999"):
            assert browser.send(credit, invoice="", amount=amount).status_code == 422, amount
        browser.send(credit, invoice="", amount="40,000")
        assert browser.get(credit).status_code == 404
    assert rows(bank.portal.database, "SELECT amount_minor FROM credit_return") == [(40_000,)]


def test_what_is_not_ours_is_set_aside_once(bank: Bank) -> None:
    with bank.portal.browser(bank.email) as browser:
        send(browser, statement(paid(5_000, "ﾔﾏﾀﾞ ﾀﾛｳ")))
        [line] = bank.lines()
        path = f"/receipts/lines/{line}/dismiss"
        with bank.portal.browser(bank.email) as other:
            form = other.get(path).text.partition("<main")[2]
            hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))
            browser.send(path, reason="rent of a tenant")
            late = other.client.post(path, data={**hidden, "reason": "another reason"})
        assert late.status_code == 422
        assert browser.get(path).url.path == f"/portal/receipts/lines/{line}"
    ending = "SELECT state, reason FROM bank_line_ending"
    assert rows(bank.portal.database, ending) == [("not_ours", "rent of a tenant")]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "Choose the bank"),
        (b"not a bank file", "no Zengin file"),
        (b"x" * 1_000_001, "Choose the bank"),
        (b"1" + b"\xff" * 300, "role=&#34;alert&#34;"),
    ],
)
def test_a_file_that_is_none_changes_nothing_and_says_what_to_do(
    content: bytes, words: str, bank: Bank
) -> None:
    with bank.portal.browser(bank.email) as browser:
        told = send(browser, content)
    assert told.status_code == 422
    assert unescape(words) in told.text
    assert rows(bank.portal.database, "SELECT FROM bank_file") == []


def test_an_approver_sees_receipts_and_decides_nothing(bank: Bank) -> None:
    email = bank.portal.person("genbo", role="approver", email="shimizu@genbo.example")
    with bank.portal.browser(bank.email) as browser:
        send(browser, statement(paid(5_000, "ﾔﾏﾀﾞ ﾀﾛｳ")))
    [line] = bank.lines()
    with bank.portal.browser(email) as browser:
        assert browser.get(f"/receipts/lines/{line}").status_code == 200
        for path in ("/receipts/import", f"/receipts/lines/{line}/dismiss"):
            assert browser.get(path).status_code == 404
        for path in ("/receipts/lines/99", "/receipts/lines/x"):
            assert browser.get(path).status_code == 404


KIND = "multipart/form-data; boundary=abc"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"--abc\r\n\r\n--abc--"),  # No boundary is named.
        (KIND, b""),
        (KIND, b"--abc"),
        (KIND, b'--abc\r\nContent-Disposition: form-data; name="a"\r\n\r\nx'),  # Cut off.
        (KIND, b"--abc\r\nContent-Disposition: form-data\r\n\r\nx\r\n--abc--"),  # No name.
        (KIND, b'before\r\n--abc\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n--abc--'),
        (KIND, b'--abc\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\r\n--abc--'),
    ],
)
def test_what_is_no_form_with_parts_has_none(kind: str, body: bytes) -> None:
    assert read_parts(kind, body) == ({}, {})


def test_a_file_keeps_its_bytes_and_only_its_own_name() -> None:
    content = bytes(range(256)) + b"\r\n--abd\r\n"
    head = 'Content-Disposition: form-data; name="file"; filename="C:\\temp\\十一月.txt"'
    body = b"--abc\r\n" + head.encode() + b"\r\n\r\n" + content + b"\r\n--abc--\r\n"
    assert read_parts(KIND, body) == ({}, {"file": Upload(name="十一月.txt", content=content)})
