"""``genbo unauthorized``: use that nobody had consented to, and what is claimed for it."""

from typing import TYPE_CHECKING, Annotated

import typer

from api.terminal import month, open_book, say, word
from ledger.core.usage import canonical_decimal

if TYPE_CHECKING:
    from ledger.core.unauthorized import UnauthorizedUse


def unauthorized(
    first: Annotated[str, typer.Argument(help=word("unauthorized.first.help"), metavar="MONTH")],
    last: Annotated[str, typer.Argument(help=word("unauthorized.last.help"))] = "",
    party: Annotated[str | None, typer.Option(help=word("unauthorized.party.help"))] = None,
) -> None:
    """List use without a performer's consent with its claims, which are no royalty."""
    from ledger.services import claiming

    with open_book() as database:
        found = claiming.unauthorized_use(
            database, first=month(first), last=month(last or first), party=party
        )
    for each in found:
        typer.echo(_line(each))
    if not found:
        say("unauthorized.none")


def _line(use: "UnauthorizedUse") -> str:
    """Return one month's use of one subject in one line, its fields apart by two spaces."""
    claim = word("unauthorized.unknown") if use.claim is None else f"{use.claim.amount_minor:,}"
    multiple = "" if use.claim_multiple is None else f"x{canonical_decimal(use.claim_multiple)}"
    told = (
        str(use.month),
        use.licensee,
        use.holder,
        use.subject,
        use.license,
        use.reason,
        word("unauthorized.count", count=use.generation_count),
        canonical_decimal(use.quantity),
        multiple,
        f"{claim} {use.currency}",
    )
    return "  ".join(filter(None, told))
