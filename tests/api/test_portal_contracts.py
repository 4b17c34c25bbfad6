"""Contracts in the portal: everybody's licenses with each version of their terms, for the house."""

from datetime import date
from decimal import Decimal

from api.demo.hosting import DemoClock
from ledger.services import granting
from ledger.store.database import Database
from tests import builders
from tests.api.portals import serving
from tests.services import money


def test_a_license_shows_every_version_of_its_terms_and_what_it_changed(
    database: Database, clock: DemoClock
) -> None:
    money.house(database)
    builders.license(database)
    dearer = builders.new_rate_line(rate=Decimal(15))
    later = money.DECEMBER.starts_at
    granting.add_terms_version(
        database,
        license_reference="LIC-2026-001",
        terms=builders.new_terms(
            rate_lines=(dearer,), effective_from=later, clause_reference="amendment 1, article 2"
        ),
        recorded_at=money.noon(date(2026, 11, 20)),
    )
    clock.move_to(money.noon(date(2026, 11, 21)))
    with serving(database, clock) as portal:
        for role in ("operator", "approver"):
            email = portal.person("genbo", role=role, email=f"{role}@genbo.example")
            with portal.browser(email) as browser:
                assert "LIC-2026-001" in browser.get("/contracts").text
                text = browser.get("/contracts/LIC-2026-001").text
                assert "amendment 1, article 2" in text
                assert text.count("<del>") == text.count("<ins>") == 1
                assert text.index("in force") < text.index("from then on")
                assert browser.get("/contracts/LIC-9").status_code == 404
        holder = portal.person("hoshino", role="holder", email="h@hoshino.example")
        with portal.browser(holder) as browser:
            assert browser.get("/contracts").status_code == 404
