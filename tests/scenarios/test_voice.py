"""
DOMAIN E7 by the calendar: a voice whose performer withdraws the consent, with 30 days of notice.

October 2026 has the use before the withdrawal and, from the 10th, within the notice; November,
from the 9th on, what nobody consents to any more. 35 yen per 1,000 characters, and three times
what is divided: 60 % for the performer, 25 % for the agency, 15 % for the producer.
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from ledger.core.acceptance import Reason
from ledger.core.facts import Violation
from ledger.core.invariants import INVARIANTS
from ledger.core.party import NewEntrustment
from ledger.core.receipt import Result, Status
from ledger.core.usage import Modality, UseClass
from ledger.services import auditing, claiming, closing, consenting
from ledger.store.database import Database
from tests import builders
from tests.services.money import (
    DECEMBER,
    NOVEMBER,
    OCTOBER,
    bill,
    house,
    noon,
    receive,
    settle,
    statements,
    total_of,
)
from tests.services.usage import generation, report

pytestmark = pytest.mark.usefixtures("worked_out_again")

WITHDRAWN_ON = date(2026, 10, 10)  # The last day of the notice is 8 November.

NO_FEE = NewEntrustment(admin_fee_bp=0, effective_from=date(2026, 1, 1))

SOUND: dict[str, list[Violation]] = {invariant.name: [] for invariant in INVARIANTS}


@pytest.fixture
def world(database: Database) -> Database:
    """A voice of three parties, licensed to one firm, with its performer's consent."""
    house(database)
    builders.parties(
        database,
        builders.new_licensee(),
        builders.new_company("performer", minimum_payment_minor=0),
        builders.new_company("agency", minimum_payment_minor=0),
        builders.new_company("producer", minimum_payment_minor=0),
    )
    owners = builders.new_committee("voice-owners")
    builders.committee(
        database,
        "voice-owners",
        party=replace(owners.party, entrustment=NO_FEE),
        steps=(),
        members=(("performer", 60), ("agency", 25), ("producer", 15)),
    )
    builders.work(database, "koe", kind="voice", medium="", owner="voice-owners")
    builders.consent(database, notice_period_days=30)
    voice = builders.new_terms(
        rate_lines=(builders.new_rate_line(basis="per_1k_chars", rate="35"),)
    )
    grant = builders.new_grant(
        subjects=("koe",),
        modalities=("audio",),
        use_classes=("voice_synthesis",),
        terms=voice,
        claim_multiple="2",
    )
    builders.license(database, grants=(grant,))
    return database


def speak(database: Database, *characters: int, on: date) -> list[Result]:
    return report(
        database,
        *(
            generation(
                count,
                on=on,
                modality=Modality.AUDIO,
                subjects=("koe",),
                use_class=UseClass.VOICE_SYNTHESIS,
            )
            for count in characters
        ),
    )


def told(results: list[Result]) -> list[tuple[Status, tuple[str, ...]]]:
    return [(each.status, each.reasons) for each in results]


def test_a_withdrawn_voice_is_paid_out_to_the_yen(world: Database) -> None:
    assert told(speak(world, 412_000, 198_440, on=date(2026, 10, 9))) == [
        (Status.ACCEPTED, ()),
        (Status.ACCEPTED, ()),
    ]
    assert [line.amount_minor for line in closing.preview(world, month=OCTOBER)] == [21_365]

    consenting.withdraw_consent(
        world,
        subject="koe",
        reference="CON-1",
        withdrawn_on=WITHDRAWN_ON,
        reason="the performer asked for it",
        recorded_by="kotonoha",
        recorded_at=noon(date(2026, 10, 10)),
    )
    assert told(speak(world, 77_310, on=date(2026, 11, 8))) == [
        (Status.ACCEPTED, (Reason.CONSENT_IN_NOTICE,))
    ]
    assert told(speak(world, 9_050, on=date(2026, 11, 9))) == [
        (Status.REFUSED, (Reason.CONSENT_WITHDRAWN,))
    ]

    (october,) = bill(world, OCTOBER)
    (november,) = bill(world, NOVEMBER)
    assert total_of(world, october) == 21_365 + 2_136
    assert total_of(world, november) == 2_705 + 270  # 77,310 characters in the notice, truncated.

    # 9,050 × 35 ÷ 1,000 × 2 = 633.5: a demand of its own, and in no invoice.
    assert claiming.unauthorized_use(world, first=OCTOBER, last=OCTOBER) == ()
    (claimed,) = claiming.unauthorized_use(world, first=OCTOBER, last=NOVEMBER)
    assert (claimed.quantity, claimed.reason) == (Decimal(9_050), Reason.CONSENT_WITHDRAWN)
    assert (claimed.holder, claimed.licensee) == ("voice-owners", "studio-a")
    assert claimed.claim is not None
    assert claimed.claim.amount_minor == 633

    receive(world, october, on=date(2026, 12, 10))
    receive(world, november, on=date(2026, 12, 10))
    settle(world, DECEMBER)
    earned = {
        payee: statement.settlement.earned_minor for payee, statement in statements(world).items()
    }
    assert earned == {"performer": 14_442, "agency": 6_018, "producer": 3_610}
    assert sum(earned.values()) == 24_070
    assert auditing.audit(world) == SOUND
