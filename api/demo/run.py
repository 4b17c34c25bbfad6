"""
The demo: three months of usage from the first report to the bank's file, on one private book.

The catalogue, parties and licenses are entered through the use cases; usage is reported over
HTTP to a server of its own, with a key like any AI firm's. Its clock is moved along the
calendar, so that every run gives the same numbers and the same bytes.
"""

import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from pathlib import Path

from api.archive import count_unrendered, frozen_values, render_missing, write_files
from api.banking import bank_names, is_open_for_banking, next_banking_day
from api.client import Client, Result
from api.demo.declarations import OwnCount, declare
from api.demo.hosting import DemoClock, served
from api.demo.payer import Payer, demo_options, payer
from api.demo.scenario import Event, Scenario
from api.demo.summary import write_summary
from api.settings import DEMO_MARKER, Settings
from api.terminal import bar, language, say, word
from api.transfers import can_be_written, zengin_file
from api.world import enter
from invoices.spreadsheets import generations_csv
from ledger.core.invoice import Invoice
from ledger.core.period import TOKYO, Month
from ledger.core.refusal import Refusal
from ledger.services import (
    archiving,
    auditing,
    billing,
    closing,
    collecting,
    exporting,
    keeping,
    paying,
    settling,
)
from ledger.store.database import Database, migrate, open_database
from ledger.store.reset import is_empty, start_afresh
from locales import formats

#: Whoever sets the demo up and runs its months.
CLERK = "demo clerk"
#: The person who approves what the clerk planned.
APPROVER = "demo approver"
CLIENT_CODE = "9900000001"
BATCH = 500


class BookIsInUse(Refusal):
    """The book holds something that no demo put there."""

    code = "book_is_in_use"


def run(scenario: Scenario, *, out: Path, settings: Settings) -> None:
    """
    Run a scenario and write everything it makes to a folder.

    :raises BookIsInUse: the book holds data that is not a demo's; nothing was changed.
    """
    out.mkdir(parents=True, exist_ok=True)
    with demo_book(settings) as database:
        carried = carry(database, scenario, out=out)
        _render(database, out, rendered_at=carried.ended_at)
        _tell(database, carried, out)


@dataclass(frozen=True, kw_only=True)
class Carried:
    """What a scenario came to."""

    settled: settling.Settled
    violations: Mapping[str, Sequence[object]]
    ended_at: datetime


def carry(database: Database, scenario: Scenario, *, out: Path) -> Carried:
    """Carry a scenario through an empty book, and write everything but the PDFs to its folder."""
    clock = DemoClock(_at(scenario.months[0].first_day - timedelta(days=20)))
    with bar(word("demo.catalogue"), total=1) as progress:
        enter(database, scenario.world, recorded_by=CLERK, recorded_at=clock())
        progress(1)
    story = _Story(database, clock, scenario, out)
    story.report_and_bill()
    settled = story.settle_and_pay()
    violations = auditing.audit(database)
    _write_generations(database, scenario, out / "generations.csv")
    write_summary(
        database,
        path=out / "summary.json",
        notes=scenario.notes,
        answers=story.answers,
        reasons=story.reasons,
        settled=settled,
        violations=violations,
    )
    return Carried(settled=settled, violations=violations, ended_at=clock())


