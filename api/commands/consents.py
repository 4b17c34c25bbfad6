"""``genbo consent``: what performers agree to have done with their voices, and withdrawals."""

from typing import TYPE_CHECKING, Annotated

import typer

from api.clock import system_clock
from api.terminal import day, open_book, say, word

if TYPE_CHECKING:
    from ledger.store.consents import ConsentInBook

Voice = Annotated[str, typer.Argument(help=word("consent.voice.help"), metavar="VOICE")]
Named = Annotated[str, typer.Argument(help=word("consent.named.help"), metavar="CONSENT")]
Person = Annotated[str, typer.Option("--by", help=word("by.help"))]

app = typer.Typer(no_args_is_help=True)


@app.command("give", help=word("consent.give.help"))
def give(
    voice: Voice,
    consent: Named,
    performer: Annotated[str, typer.Option(help=word("consent.performer.help"))],
    use: Annotated[list[str], typer.Option(help=word("consent.use.help"))],
    on: Annotated[str, typer.Option(help=word("consent.given_on.help"))],
    notice_days: Annotated[int, typer.Option(help=word("consent.notice.help"))],
    by: Person,
    language: Annotated[list[str] | None, typer.Option(help=word("consent.language.help"))] = None,
    evidence: Annotated[str | None, typer.Option(help=word("consent.evidence.help"))] = None,
) -> None:
    """Enter a performer's consent to some uses of a voice."""
    from ledger.services import consenting
    from ledger.services.consenting import NewConsent

    new = NewConsent(
        reference=consent,
        subject=voice,
        performer=performer,
        use_classes=tuple(use),
        given_on=day(on),
        notice_period_days=notice_days,
        languages=tuple(language or ()),
        evidence_sha256=evidence,
    )
    with open_book() as database:
        consenting.give_consent(database, consent=new, recorded_by=by, recorded_at=system_clock())
    say("consent.given", consent=consent, voice=voice)


@app.command("withdraw", help=word("consent.withdraw.help"))
def withdraw(
    voice: Voice,
    consent: Named,
    on: Annotated[str, typer.Option(help=word("consent.withdrawn_on.help"))],
    reason: Annotated[str, typer.Option(help=word("consent.reason.help"))],
    by: Person,
) -> None:
    """Enter that a consent is withdrawn from a day on; use earns until its notice is over."""
    from ledger.services import consenting

    with open_book() as database:
        withdrawn = consenting.withdraw_consent(
            database,
            subject=voice,
            reference=consent,
            withdrawn_on=day(on),
            reason=reason,
            recorded_by=by,
            recorded_at=system_clock(),
        )
    days = withdrawn.consent.notice_period_days
    say("consent.withdrawn", consent=consent, voice=voice, on=on, days=days)


@app.command("list", help=word("consent.list.help"))
def list_all(
    voice: Annotated[str | None, typer.Argument(help=word("consent.voice.help"))] = None,
) -> None:
    """List the consents of one voice, or of all, one line each."""
    from ledger.services import consenting

    with open_book() as database:
        for each in consenting.list_consents(database, subject=voice):
            typer.echo(_line(each))


def _line(each: "ConsentInBook") -> str:
    """Return what is known of a consent in one line, its fields apart by two spaces."""
    given = each.consent
    told = [
        each.subject,
        each.reference,
        given.performer,
        ",".join(sorted(given.use_classes)),
        ",".join(sorted(given.languages)) or "*",
        given.given_on.isoformat(),
        word("consent.days", days=given.notice_period_days),
    ]
    if given.withdrawn_on is not None:
        told.append(word("consent.ended", on=given.withdrawn_on, reason=each.reason))
    return "  ".join(told)
