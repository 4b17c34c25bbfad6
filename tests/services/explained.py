"""A book to be explained: tiers and a committee, used, invoiced, received, settled and paid."""

from datetime import date
from decimal import Decimal

from ledger.core.agreement import NewTier
from ledger.core.explanation_facts import Reader
from ledger.core.explanation_tree import Step
from ledger.core.usage import Modality
from ledger.services import explaining, registering
from ledger.services.registering import NewStep
from ledger.store.database import Database
from tests import builders
from tests.services.money import OCTOBER, bill, house, receive_all, release, settle
from tests.services.usage import generation, report

HOUSE = Reader()

STEPS = (
    NewStep(kind="fee", category="window_fee", payee="window", rate_bp=1_500),
    NewStep(
        kind="royalty",
        category="original",
        payee="press",
        rate_bp=500,
        passes=(("author", 7_000),),
    ),
)


def world(database: Database) -> None:
    """
    Write who takes part: a firm with tiers, a novel paid directly, a haiku, a committee's drama.

    Images are ¥12.5 to 100 and ¥10 beyond in a contract year, voice ¥35 per 1,000 characters.
    """
    house(database)
    builders.parties(
        database,
        builders.new_licensee("efuda"),
        builders.new_licensee("lumen"),
        builders.new_company("hoshino", minimum_payment_minor=0),
        *(
            builders.new_company(name, minimum_payment_minor=0)
            for name in ("window", "press", "lead", "studio")
        ),
        builders.new_company("tiny", minimum_payment_minor=5_000),
        builders.new_person("author", minimum_payment_minor=0),
    )
    drama = builders.new_committee(
        "drama-committee", steps=STEPS, members=(("lead", 60), ("studio", 40))
    )
    registering.register_committee(database, committee=drama, recorded_at=builders.RECORDED_AT)
    builders.work(database, "novel", owner="hoshino")
    builders.work(database, "drama", owner="drama-committee")
    builders.work(database, "haiku", owner="tiny")
    images = builders.new_rate_line(
        rate=Decimal("12.5"),
        modality="image",
        tier_mode="marginal",
        tiers=(
            NewTier(up_to=Decimal(100), rate=Decimal("12.5")),
            NewTier(up_to=None, rate=Decimal(10)),
        ),
        counter_scope="contract_year",
    )
    voice = builders.new_rate_line(basis="per_1k_chars", rate=Decimal(35), modality="audio")
    grant = builders.new_grant(
        subjects=("novel", "drama", "haiku"),
        modalities=("image", "audio"),
        terms=builders.new_terms(rate_lines=(images, voice), clause_reference="別紙1"),
    )
    for firm in ("efuda", "lumen"):
        builders.license(database, f"LIC-{firm}", licensee=firm, grants=(grant,))


def october(database: Database) -> list[str]:
    """Use October, invoice and collect it, settle and pay it; return the invoices."""
    report(
        database,
        generation(81, subjects=("novel",), license_reference="LIC-efuda", event_id="a"),
        generation(40, subjects=("novel",), license_reference="LIC-efuda", event_id="b"),
        generation(90, subjects=("drama",), license_reference="LIC-efuda", event_id="c"),
        generation(
            1_203,
            subjects=("novel",),
            license_reference="LIC-efuda",
            modality=Modality.AUDIO,
            event_id="d",
        ),
        licensee="efuda",
    )
    report(
        database,
        generation(
            7_000, subjects=("drama",), license_reference="LIC-lumen", on=date(2026, 10, 20)
        ),
        licensee="lumen",
    )
    invoices = bill(database, OCTOBER)
    receive_all(database, invoices)
    settled = settle(database)
    assert settled.run_reference is not None
    release(database, settled.run_reference)
    return invoices


def explained(database: Database, reference: str, *, party: str | None = None) -> Step:
    """Explain something to the house, or to a party."""
    reader = HOUSE if party is None else explaining.reader_of(database, reference=party)
    return explaining.explain(database, reference=reference, reader=reader)


def amounts(step: Step, *codes: str) -> tuple[str | None, ...]:
    """Return some texts of a step."""
    return tuple(step.text(code) for code in codes)
