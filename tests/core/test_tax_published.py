"""The tax cases of the research folder, where it lies beside the repository."""

import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ledger.core import tax_tables
from ledger.core.money import Rounding
from ledger.core.period import is_banking_day
from ledger.core.registration import PartyKind
from ledger.core.tax import (
    PayeeTaxProfile,
    consumption_tax,
    consumption_tax_within,
    payout_tax,
    transitional_credit_percent,
)
from ledger.core.withholding import withholding_due_on

PAID_ON = date(2026, 11, 30)
AUTHOR = PayeeTaxProfile(kind=PartyKind.INDIVIDUAL, residence="JP", is_registered=True)
HOLIDAYS = {date(2027, 1, 11), date(2028, 1, 10)}  # Coming of Age Day.
MODES = {"floor": Rounding.FLOOR, "round": Rounding.HALF_UP, "ceil": Rounding.CEILING}


def withheld(profile: PayeeTaxProfile, balance: int) -> int:
    return payout_tax(profile=profile, supplies_minor=balance, paid_on=PAID_ON).withholding_minor


@pytest.fixture(scope="module")
def published() -> dict[str, Any]:
    beside = Path(__file__).resolve().parents[3] / "shared"
    path = Path(os.environ.get("GENBO_SHARED", beside)) / "oracles" / "japan.json"
    if not path.is_file():
        pytest.skip(f"{path.name} is neither under GENBO_SHARED nor in ../shared/oracles")
    cases: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return cases


def test_published_tax_cases_hold_in_each_mode(published: dict[str, Any]) -> None:
    for case in published["consumption_tax_rounding"]["cases"]:
        for place, group in enumerate(case["groups"]):
            amount, rate_bp = group["amount"], group["rate"] * 100
            # Tax-inclusive are the Q&A's groups, and the second pair of each boundary.
            is_inclusive = "inclusive" in case["case"] or (
                case["case"].startswith("boundary") and place >= 2
            )
            for mode, tax in group["tax"].items():
                found = (
                    consumption_tax_within(
                        inclusive_minor=amount, rate_bp=rate_bp, rounding=MODES[mode]
                    )
                    if is_inclusive
                    else consumption_tax(
                        taxable_minor=amount, rate_bp=rate_bp, rounding=MODES[mode]
                    )
                )
                assert found == tax, (case["case"], group)


def test_published_withholding_cases_hold(published: dict[str, Any]) -> None:
    resident = published["withholding_resident_individual"]
    for case in resident["cases"]:
        assert withheld(AUTHOR, case["base"]) == case["tax"], case
    for case in resident["invoices"]:
        result = payout_tax(profile=AUTHOR, supplies_minor=case["tax_exclusive"], paid_on=PAID_ON)
        assert result.consumption_tax_minor == case["consumption_tax"]
        assert result.withholding_minor == case["withholding"]
        assert result.payout_minor == case["net_payment"]
    for case in published["withholding_nonresident"]["cases"]:
        profile = PayeeTaxProfile(
            kind=PartyKind.INDIVIDUAL,
            residence=case["country"][:2],
            is_registered=False,
            treaty_rate_bp=int(case["rate"]) * 100 if case["treaty_form_filed"] else None,
            treaty_form_filed_on=date(2026, 1, 5),
        )
        assert withheld(profile, case["gross"]) == case["tax"], case


def test_the_treaty_table_is_the_published_one(published: dict[str, Any]) -> None:
    rows = _with_notes_resolved(published["withholding_nonresident"]["table"])
    assert [
        (row.country, row.rate_bp, row.confidence, row.note) for row in tax_tables.TREATY_RATES
    ] == [
        (
            row["country"],
            int(row["copyright_royalty_percent"] * 100),
            row["confidence"],
            row["note"] or "",
        )
        for row in rows
    ]


def _with_notes_resolved(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put Poland's note where others say "as PL"."""
    notes = {row["country"]: row["note"] for row in rows}
    return [{**row, "note": notes["PL"]} if row["note"] == "as PL" else row for row in rows]


def test_published_credits_and_due_dates_hold(published: dict[str, Any]) -> None:
    for case in published["transitional_unregistered_supplier"]["cases"]:
        completed_on = date.fromisoformat(case["date"])
        assert transitional_credit_percent(completed_on) == case["percent"]
    for case in published["calendar"]["withholding_remittance"]:
        paid_on = date.fromisoformat(f"{case['payment_month']}-15")
        due_on = withholding_due_on(
            paid_on=paid_on, is_banking_day=lambda day: is_banking_day(day, HOLIDAYS)
        )
        assert due_on == date.fromisoformat(case["due"])
