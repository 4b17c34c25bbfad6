"""``genbo member``: who may come into the portal, for which organisation, and as what."""

from typing import TYPE_CHECKING, Annotated

import typer

from api.clock import system_clock
from api.settings import read_settings
from api.terminal import open_book, say, word

if TYPE_CHECKING:
    from ledger.store.people import Member

Person = Annotated[str, typer.Option("--by", help=word("by.help"))]
Named = Annotated[str, typer.Argument(help=word("member.named.help"), metavar="MEMBER")]

app = typer.Typer(no_args_is_help=True)


@app.command("invite", help=word("member.invite.help"))
def invite(
    organisation: Annotated[str, typer.Argument(help=word("help.party"), metavar="PARTY")],
    email: Annotated[str, typer.Argument(help=word("member.email.help"))],
    name: Annotated[str, typer.Option(help=word("member.name.help"))],
    role: Annotated[str, typer.Option(help=word("member.role.help"))],
    by: Person,
    language: Annotated[str, typer.Option(help=word("member.language.help"))] = "ja",
) -> None:
    """Let a person act for an organisation; they get a letter, or the link is printed."""
    from api.portal.options import link_address
    from ledger.services import inviting
    from ledger.services.inviting import NewMember

    options = read_settings().portal_options()
    new = NewMember(organisation=organisation, email=email, name=name, role=role, language=language)
    with open_book() as database:
        invited = inviting.invite(
            database,
            new=new,
            is_mailed=options.sends_mail,
            recorded_at=system_clock(),
            recorded_by=by,
        )
    typer.echo(_line(invited.member))
    if invited.link is None:
        say("member.comes_in_as_before")
    elif options.sends_mail:
        say("member.mailed", email=invited.member.person.email)
    else:
        say("member.link")
        typer.echo(link_address(options, invited.link))


@app.command("list", help=word("member.list.help"))
def list_all(
    organisation: Annotated[
        str | None, typer.Argument(help=word("help.party"), metavar="PARTY")
    ] = None,
) -> None:
    """List who acts for an organisation, or for any, one line each."""
    from ledger.services import inviting

    with open_book() as database:
        for member in inviting.list_members(database, owner_id=None, organisation=organisation):
            typer.echo(_line(member))


@app.command("remove", help=word("member.remove.help"))
def remove(
    member: Named,
    by: Person,
    reason: Annotated[str, typer.Option(help=word("member.reason.help"))],
) -> None:
    """End what a person is in an organisation, at once."""
    from ledger.services import inviting

    with open_book() as database:
        removed = inviting.remove(
            database, reference=member, reason=reason, removed_by=by, removed_at=system_clock()
        )
    say("member.removed", name=removed.person.name, party=removed.organisation)


@app.command("reset", help=word("member.reset.help"))
def reset(member: Named, by: Person) -> None:
    """Print a link to a new password for a member, who may have lost their codes, too."""
    from api.portal.options import link_address
    from ledger.services import inviting

    options = read_settings().portal_options()
    at = system_clock()
    with open_book() as database:
        found = inviting.forget_codes(database, reference=member, forgotten_by=by, forgotten_at=at)
        link = inviting.ask_reset(
            database, email=found.person.email, is_mailed=options.sends_mail, asked_at=at
        )
    if options.sends_mail:
        say("member.mailed", email=found.person.email)
    elif link is not None:
        say("member.link")
        typer.echo(link_address(options, link))


def _line(member: "Member") -> str:
    """Return what is known of a member in one line, its fields apart by two spaces."""
    person = member.person
    return "  ".join(
        (member.reference, member.organisation, member.role, person.email, person.name)
    )
