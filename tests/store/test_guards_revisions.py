"""A statement is revised once, by a later one, and what is moved is nobody's gain."""

from contextlib import nullcontext
from datetime import date

import pytest
from psycopg import errors

from tests.store import payments, revised
from tests.store.scene import NOW, Connection, Scene, add, refused


def test_what_is_moved_from_somebody_is_moved_to_somebody(writer: Connection, scene: Scene) -> None:
    with refused("correction_does_not_balance"), writer.transaction():
        document = revised.write_settled_and_document(writer, scene)
        revised.write_correction(writer, scene, document, tax=-2)


def _revise_twice(writer: Connection, scene: Scene) -> None:
    with writer.transaction():
        document = revised.write_two_documents(writer, scene)
        revised.write_revision(writer, scene, document)
        revised.write_revision(writer, scene, document)


def _revise_backwards(writer: Connection, scene: Scene) -> None:
    with writer.transaction():
        document = revised.write_two_documents(writer, scene)
        revised.write_revision(writer, scene, document - 1, revises=document)


def test_a_statement_is_revised_once(writer: Connection, scene: Scene) -> None:
    with pytest.raises(errors.UniqueViolation):
        _revise_twice(writer, scene)


def test_a_revision_comes_after_what_it_revises(writer: Connection, scene: Scene) -> None:
    with pytest.raises(errors.CheckViolation):
        _revise_backwards(writer, scene)


@pytest.mark.parametrize("changes", [{"name_ja": ""}, {"reason": ""}, {"recorded_by": ""}])
def test_a_correction_of_a_party_says_what_is_right_and_why(
    writer: Connection, scene: Scene, changes: dict[str, str]
) -> None:
    others = ("name_en", "name_kana", "postal_code", "address_ja", "address_en")
    told = {"name_ja": "x", "reason": "x", "recorded_by": "me", **dict.fromkeys(others, "")}
    with pytest.raises(errors.CheckViolation):
        add(
            writer,
            "party_correction",
            owner_id=scene.holder,
            recorded_at=NOW,
            **(told | changes),
        )


@pytest.mark.parametrize("changes", [{"language": "ja_JP"}, {"authoritative": ""}, {"reason": ""}])
def test_a_wording_names_languages_and_says_why(
    writer: Connection, scene: Scene, changes: dict[str, str]
) -> None:
    told = {"reason": "x", "recorded_by": "me", "recorded_at": NOW}
    with pytest.raises(errors.CheckViolation):
        add(writer, "party_wording", owner_id=scene.holder, **(told | changes))
    add(writer, "party_wording", owner_id=scene.holder, **told)


@pytest.mark.parametrize(("day", "is_taken"), [(1, False), (2, True)])
def test_what_was_paid_keeps_the_relief_it_was_taxed_by(
    writer: Connection, scene: Scene, day: int, is_taken: bool
) -> None:
    """The payout is planned for 1 November."""
    with writer.transaction():
        account = payments.add_bank_account(writer, scene.holder)
        payments.add_payout(writer, payments.add_payout_run(writer), scene.holder, account)
    with nullcontext() if is_taken else refused("treaty_relief_in_the_past"):
        add(
            writer,
            "treaty_relief",
            owner_id=scene.holder,
            rate_bp=1_000,
            form_filed_on=date(2026, 10, 1),
            valid_from=date(2026, 11, day),
            recorded_at=NOW,
            recorded_by="keiri",
            reason="form 3",
        )


@pytest.mark.parametrize(("day", "is_taken"), [(1, False), (2, True)])
def test_what_was_paid_keeps_the_terms_it_was_withheld_by(
    writer: Connection, scene: Scene, day: int, is_taken: bool
) -> None:
    """The payout is planned for 1 November."""
    with writer.transaction():
        account = payments.add_bank_account(writer, scene.holder)
        payments.add_payout(writer, payments.add_payout_run(writer), scene.holder, account)
    with nullcontext() if is_taken else refused("withholding_terms_in_the_past"):
        add(
            writer,
            "withholding_terms",
            owner_id=scene.holder,
            effective_from=date(2026, 11, day),
            base="including_tax",
            recorded_at=NOW,
        )
