"""A scenario goes into the book through the same use cases that a person's data takes."""

from datetime import datetime

from api.demo.scenario import Scenario
from ledger.services import cataloguing, granting, registering
from ledger.store.database import Database

#: Whoever sets a demo up.
CLERK = "demo clerk"


def settle_in(database: Database, scenario: Scenario, *, recorded_at: datetime) -> None:
    """Write a scenario's parties, works, decisions and licenses into an empty book."""
    registering.register_parties(
        database,
        parties=[scenario.operator, *scenario.licensees, *scenario.rights_holders],
        recorded_at=recorded_at,
    )
    registering.register_committees(
        database, committees=scenario.committees, recorded_at=recorded_at
    )
    cataloguing.add_subjects(database, subjects=scenario.subjects, recorded_at=recorded_at)
    for decision in scenario.decisions:
        granting.set_opt_in(
            database,
            subject_references=decision.subjects,
            state=decision.state,
            effective_at=decision.effective_at,
            reason=decision.reason,
            recorded_by=CLERK,
            recorded_at=recorded_at,
        )
    for license_ in scenario.licenses:
        granting.grant_license(database, license=license_, recorded_at=recorded_at)
    for later in scenario.later_terms:
        granting.add_terms_version(
            database,
            license_reference=later.license,
            grant=later.grant,
            terms=later.terms,
            recorded_at=recorded_at,
        )
