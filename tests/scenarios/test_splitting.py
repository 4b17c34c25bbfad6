"""
How a month is reported changes nothing: any split into batches, in any order, has one statement.

The same events are reported to several books, all at once and cut and shuffled. Invoices and
statements are compared as they were frozen, every figure and every hash of the inputs. Only a
quota that holds or refuses asks for the order in which events come, and there is none here.
"""

from collections.abc import Sequence
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ledger.core.agreement import NewQuota, NewTier
from ledger.core.invoice import Invoice
from ledger.core.snapshot import from_json
from ledger.core.stacking_agreement import NewStackingGroup
from ledger.core.statement import Statement
from ledger.core.usage import Modality, ReportedGeneration
from ledger.services import auditing
from ledger.store.database import Database
from ledger.store.embedded import EmbeddedServer
from tests import builders
from tests.conftest import EXAMPLES
from tests.scenarios.fresh_books import fresh
from tests.services import money
from tests.services.billed import issued
from tests.services.committees import committee
from tests.services.firms import firm
from tests.services.money import NOVEMBER, OCTOBER
from tests.services.usage import generation

pytestmark = pytest.mark.slow

WORKS = ("drama", "novel", "comic")
MODALITIES = (Modality.IMAGE, Modality.VIDEO, Modality.AUDIO)


def sign(database: Database) -> None:
    """Write a committee and a holder, tiers, a stacking cap, a floor, and overage that is sold."""
    money.house(database)
    committee(database)
    for work in WORKS[1:]:
        builders.work(database, work)
    tiers = (NewTier(up_to=50, rate="12.5"), NewTier(up_to=None, rate="9.99"))
    lines = (
        builders.new_rate_line(
            modality="image", tier_mode="whole_volume", tiers=tiers, counter_scope="contract_year"
        ),
        builders.new_rate_line(
            modality="video", basis="per_second", rate="0.7", stacking_group="cast"
        ),
        builders.new_rate_line(
            modality="audio", basis="per_1k_chars", rate=35, event_floor_minor="0.5"
        ),
    )
    cap = NewStackingGroup(group="cast", cap_minor="10.5", allocation="weight")
    wide = builders.new_grant(
        subjects=WORKS,
        modalities=tuple(map(str, MODALITIES)),
        terms=builders.new_terms(rate_lines=lines, stacking_groups=(cap,)),
    )
    builders.license(database, grants=(wide,))
    quota = NewQuota(
        units=40, period="month", on_exceed="overage", unit="second", overage_rate="3.3"
    )
    narrow = builders.new_grant(
        subjects=("novel", "comic"),
        modalities=("video",),
        terms=builders.new_terms(
            rate_lines=(builders.new_rate_line(basis="per_second", rate="1.1"),)
        ),
        quota=quota,
    )
    builders.license(database, "LIC-B", grants=(narrow,))


def events(chance: Random) -> list[ReportedGeneration]:
    return [_event(chance, number) for number in range(chance.randint(10, 40))]


def _event(chance: Random, number: int) -> ReportedGeneration:
    is_wide = chance.random() < 0.7
    facts: dict[str, Any] = {
        "event_id": f"split-{number}",
        "license_reference": "LIC-2026-001" if is_wide else "LIC-B",
        "modality": chance.choice(MODALITIES) if is_wide else Modality.VIDEO,
        "on": OCTOBER.first_day.replace(day=chance.randint(1, 31)),
    }
    works = WORKS if is_wide else WORKS[1:]
    subjects = chance.sample(works, chance.randint(1, len(works)))
    return generation(chance.choice(["1", "7.25", "33", "1203"]), subjects=subjects, **facts)


def outcome(
    server: EmbeddedServer, batches: Sequence[Sequence[ReportedGeneration]]
) -> tuple[dict[str, Invoice], dict[str, Statement]]:
    """Report batches, and return what is invoiced and stated for them."""
    with fresh(server) as database:
        sign(database)
        studio = firm(database)
        for batch in batches:
            studio.report(*batch, at=money.noon(OCTOBER.last_day))
        numbers = money.bill(database, OCTOBER)
        money.receive_all(database, numbers)
        money.settle(database, NOVEMBER)
        assert not any(auditing.audit(database).values())
        invoices = {
            number: from_json(Invoice, issued(database, number).snapshot) for number in numbers
        }
        return invoices, money.statements(database)


def cut(events: Sequence[ReportedGeneration], chance: Random) -> list[list[ReportedGeneration]]:
    """Put events into any order, and cut them anywhere."""
    shuffled = chance.sample(events, len(events))
    bounds = sorted({0, len(events), *(chance.randint(0, len(events)) for _ in range(4))})
    return [shuffled[start:end] for start, end in pairwise(bounds)]


@given(seed=st.integers(0, 2**32 - 1))
@settings(
    max_examples=max(4, EXAMPLES // 5),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
def test_how_a_report_is_split_changes_no_invoice_and_no_statement(
    server: EmbeddedServer, seed: int
) -> None:
    chance = Random(seed)
    drawn = events(chance)
    whole = outcome(server, [drawn])
    assert whole[1]
    for _ in range(2):
        invoices, statements = outcome(server, cut(drawn, chance))
        assert statements == whole[1]
        assert [replaced(each) for each in invoices.values()] == [
            replaced(each) for each in whole[0].values()
        ]


def replaced(invoice: Invoice) -> dict[str, Any]:
    """Leave out what names the batches: the hash is over the totals of each."""
    return {name: value for name, value in vars(invoice).items() if name != "input_hash"}
