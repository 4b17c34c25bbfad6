"""What the house decides about: lines that payees dispute, shares that several claim, held use."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from api.portal.amounts import bp_of
from api.portal.once import carry_out, new_form
from api.portal.rendering import page
from api.portal.signing import Problem, problem_of, signature
from api.portal.table import Page, PageNotThere
from api.portal.visits import Visit
from ledger.core.membership import Right
from ledger.core.period import Month, tokyo_day
from ledger.core.refusal import Refusal
from ledger.services import contesting, disputing, overseeing, weighing
from ledger.services.disputing import DisputedStatementUnknown
from ledger.services.weighing import WeighedClaim
from ledger.store.database import Database
from ledger.store.disputes import Answer

_DISPUTE = "/reviews/dispute"
_CLAIM = "/reviews/claims/{claim}"

#: What the house may decide about a disputed line.
DECISIONS = ("upheld", "rejected")


def show_reviews(visit: Visit) -> Response:
    """List what waits for a decision."""
    return page(
        visit,
        "reviews.html",
        seen=weighing.what_waits(
            visit.database,
            book_id=visit.given.book_id,
            month=Month.of_day(tokyo_day(visit.now)).first_day,
        ),
        names=_names(visit),
    )


def show_dispute(visit: Visit) -> Response:
    """Show all that was said to a line, and ask for the decision."""
    asked = visit.request.query_params
    return _dispute(visit, asked.get("statement", ""), asked.get("line", ""))


def decide_dispute(visit: Visit) -> Response:
    """Write what the house decides about a disputed line."""
    statement, line = visit.field("statement"), visit.field("line")
    if visit.is_kept:
        return _dispute(visit, statement, line)

    def do(database: Database) -> str:
        disputing.decide(
            database,
            book_id=visit.given.book_id,
            statement=statement,
            line=line,
            state=visit.field("state"),
            reason=visit.field("reason").strip(),
            recorded_by=signature(visit),
            recorded_at=visit.now,
        )
        return "/reviews"

    try:
        return carry_out(visit, act="dispute_decided", subject=f"{statement} {line}"[:200], do=do)
    except DisputedStatementUnknown:
        raise PageNotThere from None
    except Refusal as refusal:
        return _dispute(visit, statement, line, problem=problem_of(visit, refusal))


def show_claim(visit: Visit) -> Response:
    """Show a claim beside the others of its subject, and ask for the decision."""
    return _claim(visit, _weighed(visit))


def decide_claim(visit: Visit) -> Response:
    """Agree to a claim, take it as disputed, or withdraw it."""
    weighed = _weighed(visit)
    if visit.is_kept:
        return _claim(visit, weighed)
    said: dict[str, Any] = {
        "book_id": visit.given.book_id,
        "reference": weighed.claim.reference,
        "reason": visit.field("reason").strip(),
        "recorded_by": signature(visit),
        "recorded_at": visit.now,
    }

    def do(database: Database) -> str:
        match visit.field("state"):
            case "agreed":
                share_bp = bp_of(visit.field("share"), field="share")
                contesting.agree(database, share_bp=share_bp, **said)
            case "disputed":
                contesting.dispute(database, **said)
            case "withdrawn":
                contesting.withdraw(database, **said)
            case _:
                raise PageNotThere
        return "/reviews#claims"

    try:
        return carry_out(visit, act="claim_decided", subject=weighed.claim.reference, do=do)
    except Refusal as refusal:
        return _claim(visit, _weighed(visit), problem=problem_of(visit, refusal))


def _dispute(
    visit: Visit, statement: str, line: str, *, problem: Problem | None = None
) -> Response:
    said = _said(visit, statement, line)
    return page(
        visit,
        "review_dispute.html",
        status=200 if problem is None else problem.status,
        said=said,
        last=said[-1],
        decisions=DECISIONS,
        names=_names(visit),
        may_do=visit.may(Right.DO_WORK) and said[-1].state == "disputed",
        problem=problem,
        once=new_form(),
    )


def _said(visit: Visit, statement: str, line: str) -> list[Answer]:
    """Return all that was said to a line; there is no page for one to which nothing was."""
    try:
        answers = disputing.history(
            visit.database, book_id=visit.given.book_id, statement=statement, payee_id=None
        )
    except DisputedStatementUnknown:
        raise PageNotThere from None
    said = [each for each in answers if each.line == line]
    if not said:
        raise PageNotThere
    return said


def _claim(visit: Visit, weighed: WeighedClaim, *, problem: Problem | None = None) -> Response:
    return page(
        visit,
        "review_claim.html",
        status=200 if problem is None else problem.status,
        seen=weighed,
        claim=weighed.claim,
        names=_names(visit),
        may_do=visit.may(Right.DO_WORK) and weighed.claim.state != "withdrawn",
        problem=problem,
        once=new_form(),
    )


def _weighed(visit: Visit) -> WeighedClaim:
    weighed = weighing.weigh_claim(
        visit.database,
        book_id=visit.given.book_id,
        reference=visit.request.path_params["claim"],
    )
    if weighed is None:
        raise PageNotThere
    return weighed


def _names(visit: Visit) -> Mapping[str, str]:
    return overseeing.names(visit.database, book_id=visit.given.book_id, language=visit.language)


PAGES = (
    Page(path="/reviews", handler=show_reviews, right=Right.SEE_WORK),
    Page(path=_DISPUTE, handler=show_dispute, right=Right.SEE_WORK),
    Page(path=_DISPUTE, handler=decide_dispute, method="POST", right=Right.DO_WORK, keeps=True),
    Page(path=_CLAIM, handler=show_claim, right=Right.SEE_WORK),
    Page(path=_CLAIM, handler=decide_claim, method="POST", right=Right.DO_WORK, keeps=True),
)
