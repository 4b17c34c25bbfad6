"""
What happens beside usage in drawn books: claims, refunds, advances to payees, revenue, revisions.

Each is drawn, and what the product refuses is left out. Instants are honest: what is entered
after a month was closed or settled says so, because the naive book goes by when things are known.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from random import Random
from typing import Any

from ledger.core.exchange import FxRate
from ledger.core.new_claim import NewClaim
from ledger.core.own_funds import MoveKind
from ledger.core.party import NewEntrustment
from ledger.core.payee_advance import NewPayeeAdvance
from ledger.core.period import Month
from ledger.core.refusal import Refusal
from ledger.core.reserve import NewReserveClaim
from ledger.core.revenue_report import NewRevenue
from ledger.services import (
    advancing,
    contesting,
    disputing,
    entrusting,
    exchanging,
    funding,
    refunding,
    reserving,
    revising,
    stating,
)
from ledger.services.entrusting import LaterEntrustment
from ledger.services.revising import Move
from ledger.store.database import Database
from tests import builders
from tests.rows import rows
from tests.scenarios.drawn_terms import APRIL, RATES_FROM, WORKS
from tests.services import money
from tests.services.firms import Firm

#: Who may claim, be moved to and be paid ahead; committees are not.
PAYEES = ("hoshino", "minami", "harbor", "window", "press", "lead", "studio", "author")

_CLAIMS = "SELECT reference FROM claim"
_PAID = """
    SELECT p.reference, d.reference FROM receipt r JOIN document d USING (document_id)
    JOIN party p ON p.party_id = r.licensee_id
"""
_ADVANCES = "SELECT reference FROM payee_advance"
_STATEMENTS = """
    SELECT d.reference FROM statement s JOIN document d USING (document_id)
    ORDER BY s.document_id
"""
_LEFT = """
    SELECT d.reference, i.total_minor - coalesce(sum(r.amount_minor), 0) FROM invoice i
    JOIN document d USING (document_id) LEFT JOIN receipt r USING (document_id)
    GROUP BY d.reference, i.total_minor
