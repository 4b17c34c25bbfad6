"""
Books that nobody would write: drawn terms, committees and months, carried through the use cases.

Everything follows from one number. What the product refuses is left out of the book: the rules for
that are tested elsewhere, and here only what is in the book has to come out right.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from random import Random
from typing import Any

from ledger.core.agreement import NewTerms
from ledger.core.correction import CorrectionReason
from ledger.core.period import Month
from ledger.core.receipt import Result, Status
from ledger.core.refusal import Refusal
from ledger.core.usage import ReportedGeneration, SubjectUse, UseClass
from ledger.services import billing, consenting, granting
from ledger.services.registering import NewStep
from ledger.store.database import Database
from tests import builders
from tests.scenarios.drawn_groups import Drawn, change
from tests.scenarios.drawn_money import Money, first_rates
from tests.scenarios.drawn_terms import APRIL, BASES, TAXED, WORKS, Agreed
from tests.services import money
from tests.services.firms import Firm, firm
from tests.services.test_correcting import correct, instead, void
from tests.services.usage import generation

FIRST, LAST = Month(2026, 4), Month(2026, 8)


def draw(database: Database, seed: int) -> None:
    """Write a book that follows from a number: who takes part, then month by month."""
    _Story(database, Random(seed)).tell()


class _Story:
    """A book while it is made up."""

    def __init__(self, database: Database, chance: Random) -> None:
        self.database, self.chance = database, chance
        self.agreed = Agreed(chance)
        self.firms: dict[str, Firm] = {}
        self.licenses: dict[str, tuple[str, Sequence[str]]] = {}  # firm, subjects
        self.reported: list[tuple[str, ReportedGeneration]] = []
        self.revised: dict[str, int] = {}
        self.unpaid: list[str] = []
        self.terms: dict[tuple[str, int], NewTerms] = {}
        self.groups: dict[tuple[str, str], Drawn] = {}
        self.numbers = count(1)
        self.money = Money(database, chance, self.firms)

    def tell(self) -> None:
        self._parties()
        self._agree()
        month = FIRST
        while month <= LAST:
            self._use(month)
            self._change(month)
            self.money.in_month(month, self._now(month))
            self._use(month)
            self._end(month)
            self.money.after_settling(month)
            month = month.next()
        self._settle(month)

    def is_so(self, percent: int) -> bool:
        return self.chance.randrange(100) < percent

    # Who takes part, and what is agreed.

    def _parties(self) -> None:
        money.house(self.database)
        self.money.fund(APRIL, least=self.chance.choice([1, 50_000, 10_000_000]))
        first_rates(self.database)
        some = self.chance.choice
        builders.parties(
            self.database,
            builders.new_licensee("studio-a"),
            builders.new_licensee(
                "studio-b",
                country="US",
                has_jp_establishment=False,
                corporate_number=None,
                registrations=(),
            ),
            builders.new_company(
                "hoshino",
                minimum_payment_minor=some([0, 5_000]),
                entrustment=self.money.entrustment(fee_bp=800),
            ),
            builders.new_person(
                "minami",
                minimum_payment_minor=some([0, 30_000]),
                entrustment=self.money.entrustment(fee_bp=some([0, 333])),
            ),
            builders.new_company(
                "harbor",
                country="FR",
                has_jp_establishment=False,
                corporate_number=None,
                registrations=(),
                minimum_payment_minor=0,
                treaty_rate_bp=some([None, 1_000]),
                treaty_form_filed_on=None,
                entrustment=self.money.entrustment(fee_bp=800),
            ),
            *(
                builders.new_company(name, minimum_payment_minor=some([0, 10_000]))
                for name in ("window", "press", "lead", "studio")
            ),
            builders.new_person("author", minimum_payment_minor=0, withholding=TAXED),
        )
        steps = [
            NewStep(kind="fee", category="window_fee", payee="window", rate_bp=some([1500, 777])),
            NewStep(
                kind="royalty",
                category="original",
                payee="press",
                rate_bp=500,
                passes=(("author", 7_000),),
            ),
            NewStep(kind="fee", category="manager_fee", payee="lead", rate_bp=500, cap_minor=900),
            NewStep(kind="royalty", category="screenplay", payee="author", rate_bp=175),
            NewStep(
                kind="expense", category="expense", payee="lead", amount_minor=some([1, 4_000])
            ),
        ]
        for name, fee_bp in (("board", 800), ("guild", 0)):
            party = replace(
                builders.new_committee().party,
                reference=name,
                entrustment=self.money.entrustment(fee_bp=fee_bp),
            )
            builders.committee(
                self.database,
                name,
                party=party,
                preset=some(["fees_first", "royalties_first"]),
                steps=tuple(self.chance.sample(steps, self.chance.randint(0, len(steps)))),
                members=(("lead", some([60, 1])), ("studio", some([40, 1]))),
            )
        for work, owner in WORKS.items():
            kind: dict[str, Any] = {"kind": "voice", "medium": ""} if work == "koe" else {}
            builders.work(self.database, work, owner=owner, **kind)
        builders.consent(self.database, notice_period_days=10, use_classes=("generation",))

    def _agree(self) -> None:
        for reference, licensee, number in (("LIC-A", "studio-a", 3), ("LIC-B", "studio-b", 1)):
            while not self._license(reference, licensee, number):
                pass  # Terms that contradict themselves: others are drawn.
            self.firms[licensee] = firm(self.database, licensee)

    def _license(self, reference: str, licensee: str, number: int) -> bool:
        grants = tuple(self.agreed.grant() for _ in range(number))
        ends_at = self.chance.choice([None, Month(2026, 7).starts_at, LAST.starts_at])
        groups = self.agreed.groups(number, ends_at) if self.is_so(60) else ()
        try:
            builders.license(
                self.database,
                reference,
                licensee=licensee,
                grants=grants,
                ends_at=ends_at,
                wind_down_days=self.chance.choice([0, 12, 40]),
                recoup_groups=groups,
            )
        except Refusal:
            return False
        named = dict.fromkeys(name for grant in grants for name in grant.subjects)
        self.licenses[reference] = (licensee, [*dict.fromkeys([*named, "koe"])])
        for place, grant in enumerate(grants):
            self.terms[reference, place] = grant.terms
        self.groups |= {(reference, each.reference): Drawn(each, number) for each in groups}
        return True

    # Months.

    def _use(self, month: Month) -> None:
        for reference, (licensee, subjects) in self.licenses.items():
            for _ in range(self.chance.randint(0, 2)):
                batch = [
                    self._event(reference, subjects, self._month(month))
                    for _ in range(self.chance.randint(1, 6))
                ]
                at = self._now(month)
                self._note(licensee, batch, self.firms[licensee].report(*batch, at=at))

    def _note(
        self, licensee: str, batch: Sequence[ReportedGeneration], results: Sequence[Result]
    ) -> None:
        for event, result in zip(batch, results, strict=True):
            if result.status in (Status.ACCEPTED, Status.HELD, Status.REFUSED):
                self.reported.append((licensee, event))

    def _month(self, month: Month) -> Month:
        """Mostly this month; sometimes one that may be closed."""
        earlier = self.chance.randint(1, 3) if self.is_so(25) else 0
        return max(FIRST, month.before(earlier))

    def _now(self, month: Month) -> datetime:
        """Return a later instant each time, at the end of the month."""
        return month.ends_at - timedelta(hours=1) + timedelta(seconds=next(self.numbers))

    def _event(
        self, reference: str, subjects: Sequence[str], month: Month, **changes: Any
    ) -> ReportedGeneration:
        modality = self.chance.choice([*BASES])
        named = self.chance.sample(subjects, self.chance.randint(1, min(3, len(subjects))))
        weights = self.chance.choice([(3_000, 3_000, 4_000), (1, 2, 0), (None,) * 3])
        quantity = self.chance.choice(["1", "7", "40.25", "333", "1200", "0"])
        facts: dict[str, Any] = {
            "event_id": f"drawn-{next(self.numbers)}",
            "license_reference": reference,
            "unit": BASES[modality][1],
            "territory": self.chance.choice(["JP", "US", "FR"] if self.is_so(20) else ["JP"]),
            "use_class": UseClass.GENERATION,
            "net_revenue": Decimal(self.chance.choice(["100", "-20.5", "4321"])),
            "currency": "JPY",
        }
        event = generation(
            None if self.is_so(3) else quantity,
            on=month.first_day.replace(day=self.chance.randint(1, 28)),
            modality=modality,
            **(facts | changes),
        )
        uses = tuple(SubjectUse(name, weight) for name, weight in zip(named, weights, strict=False))
        return event._replace(subjects=uses)

    def _change(self, month: Month) -> None:
        """Correct, amend, suspend or withdraw something, or none of it."""
        for _ in range(self.chance.randint(0, 3) if self.reported else 0):
            self._correct(self._now(month))
        if self.is_so(45):
            self._amend(month, self._now(month))
        if self.groups and self.is_so(40):
            self._regroup(month, self._now(month))
        if self.is_so(15):
            with suppress(Refusal):
                granting.set_opt_in(
                    self.database,
                    subject_references=[self.chance.choice([*WORKS])],
                    state=self.chance.choice(["suspended", "offered"]),
                    reason="asked for",
                    recorded_by="rights-desk",
                    recorded_at=self._now(month),
                    effective_at=month.starts_at + timedelta(days=self.chance.randint(0, 27)),
                )
        if self.is_so(15):
            with suppress(Refusal):
                consenting.withdraw_consent(
                    self.database,
                    subject="koe",
                    reference="CON-1",
                    withdrawn_on=month.first_day.replace(day=self.chance.randint(1, 28)),
                    reason="asked for",
                    recorded_by="kotonoha",
                    recorded_at=self._now(month),
                )

    def _correct(self, at: datetime) -> None:
        licensee, event = self.chance.choice(self.reported)
        revision = self.revised.get(event.event_id, 0) + 1
        other = self._event(event.license_reference, [*WORKS], Month.of(event.occurred_at))
        now = self.chance.choice(
            [
                event._replace(quantity=Decimal(self.chance.choice(["3", "0", "5000"]))),
                other._replace(event_id=event.event_id),
            ]
        )
        reason = CorrectionReason.WRONG_QUANTITY
        change = void(event) if self.is_so(30) else instead(now, reason=reason)
        with suppress(Refusal):
            correct(self.firms[licensee], change._replace(revision=revision), recorded_at=at)
            self.revised[event.event_id] = revision

    def _amend(self, month: Month, at: datetime) -> None:
        """Agree on other prices, for months to come or for months that are closed."""
        reference, place = self.chance.choice([*self.terms])
        terms = self.terms[reference, place]
        factor = self.chance.choice([Decimal("1.5"), Decimal("0.5"), Decimal(2)])
        since = self.chance.choice([month.next(), month.previous(), month.previous().previous()])
        lines = tuple(
            replace(
                line,
                rate=Decimal(line.rate) * factor,
                tiers=tuple(replace(tier, rate=Decimal(tier.rate) * factor) for tier in line.tiers),
            )
            for line in terms.rate_lines
        )
        share = terms.revenue_share
        if share is not None and self.is_so(50):
            share = self.agreed.share()
        amended = replace(
            terms,
            effective_from=since.starts_at,
            rate_lines=lines,
            revenue_share=share,
            recognition=self.agreed.recognition() if self.is_so(50) else terms.recognition,
        )
        with suppress(Refusal):
            granting.add_terms_version(
                self.database,
                license_reference=reference,
                grant=place,
                terms=amended,
                recorded_at=at,
            )
            self.terms[reference, place] = amended

    def _regroup(self, month: Month, at: datetime) -> None:
        """Agree on another recoup group from this month or the next on."""
        name = self.chance.choice([*self.groups])
        since = self.chance.choice([month, month.next()]).first_day
        with suppress(Refusal):
            self.groups[name] = change(
                self.database, self.chance, name, self.groups[name], since, at
            )

    def _end(self, month: Month) -> None:
        """Bill what is due, receive some of it, and settle."""
        issued_on = month.last_day
        self.unpaid += billing.issue_advances(
            self.database,
            due_through=issued_on,
            issued_on=issued_on,
            due_on=month.next().last_day,
            recorded_at=money.noon(issued_on),
            bank_names=money.BANK_NAMES,
        )
        self.unpaid = self.money.receive(self.unpaid, month)
        self.unpaid += money.bill(self.database, month)
        self.money.after_closing(month)
        self._settle(month)

    def _settle(self, month: Month) -> None:
        with suppress(Refusal):  # The house may have to put money up first; the next month asks.
            run = money.settle(self.database, month).run_reference
            if run is not None and self.is_so(70):
                money.release(self.database, run)
