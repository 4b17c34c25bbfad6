"""One issued document: its PDF within the page, its other forms to save, and a notice's answer."""

from collections.abc import Sequence
from datetime import date

from starlette.responses import Response

from api.archive import frozen_values
from api.portal.once import carry_out, new_form
from api.portal.rendering import page
from api.portal.signing import Problem, problem_of, signature
from api.portal.table import Page, PageNotThere
from api.portal.visits import Visit
from ledger.core.confirmation import FOLLOWS, NoticeState, silent_until
from ledger.core.membership import Right
from ledger.core.period import tokyo_day
from ledger.core.refusal import Refusal
from ledger.services import archiving, confirming, filing
from ledger.store.database import Database
from ledger.store.documents import Document
from ledger.store.found_papers import FoundPaper, Wanted
from ledger.store.notices import StepInBook

#: What a payee may say here.
_SAID = (NoticeState.CONFIRMED, NoticeState.DISPUTED)


def show_paper(visit: Visit) -> Response:
    """Show a document."""
    return _shown(visit)


def save_form(visit: Visit) -> Response:
    """Give a document in another form: its values, its rows, or the e-invoice of the same."""
    from invoices.attachments import standard_attachments

    document = _document(visit)
    wanted = visit.request.path_params["name"]
    for each in standard_attachments(frozen_values(document), snapshot=document.snapshot):
        if each.name == wanted:
            return Response(
                each.content,
                media_type=each.media_type,
                headers={"Content-Disposition": f'attachment; filename="{each.name}"'},
            )
    raise PageNotThere


def answer_notice(visit: Visit) -> Response:
    """Confirm the notice of a payment, or point out what is wrong with it."""
    document = _document(visit)
    if document.kind != "notice" or visit.owner_id is None:
        raise PageNotThere
    if visit.is_kept:
        return _shown(visit)

    def do(database: Database) -> str:
        confirming.answer(
            database,
            book_id=visit.given.book_id,
            notice=document.reference,
            state=visit.field("state"),
            reason=visit.field("reason").strip(),
            payee_id=visit.owner_id,
            recorded_by=signature(visit),
            recorded_at=visit.now,
        )
        return f"/documents/{document.reference}"

    act = "notice_confirmed" if visit.field("state") == _SAID[0] else "notice_disputed"
    try:
        return carry_out(visit, act=act, subject=document.reference, do=do)
    except Refusal as refusal:
        return _shown(visit, problem=problem_of(visit, refusal))


def _shown(visit: Visit, *, problem: Problem | None = None) -> Response:
    from invoices.attachments import standard_attachments

    document = _document(visit)
    frozen = frozen_values(document)
    steps = _steps(visit, document)
    forms = standard_attachments(frozen, snapshot=document.snapshot)
    return page(
        visit,
        "paper.html",
        status=200 if problem is None else problem.status,
        document=document,
        paper=_found(visit, document.reference),
        forms=[each.name for each in forms],
        steps=steps,
        may_say=_may_say(visit, steps),
        until=_until(frozen, steps),
        once=new_form(),
        problem=problem,
    )


def _document(visit: Visit) -> Document:
    return archiving.find_document(
        visit.database,
        book_id=visit.given.book_id,
        reference=visit.request.path_params["reference"],
        owner_id=visit.owner_id,
    )


def _found(visit: Visit, reference: str) -> FoundPaper:
    """Return the document as lists show it, with its amount."""
    found = filing.search(
        visit.database,
        book_id=visit.given.book_id,
        owner_id=visit.owner_id,
        wanted=Wanted(references=(reference,)),
        before=None,
        limit=1,
    )
    return found.papers[0].paper


def _steps(visit: Visit, document: Document) -> Sequence[StepInBook]:
    if document.kind != "notice":
        return ()
    return confirming.history(
        visit.database,
        book_id=visit.given.book_id,
        notice=document.reference,
        payee_id=visit.owner_id,
    )


def _may_say(visit: Visit, steps: Sequence[StepInBook]) -> list[NoticeState]:
    """Return what whoever is signed in may say of a notice now."""
    if not steps or visit.owner_id is None or not visit.may(Right.ANSWER_NOTICES):
        return []
    return [said for said in _SAID if said in FOLLOWS[steps[-1].state]]


def _until(frozen: object, steps: Sequence[StepInBook]) -> date | None:
    """Return until when silence has not confirmed yet; None where no days are agreed."""
    days = getattr(frozen, "confirm_within_days", None)
    if not steps or days is None or steps[-1].state is not NoticeState.SENT:
        return None
    return silent_until(sent_on=tokyo_day(steps[0].recorded_at), days=days)


PAGES = (
    Page(path="/documents/{reference}", handler=show_paper, right=Right.SEE_DOCUMENTS),
    Page(path="/documents/{reference}/forms/{name}", handler=save_form, right=Right.SEE_DOCUMENTS),
    Page(
        path="/documents/{reference}/answer",
        handler=answer_notice,
        method="POST",
        right=Right.ANSWER_NOTICES,
        keeps=True,
    ),
)
