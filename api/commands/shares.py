"""``genbo claim``: who claims which share of what a subject earns, and how far it is agreed."""

from typing import TYPE_CHECKING, Annotated

import typer

from api import terminal
from api.clock import system_clock
from api.terminal import open_book, word

if TYPE_CHECKING:
    from ledger.services.contesting import ClaimShown

#: Claims read at once.
_PAGE = 200

Person = Annotated[str, typer.Option("--by", help=word("by.help"))]
Named = Annotated[str, typer.Argument(help=word("claim.named.help"), metavar="CLAIM")]
Reason = Annotated[str, typer.Option(help=word("claim.reason.help"))]

app = typer.Typer(no_args_is_help=True)


@app.command("add", help=word("claim.add.help"))
def add(
    claim: Named,
    subject: Annotated[str, typer.Option(help=word("claim.subject.help"))],
    party: Annotated[str, typer.Option(help=word("claim.party.help"))],
    share_bp: Annotated[int, typer.Option(help=word("claim.share.help"))],
    starts_on: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help=word("claim.starts.help"))],
    by: Person,
    ends_on: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help=word("claim.ends.help"))
    ] = None,
    right: Annotated[str, typer.Option(help=word("claim.right.help"))] = "all",
    territory: Annotated[str, typer.Option(help=word("claim.territory.help"))] = "WORLD",
    reason: Annotated[str, typer.Option(help=word("claim.reason.help"))] = "",
) -> None:
    """Enter that a party claims a share of what a subject earns."""
    from ledger.core.new_claim import NewClaim
    from ledger.services import contesting

    new = NewClaim(
        reference=claim,
        subject=subject,
        party=party,
        share_bp=share_bp,
        starts_on=terminal.day(starts_on),
        ends_on=None if ends_on is None else terminal.day(ends_on),
        right=right,
        territory=territory,
        reason=reason,
    )
    with open_book() as database:
        (shown,) = contesting.enter_claims(
            database, claims=[new], recorded_by=by, recorded_at=system_clock()
        )
    _told(shown)


@app.command("agree", help=word("claim.agree.help"))
def agree(
    claim: Named,
    by: Person,
    reason: Reason,
    share_bp: Annotated[int | None, typer.Option(help=word("claim.agreed_share.help"))] = None,
) -> None:
    """Take a claim as agreed."""
    from ledger.services import contesting

    with open_book() as database:
        shown = contesting.agree(
            database,
            reference=claim,
            share_bp=share_bp,
            reason=reason,
            recorded_by=by,
            recorded_at=system_clock(),
        )
    _told(shown)


@app.command("dispute", help=word("claim.dispute.help"))
def dispute(claim: Named, by: Person, reason: Reason) -> None:
    """Take a claim as disputed."""
    from ledger.services import contesting

    with open_book() as database:
        shown = contesting.dispute(
            database, reference=claim, reason=reason, recorded_by=by, recorded_at=system_clock()
        )
    _told(shown)


@app.command("withdraw", help=word("claim.withdraw.help"))
def withdraw(claim: Named, by: Person, reason: Reason) -> None:
    """Withdraw a claim for good."""
    from ledger.services import contesting

    with open_book() as database:
        shown = contesting.withdraw(
            database, reference=claim, reason=reason, recorded_by=by, recorded_at=system_clock()
        )
    _told(shown)


@app.command("list", help=word("claim.list.help"))
def list_all(
    subject: Annotated[str | None, typer.Argument(help=word("claim.subject.help"))] = None,
) -> None:
    """List the claims on one subject, or on all, one line each."""
    from ledger.services import contesting

    with open_book() as database:
        after: int | None = 0
        while after is not None:
            page = contesting.list_claims(
                database, subject=subject, party_id=None, after=after, limit=_PAGE
            )
            for each in page.claims:
                _told(each)
            after = page.next_after


def _told(shown: "ClaimShown") -> None:
    claim = shown.claim
    until = "" if claim.ends_on is None else str(claim.ends_on)
    told = (
        claim.reference,
        claim.subject,
        claim.party,
        f"{claim.share_bp} bp",
        claim.right,
        claim.territory,
        f"{claim.starts_on} – {until}".strip(),
        claim.state,
        claim.reason,
        word("claim.overclaimed", bp=shown.overclaimed_bp) if shown.overclaimed_bp else "",
    )
    typer.echo("  ".join(filter(None, told)))
