"""
What comes in: a bank's file is read, and what no rule could match waits here for a person.

A line's page proposes invoices, with what speaks for each; nothing is matched before somebody says
so on a page that shows both figures. What firms paid too much is used or owed to them again.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from starlette.responses import Response

from api.bank_statements import narrow_or_none, read_statements
from api.money_texts import major
from api.portal.amounts import minor_of
from api.portal.once import carry_out, new_form
from api.portal.rendering import page
from api.portal.signing import Problem, problem_of, signature
from api.portal.table import Page, PageNotThere
from api.portal.visits import Visit
from invoices.bank_csv import presets
from ledger.core.membership import Right
from ledger.core.period import tokyo_day
from ledger.core.refusal import Refusal
from ledger.services import crediting, importing, matching, overseeing, proposing
from ledger.services.proposing import LookedAt, Receivables
from ledger.store.database import Database
from ledger.store.payments import Credit

_SHOWN = 100

#: More is no statement that anybody reads; the limit of every request is a little above it.
FILE_BYTES_MAX = 1_000_000


class BankFileMissing(Refusal):
    """A bank's file is to be read, and none came, or one beyond what is taken."""

    code = "bank_file_missing"
    field = "file"


def show_receipts(visit: Visit) -> Response:
    """List what waits, what firms have over, and what they owe."""
    return page(
        visit,
        "receipts.html",
        seen=_receivables(visit),
        today=tokyo_day(visit.now),
        names=_names(visit),
        may_do=visit.may(Right.DO_WORK),
        imported=_imported(visit),
    )


def show_import(visit: Visit) -> Response:
    """Ask for a bank's file."""
    return _asked_for_file(visit)


