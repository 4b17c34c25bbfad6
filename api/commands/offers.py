"""``genbo offer``: list what is offered, see what conflicts, suspend, resume, withdraw, accept."""

import secrets
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from api.clock import system_clock
from api.terminal import language, open_book, say, word

if TYPE_CHECKING:
    from ledger.core.offer import OfferState
    from ledger.services.browsing import OfferShown

#: How many random bytes the name of an accepted license is made of.
NAME_BYTES = 12

#: Offers read at once.
_PAGE = 200

Person = Annotated[str, typer.Option("--by", help=word("by.help"))]
Named = Annotated[str, typer.Argument(help=word("offer.named.help"), metavar="OFFER")]
Reason = Annotated[str, typer.Option(help=word("offer.reason.help"))]
From = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%dT%H:%M:%S%z"],
                                               help=word("offer.from.help"))]  # fmt: skip

app = typer.Typer(no_args_is_help=True)


@app.command("list", help=word("offer.list.help"))
def list_all() -> None:
    """List every offer, one line each, with the terms in force in words below it."""
    from ledger.services import browsing

    now = system_clock()
    with open_book() as database:
        after: int | None = 0
        while after is not None:
            page = browsing.list_offers(
                database, owner_id=None, at=now, only_standing=False, after=after, limit=_PAGE
            )
            for each in page.offers:
                _tell(each, now)
            after = page.next_after


@app.command("conflicts", help=word("offer.conflicts.help"))
def list_conflicts() -> None:
    """List both sides of every conflict."""
    from ledger.services import browsing

    now = system_clock()
    count = 0
    with open_book() as database:
        after: int | None = 0
        while after is not None:
            page = browsing.list_conflicts(
                database, owner_id=None, at=now, after=after, limit=_PAGE
            )
            for conflict in page.conflicts:
                for side in conflict.sides:
                    _tell(side, now)
                typer.echo()
            count += len(page.conflicts)
            after = page.next_after
    say("offer.conflicts.told", count=count)


@app.command("suspend", help=word("offer.suspend.help"))
def suspend(offer: Named, by: Person, reason: Reason, effective: From = None) -> None:
    """Suspend an offer, at once or from an instant on."""
    from ledger.core.offer import OfferState

    _change(offer, OfferState.SUSPENDED, by, reason, effective)


@app.command("resume", help=word("offer.resume.help"))
def resume(offer: Named, by: Person, reason: Reason, effective: From = None) -> None:
    """Let a suspended offer stand again."""
    from ledger.core.offer import OfferState

    _change(offer, OfferState.OFFERED, by, reason, effective)


@app.command("withdraw", help=word("offer.withdraw.help"))
def withdraw(offer: Named, by: Person, reason: Reason, effective: From = None) -> None:
    """Withdraw an offer."""
    from ledger.core.offer import OfferState

    _change(offer, OfferState.WITHDRAWN, by, reason, effective)


@app.command("accept", help=word("offer.accept.help"))
def accept(
    offer: Named,
    version: Annotated[int, typer.Option(help=word("offer.version.help"))],
    licensee: Annotated[str, typer.Option(help=word("help.party"))],
    by: Person,
    subject: Annotated[list[str] | None, typer.Option(help=word("offer.subject.help"))] = None,
) -> None:
    """Write the license that a firm gets by accepting an offer, and show its name."""
    from api.words import detail_of
    from ledger.services import accepting

    with open_book() as database:
        accepted = accepting.accept_offer(
            database,
            offer=offer,
            version=version,
            licensee=licensee,
            license=f"lic_{secrets.token_hex(NAME_BYTES)}",
            subjects=subject or (),
            accepted_by=by,
            accepted_at=system_clock(),
        )
    typer.echo(accepted.license)
    for each in accepted.left_out:
        typer.echo(f"  {each.subject}: {detail_of(each.refusal, language())}", err=True)
    say("offer.accepted", count=len(accepted.subjects), offer=offer, version=version)


def _change(
    offer: str, state: "OfferState", by: str, reason: str, effective_at: datetime | None
) -> None:
    from ledger.services import offering
    from ledger.services.offering import Speaker

    with open_book() as database:
        version = offering.change_state(
            database,
            reference=offer,
            state=state,
            reason=reason,
            speaker=Speaker(name=by),
            recorded_at=system_clock(),
            effective_at=effective_at,
        )
    say("offer.changed", offer=offer, state=state, version=version)


def _tell(shown: "OfferShown", now: datetime) -> None:
    from api.offer_words import in_words

    offer = shown.offer.offer
    version = offer.version_at(now)
    stands = "-" if version is None else f"{version.state} ({version.version})"
    parts = (offer.reference, offer.holder, offer.breadth, offer.target, stands)
    typer.echo("  ".join([*parts, *shown.conflicts_with]))
    if version is not None:
        for line in in_words(version.terms, language()):
            typer.echo(f"    {line}")
