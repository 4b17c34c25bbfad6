"""``genbo dunning``: what is unpaid and how old, reminders, what holds them back, and terms."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from api import terminal
from api.clock import system_clock
from api.settings import read_settings
from api.terminal import language, open_book, say, word
from ledger.core.period import TOKYO
from locales import formats

if TYPE_CHECKING:
    from ledger.services.dunning import Worked, Written

Person = Annotated[str, typer.Option("--by", help=word("by.help"))]
Reason = Annotated[str, typer.Option(help=word("dunning.reason.help"))]

app = typer.Typer(no_args_is_help=True)


@app.command("list", help=word("dunning.list.help"))
def list_open(
    on: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD")] = None,
) -> None:
    """List open invoices by age, with the total of each age."""
    from ledger.core.period import tokyo_day
    from ledger.services import dunning

    day = terminal.day(on) if on else tokyo_day(system_clock())
    usual = read_settings().dunning_terms()
    with open_book() as database:
        found = dunning.worklist(database, usual=usual, on=day)
    if not found:
        say("dunning.nothing_open")
    for each in found:
        invoice = each.invoice
        parts = (
            invoice.licensee,
            invoice.reference,
            invoice.due_on.isoformat(),
            word("dunning.days", days=each.days_overdue),
            _money(invoice.open_minor, invoice.currency),
            word(f"dunning.state.{each.state}"),
            invoice.held_because or each.terms.exempt_reason,
        )
        typer.echo("  ".join(part for part in parts if part))
    for (age, currency), (count, total) in _totals(found).items():
        told = word(f"dunning.age.{age}")
        say("dunning.age_total", age=told, count=count, amount=_money(total, currency))


@app.command("send", help=word("dunning.send.help"))
def send(
    by: Person = "genbo",
    dry_run: Annotated[bool, typer.Option("--dry-run", help=word("dunning.dry_run.help"))] = False,
) -> None:
    """Write the reminders of today, and send them where a mail server is set."""
    from ledger.core.period import tokyo_day
    from ledger.services import dunning

    settings = read_settings()
    usual = settings.dunning_terms()
    now = system_clock()
    with open_book() as database:
        if dry_run:
            found = dunning.plan_reminders(database, usual=usual, on=tokyo_day(now))
        else:
            found = dunning.write_reminders(
                database, usual=usual, on=tokyo_day(now), written_by=by, written_at=now
            )
        _show(found)
        say("dunning.would_write" if dry_run else "dunning.written", count=_letters(found))
        server = settings.mail_server()
        if dry_run:
            return
        if server is None:
            say("dunning.no_server")
            return
        from api.mailing import Postman

        options = settings.portal_options()
        postman = Postman(database=database, server=server, options=options, clock=system_clock)
        say("dunning.tried", count=postman.send_due())


@app.command("hold", help=word("dunning.hold.help"))
def hold(
    reason: Reason,
    by: Person,
    invoice: Annotated[str | None, typer.Option(help=word("help.invoice"))] = None,
    licensee: Annotated[str | None, typer.Option(help=word("dunning.licensee.help"))] = None,
    kind: Annotated[str, typer.Option(help=word("dunning.kind.help"))] = "disputed",
) -> None:
    """Remind nobody of an invoice, or of any of a firm's."""
    from ledger.services import deferring

    with open_book() as database:
        made = deferring.hold(
            database,
            invoice=invoice,
            licensee=licensee,
            kind=kind,
            reason=reason,
            held_by=by,
            held_at=system_clock(),
        )
    say("dunning.held", hold=made, what=invoice or licensee)


@app.command("release", help=word("dunning.release.help"))
def release(
    hold: Annotated[str, typer.Argument(help=word("dunning.hold_named.help"))],
    reason: Reason,
    by: Person,
) -> None:
    """End a hold."""
    from ledger.services import deferring

    with open_book() as database:
        deferring.release(
            database, hold=hold, reason=reason, released_by=by, released_at=system_clock()
        )
    say("dunning.released", hold=hold)


