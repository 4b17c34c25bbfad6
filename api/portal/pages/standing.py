"""In or out: a holder's word about one work, character or voice with what is in it, or all."""

from starlette.responses import Response

from api.portal import once
from api.portal.offer_forms import instant_of, place_of
from api.portal.rendering import page
from api.portal.signing import Problem, problem_of, signature
from api.portal.table import Page, PageNotThere
from api.portal.visits import Visit
from ledger.core.acceptance import OptInState
from ledger.core.membership import Right
from ledger.core.party import Role
from ledger.core.refusal import Refusal
from ledger.services import browsing, granting
from ledger.services.browsing import SubjectShown
from ledger.store.database import Database

_PATH = "/offers/standing"


def show_standing(visit: Visit) -> Response:
    """Ask for the reason, and from when on it is to count."""
    query = visit.request.query_params
    return _form(visit, _state(query.get("to", "")), query.get("subject", ""))


def set_standing(visit: Visit) -> Response:
    """Write the word about each subject that it is for, in one transaction."""
    state, named = _state(visit.field("to")), visit.field("subject")
    if visit.is_kept:
        return _form(visit, state, named)
    wanted = _wanted(visit, named)

    def do(database: Database) -> str:
        granting.set_opt_in(
            database,
            subject_references=[each.reference for each in wanted],
            state=state,
            effective_at=instant_of(visit.form, "from") or visit.now,
            recorded_by=signature(visit),
            recorded_at=visit.now,
            reason=visit.field("reason").strip(),
            owner_reference=visit.session.organisation,
            may_reach_back=False,
        )
        return "/offers"

    try:
        return once.carry_out(visit, act=f"subject_{state}", subject=named or "*", do=do)
    except Refusal as refusal:
        return _form(visit, state, named, problem_of(visit, refusal))


def _form(visit: Visit, state: OptInState, named: str, problem: Problem | None = None) -> Response:
    wanted = _wanted(visit, named)
    return page(
        visit,
        "standing.html",
        status=problem.status if problem else 200,
        to=state,
        named=wanted[0] if named else None,
        wanted=wanted,
        reason=visit.field("reason"),
        starts_on=visit.field("from"),
        problem=problem,
        place=place_of(problem.field) if problem else None,
        once=visit.field(once.FIELD) or once.new_form(),
    )


def _wanted(visit: Visit, named: str) -> list[SubjectShown]:
    """
    Return a subject first and then what is in it; without a name all that the holder has.

    :raises PageNotThere: there is none.
    """
    subjects = browsing.list_subjects(visit.book, visit.database, at=visit.now)
    if not named:
        wanted = list(subjects)
    else:
        wanted = [each for each in subjects if each.reference == named]
        inside = {named}
        for _ in subjects:
            more = [
                each for each in subjects if each.parent in inside and each.reference not in inside
            ]
            if not more:
                break
            inside |= {each.reference for each in more}
            wanted += more
    if not wanted:
        raise PageNotThere
    return wanted


def _state(text: str) -> OptInState:
    try:
        return OptInState(text)
    except ValueError:
        raise PageNotThere from None


PAGES = tuple(
    Page(
        path=_PATH,
        handler=handler,
        method=method,
        right=Right.DECIDE_OFFERS,
        of=Role.RIGHTS_HOLDER,
        keeps=method == "POST",
    )
    for method, handler in (("GET", show_standing), ("POST", set_standing))
)