def import_file(visit: Visit) -> Response:
    """Read a bank's file, post what is certain, and list the rest."""
    upload = visit.files.get("file")
    try:
        if upload is None or len(upload.content) > FILE_BYTES_MAX:
            raise BankFileMissing(most=FILE_BYTES_MAX // 1_000)
        statements = read_statements(
            upload.content,
            preset=_preset(visit),
            mapping=None,
            read_at=visit.now,
        )
        account = visit.field("account").strip() or upload.name.rpartition(".")[0] or upload.name

        def do(database: Database) -> str:
            imported = importing.import_file(
                database,
                book_id=visit.given.book_id,
                name=upload.name,
                content=upload.content,
                statements=[replace(each, account=each.account or account) for each in statements],
                narrow=narrow_or_none,
                imported_by=signature(visit),
                imported_at=visit.now,
            )
            counts = (
                imported.line_count,
                imported.known_count,
                imported.matched_count,
                imported.waiting_count,
            )
            return f"/receipts?imported={'.'.join(map(str, counts))}"

        return carry_out(visit, act="bank_file_imported", subject=upload.name, do=do)
    except Refusal as refusal:
        return _asked_for_file(visit, problem=problem_of(visit, refusal))


def show_line(visit: Visit) -> Response:
    """Show a line, and the invoices that it might pay."""
    looked = _line(visit)
    return page(
        visit,
        "receipt_line.html",
        seen=looked,
        line=looked.line,
        names=_names(visit),
        may_do=visit.may(Right.DO_WORK) and looked.line.state == "open",
    )


def show_step(visit: Visit) -> Response:
    """Show what a decision about a line would do, and ask for the reason."""
    looked, name = _line(visit), _name(visit)
    if looked.line.state != "open":
        return visit.go(f"/receipts/lines/{looked.line.id}")
    return _asked(visit, looked, name)


def take_step(visit: Visit) -> Response:
    """Carry a decision about a line out, once."""
    looked, name = _line(visit), _name(visit)
    if visit.is_kept:
        return _asked(visit, looked, name)

    def do(database: Database) -> str:
        STEPS[name](visit, looked, database)
        return f"/receipts/lines/{looked.line.id}"

    try:
        return carry_out(visit, act=f"bank_line_{name}", subject=str(looked.line.id), do=do)
    except Refusal as refusal:
        return _asked(visit, _line(visit), name, problem=problem_of(visit, refusal))


def show_credit(visit: Visit) -> Response:
    """Show what a firm has over, and what may become of it."""
    return _credit_asked(visit, _credit(visit))


def use_credit(visit: Visit) -> Response:
    """Use what a firm has over for an invoice, or owe it to the firm again."""
    credit = _credit(visit)
    invoice = visit.field("invoice")
    if visit.is_kept:
        return _credit_asked(visit, credit)

    def do(database: Database) -> str:
        amount_minor = minor_of(visit.field("amount"), credit.currency)
        if invoice:
            crediting.use_credit(
                database,
                book_id=visit.given.book_id,
                invoice_reference=invoice,
                amount_minor=amount_minor,
                used_by=signature(visit),
                used_at=visit.now,
            )
        else:
            crediting.return_credit(
                database,
                book_id=visit.given.book_id,
                licensee=credit.licensee,
                currency=credit.currency,
                amount_minor=amount_minor,
                returned_by=signature(visit),
                returned_at=visit.now,
            )
        return "/receipts"

    try:
        act = "credit_used" if invoice else "credit_returned"
        return carry_out(visit, act=act, subject=invoice or credit.licensee, do=do)
    except Refusal as refusal:
        return _credit_asked(visit, _credit(visit), problem=problem_of(visit, refusal))


def _match(visit: Visit, looked: LookedAt, database: Database) -> None:
    matching.match_by_hand(
        database,
        book_id=visit.given.book_id,
        line_id=looked.line.id,
        invoice_reference=visit.field("invoice"),
        reason=visit.field("reason").strip(),
        overpaid=visit.field("overpaid") == "yes",
        remember_payer=visit.field("remember") == "yes",
        matched_by=signature(visit),
        matched_at=visit.now,
    )


def _link(visit: Visit, looked: LookedAt, database: Database) -> None:
    matching.link(
        database,
        book_id=visit.given.book_id,
        line_id=looked.line.id,
        external_reference=visit.field("payment"),
        reason=visit.field("reason").strip(),
        linked_by=signature(visit),
        linked_at=visit.now,
    )


def _dismiss(visit: Visit, looked: LookedAt, database: Database) -> None:
    matching.dismiss(
        database,
        book_id=visit.given.book_id,
        line_id=looked.line.id,
        is_known=visit.field("known") == "yes",
        reason=visit.field("reason").strip(),
        dismissed_by=signature(visit),
        dismissed_at=visit.now,
    )


#: What may be said of a line that waits.
STEPS: Mapping[str, Callable[[Visit, LookedAt, Database], None]] = {
    "match": _match,
    "link": _link,
    "dismiss": _dismiss,
}


def _asked(
    visit: Visit, looked: LookedAt, name: str, *, problem: Problem | None = None
) -> Response:
    asked = visit.request.query_params
    invoice = looked.invoice(visit.field("invoice") or asked.get("invoice", ""))
    payment = visit.field("payment") or asked.get("payment", "")
    if name == "match" and invoice is None and problem is None:
        return visit.go(f"/receipts/lines/{looked.line.id}")
    return page(
        visit,
        "receipt_step.html",
        status=200 if problem is None else problem.status,
        name=name,
        line=looked.line,
        invoice=invoice,
        payment=payment,
        names=_names(visit),
        problem=problem,
        once=new_form(),
    )


def _asked_for_file(visit: Visit, *, problem: Problem | None = None) -> Response:
    return page(
        visit,
        "receipts_import.html",
        status=200 if problem is None else problem.status,
        problem=problem,
        presets=presets(),
        most=FILE_BYTES_MAX // 1_000,
        once=new_form(),
    )


def _credit_asked(visit: Visit, credit: Credit, *, problem: Problem | None = None) -> Response:
    invoices = [
        each
        for each in _receivables(visit).invoices
        if (each.licensee, each.currency) == (credit.licensee, credit.currency)
    ]
    most_minor = min([credit.amount_minor, *(each.left_minor for each in invoices[:1])])
    return page(
        visit,
        "receipt_credit.html",
        status=200 if problem is None else problem.status,
        credit=credit,
        invoices=invoices,
        amount=visit.field("amount") or major(most_minor, credit.currency),
        names=_names(visit),
        problem=problem,
        once=new_form(),
    )


def _receivables(visit: Visit) -> Receivables:
    return proposing.receivables(visit.database, book_id=visit.given.book_id, limit=_SHOWN)


def _names(visit: Visit) -> Mapping[str, str]:
    return overseeing.names(visit.database, book_id=visit.given.book_id, language=visit.language)


def _line(visit: Visit) -> LookedAt:
    number = visit.request.path_params["line"]
    looked = None
    if number.isascii() and number.isdigit() and len(number) < 19:
        looked = proposing.look_at_line(
            visit.database,
            book_id=visit.given.book_id,
            line_id=int(number),
            narrow=narrow_or_none,
        )
    if looked is None:
        raise PageNotThere
    return looked


def _name(visit: Visit) -> str:
    name: str = visit.request.path_params["step"]
    if name not in STEPS:
        raise PageNotThere
    return name


def _credit(visit: Visit) -> Credit:
    wanted = visit.request.path_params["party"], visit.request.path_params["currency"]
    for each in crediting.list_credits(visit.database, book_id=visit.given.book_id):
        if (each.licensee, each.currency) == wanted:
            return each
    raise PageNotThere


def _preset(visit: Visit) -> str | None:
    return visit.field("preset") if visit.field("preset") in presets() else None


def _imported(visit: Visit) -> Mapping[str, int] | None:
    """Return what the address says came of a file that was just read."""
    counts = visit.request.query_params.get("imported", "").split(".")
    if len(counts) != 4 or not all(each.isascii() and each.isdigit() for each in counts):
        return None
    return dict(
        zip(
            ("lines", "known", "matched", "waiting"),
            (int(each[:9]) for each in counts),
            strict=True,
        )
    )


_LINE = "/receipts/lines/{line}"
_CREDIT = "/receipts/credits/{party}/{currency}"

PAGES = (
    Page(path="/receipts", handler=show_receipts, right=Right.SEE_WORK),
    Page(path="/receipts/import", handler=show_import, right=Right.DO_WORK),
    Page(path="/receipts/import", handler=import_file, method="POST", right=Right.DO_WORK),
    Page(path=_LINE, handler=show_line, right=Right.SEE_WORK),
    Page(path=f"{_LINE}/{{step}}", handler=show_step, right=Right.DO_WORK),
    Page(
        path=f"{_LINE}/{{step}}", handler=take_step, method="POST", right=Right.DO_WORK, keeps=True
    ),
    Page(path=_CREDIT, handler=show_credit, right=Right.DO_WORK),
    Page(path=_CREDIT, handler=use_credit, method="POST", right=Right.DO_WORK, keeps=True),
)
