"""A document within its page, in its other forms and among those chosen; notices; withholding."""

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date

import pytest

from api.demo.hosting import DemoClock
from ledger.store.database import Database
from tests.api.portals import Portal, serving
from tests.rows import rows
from tests.services import money, withheld
from tests.services.test_noticing import issue

HOUSE = "unno@genbo.example"
PAYEE = "minami@minami.example"


@pytest.fixture
def portal(database: Database, clock: DemoClock) -> Iterator[Portal]:
    """A portal after three payees were paid and told of it on 25 December 2026."""
    money.house(database)
    withheld.pay(database)
    issue(database)
    clock.move_to(money.noon(date(2026, 12, 28)))
    with serving(database, clock) as opened:
        opened.person("genbo", role="operator", email=HOUSE)
        opened.person("minami", role="holder", email=PAYEE)
        yield opened


def notice_of(database: Database, payee: str) -> str:
    """Return the number of a payee's notice."""
    [(number,)] = rows(
        database,
        "SELECT d.reference FROM document d JOIN party p ON p.party_id = d.owner_id "
        f"WHERE d.kind = 'notice' AND p.reference = '{payee}'",
    )
    return str(number)


def test_a_document_is_shown_in_its_page_and_saved_in_its_other_forms(portal: Portal) -> None:
    own = notice_of(portal.database, "minami")
    with portal.browser(PAYEE) as browser:
        page = browser.get(f"/documents/{own}")
        assert f'src="/portal/documents/{own}/pdf"' in page.text
        assert "frame-src 'self'" in page.headers["content-security-policy"]
        pdf = browser.get(f"/documents/{own}/pdf")
        assert pdf.headers["content-security-policy"].startswith("frame-ancestors 'self'")
        assert pdf.headers["content-disposition"].startswith("inline")
        saved = browser.get(f"/documents/{own}/pdf?save=yes")
        assert saved.headers["content-disposition"].startswith("attachment")
        assert saved.content == pdf.content
        forms = re.findall(rf"/portal(/documents/{own}/forms/[^\"]+)", page.text)
        assert {form.rpartition(".")[2] for form in forms} >= {"json", "csv"}
        for form in forms:
            assert browser.get(form).content
        assert browser.get(f"/documents/{own}/forms/other.csv").status_code == 404


def test_exactly_the_chosen_documents_are_in_the_zip(portal: Portal) -> None:
    own = notice_of(portal.database, "minami")
    with portal.browser(PAYEE) as browser:
        assert f'name="pick" value="{own}"' in browser.get("/documents").text
        answer = browser.get(f"/documents/export?pick={own}")
        with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
            papers = [name for name in packed.namelist() if name.endswith(".pdf")]
        assert len(papers) == 1
        assert own in papers[0]
        others = notice_of(portal.database, "han")
        assert browser.get(f"/documents/export?pick={own}&pick={others}").status_code == 404
        assert browser.get("/documents/export?pick=%00").status_code == 404


def test_a_payee_confirms_a_notice_or_points_out_an_error(portal: Portal) -> None:
    own = notice_of(portal.database, "minami")
    path, form = f"/documents/{own}", f"/documents/{own}/answer"
    with portal.browser(PAYEE) as browser:
        assert "await your answer" in browser.get("/documents").text
        refused = browser.send(path, form, state="disputed", reason="")
        assert refused.status_code == 422
        browser.send(path, form, state="disputed", reason="Another branch")
        assert "Pointed out as wrong" in browser.get(path).text
        browser.send(path, form, state="confirmed", reason="")
        assert "Confirmed" in browser.get(path).text
        assert "await your answer" not in browser.get("/documents").text
        others = notice_of(portal.database, "han")
        assert browser.get(f"/documents/{others}").status_code == 404
    steps = rows(
        portal.database,
        "SELECT state, mode, reason FROM notice_step s JOIN document d USING (document_id) "
        f"WHERE d.reference = '{own}' ORDER BY version",
    )
    assert steps[1:] == [("disputed", "system", "Another branch"), ("confirmed", "system", "")]


def test_a_payees_accountant_reads_notices_and_answers_none(portal: Portal) -> None:
    email = portal.person("minami", role="accountant", email="k@minami.example")
    own = notice_of(portal.database, "minami")
    with portal.browser(email) as browser:
        text = browser.get(f"/documents/{own}").text
        assert "Awaiting your answer" in text
        assert f"/documents/{own}/answer" not in text
        assert browser.client.post(f"/documents/{own}/answer", data={}).status_code == 404
        assert own in browser.get("/documents/withholding").text


def test_the_house_sees_slips_with_their_due_days_and_every_payees_year(portal: Portal) -> None:
    with portal.browser(HOUSE) as browser:
        text = browser.get("/documents/withholding").text
        assert "12 January 2027" in text  # The 10th is a Sunday, and the 11th a holiday.
        assert "Rate of a tax treaty" in text
        assert "Han Sora" in text
        assert "To be remitted" in text
        assert "Nothing was withheld" in browser.get("/documents/withholding?year=2025").text
        for year in ("2027", "1999", "x", "%00"):
            assert browser.get(f"/documents/withholding?year={year}").status_code == 404


def test_a_payee_sees_what_was_withheld_from_itself_alone(portal: Portal) -> None:
    with portal.browser(PAYEE) as browser:
        text = browser.get("/documents/withholding").text
        assert notice_of(portal.database, "minami") in text
        assert notice_of(portal.database, "han") not in text
        assert "Han Sora" not in text
    firm = portal.person("maker", role="licensee", email="a@maker.example")
    with portal.browser(firm) as browser:
        assert browser.get("/documents/withholding").status_code == 404
