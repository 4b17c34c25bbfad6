"""``genbo party entrustments``: what rights holders agreed with the house, from which day on."""

from typing import Annotated

import typer

from api.terminal import language, open_book, say, word
from locales import formats
from locales.catalogues import message

_PAGE = 1_000


def entrustments(
    reference: Annotated[str | None, typer.Argument(help=word("entrusted.reference.help"))] = None,
) -> None:
    """List what rights holders agreed with the house, or one of them did."""
    from ledger.services import entrusting

    count, after = 0, 0
    with open_book() as database:
        holder_id = None
        if reference is not None:
            holder_id = entrusting.find_holder(database, holder=reference)
        while True:
            page = entrusting.list_entrustments(
                database, holder_id=holder_id, after=after, limit=_PAGE
            )
            for each in page.entrustments:
                count += 1
                spoken = language()
                say(
                    "entrusted.told",
                    holder=each.holder,
                    day=formats.day(language=spoken, on=each.effective_from),
                    capacity=message(spoken, f"capacity.{each.capacity}"),
                    fee=formats.percent_from_bp(language=spoken, rate_bp=each.admin_fee_bp),
                )
            if page.next_after is None:
                break
            after = page.next_after
    if not count:
        say("entrusted.none")