@app.command("holds", help=word("dunning.holds.help"))
def holds(
    everything: Annotated[bool, typer.Option("--all", help=word("dunning.all.help"))] = False,
) -> None:
    """List what holds reminders back."""
    from ledger.services import deferring

    with open_book() as database:
        for each in deferring.list_holds(database, with_released=everything):
            parts = (
                each.reference,
                each.licensee,
                each.invoice or "",
                each.kind,
                each.reason,
                f"{each.held_at:%Y-%m-%d} {each.held_by}",
                "" if each.released_at is None else f"{each.released_at:%Y-%m-%d}",
                each.released_by or "",
                each.release_reason or "",
            )
            typer.echo("  ".join(part for part in parts if part))


@app.command("history", help=word("dunning.history.help"))
def history(
    invoice: Annotated[str | None, typer.Option(help=word("help.invoice"))] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000)] = 100,
) -> None:
    """List the letters that were written, the newest first."""
    from ledger.services import dunning

    with open_book() as database:
        for each in dunning.history(database, invoice=invoice, limit=limit):
            parts = (
                each.written_on.isoformat(),
                each.licensee,
                each.invoice,
                word(f"dunning.tone.{each.tone}"),
                _money(each.open_minor, each.currency),
                each.email or "",
                word(f"dunning.outcome.{each.outcome or 'waiting'}"),
                each.reference,
            )
            typer.echo("  ".join(part for part in parts if part))


@app.command("interest", help=word("dunning.interest_now.help"))
def interest(
    on: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD")] = None,
    invoice: Annotated[str | None, typer.Option(help=word("help.invoice"))] = None,
) -> None:
    """Work out what is owed for being late, step by step; nothing is charged."""
    from ledger.core.period import tokyo_day
    from ledger.services import dunning

    day = terminal.day(on) if on else tokyo_day(system_clock())
    usual = read_settings().dunning_terms()
    with open_book() as database:
        found = dunning.late_interest_of(database, usual=usual, on=day, invoice=invoice)
    for each in found:
        late, owed = each.invoice, each.interest
        amount = _money(owed.amount_minor, late.currency)
        typer.echo("  ".join((late.licensee, late.reference, f"{owed.percent}%", amount)))
        for step in owed.steps:
            say(
                "dunning.interest_step",
                first=step.first,
                last=step.last,
                days=step.days,
                base=_money(step.open_minor, late.currency),
            )
    if not found:
        say("dunning.no_interest")


@app.command("suspended", help=word("dunning.suspended.help"))
def suspended(
    everything: Annotated[bool, typer.Option("--all", help=word("dunning.all.help"))] = False,
) -> None:
    """List the licenses that are suspended."""
    from ledger.services import suspending

    with open_book() as database:
        for each in suspending.list_suspensions(database, with_lifted=everything):
            parts = (
                each.license,
                each.licensee,
                each.invoice,
                _money(each.open_minor, each.currency),
                f"{each.suspended_at.astimezone(TOKYO):%Y-%m-%d %H:%M} {each.suspended_by}",
                ""
                if each.lifted_at is None
                else f"{each.lifted_at.astimezone(TOKYO):%Y-%m-%d %H:%M} {each.lifted_by}",
                each.lifted_because or "",
            )
            typer.echo("  ".join(part for part in parts if part))


@app.command("suspend", help=word("dunning.suspend_now.help"))
def suspend(by: Person) -> None:
    """Suspend what the terms say is to be suspended by now, and lift what was paid for."""
    from ledger.services import suspending

    usual = read_settings().dunning_terms()
    with open_book() as database:
        now = system_clock()
        lifted = suspending.lift_paid(database, usual=usual, lifted_by=by, lifted_at=now)
        made = suspending.suspend_unpaid(database, usual=usual, suspended_by=by, suspended_at=now)
    for license_ in lifted:
        say("dunning.lifted", license=license_)
    for license_ in made:
        say("dunning.suspended_now", license=license_)
    if not lifted and not made:
        say("dunning.nothing_to_suspend")


