"""
A scenario: everything a demo puts into the book, and the usage it reports month by month.

The invented seed and the real catalogue both become one, so that one program runs either. A
scenario is the same on every run: nothing in it asks the clock, draws lots or depends on the
order of a set.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from api.world import Decision, LaterTerms, World
from ledger.core.agreement import NewLicense
from ledger.core.party import NewParty
from ledger.core.period import Month
from ledger.services.consenting import NewConsent
from ledger.services.registering import NewCommittee
from ledger.store.works import NewSubject

#: The months both scenarios report.
MONTHS = (Month(2026, 6), Month(2026, 7), Month(2026, 8))

#: An event exactly as the API takes it: quantities and money are text.
Event = dict[str, Any]


class Report(NamedTuple):
    """One event, and the AI firm that reports it."""

    licensee: str
    event: Event


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """
    A demo's world. It goes into the book in the order of the fields.

    ``notes`` counts how the sources were treated, for people to judge the figures by.
    """

    operator: NewParty
    licensees: tuple[NewParty, ...]
    rights_holders: tuple[NewParty, ...]
    committees: tuple[NewCommittee, ...]
    subjects: tuple[NewSubject, ...]
    decisions: tuple[Decision, ...]
    licenses: tuple[NewLicense, ...]
    later_terms: tuple[LaterTerms, ...]
    months: tuple[Month, ...]
    notes: Mapping[str, int | str]
    usage: Callable[[Month], Iterator[Report]]
    consents: tuple[NewConsent, ...] = ()

    @property
    def world(self) -> World:
        """Everything of it that goes into the book before any usage."""
        return World(
            parties=(self.operator, *self.licensees, *self.rights_holders),
            committees=self.committees,
            subjects=self.subjects,
            consents=self.consents,
            decisions=self.decisions,
            licenses=self.licenses,
            later_terms=self.later_terms,
        )

    def events(self, month: Month) -> Iterator[Report]:
        """Give a month's events in the order in which they are reported."""
        return self.usage(month)
