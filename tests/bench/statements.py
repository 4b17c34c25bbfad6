"""
Ten thousand statements of one settlement, from values to the JSON that is stored.

Runs as a process of its own, so that its memory can be told: prints processor seconds, and the
most memory it held, as JSON. Nothing is read from or written to a database.
"""

import json
import resource
import time
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from ledger.core.bank_account import AccountInForce
from ledger.core.draft import draft
from ledger.core.invoice import PartyCopy
from ledger.core.period import Month
from ledger.core.reckoning import reckon
from ledger.core.snapshot import to_json
from ledger.core.statement import UsageRow
from ledger.core.terms import Basis
from ledger.core.unsettled import DecidingDays, PartyInForce, ReceivedLine, Unsettled
from ledger.core.waterfall import ORDERS, Preset, Step, StepKind, Waterfall

STATEMENTS = 10_000
#: Of the payees, those that are paid by a committee of thirteen; the others are paid directly.
COMMITTEES = 400
PARTIES = 13
LINES = 6  # of usage, for each rights holder


def committee(name: str) -> Waterfall:
    """Return the contract of a committee of thirteen parties: eight suppliers and five members."""
    suppliers = [f"{name}-supplier-{number}" for number in range(8)]
    fees = [
        _step(f"fee-{number}", suppliers[number], StepKind.FEE, 1500 - 500 * number)
        for number in range(2)
    ]
    royalties = [
        _step(f"royalty-{number}", suppliers[number], StepKind.ROYALTY, 100 + 25 * number)
        for number in range(2, 7)
    ]
    expenses = [_step("expense", suppliers[7], StepKind.EXPENSE, 50)]
    return Waterfall(
        preset=Preset.FEES_FIRST,
        steps=ORDERS[Preset.FEES_FIRST](fees=fees, royalties=royalties, expenses=expenses),
        members=tuple((f"{name}-member-{number}", 30 - 5 * number) for number in range(5)),
    )


def main() -> None:
    """Make the statements, and print what they took."""
    work = _work()
    started = time.process_time()
    reckoning = reckon(work)
    size = 0
    for number, line in enumerate(reckoning.plan.lines):
        statement = draft(
            reckoning.month,
            reckoning.account(line),
            divisions=reckoning.earned_from.get(line.payee, ()),
            number=f"STM-2026-{number:06d}",
        )
        size += len(to_json(statement))
    told = {
        "statements": len(reckoning.plan.lines),
        "seconds": round(time.process_time() - started, 2),
        "bytes": size,
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    print(json.dumps(told))


def _work() -> Unsettled:
    committees = {f"committee-{number}": _named(number) for number in range(COMMITTEES)}
    direct = [f"holder-{number}" for number in range(STATEMENTS - COMMITTEES * PARTIES)]
    payees = [
        payee
        for waterfall in committees.values()
        for payee in (
            *(step.payee for step in waterfall.steps),
            *(member for member, _ in waterfall.members),
        )
    ]
    parties = [
        _party("house", kind="company", role="operator"),
        *(_party(reference, kind="committee") for reference in committees),
        *(_party(reference, kind="company") for reference in (*payees, *direct)),
    ]
    return Unsettled(
        closing_month=Month(2026, 11),
        days=DecidingDays(
            fee_on=date(2026, 11, 30), settled_on=date(2026, 12, 10), paid_on=date(2026, 12, 25)
        ),
        currency="JPY",
        lines=tuple(line for holder in (*committees, *direct) for line in _lines(holder)),
        held=(),
        waterfalls=committees,
        openings={},
        carried={},
        arrears={},
        parties={each.copy.reference: each for each in parties},
        bank_names={("0001", "001"): ("見本銀行", "Mihon Bank", "本店", "Head Office")},
    )


def _named(number: int) -> Waterfall:
    return committee(f"committee-{number}")


def _step(name: str, payee: str, kind: StepKind, rate_bp: int) -> Step:
    return Step(name=name, category=name, kind=kind, payee=payee, rate_bp=rate_bp)


def _party(reference: str, *, kind: str, role: str = "rights_holder") -> PartyInForce:
    return PartyInForce(
        id=sum(reference.encode()),
        copy=PartyCopy(
            reference=reference,
            kind=kind,
            name_ja=f"株式会社{reference}",
            name_en=f"{reference} Inc.",
            postal_code="100-0001",
            address_ja="東京都千代田区",
            address_en="Chiyoda, Tokyo",
            country="JP",
            registration_number="T1234567890128",
            language="ja",
        ),
        role=role,
        has_jp_establishment=True,
        minimum_payment_minor=5_000,
        treaty_rate_bp=None,
        treaty_form_filed_on=None,
        admin_fee_bp=800,
        account=AccountInForce(
            id=1,
            bank_code="0001",
            branch_code="001",
            account_type="ordinary",
            number="1234567",
            holder_kana="ﾐﾎﾝ",
        ),
    )


def _lines(holder: str) -> Iterator[ReceivedLine]:
    for number in range(LINES):
        yield ReceivedLine(
            licensee_id=2,
            holder=holder,
            tax_minor=10_000 + number,
            usage=UsageRow(
                title_ja="風の町",
                title_en="The Windy Town",
                subject_reference=f"{holder}-{number}",
                licensee_ja="絵札機械",
                licensee_en="Efuda Machines",
                accrual_month=date(2026, 10, 1),
                basis=Basis.PER_IMAGE,
                modality=None,
                use_class=None,
                generation_count=8_334,
                quantity=Decimal(8_334),
                rate=Decimal("12.00"),
                is_tiered=False,
                royalty_minor=100_000 + 10 * number,
            ),
        )


if __name__ == "__main__":
    main()
