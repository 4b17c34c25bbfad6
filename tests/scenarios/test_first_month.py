"""
DOMAIN E1 and E8: three kinds of generation, tiers through a contract year, and every entry.

September 2026 leaves the images of the contract year at 92,340, October has 37,415 more, video
and voice. The holder is paid directly and the house keeps 8 %. Under whole-volume tiers the same
images come to less, because those that were billed before are priced again.
"""

from datetime import date
from decimal import Decimal

import pytest

from ledger.core.agreement import NewTier
from ledger.core.facts import Violation
from ledger.core.invariants import INVARIANTS
from ledger.core.invoice import Invoice
from ledger.core.period import Month
from ledger.core.snapshot import from_json
from ledger.core.usage import Modality
from ledger.services import auditing
from ledger.store.database import Database
from tests import builders
from tests.rows import rows
from tests.services.billed import issued
from tests.services.money import (
    DECEMBER,
    NOVEMBER,
    OCTOBER,
    balances,
    bill,
    house,
    receive,
    release,
    settle,
    statements,
)
from tests.services.usage import generation, report

pytestmark = pytest.mark.usefixtures("worked_out_again")

SEPTEMBER = Month(2026, 9)
TIERS = (
    NewTier(up_to=100_000, rate=12),
    NewTier(up_to=500_000, rate=10),
    NewTier(up_to=None, rate=8),
)
#: An hour is 3,600 seconds of video; a call of voice has some hundred characters.
VIDEO = (3_600, 7_200, 10_800, 5_397)
VOICE = (417, 958, 1_203, 1_281_982)

SOUND: dict[str, list[Violation]] = {invariant.name: [] for invariant in INVARIANTS}

_ENTRIES = """
    SELECT e.kind, d.code, c.code, p.amount_minor
    FROM entry e JOIN posting p USING (entry_id)
    JOIN account d ON d.account_id = p.debit_account_id
    JOIN account c ON c.account_id = p.credit_account_id
    WHERE e.entry_id >= (SELECT max(entry_id) FROM entry WHERE kind = 'invoice')
    ORDER BY e.entry_id, p.number
"""


def sign(database: Database, *, tier_mode: str) -> None:
    """Write the house and a license of images, video and voice."""
    house(database)
    lines = (
        builders.new_rate_line(
            modality="image", tier_mode=tier_mode, tiers=TIERS, counter_scope="contract_year"
        ),
        builders.new_rate_line(modality="video", basis="per_second", rate=90),
        builders.new_rate_line(modality="audio", basis="per_1k_chars", rate=35),
    )
    grant = builders.new_grant(
        modalities=("image", "video", "audio"), terms=builders.new_terms(rate_lines=lines)
    )
    builders.license(database, grants=(grant,))


def use_october(database: Database) -> None:
    """Report October, kind by kind, each in a batch of its own."""
    for images in (37_000, 415):
        report(database, generation(images))
    report(database, *(generation(each, modality=Modality.VIDEO) for each in VIDEO))
    report(database, *(generation(each, modality=Modality.AUDIO) for each in VOICE))


def invoice(database: Database, number: str) -> Invoice:
    return from_json(Invoice, issued(database, number).snapshot)


def test_e1_is_invoiced_received_and_paid_out_to_the_yen(database: Database) -> None:
    sign(database, tier_mode="marginal")
    report(database, generation(92_340, on=date(2026, 9, 30)))
    (before,) = bill(database, SEPTEMBER)
    receive(database, before, on=date(2026, 10, 30))
    paid = settle(database, OCTOBER)
    assert paid.run_reference is not None
    release(database, paid.run_reference)

    use_october(database)
    (number,) = bill(database, OCTOBER)
    october = invoice(database, number)
    assert [(line.quantity, line.amount_minor) for line in october.lines] == [
        (Decimal(37_415), 389_470),  # 7,660 × 12 and 29,755 × 10.
        (Decimal(26_997), 2_429_730),
        (Decimal(1_284_560), 44_959),  # 44,959.6 exactly.
    ]
    assert (october.subtotal_minor, october.tax_minor) == (2_864_159, 286_415)
    assert october.total_minor == 3_150_574

    receive(database, number)
    settled = settle(database, NOVEMBER)
    assert (settled.received_minor, settled.payout_minor) == (3_150_574, 2_898_529)
    assert settled.admin_fee_minor == 229_132 + 22_913
    assert settled.run_reference is not None
    release(database, settled.run_reference)
    (section,) = statements(database)["hoshino"].sections
    assert [row.royalty_minor for row in section.usage] == [389_470, 2_429_730, 44_959]

    assert rows(database, _ENTRIES) == [
        ("invoice", "receivable", "holders", 2_864_159),
        ("invoice", "receivable", "holders_tax", 286_415),
        ("receipt", "bank", "receivable", 3_150_574),
        ("settlement", "holders", "admin_fee", 229_132),
        ("settlement", "holders", "output_tax", 22_913),
        ("settlement", "holders", "payable", 2_612_114),
        ("settlement", "holders_tax", "payable", 286_415),
        ("payout", "payable", "bank", 2_898_529),
    ]
    # All balances are zero but the bank's, which is the fee and its tax, of both months.
    fees, taxes = 229_132 + 88_646, 22_913 + 8_864
    assert balances(database) == {
        "bank": fees + taxes,
        "admin_fee": -fees,
        "output_tax": -taxes,
    }
    assert auditing.audit(database) == SOUND


def test_e1_whole_volume_tiers_price_what_was_billed_before_again(database: Database) -> None:
    sign(database, tier_mode="whole_volume")
    report(database, generation(92_340, on=date(2026, 9, 30)))
    (before,) = bill(database, SEPTEMBER)
    assert invoice(database, before).subtotal_minor == 1_108_080
    use_october(database)
    (number,) = bill(database, OCTOBER)
    october = invoice(database, number)
    assert [line.amount_minor for line in october.lines] == [189_470, 2_429_730, 44_959]
    for each in (before, number):
        receive(database, each)
    settle(database, NOVEMBER)
    (section,) = statements(database)["hoshino"].sections
    assert section.receipts_minor == 129_755 * 10 + 2_429_730 + 44_959
    assert auditing.audit(database) == SOUND


@pytest.mark.parametrize("batches", [1, 3])
def test_e1_voice_is_rounded_by_line_and_not_by_call(database: Database, batches: int) -> None:
    """417, 958 and 1,203 characters come to 14, 33 and 42 yen by themselves, and to 90 together."""
    sign(database, tier_mode="marginal")
    calls = [generation(each, modality=Modality.AUDIO) for each in (417, 958, 1_203)]
    for batch in (calls,) if batches == 1 else ([each] for each in calls):
        report(database, *batch)
    (number,) = bill(database, OCTOBER)
    assert [line.amount_minor for line in invoice(database, number).lines] == [90]
    assert invoice(database, number).total_minor == 99
    receive(database, number)
    settle(database, NOVEMBER)
    settle(database, DECEMBER)
    assert statements(database)["hoshino"].settlement.carried_out_minor == 90 - 7
    assert auditing.audit(database) == SOUND
