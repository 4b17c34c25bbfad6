"""
Auditing: the whole book is read as of one instant, and every invariant is looked for in it.

Nothing is written, and nobody is waited for.
"""

from collections.abc import Mapping

from ledger.core.facts import Violation
from ledger.core.invariants import check
from ledger.core.period import Month
from ledger.core.refusal import Refusal
from ledger.services import BOOK_ID
from ledger.store import audits
from ledger.store.database import Database


class BookNotSound(Refusal):
    """
    Figures of the book that must agree do not, so that no month of it can close.

    Carries the first place; ``broken`` has every one, by the name of the invariant.
    """

    code = "book_not_sound"
    field = "month"

    def __init__(self, month: Month, broken: Mapping[str, list[Violation]]) -> None:
        name, (first, *_) = next(iter(broken.items()))
        super().__init__(
            month=month,
            count=sum(map(len, broken.values())),
            invariant=name,
            place=first.place,
            expected=first.expected,
            found=first.found,
        )
        self.broken = broken


def audit(
    database: Database, *, book_id: int = BOOK_ID, with_generations: bool = True
) -> dict[str, list[Violation]]:
    """
    Return the violations of every invariant by its name; of a sound book they are all empty.

    Without its generations a book of any size is checked at once, as far as money goes.
    """
    with database.transaction() as session:
        facts = audits.load_facts(session, book_id=book_id, with_generations=with_generations)
    return check(facts)


def require_sound(database: Database, *, book_id: int = BOOK_ID, month: Month) -> None:
    """
    Make sure that the book is sound before a month of it closes, as far as money goes.

    Generations are not looked at: those of the month are counted again by its closing, and all
    of them, with their chains, by :func:`audit`.

    :raises BookNotSound: an invariant does not hold.
    """
    with database.transaction() as session:
        facts = audits.load_facts(session, book_id=book_id, with_generations=False)
    broken = {name: found for name, found in check(facts).items() if found}
    if broken:
        raise BookNotSound(month, broken)
