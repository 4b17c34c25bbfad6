"""A payee's statements: what each pays and when, line by line, and what is said to a line."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import quote

from starlette.responses import Response

from api.archive import frozen_values
from api.cursors import CursorMalformed, read_cursor, write_cursor
from api.portal import once
from api.portal.rendering import page
from api.portal.signing import Problem, problem_of, signature
from api.portal.table import Page, PageNotThere
from api.portal.visits import Visit
from invoices.statement_page import earning_sums, outcome_of, section_sums, settlement_sums
from invoices.sums import own_name
from ledger.core.dispute import FOLLOWS, AnswerState, check_line
from ledger.core.membership import Right
from ledger.core.party import Role
from ledger.core.period import tokyo_day
from ledger.core.refusal import Refusal
from ledger.core.statement import Statement, UsageRow
from ledger.services import archiving, disputing, filing
from ledger.services.archiving import DocumentNotFound
from ledger.store.database import Database
from ledger.store.disputes import Answer
from ledger.store.found_papers import Wanted
from locales import formats

_SHOWN = 24

#: What a payee itself may say; the rest is the house's.
_BY_PAYEE = (AnswerState.ACCEPTED, AnswerState.DISPUTED, AnswerState.WITHDRAWN)


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of usage as a page shows it, under the name by which something is said to it."""

    name: str  # "2.5": the fifth row of the second section
    number: int  # of all lines of the statement, by which it is explained
    row: UsageRow
    rate: str
    answer: Answer | None  # what was said last


def show_statements(visit: Visit) -> Response:
    """List statements, the latest first, with what was disputed of them."""
    found = filing.search(
        visit.database,
        book_id=visit.given.book_id,
        owner_id=visit.session.owner_id,
        wanted=Wanted(kind="statement"),
        before=_before(visit),
        limit=_SHOWN,
    )
    open_answers = disputing.list_answers(
        visit.database,
        book_id=visit.given.book_id,
        payee_id=visit.session.owner_id,
        only_open=True,
        limit=disputing.LIMIT_MAX,
    ).answers
    numbers = [each.paper.reference for each in found.papers]
    return page(
        visit,
        "statements.html",
        papers=[each.paper for each in found.papers],
        replaced={_revision_before(each) for each in numbers} - {None},
        disputed=_counted(open_answers),
        following=found.next_before and write_cursor(found.next_before),
    )


def show_statement(visit: Visit) -> Response:
    """Show one statement."""
    return _shown(visit, _statement(visit))


def show_line(visit: Visit) -> Response:
    """Show a line, all that was said to it, and the form to say something."""
    return _line_shown(visit)


def answer_line(visit: Visit) -> Response:
    """Write what is said to a line; a second sending of the form says it once."""
    statement, line = _statement(visit), visit.request.path_params["line"]
    if visit.is_kept:
        return _line_shown(visit)

    def do(database: Database) -> str:
        said = disputing.answer(
            database,
            book_id=visit.given.book_id,
            statement=statement.number,
            line=line,
            state=visit.field("state"),
            reason=visit.field("reason").strip(),
            payee_id=visit.session.owner_id,
            recorded_by=signature(visit),
            recorded_at=visit.now,
        )
        return _path(said.statement) + ("" if line == "all" else f"#line-{line}")

    try:
        return once.carry_out(
            visit, act="statement_answered", subject=f"{statement.number} {line}", do=do
        )
    except Refusal as refusal:
        return _line_shown(visit, problem_of(visit, refusal))


def _shown(visit: Visit, statement: Statement) -> Response:
    said = _said(visit, statement.number)
    settlement = statement.settlement
    return page(
        visit,
        "statement.html",
        statement=statement,
        lines=_by_section(visit.language, statement, said),
        whole=said.get("all", ())[-1:],
        sums=settlement_sums(settlement),
        outcome=outcome_of(settlement),
        section_sums=section_sums,
        earning_sums=earning_sums,
        own_name=own_name,
        revisions=_revisions(visit, statement),
        today=tokyo_day(visit.now),
        days_left=(statement.pay_on - tokyo_day(visit.now)).days,
        disputed=sum(each[-1].state is AnswerState.DISPUTED for each in said.values()),
        may_answer=visit.may(Right.ANSWER_STATEMENTS),
    )


