"""Issued documents are listed in pages, each owner's own, and are the bytes rendered first."""

from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.core.fields import NumberOutOfRange
from ledger.services import archiving
from ledger.services.archiving import DocumentNotFound, DocumentNotRendered
from ledger.store.database import Database
from tests import builders
from tests.services import billed
from tests.services.billed import LATE, NOVEMBER, OCTOBER, SEPTEMBER
from tests.services.usage import generation, report

RENDERED_AT = NOVEMBER.starts_at + timedelta(days=5)


@pytest.fixture
def archive(database: Database) -> Database:
    """A book with four invoices: two months of two firms."""
    billed.operator(database)
    billed.license_of(database)
    billed.license_of(database, reference="LIC-B", licensee="studio-b")
    for month, day in ((SEPTEMBER, date(2026, 9, 3)), (OCTOBER, date(2026, 10, 3))):
        report(database, generation(on=day))
        report(database, generation(2, on=day, license_reference="LIC-B"), licensee="studio-b")
        billed.close(database, month)
    billed.bill(database, SEPTEMBER, issued_on=LATE, due_on=LATE)
    billed.bill(database)
    return database


def listed(database: Database, **asked: object) -> list[str]:
    """Return the references of all pages of a list."""
    after: int | None = 0
    references: list[str] = []
    while after is not None:
        page = archiving.list_documents(database, **{"owner_id": None, **asked}, after=after)  # type: ignore[arg-type]
        references += [document.reference for document in page.documents]
        after = page.next_after
    return references


def test_everybody_sees_their_own_and_the_house_sees_all(archive: Database) -> None:
    everything = [f"INV-2026-00000{number}" for number in range(1, 5)]
    assert listed(archive) == everything
    owners = {document.owner_id for document in archiving.all_documents(archive)}
    parts = [listed(archive, owner_id=owner_id) for owner_id in owners]
    assert sorted(reference for part in parts for reference in part) == everything
    assert [len(part) for part in parts] == [2, 2]
    assert listed(archive, owner_id=10**9) == []


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(limit=st.integers(1, 6))
def test_pages_leave_nothing_out_and_repeat_nothing(archive: Database, limit: int) -> None:
    assert listed(archive, limit=limit) == listed(archive)


def test_a_full_last_page_is_the_last(archive: Database) -> None:
    page = archiving.list_documents(archive, owner_id=None, limit=4)
    assert (len(page.documents), page.next_after) == (4, None)


@pytest.mark.parametrize("limit", [0, -1, archiving.LIMIT_MAX + 1])
def test_a_page_has_bounds(archive: Database, limit: int) -> None:
    with pytest.raises(NumberOutOfRange) as refused:
        archiving.list_documents(archive, owner_id=None, limit=limit)
    assert refused.value.field == "limit"


def test_a_list_may_be_of_one_kind(archive: Database) -> None:
    assert len(listed(archive, kind="invoice")) == 4
    assert listed(archive, kind="statement") == []


def test_all_documents_are_all_however_many_pages_they_fill(
    archive: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archiving, "LIMIT_MAX", 3)
    assert [each.reference for each in archiving.all_documents(archive)] == listed(archive, limit=3)


def test_another_owners_document_is_as_unknown_as_none(archive: Database) -> None:
    first = next(archiving.all_documents(archive))
    for reference, owner_id in ((first.reference, first.owner_id + 1), ("INV-2026-999999", None)):
        with pytest.raises(DocumentNotFound) as refused:
            archiving.find_document(archive, reference=reference, owner_id=owner_id)
        assert refused.value.values == {"reference": reference}
    assert archiving.find_document(archive, reference=first.reference, owner_id=None) == first
    mine = archiving.find_document(archive, reference=first.reference, owner_id=first.owner_id)
    assert sha256(mine.snapshot.encode()).digest() == mine.snapshot_sha256


def test_what_was_rendered_first_is_served_for_ever(archive: Database) -> None:
    first, *others = archiving.all_documents(archive)
    with pytest.raises(DocumentNotRendered):
        archiving.find_file(archive, document=first, format_="pdf")
    kept = archiving.keep_file(
        archive, document=first, format_="pdf", content=b"%PDF one", rendered_at=RENDERED_AT
    )
    again = archiving.keep_file(
        archive,
        document=first,
        format_="pdf",
        content=b"%PDF two",
        rendered_at=RENDERED_AT + timedelta(days=1),
    )
    assert kept == again == archiving.find_file(archive, document=first, format_="pdf")
    assert (kept.content, kept.content_sha256) == (b"%PDF one", sha256(b"%PDF one").digest())
    assert kept.rendered_at == RENDERED_AT
    assert list(archiving.unrendered(archive, format_="pdf")) == others
    assert archiving.count_unrendered(archive, format_="pdf") == 3
    assert archiving.count_unrendered(archive, format_="csv") == 4


def test_what_is_not_rendered_is_gone_through_a_few_at_a_time(
    archive: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archiving, "_PAGE", 2)
    every = list(archiving.all_documents(archive))
    assert len(every) == 4
    assert list(archiving.unrendered(archive, format_="pdf")) == every


def test_a_file_belongs_to_the_documents_owner(archive: Database) -> None:
    """Nobody's file can be kept under another's document."""
    first = next(archiving.all_documents(archive))
    with pytest.raises(Exception, match="foreign key"):
        archiving.keep_file(
            archive,
            document=replace(first, owner_id=first.owner_id + 1),
            format_="pdf",
            content=b"%PDF",
            rendered_at=RENDERED_AT,
        )
    with pytest.raises(DocumentNotRendered):
        archiving.find_file(archive, document=first, format_="pdf")


def test_a_name_that_changes_leaves_what_was_issued(archive: Database) -> None:
    before = [each.snapshot for each in archiving.all_documents(archive)]
    builders.licensee(archive, "studio-c", name_ja="別の会社")
    assert [each.snapshot for each in archiving.all_documents(archive)] == before
