"""A report becomes rows, a batch of the firm's chain and a receipt for each event, or nothing."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.core.acceptance import Reason
from ledger.core.proof import (
    EMPTY_HEAD,
    chain_head,
    inclusion_proof,
    merkle_root,
    root_from_proof,
)
from ledger.core.receipt import Status
from ledger.core.usage import Modality, Unit
from ledger.services import auditing
from ledger.store.database import Database
from tests import builders
from tests.services.firms import NOW, Firm, firm, receipts, select, statuses
from tests.services.usage import generation

ACCEPTED, DUPLICATE, HELD = Status.ACCEPTED, Status.DUPLICATE, Status.HELD
REFUSED, CONFLICT, INVALID = Status.REFUSED, Status.CONFLICT, Status.INVALID


@pytest.fixture
def studio(database: Database) -> Firm:
    """A firm that may generate images of kaze-no-machi."""
    builders.license(database)
    return firm(database)


# What becomes of an event.


def test_each_event_is_answered_in_order_and_its_batch_counts_them(studio: Firm) -> None:
    results = studio.report(
        generation(license_reference="LIC-OF-NOBODY"),
        generation(3),
        generation(None),
        generation(subjects=["yoru-no-umi"], title="夜の海"),
        generation(modality=Modality.VIDEO),
        generation(2),
    )
    assert [(each.status, each.reasons) for each in results] == [
        (REFUSED, (Reason.LICENSE_UNKNOWN,)),
        (ACCEPTED, ()),
        (HELD, (Reason.QUANTITY_UNKNOWN,)),
        (HELD, (Reason.SUBJECT_UNMATCHED,)),
        (REFUSED, (Reason.MODALITY_NOT_GRANTED,)),
        (ACCEPTED, ()),
    ]
    (batch,) = studio.batches()
    assert (batch.generation_count, batch.accepted_count) == (6, 2)
    assert (batch.held_count, batch.refused_count) == (2, 2)
    assert batch.recorded_at == NOW
    assert studio.count("generation") == 6


def test_what_is_refused_is_kept_with_its_reasons(studio: Firm) -> None:
    studio.report(generation(modality=Modality.VIDEO, territory="FR"))
    (row,) = select(
        studio.database,
        "SELECT j.decision, j.reasons, l.decision, l.reasons, l.rate_line_id FROM generation g "
        "JOIN judgement j USING (licensee_id, judgement_id) "
        "JOIN judgement_line l USING (licensee_id, judgement_id)",
    )
    assert tuple(row) == ("refused", ["modality_not_granted"], "refused", *row[3:4], None)
    assert row[3] == ["modality_not_granted"]


def test_one_subject_is_refused_while_the_one_beside_it_earns(studio: Firm) -> None:
    (result,) = studio.report(generation(subjects=["kaze-no-machi", "yoru-no-umi"]))
    assert (result.status, result.reasons) == (REFUSED, (Reason.SUBJECT_UNKNOWN,))
    decisions = select(
        studio.database, "SELECT decision, generation_count FROM batch_total ORDER BY position"
    )
    assert [tuple(each) for each in decisions] == [("accepted", 1), ("refused", 1)]


def test_an_empty_report_writes_nothing(studio: Firm) -> None:
    assert studio.report() == []
    assert studio.batches() == []


def test_another_firms_license_is_unknown(studio: Firm) -> None:
    rival = firm(studio.database, "studio-b")
    (result,) = rival.report(generation())
    assert (result.status, result.reasons) == (REFUSED, (Reason.LICENSE_UNKNOWN,))
    assert statuses(studio.report(generation())) == [ACCEPTED]


def test_the_same_identity_of_two_firms_is_two_generations(studio: Firm) -> None:
    rival = firm(studio.database, "studio-b")
    event = generation()
    assert statuses(rival.report(event)) == [REFUSED]
    assert statuses(studio.report(event)) == [ACCEPTED]
    assert receipts(studio.report(event))[0].batch_number == 1


# Receipts and the chain.


def test_a_receipt_proves_where_an_event_is(studio: Firm) -> None:
    events = [generation(number) for number in range(1, 8)]
    found = receipts(studio.report(*events))
    leaves = [event.content_hash() for event in events]
    assert [receipt.leaf_hash for receipt in found] == leaves
    assert [receipt.position for receipt in found] == list(range(7))
    assert {receipt.root for receipt in found} == {merkle_root(leaves)}
    head = chain_head(previous=EMPTY_HEAD, number=1, count=7, root=merkle_root(leaves))
    assert {(receipt.batch_number, receipt.head) for receipt in found} == {(1, head)}
    for receipt in found:
        proof = inclusion_proof(leaves, receipt.position)
        reached = root_from_proof(
            leaf=receipt.leaf_hash, index=receipt.position, size=7, proof=proof
        )
        assert reached == receipt.root


def test_batches_chain_without_a_gap_and_each_firm_has_its_own(studio: Firm) -> None:
    rival = firm(studio.database, "studio-b")
    for quantity in range(1, 4):
        studio.report(generation(quantity))
        rival.report(generation(quantity), generation(quantity))
    assert [batch.batch_number for batch in studio.batches()] == [1, 2, 3]
    assert [batch.batch_number for batch in rival.batches()] == [1, 2, 3]
    studio.check_chain()
    rival.check_chain()
    assert studio.batches()[-1].head != rival.batches()[-1].head


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(min_value=1, max_value=6), min_size=1, max_size=5))
def test_however_usage_is_cut_its_totals_are_those_of_the_generations(
    studio: Firm, cuts: list[int]
) -> None:
    for size in cuts:
        studio.report(*(generation(f"{size}.5", territory="JP") for _ in range(size)))
    studio.check_chain()
    (total,) = select(
        studio.database, "SELECT sum(generation_count), sum(quantity) FROM batch_total"
    )
    (counted,) = select(studio.database, "SELECT count(*), sum(quantity) FROM generation")
    assert tuple(total) == tuple(counted)


# Judgements are written once.


def test_a_judgement_is_written_once_whatever_process_and_batch(studio: Firm) -> None:
    studio.report(generation(), generation(2), generation(None))
    studio.report(generation(3), generation(None))
    studio.beside().report(generation(4), generation(None))
    assert studio.count("judgement") == 2
    assert studio.count("judgement_line") == 2


def test_new_judgements_are_written_beside_those_the_book_has(studio: Firm) -> None:
    video = Modality.VIDEO
    studio.report(generation(), generation(territory="US"))
    other = studio.beside()
    other.report(generation(territory="FR"), generation(territory="US"), generation())
    # Refused for the same reason, whether its quantity is known or not: one judgement.
    other.report(generation(modality=video), generation(None, modality=video), generation())
    assert studio.count("judgement") == 4
    judged = select(
        studio.database,
        "SELECT j.territory, j.modality FROM generation g "
        "JOIN judgement j USING (licensee_id, judgement_id) ORDER BY g.batch_number, g.position",
    )
    assert [" ".join(row) for row in judged] == [
        *("JP image", "US image"),
        *("FR image", "US image", "JP image"),
        *("JP video", "JP video", "JP image"),
    ]


def test_a_judgement_that_was_undone_is_written_again(studio: Firm) -> None:
    """A batch that ends in a refusal takes its judgements with it, and nobody remembers them."""
    builders.licensee(studio.database, "studio-c")
    known = generation()
    studio.report(known)
    with pytest.raises(ValueError, match="NUL"):
        studio.report(generation(territory="US"), generation(model="a\0b"))
    assert studio.count("judgement") == 1
    assert statuses(studio.report(generation(territory="US"))) == [ACCEPTED]


# The clock.


@pytest.mark.parametrize(
    ("ahead", "status"),
    [
        (timedelta(0), ACCEPTED),
        (timedelta(minutes=5), ACCEPTED),  # Clocks differ.
        (timedelta(minutes=5, microseconds=1), INVALID),
        (timedelta(days=400), INVALID),
    ],
)
def test_what_has_not_happened_yet_is_not_taken(
    studio: Firm, ahead: timedelta, status: Status
) -> None:
    result, beside = studio.report(generation(occurred_at=NOW + ahead), generation())
    assert result.status == status
    assert (result.problem, result.receipt) == (
        ("time_in_future", None) if status is INVALID else (None, result.receipt)
    )
    assert beside.status is ACCEPTED


def test_an_event_that_is_only_in_the_future_writes_nothing(studio: Firm) -> None:
    event = generation(occurred_at=NOW + timedelta(hours=1))
    assert statuses(studio.report(event, event)) == [INVALID, INVALID]
    assert studio.batches() == []
    assert statuses(studio.report(event, at=NOW + timedelta(hours=1))) == [ACCEPTED]


# Totals, and the book as a whole.


def test_a_mixed_life_leaves_every_invariant_true(studio: Firm) -> None:
    builders.work(studio.database, "yoru-no-umi")
    builders.license(
        studio.database,
        "LIC-2026-002",
        grants=(
            builders.new_grant(
                subjects=("kaze-no-machi", "yoru-no-umi"),
                modalities=("image", "video"),
                terms=builders.new_terms(
                    rate_lines=(builders.new_rate_line(basis="per_second", modality="video"),)
                ),
            ),
        ),
    )
    both = ["kaze-no-machi", "yoru-no-umi"]
    video = generation("12.345", modality=Modality.VIDEO, license_reference="LIC-2026-002")
    events = [
        generation(),
        generation("0.000000000000000000000000000001"),
        generation("999999999999999999999999999999"),
        generation(None),
        generation(subjects=both),
        video,
        generation(3, subjects=both, modality=Modality.VIDEO, license_reference="LIC-2026-002"),
        generation(subjects=["nobody", "nothing"]),  # Two lines of one total.
        generation(unit=Unit.TOKEN),
        generation(net_revenue=Decimal("1.5"), currency="JPY"),
        generation(subjects=("kaze-no-machi",), occurred_at=datetime(2026, 9, 30, 14, tzinfo=UTC)),
    ]
    studio.report(*events[:6])
    studio.report(*events)
    studio.report(video._replace(quantity=Decimal(1)), *events[3:5])
    assert studio.count("generation") == len(events)
    broken = {name: found for name, found in auditing.audit(studio.database).items() if found}
    assert broken == {}
