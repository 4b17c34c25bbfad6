"""What runs by itself: webhooks, letters, Stripe's inbox, and the comparison of the whole book."""

from collections.abc import Callable

from starlette.responses import Response

from api.comparer import Comparer
from api.portal.once import carry_out, new_form
from api.portal.rendering import page
from api.portal.signing import problem_of, signature
from api.portal.table import Page
from api.portal.visits import Visit
from api.stripe_desk import stripe_desk
from ledger.core.invariants import INVARIANTS
from ledger.core.membership import Right
from ledger.core.refusal import Refusal
from ledger.services import listening, overseeing, stewarding, subscribing
from ledger.store.database import Database

_PATH = "/machinery"


def show_machinery(visit: Visit) -> Response:
    """Show what waits, what failed, and what the last comparison found."""
    return _shown(visit)


def compare_book(visit: Visit) -> Response:
    """Compare the whole book now, and keep what was found."""

    def do(database: Database) -> str:
        given = visit.given
        reconciler = None
        if given.stripe is not None:
            desk = stripe_desk(visit.book, options=given.stripe, clock=given.clock)
            reconciler = desk.reconciler
        comparer = Comparer(
            database=visit.book,
            clock=given.clock,
            reconciler=reconciler,
            book_id=given.book_id,
        )
        found = comparer.compare(by=signature(visit), with_generations=False)
        Comparer(database=database, clock=given.clock, book_id=given.book_id).keep(found)
        return f"{_PATH}#comparison"

    return _acted(visit, "book_compared", "", do)


def send_again(visit: Visit) -> Response:
    """Send a webhook once more."""
    wanted = visit.field("endpoint"), visit.field("message")
    found = stewarding.look_at_machinery(
        visit.database, book_id=visit.given.book_id, limit=stewarding.LIMIT_MAX
    )
    owner = next(
        (e.owner_id for e in found.deliveries if (e.endpoint, e.message_id) == wanted), None
    )
    if owner is None:  # It arrived meanwhile, or was none.
        return visit.go(_PATH)

    def do(database: Database) -> str:
        subscribing.replay_message(
            database,
            owner_id=owner,
            reference=wanted[0],
            message_id=wanted[1],
            recorded_at=visit.now,
        )
        return _PATH

    return _acted(visit, "webhook_replayed", wanted[1], do)


def look_again(visit: Visit) -> Response:
    """Let an event of Stripe's be looked at once more."""
    event = visit.field("event")

    def do(database: Database) -> str:
        listening.replay_event(
            database,
            book_id=visit.given.book_id,
            reference=event,
            by=signature(visit),
            at=visit.now,
        )
        return f"{_PATH}#stripe"

    return _acted(visit, "stripe_event_replayed", event, do)


def _acted(visit: Visit, act: str, subject: str, do: Callable[[Database], str]) -> Response:
    try:
        return carry_out(visit, act=act, subject=subject, do=do)
    except Refusal as refusal:
        return _shown(visit, refusal)


def _shown(visit: Visit, refusal: Refusal | None = None) -> Response:
    problem = None if refusal is None else problem_of(visit, refusal)
    return page(
        visit,
        "machinery.html",
        status=200 if problem is None else problem.status,
        problem=problem,
        seen=stewarding.look_at_machinery(visit.database, book_id=visit.given.book_id),
        invariant_count=len(INVARIANTS),
        may_do=visit.may(Right.DO_WORK),
        names=overseeing.names(
            visit.database, book_id=visit.given.book_id, language=visit.language
        ),
        uses_stripe=visit.given.stripe is not None,
        now=visit.now,
        once=new_form,
    )


PAGES = (
    Page(path=_PATH, handler=show_machinery, right=Right.SEE_WORK),
    Page(path=f"{_PATH}/comparison", handler=compare_book, method="POST", right=Right.DO_WORK),
    Page(path=f"{_PATH}/webhooks", handler=send_again, method="POST", right=Right.DO_WORK),
    Page(path=f"{_PATH}/stripe", handler=look_again, method="POST", right=Right.DO_WORK),
)