def _line_shown(visit: Visit, problem: Problem | None = None) -> Response:
    statement, name = _statement(visit), visit.request.path_params["line"]
    check_line(statement, name)
    history = _said(visit, statement.number).get(name, ())
    last = history[-1].state if history else None
    lines = [
        each
        for section in _by_section(visit.language, statement, {})
        for each in section
        if each.name == name
    ]
    return page(
        visit,
        "statement_line.html",
        status=problem.status if problem else 200,
        statement=statement,
        name=name,
        line=lines[0] if lines else None,
        section=statement.sections[int(name) - 1] if name.isdigit() else None,
        history=history,
        waits_days=_days_of_dispute(visit, history),
        choices=[each for each in _BY_PAYEE if each in FOLLOWS[last]],
        chosen=visit.field("state"),
        reason=visit.field("reason"),
        problem=problem,
        once=visit.field(once.FIELD) or once.new_form(),
        may_answer=visit.may(Right.ANSWER_STATEMENTS),
    )


def _statement(visit: Visit) -> Statement:
    document = archiving.find_document(
        visit.database,
        book_id=visit.given.book_id,
        reference=visit.request.path_params["reference"],
        owner_id=visit.session.owner_id,
    )
    if document.kind != "statement":
        raise PageNotThere
    frozen = frozen_values(document)
    assert isinstance(frozen, Statement)
    return frozen


def _said(visit: Visit, number: str) -> dict[str, tuple[Answer, ...]]:
    """Return all that was said, by line and in order."""
    said: dict[str, tuple[Answer, ...]] = {}
    for each in disputing.history(
        visit.database,
        book_id=visit.given.book_id,
        statement=number,
        payee_id=visit.session.owner_id,
    ):
        said[each.line] = (*said.get(each.line, ()), each)
    return said


def _by_section(
    language: str, statement: Statement, said: Mapping[str, Sequence[Answer]]
) -> list[list[Line]]:
    sections, number = [], 0
    for place, section in enumerate(statement.sections, start=1):
        lines = []
        for row_place, row in enumerate(section.usage, start=1):
            number += 1
            name = f"{place}.{row_place}"
            answers = said.get(name) or said.get(str(place)) or said.get("all") or ()
            lines.append(
                Line(
                    name=name,
                    number=number,
                    row=row,
                    rate=formats.rate(
                        language=language,
                        basis=row.basis,
                        rate=row.rate,
                        currency=statement.currency,
                    ),
                    answer=answers[-1] if answers else None,
                )
            )
        sections.append(lines)
    return sections


def _revisions(visit: Visit, statement: Statement) -> dict[str, str | None]:
    """Return the numbers of the revision before and after, where there are."""
    base = statement.number.partition("-r")[0]
    after = f"{base}-r{statement.revision + 1}"
    with suppress(DocumentNotFound):
        archiving.find_document(
            visit.database,
            book_id=visit.given.book_id,
            reference=after,
            owner_id=visit.session.owner_id,
        )
        return {"before": _number_before(statement), "after": after}
    return {"before": _number_before(statement), "after": None}


def _number_before(statement: Statement) -> str | None:
    return statement.revises.number if statement.revises else None


def _revision_before(number: str) -> str | None:
    """
    Return the number of the statement whose place a revision takes; None of a first one.

    >>> _revision_before("STM-2026-000004-r3")
    'STM-2026-000004-r2'
    """
    base, mark, revision = number.partition("-r")
    if not mark:
        return None
    return base if revision == "2" else f"{base}-r{int(revision) - 1}"


def _days_of_dispute(visit: Visit, history: Sequence[Answer]) -> int | None:
    """Return for how many days a line has been disputed; None when it is not."""
    if not history or history[-1].state is not AnswerState.DISPUTED:
        return None
    waited: timedelta = visit.now - history[-1].recorded_at
    return waited.days


def _counted(answers: Sequence[Answer]) -> dict[str, int]:
    numbers: Iterator[str] = (each.statement for each in answers)
    counts: dict[str, int] = {}
    for number in numbers:
        counts[number] = counts.get(number, 0) + 1
    return counts


def _path(number: str) -> str:
    return f"/statements/{quote(number, safe='')}"


def _before(visit: Visit) -> tuple[date, str] | None:
    text = visit.request.query_params.get("before")
    if text is None:
        return None
    try:
        return read_cursor(text, kind=tuple[date, str], otherwise=(date.max, ""))
    except CursorMalformed:
        raise PageNotThere from None


_LINE = "/statements/{reference}/lines/{line}"

PAGES = (
    Page(
        path="/statements",
        handler=show_statements,
        right=Right.SEE_DOCUMENTS,
        of=Role.RIGHTS_HOLDER,
    ),
    Page(
        path="/statements/{reference}",
        handler=show_statement,
        right=Right.SEE_DOCUMENTS,
        of=Role.RIGHTS_HOLDER,
    ),
    Page(path=_LINE, handler=show_line, right=Right.SEE_DOCUMENTS, of=Role.RIGHTS_HOLDER),
    Page(
        path=_LINE,
        handler=answer_line,
        method="POST",
        right=Right.ANSWER_STATEMENTS,
        of=Role.RIGHTS_HOLDER,
        keeps=True,
    ),
)