@app.command("lift", help=word("dunning.lift.help"))
def lift(
    license_: Annotated[str, typer.Argument(metavar="LICENSE", help=word("dunning.license.help"))],
    reason: Reason,
    by: Person,
) -> None:
    """Lift a suspension though the invoice is not paid."""
    from ledger.services import suspending

    with open_book() as database:
        suspending.lift(
            database, license=license_, reason=reason, lifted_by=by, lifted_at=system_clock()
        )
    say("dunning.lifted", license=license_)


@app.command("agree", help=word("dunning.agree.help"))
def agree(
    licensee: Annotated[str, typer.Argument(help=word("dunning.licensee.help"))],
    effective_from: Annotated[
        str, typer.Option("--from", metavar="YYYY-MM-DD", help=word("dunning.from.help"))
    ],
    by: Person,
    license_: Annotated[str | None, typer.Option("--license", help=word("dunning.of.help"))] = None,
    days: Annotated[str | None, typer.Option(help=word("dunning.schedule.help"))] = None,
    exempt: Annotated[str, typer.Option(help=word("dunning.exempt.help"))] = "",
    interest: Annotated[str | None, typer.Option(help=word("dunning.interest.help"))] = None,
    suspend_after: Annotated[int | None, typer.Option(help=word("dunning.suspend.help"))] = None,
    contact: Annotated[str, typer.Option(help=word("dunning.contact.help"))] = "",
) -> None:
    """Record what is agreed about paying late."""
    from ledger.core.dunning import DunningTerms, read_days, read_percent
    from ledger.services import deferring

    schedule = read_settings().dunning_terms().days if days is None else read_days(days)
    terms = DunningTerms(
        days=() if exempt and days is None else schedule,
        exempt_reason=exempt,
        interest_percent=None if interest is None else read_percent(interest),
        suspend_after_days=suspend_after,
    )
    new = deferring.NewTerms(
        licensee=licensee,
        license=license_,
        effective_from=terminal.day(effective_from),
        terms=terms,
        contact_email=contact,
    )
    with open_book() as database:
        deferring.agree_terms(database, new=new, recorded_by=by, recorded_at=system_clock())
    say("dunning.agreed", licensee=licensee, on=new.effective_from)


@app.command("terms", help=word("dunning.terms.help"))
def terms() -> None:
    """List all that was ever agreed about paying late."""
    from ledger.services import deferring

    with open_book() as database:
        for each in deferring.list_terms(database):
            agreed = each.terms
            parts = (
                each.effective_from.isoformat(),
                each.licensee,
                each.license or "",
                ",".join(map(str, agreed.days)) or agreed.exempt_reason,
                "" if agreed.interest_percent is None else f"{agreed.interest_percent}%",
                ""
                if agreed.suspend_after_days is None
                else word("dunning.suspends", days=agreed.suspend_after_days),
                each.contact_email,
            )
            typer.echo("  ".join(part for part in parts if part))


def _show(found: "Iterable[Written]") -> None:
    for each in found:
        to = ", ".join(each.to) or word("dunning.state.no_address")
        open_ = " + ".join(_money(minor, currency) for currency, minor in each.open_minor)
        told = (each.licensee, word(f"dunning.tone.{each.tone}"), ", ".join(each.invoices))
        typer.echo("  ".join((*told, open_, to)))


def _letters(found: "Iterable[Written]") -> int:
    return sum(1 for each in found if each.to)


def _totals(found: "Iterable[Worked]") -> dict[tuple[int, str], tuple[int, int]]:
    """Return how many invoices of an age and currency are open, and with how much."""
    totals: dict[tuple[int, str], tuple[int, int]] = {}
    for each in found:
        key = (each.age, each.invoice.currency)
        count, minor = totals.get(key, (0, 0))
        totals[key] = (count + 1, minor + each.invoice.open_minor)
    return dict(sorted(totals.items()))


def _money(amount_minor: int, currency: str) -> str:
    return formats.money(language=language(), amount_minor=amount_minor, currency=currency)