"""
_EARNED = "SELECT category, amount_minor, tax_minor FROM earning ORDER BY amount_minor DESC"


class Money:
    """Draws what happens to money, on the days on which it may."""

    def __init__(self, database: Database, chance: Random, firms: Mapping[str, Firm]) -> None:
        self._database, self._chance, self._firms = database, chance, firms
        self._numbers = count(1)

    def entrustment(self, *, fee_bp: int) -> NewEntrustment:
        """Draw what a rights holder agrees with the house from the first day on."""
        return self._terms(fee_bp, APRIL)

    def _terms(self, fee_bp: int, since: date) -> NewEntrustment:
        holds = self._is_so(50)
        return NewEntrustment(
            admin_fee_bp=fee_bp,
            effective_from=since,
            reserve_bp=self._one_of(1_000, 333, 2_500) if holds else None,
            reserve_months=self._one_of(1, 2) if holds else None,
            overclaim_policy=self._one_of("hold_disputed_part", "hold_disputed_part", "hold_all"),
        )

    def in_month(self, month: Month, at: datetime) -> None:
        """Let something happen while a month is open."""
        day = month.first_day.replace(day=self._chance.randint(1, 28))
        self._some(35, self._claim, month, at)
        self._some(30, self._change_claim, at)
        self._some(30, self._advance, day, at)
        self._some(10, self._withdraw_advance, at)
        self._some(30, self._refund, day, at)
        self._some(60, self.publish, month, day, at)
        self._some(70, self._state, month, at)
        self._some(15, self._entrust, day)
        self._some(40, self.fund, day)
        self._some(20, self._take, day)

    def after_closing(self, month: Month) -> None:
        """Let something happen after a month was closed and before it is settled."""
        at = money.noon(month.next().first_day.replace(day=7))
        self._some(40, self._state, month, at)
        self._some(20, self.publish, month, month.last_day, at)
        self._some(30, self._change_claim, at)

    def after_settling(self, month: Month) -> None:
        """Let something happen after a month was settled, and before the next one ends."""
        on = month.next().first_day.replace(day=12)
        self._some(50, self._revise, on)
        self._some(30, self._revise, on)
        self._some(40, self._dispute, money.noon(on))
        self._some(40, self._transfer, on)

    def receive(self, unpaid: Sequence[str], month: Month) -> list[str]:
        """Let firms pay invoices, whole or in part; return those that are not paid in full."""
        asked = dict(rows(self._database, _LEFT))
        left = []
        for number in unpaid:
            amount = paid = int(asked[number])
            if not self._is_so(75):
                paid = 0
            elif self._is_so(30) and amount > 1:
                paid = self._chance.randrange(1, amount)
            if paid < amount:
                left.append(number)
            if paid > 0:  # One that asks for nothing needs no payment.
                money.receive(self._database, number, on=month.last_day, amount_minor=paid)
        return left

    def fund(self, day: date, *, least: int = 1) -> None:
        """Let the house put its own money in."""
        self._move(MoveKind.PUT, day, max(least, self._one_of(1, 30_000, 2_000_000)))

    def _take(self, day: date) -> None:
        self._move(MoveKind.TAKE, day, self._one_of(1, 5_000, 1_000_000))

    def _move(self, kind: MoveKind, day: date, amount: int) -> None:
        funding.move_own_funds(
            self._database,
            kind=kind,
            currency="JPY",
            amount_minor=amount,
            moved_on=day,
            bank_reference=f"OWN-{next(self._numbers)}",
            reason="accrued royalty",
            recorded_by="keiri",
            recorded_at=money.noon(day),
        )

    def _some(self, percent: int, happen: Callable[..., None], *about: Any) -> None:
        if self._is_so(percent):
            with suppress(Refusal):
                happen(*about)

    def _is_so(self, percent: int) -> bool:
        return self._chance.randrange(100) < percent

    def _one_of(self, *some: Any) -> Any:
        return self._chance.choice(some)

    def _claim(self, month: Month, at: datetime) -> None:
        since = self._one_of(APRIL, month.first_day, month.first_day.replace(day=11))
        until = month.next().first_day.replace(day=self._one_of(1, 15))
        claim = NewClaim(
            reference=f"CLM-{next(self._numbers)}",
            subject=self._one_of(*WORKS),
            party=self._one_of(*PAYEES),
            share_bp=self._one_of(1_000, 3_333, 6_000, 10_000),
            starts_on=since,
            ends_on=self._one_of(None, None, until),
            right=self._one_of("all", "all", "image", "video"),
            territory=self._one_of("WORLD", "WORLD", "JP", "US"),
            state=self._one_of("asserted", "agreed", "disputed"),
        )
        contesting.enter_claims(self._database, claims=[claim], recorded_by="keiri", recorded_at=at)

    def _change_claim(self, at: datetime) -> None:
        claims = [reference for (reference,) in rows(self._database, _CLAIMS)]
        change = self._one_of(contesting.agree, contesting.dispute, contesting.withdraw)
        more = {"share_bp": self._one_of(None, 2_000)} if change is contesting.agree else {}
        if claims:
            change(
                self._database,
                reference=self._one_of(*claims),
                reason="heard of it",
                recorded_by="keiri",
                recorded_at=at,
                **more,
            )

    def _advance(self, day: date, at: datetime) -> None:
        advance = NewPayeeAdvance(
            reference=f"ADV-{next(self._numbers)}",
            payee=self._one_of(*PAYEES),
            amount_minor=self._one_of(1, 500, 7_777),
            pay_from=day,
        )
        advancing.enter_advances(
            self._database, advances=[advance], recorded_by="keiri", recorded_at=at
        )

    def _withdraw_advance(self, at: datetime) -> None:
        advances = [reference for (reference,) in rows(self._database, _ADVANCES)]
        if advances:
            advancing.withdraw_advance(
                self._database,
                reference=self._one_of(*advances),
                reason="not needed",
                withdrawn_by="keiri",
                withdrawn_at=at,
            )

    def _refund(self, day: date, at: datetime) -> None:
        paid = rows(self._database, _PAID)
        firm, invoice = self._one_of(*paid) if paid else ("studio-a", None)
        amount = self._one_of(1, 90, 1_234, 30_000)
        claim = NewReserveClaim(
            reference=f"CB-{next(self._numbers)}",
            kind=self._one_of("refund", "chargeback"),
            holder=self._one_of(*WORKS.values()),
            licensee=firm,
            amount_minor=amount,
            claimed_on=day,
            reason="Generated twice",
            tax_minor=self._one_of(0, amount // 10),
            invoice=self._one_of(None, invoice),
        )
        reserving.enter_claims(self._database, claims=[claim], recorded_by="keiri", recorded_at=at)

    def publish(self, month: Month, day: date, at: datetime) -> None:
        """Publish what a euro is in dollars and yen on a day, or dollars in yen."""
        quotes = self._one_of(
            (("USD", "JPY", "150.21"),),
            (("JPY", "USD", "0.0066"),),
            (("EUR", "USD", "1.0871"), ("EUR", "JPY", "163.3")),
        )
        exchanging.import_rates(
            self._database,
            rates=[
                FxRate(source="ecb", on=day, currency=one, into=into, rate=Decimal(rate))
                for one, into, rate in quotes
            ],
            recorded_at=at,
        )

    def _state(self, month: Month, at: datetime) -> None:
        """Say what a firm took in, in this month or one before."""
        for _ in range(self._chance.randint(0, 2)):
            month = max(Month.of_day(APRIL), month.previous())
        reference, licensee, place = self._one_of(
            *(("LIC-A", "studio-a", place) for place in range(3)), ("LIC-B", "studio-b", 0)
        )
        for currency in ("USD", "JPY"):
            new = NewRevenue(
                license=reference,
                grant=place,
                amount=self._one_of("0", "812.55", "70000", "1234567"),
                currency=currency,
            )
            with suppress(Refusal):
                stating.state_revenue(
                    self._database,
                    licensee=licensee,
                    month=month,
                    new=(new,),
                    stated_by=licensee,
                    stated_at=at,
                )

    def _entrust(self, day: date) -> None:
        holder = self._one_of(*WORKS.values())
        terms = self._terms(self._one_of(0, 500), day)
        entrusting.change_entrustments(
            self._database, changes=[LaterEntrustment(party=holder, terms=terms)]
        )

    def _revise(self, on: date) -> None:
        statements = [reference for (reference,) in rows(self._database, _STATEMENTS)]
        earned = rows(self._database, _EARNED)
        if statements:
            category, amount, tax = self._one_of(*earned)
            moving = Move(
                to=self._one_of(*PAYEES),
                amount_minor=self._one_of(1, max(0, amount), max(0, amount) // 2),
                tax_minor=self._one_of(0, 0, max(0, tax)),
                category=category,
            )
            revising.revise_statement(
                self._database,
                statement=self._one_of(*statements),
                reason="The memorandum says otherwise",
                revised_by="keiri",
                revised_at=money.noon(on),
                issued_on=on,
                moving=moving,
            )

    def _dispute(self, at: datetime) -> None:
        statements = [reference for (reference,) in rows(self._database, _STATEMENTS)]
        if statements:
            line: dict[str, Any] = {
                "statement": self._one_of(*statements),
                "line": self._one_of("all", "1", "1.1"),
            }
            said: dict[str, Any] = {
                "reason": "Not ours",
                "recorded_by": "somebody",
                "recorded_at": at,
            }
            disputing.answer(self._database, **line, **said, state="disputed", payee_id=None)
            if self._is_so(50):
                state = self._one_of("upheld", "rejected")
                disputing.decide(self._database, **line, **said, state=state)

    def _transfer(self, on: date) -> None:
        for owed in refunding.list_refunds(self._database).owed:
            refunding.record_refund(
                self._database,
                licensee=owed.licensee,
                amount_minor=self._one_of(1, owed.amount_minor, owed.amount_minor + 1),
                currency=owed.currency,
                transferred_on=on,
                bank_reference=f"B-{next(self._numbers)}",
                recorded_by="keiri",
                recorded_at=money.noon(on),
            )


def first_rates(database: Database) -> None:
    """Publish rates, without which nobody can agree on a share of revenue abroad."""
    rate = FxRate(source="ecb", on=RATES_FROM, currency="USD", into="JPY", rate=Decimal("149.8"))
    exchanging.import_rates(database, rates=[rate], recorded_at=builders.RECORDED_AT)
