"""
The invented scenario: the world of ``seed.toml`` and the usage of ``usage.toml``.

Nobody in it exists.
"""

from functools import partial

from api.demo import tables
from api.demo.scenario import MONTHS, Scenario
from api.demo.tables import Table, read_tables
from api.demo.usage import Fault, Profile, UsagePlan, reports
from api.world import Decision, LaterTerms
from ledger.core.party import NewParty
from ledger.core.period import Month


def load() -> Scenario:
    """Return the invented scenario."""
    seed = read_tables("seed")
    plan = _plan(read_tables("usage"))
    return Scenario(
        operator=house(),
        licensees=ai_firms(),
        rights_holders=tuple(tables.party(each, role="rights_holder") for each in seed["holders"]),
        committees=tuple(tables.committee(each) for each in seed["committees"]),
        subjects=tuple(tables.subject(each) for each in seed["subjects"]),
        consents=tuple(tables.consent(each) for each in seed["consents"]),
        decisions=tuple(
            Decision(**{**each, "subjects": tuple(each["subjects"])}) for each in seed["decisions"]
        ),
        licenses=tuple(tables.license_(each) for each in seed["licenses"]),
        later_terms=tuple(
            LaterTerms(license=each["license"], grant=each["grant"], terms=tables.terms(each))
            for each in seed["later_terms"]
        ),
        months=MONTHS,
        notes={"generations_planned": sum(plan.events.values())},
        usage=partial(reports, plan),
    )


def house() -> NewParty:
    """Return the invented house, which keeps the real catalogue's book too."""
    return tables.party(read_tables("seed")["operator"], role="operator")


def ai_firms() -> tuple[NewParty, ...]:
    """Return the invented AI firms, which report the real usage log too."""
    firms = read_tables("seed")["licensees"]
    return tuple(tables.party(each, role="licensee") for each in firms)


def _plan(table: Table) -> UsagePlan:
    return UsagePlan(
        events={Month.parse(month): count for month, count in table["events"].items()},
        profiles=tuple(_profile(each) for each in table["profiles"]),
        faults=tuple(Fault(**each) for each in table["faults"]),
    )


def _profile(table: Table) -> Profile:
    pairs = {name: tuple(table[name]) for name in ("quantity", "revenue") if name in table}
    return Profile(**{**table, "subjects": tuple(table["subjects"]), **pairs})
