"""``genbo revenue``: what a firm took in, entered on its behalf, and who stated what and when."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from api import terminal
from api.clock import system_clock
from api.commands.month import Month, Person
from api.terminal import open_book, say, word

if TYPE_CHECKING:
    from ledger.core.revenue_report import GrantRevenue, RevenueMonth

Firm = Annotated[str, typer.Option(help=word("revenue.licensee.help"))]

app = typer.Typer(no_args_is_help=True)


@app.command("state", help=word("revenue.state.help"))
def state(
    month: Month,
    licensee: Firm,
    license_reference: Annotated[str, typer.Option("--license", help=word("revenue.license.help"))],
    amount: Annotated[str, typer.Option(help=word("revenue.amount.help"))],
    currency: Annotated[str, typer.Option(help=word("revenue.currency.help"))],
    by: Person,
    grant: Annotated[int, typer.Option(help=word("revenue.grant.help"))] = 0,
) -> None:
    """State what a firm took in under a grant; stated anew it is another version."""
    from ledger.core.revenue_report import NewRevenue
    from ledger.services import stating

    with open_book() as database:
        stands = stating.state_revenue(
            database,
            licensee=licensee,
            month=terminal.month(month),
            new=(
                NewRevenue(
                    license=license_reference, grant=grant, amount=amount, currency=currency
                ),
            ),
            stated_by=by,
            stated_at=system_clock(),
        )
    _tell(stands)


@app.command("show", help=word("revenue.show.help"))
def show(month: Month, licensee: Firm) -> None:
    """Show every version that was stated for a firm's month, by whom and when."""
    from ledger.services import stating

    with open_book() as database:
        stands = stating.read_month(database, licensee=licensee, month=terminal.month(month))
    _tell(stands)


def _tell(stands: "RevenueMonth") -> None:
    lines = [line for each in stands.grants for line in _lines(each)]
    if not lines:
        say("revenue.none", licensee=stands.licensee, month=stands.month)
    for line in lines:
        typer.echo(line)


def _lines(grant: "GrantRevenue") -> Iterator[str]:
    from ledger.core.period import TOKYO, Month
    from ledger.core.usage import canonical_decimal

    named = f"{grant.license} {grant.grant}"
    if not grant.versions:
        yield f"{named}  {word('revenue.unstated')}"
    for each in grant.versions:
        told = (
            named,
            f"{canonical_decimal(each.amount)} {each.currency}",
            word("revenue.version", version=each.version),
            f"{each.reported_at.astimezone(TOKYO):%Y-%m-%d %H:%M}",
            each.reported_by,
            word("revenue.counted", month=Month.of_day(each.counted_month)),
        )
        yield "  ".join(told)
