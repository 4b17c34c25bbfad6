"""What a suspension does to use, which licenses are suspended, and for which invoice."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from ledger.core.dunning import AgreedTerms, DunningTerms, TermsInForce
from ledger.core.nonpayment import causes, to_suspend
from ledger.core.reason import Decision, Reason
from ledger.core.suspension import Suspension, reasons_of
from tests.core.licensed import LICENSE, NOW, Case
from tests.core.test_dunning import DUE, open_invoice

AT = datetime(2026, 12, 30, 0, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
REFUSED = Reason.LICENSE_SUSPENDED_FOR_NON_PAYMENT


@pytest.mark.parametrize(
    ("at", "days", "lifted_at", "reason"),
    [
        (AT - SECOND, 0, None, None),
        (AT, 0, None, REFUSED),  # From the instant on.
        (AT, 5, None, Reason.LICENSE_WINDING_DOWN),  # The contract's wind-down is respected.
        (AT + timedelta(days=5) - SECOND, 5, None, Reason.LICENSE_WINDING_DOWN),
        (AT + timedelta(days=5), 5, None, REFUSED),
        (AT + timedelta(days=9), 5, AT + timedelta(days=10), REFUSED),
        (AT + timedelta(days=10), 5, AT + timedelta(days=10), None),  # Lifted at that instant.
        (AT, 0, AT, None),
    ],
)
def test_use_winds_down_is_refused_and_is_free_again(
    at: datetime, days: int, lifted_at: datetime | None, reason: Reason | None
) -> None:
    suspension = Suspension(suspended_at=AT, lifted_at=lifted_at)
    assert reasons_of([suspension], at, days=days) == ([] if reason is None else [reason])


def test_a_generation_under_a_suspended_license_is_refused_for_that() -> None:
    suspended = replace(LICENSE, suspensions=(Suspension(suspended_at=NOW),))
    judged = Case(license_=suspended).judged()
    assert (judged.decision, judged.reasons) == (Decision.REFUSED, (REFUSED,))
    assert judged.valid_from == NOW
    assert Case(license_=suspended, occurred_at=NOW - SECOND).judged().reasons == ()


def test_a_judgement_changes_at_its_boundaries_only() -> None:
    suspension = Suspension(suspended_at=AT, lifted_at=AT + timedelta(days=10))
    boundaries = suspension.boundaries(5)
    assert boundaries == {AT, AT + timedelta(days=5), AT + timedelta(days=10)}
    for boundary in boundaries:
        assert reasons_of([suspension], boundary - SECOND, days=5) != reasons_of(
            [suspension], boundary, days=5
        )


WARNED = DUE + timedelta(days=23)


def chosen(
    on: date, *, suspended: Collection[int] = (), before: Collection[Any] = (), **changes: Any
) -> dict[int, int]:  # fmt: skip
    """Return which license is suspended for which invoice, where 30 days are agreed for 3."""
    agreed = AgreedTerms(
        licensee_id=7,
        license_id=3,
        effective_from=date(2026, 1, 1),
        terms=DunningTerms(suspend_after_days=30),
    )
    force = TermsInForce([agreed], usual=DunningTerms())
    invoices = [open_invoice(**{"license_ids": (3, 4), "warned_on": WARNED, **changes})]
    found = to_suspend(causes(invoices, force, on=on), suspended=suspended, before=before, on=on)
    return {key: cause.invoice.document_id for key, cause in found.items()}


@pytest.mark.parametrize(
    ("late", "changes", "suspends"),
    [
        (29, {}, {}),
        (30, {}, {3: 1}),  # The other license on the invoice has no such terms.
        (30, {"warned_on": None}, {}),  # Never without a warning.
        (30, {"warned_on": WARNED + timedelta(days=1)}, {}),  # A week is left after it.
        (31, {"warned_on": WARNED + timedelta(days=1)}, {3: 1}),
        (30, {"held_because": "disputed"}, {}),
        (30, {"received_minor": 110_000}, {}),
        (30, {"received_minor": 109_999}, {3: 1}),
        (30, {"suspended": {3}}, {}),
        (30, {"before": {(3, 1)}}, {}),  # It was lifted by hand.
        (30, {"before": {(3, 2)}}, {3: 1}),  # It was for another invoice.
        (30, {"license_ids": (4,)}, {}),
    ],
)
def test_a_license_is_suspended_as_its_terms_say(
    late: int, changes: dict[str, Any], suspends: dict[int, int]
) -> None:
    assert chosen(DUE + timedelta(days=late), **changes) == suspends
