"""``genbo key``: make, list, replace and end the keys of parties."""

import secrets
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from api.clock import system_clock
from api.terminal import open_book, say, word

if TYPE_CHECKING:
    from ledger.store.database import Database
    from ledger.store.keys import KeyInBook

#: How many random bytes a key is made of.
SECRET_BYTES = 32

#: Keys read at once.
_PAGE = 1000

Person = Annotated[str, typer.Option("--by", help=word("by.help"))]
Named = Annotated[str, typer.Argument(help=word("key.named.help"), metavar="KEY")]
Reason = Annotated[str, typer.Option(help=word("key.reason.help"))]


class _MakesKeys(TyperGroup):
    """The commands of keys. ``genbo key PARTY …`` is short for ``genbo key new PARTY …``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put in the command that is left out."""
        if args and args[0] not in {*self.commands, "--help"}:
            args = ["new", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(cls=_MakesKeys, no_args_is_help=True)


@app.command("new", help=word("key.new.help"))
def new(
    party: Annotated[str, typer.Argument(help=word("help.party"))],
    label: Annotated[str, typer.Option(help=word("label.help"))],
    scope: Annotated[list[str], typer.Option(help=word("scope.help"))],
    by: Annotated[str, typer.Option(help=word("by.help"))] = "",
    test: Annotated[bool, typer.Option("--test", help=word("key.test.help"))] = False,
) -> None:
    """Issue a key for a party and show it, once; the first test key makes a sandbox."""
    from ledger.services import keeping
    from ledger.services.keeping import Maker, Mode

    with open_book() as database:
        if test:
            _make_sandbox(database, party, by)
        issued = keeping.issue_key(
            database,
            party_reference=party,
            label=label,
            scopes=scope,
            mode=Mode.TEST if test else Mode.LIVE,
            secret=secrets.token_bytes(SECRET_BYTES),
            recorded_at=system_clock(),
            maker=Maker(name=by),
        )
    typer.echo(issued.text)
    typer.echo(word("key.told"), err=True)


@app.command("list", help=word("key.list.help"))
def list_all(
    party: Annotated[str | None, typer.Argument(help=word("help.party"))] = None,
) -> None:
    """List the keys of a party, or everybody's, one line each."""
    from ledger.services import keeping

    with open_book() as database:
        after: int | None = 0
        while after is not None:
            page = keeping.list_keys(
                database, owner_id=None, party_reference=party, after=after, limit=_PAGE
            )
            for key in page.keys:
                typer.echo(_line(key))
            after = page.next_after


@app.command("rotate", help=word("key.rotate.help"))
def rotate(
    key: Named,
    by: Person,
    reason: Reason,
    overlap_hours: Annotated[int, typer.Option(help=word("key.overlap.help"))] = 24,
) -> None:
    """Replace a key, and show the new one, once."""
    from ledger.services import keeping
    from ledger.services.keeping import Maker

    with open_book() as database:
        issued = keeping.rotate_key(
            database,
            owner_id=None,
            reference=key,
            secret=secrets.token_bytes(SECRET_BYTES),
            overlap_hours=overlap_hours,
            reason=reason,
            maker=Maker(name=by),
            rotated_at=system_clock(),
        )
    typer.echo(issued.text)
    typer.echo(word("key.told"), err=True)
    say("key.overlaps", named=key, hours=overlap_hours)


@app.command("revoke", help=word("key.revoke.help"))
def revoke(key: Named, by: Person, reason: Reason) -> None:
    """End a key at once."""
    from ledger.services import keeping
    from ledger.services.keeping import Maker

    with open_book() as database:
        keeping.revoke_key(
            database,
            owner_id=None,
            reference=key,
            reason=reason,
            maker=Maker(name=by),
            revoked_at=system_clock(),
        )
    say("key.revoked", named=key)


def _make_sandbox(database: "Database", party: str, by: str) -> None:
    from api.context import Context
    from api.sandboxes import Sandboxes
    from ledger.services import rehearsing

    sandboxes = Sandboxes(live=Context(database))
    party_id = rehearsing.firm_of(database, party_reference=party)
    try:
        sandboxes.ensure(party_id=party_id, party=party, by=by)
    finally:
        sandboxes.close()


def _line(key: "KeyInBook") -> str:
    """Return what is known of a key in one line, its fields apart by two spaces."""
    told = {
        "made": key.recorded_at,
        "used": key.used_at,
        "expires": key.valid_until,
        "revoked_at": key.revoked_at,
    }
    instants = (
        f"{word(f'key.{name}')} {at:%Y-%m-%dT%H:%MZ}" for name, at in told.items() if at is not None
    )
    scopes = ",".join(key.scopes)
    return "  ".join((key.reference, key.party, key.shown, key.label, scopes, *instants))