class _Story:
    """The months, told in order."""

    def __init__(self, database: Database, clock: DemoClock, scenario: Scenario, out: Path) -> None:
        self._database = database
        self._clock = clock
        self._scenario = scenario
        self._out = out
        #: How often each status was answered, and each leading reason.
        self.answers: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()

    def report_and_bill(self) -> None:
        """Report each month, close it on the next month's second day, bill it, collect."""
        with (
            served(self._database, self._clock, demo_options()) as base_url,
            payer(
                self._database,
                clock=self._clock,
                base_url=base_url,
                firm=self._scenario.licensees[0].reference,
            ) as by_transfer,
        ):
            keys = {firm.reference: self._key(firm.reference) for firm in self._scenario.licensees}
            reporters = {
                licensee: Client(base_url=base_url, key=key) for licensee, key in keys.items()
            }
            for month in self._scenario.months:
                after = month.next().first_day
                self._clock.move_to(_at(after + timedelta(days=1)))
                counts = self._report(month, reporters)
                for licensee, key in keys.items():
                    declare(base_url=base_url, key=key, month=month, count=counts[licensee])
                self._close_and_bill(month, issued_on=after + timedelta(days=1))
                self._report_late(month, reporters)
                self._collect(by_transfer, on=next_banking_day(month.next().last_day))
            for reporter in reporters.values():
                reporter.close()

    def settle_and_pay(self) -> settling.Settled:
        """Divide what was received, state it, and pay it by one Zengin file."""
        last = self._scenario.months[-1].next()
        settled_on = next_banking_day(last.next().first_day)
        pay_on = next_banking_day(settled_on.replace(day=15))
        self._clock.move_to(_at(settled_on))
        settled = settling.settle_month(
            self._database,
            closing_month=last,
            settled_by=CLERK,
            settled_at=self._clock(),
            issued_on=settled_on,
            pay_on=pay_on,
            bank_names=bank_names(),
            is_banking_day=is_open_for_banking,
            can_be_written=can_be_written,
        )
        if settled.run_reference is not None:
            self._pay(settled.run_reference, pay_on)
        return settled

    def _key(self, licensee: str) -> str:
        """Issue a firm's key. Its secret is no secret: a demo's book holds nothing of value."""
        return keeping.issue_key(
            self._database,
            party_reference=licensee,
            label="demo",
            scopes=["report", "read"],
            secret=sha256(f"genbo demo {licensee}".encode()).digest(),
            recorded_at=self._clock(),
        ).text

    def _report(self, month: Month, reporters: dict[str, Client]) -> dict[str, OwnCount]:
        """Report a month; return what each firm counts of it."""
        counts = {licensee: OwnCount() for licensee in reporters}
        events = list(self._scenario.events(month))
        waiting: dict[str, list[Event]] = defaultdict(list)
        with bar(word("demo.reporting", month=month), total=len(events)) as progress:
            for done, (licensee, event) in enumerate(events, start=1):
                waiting[licensee].append(event)
                if len(waiting[licensee]) == BATCH:
                    self._send(reporters[licensee], waiting.pop(licensee), counts[licensee])
                    progress(done)
            for licensee, rest in waiting.items():
                self._send(reporters[licensee], rest, counts[licensee])
            progress(len(events))
        return counts

    def _report_late(self, month: Month, reporters: dict[str, Client]) -> None:
        """Report one more event of the month just closed: it is counted in the next one."""
        licensee, event = next(self._scenario.events(month))
        late = {**event, "id": f"{event['id']}-late"}
        self._send(reporters[licensee], [late], OwnCount())  # What was declared stays as it is.

    def _send(self, reporter: Client, events: list[Event], count: OwnCount) -> None:
        answer = reporter.report(events)
        count.add(events, answer.results)
        self.answers.update(answer.counts)
        self.reasons.update(_leading_reason(result) for result in answer.results)

    def _close_and_bill(self, month: Month, *, issued_on: date) -> None:
        closing.close_month(self._database, month=month, closed_by=CLERK, closed_at=self._clock())
        billing.issue_invoices(
            self._database,
            month=month,
            issued_on=issued_on,
            due_on=next_banking_day(month.next().last_day),
            recorded_at=self._clock(),
            bank_names=bank_names(),
        )

    def _collect(self, by_transfer: Payer, *, on: date) -> None:
        """Every firm pays its invoice in full on the day it is due, one of them through Stripe."""
        self._clock.move_to(_at(on))
        paid = {
            receipt.invoice_reference
            for receipt in collecting.list_receipts(self._database, licensee_id=None).receipts
        }
        for document in archiving.all_documents(self._database):
            frozen = frozen_values(document)
            if not isinstance(frozen, Invoice) or frozen.number in paid:
                continue
            if document.owner_reference == by_transfer.firm:
                by_transfer.pay(frozen.number, asked_by=CLERK)
            else:
                self._receive(frozen, on)

    def _receive(self, invoice: Invoice, on: date) -> None:
        collecting.record_receipt(
            self._database,
            invoice_reference=invoice.number,
            amount_minor=invoice.total_minor,
            currency=invoice.currency,
            received_on=on,
            external_reference=f"FURIKOMI {invoice.number}",
            recorded_by=CLERK,
            recorded_at=self._clock(),
        )

    def _pay(self, run_reference: str, pay_on: date) -> None:
        order = paying.order(self._database, run_reference=run_reference)
        content = zengin_file(order, client_code=CLIENT_CODE)
        self._clock.move_to(_at(pay_on))
        paying.release_payouts(
            self._database,
            run_reference=run_reference,
            released_by=APPROVER,
            released_at=self._clock(),
            posted_on=pay_on,
            file_content=content,
        )
        (self._out / f"{run_reference}.zengin.txt").write_bytes(content)


def _render(database: Database, out: Path, *, rendered_at: datetime) -> None:
    """Render every invoice and statement, and write them out."""
    with bar(word("render.working"), total=count_unrendered(database)) as progress:
        render_missing(database, rendered_at=rendered_at, progress=progress)
    write_files(database, archiving.all_documents(database), out)


@contextmanager
def demo_book(settings: Settings) -> Iterator[Database]:
    """Open the book, and begin it anew if a demo made it; anything else is left alone."""
    url = settings.database_url_text()
    marker = settings.data_directory / DEMO_MARKER
    database = open_database(url, settings.data_directory)
    try:
        migrate(database)
        if url is None and marker.exists():
            start_afresh(database)
        elif not is_empty(database):
            raise BookIsInUse(place=(url and "DATABASE_URL") or os.fspath(settings.data_directory))
        if url is None:
            marker.touch()
        yield database
    finally:
        database.close()


def _tell(database: Database, carried: Carried, out: Path) -> None:
    """Print what was made and where, and whether the book holds together."""
    settled, violations = carried.settled, carried.violations
    kinds = Counter(document.kind for document in archiving.all_documents(database))
    paid = formats.money(language=language(), amount_minor=settled.payout_minor, currency="JPY")
    say("demo.invoices", count=kinds["invoice"], folder=out / "invoices")
    say("demo.statements", count=kinds["statement"], folder=out / "statements")
    if settled.run_reference is not None:
        file = out / f"{settled.run_reference}.zengin.txt"
        say("demo.payouts", count=settled.payout_count, total=paid, file=file)
    say("demo.generations", file=out / "generations.csv")
    say("demo.summary", file=out / "summary.json")
    holding = sum(not found for found in violations.values())
    say("demo.invariants", holding=holding, count=len(violations))


def _write_generations(database: Database, scenario: Scenario, path: Path) -> None:
    rows = exporting.generations_of(database, first=scenario.months[0], last=scenario.months[-1])
    with path.open("wb") as file:
        file.writelines(generations_csv(rows))


def _leading_reason(result: Result) -> str:
    if result.problem is not None:
        return f"{result.status}: {result.problem.code}"
    return f"{result.status}: {result.reasons[0] if result.reasons else '-'}"


def _at(day: date) -> datetime:
    """Return ten in the morning of a day in Japan."""
    return datetime.combine(day, time(10), TOKYO).astimezone(UTC)
