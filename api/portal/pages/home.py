"""A rights holder's home: a month so far or as it closed, the months before it, what waits."""

from dataclasses import dataclass
from datetime import date

from starlette.responses import Response

from api.archive import frozen_values
from api.portal.rendering import page
from api.portal.table import Page, PageNotThere
from api.portal.visits import Visit
from ledger.core.membership import Right
from ledger.core.period import Month, NotAMonth, tokyo_day
from ledger.core.reason import Reason
from ledger.core.statement import Statement
from ledger.services import archiving, browsing, disputing, earning
from ledger.services.earning import Earned, MonthEarned

#: How wide the longest bar is.
_BAR = 100
_TASKS_MAX = 20


@dataclass(frozen=True, kw_only=True)
class Payment:
    """What a statement says is paid, and when."""

    statement: str
    pay_on: date
    currency: str
    amount_minor: int
    carried_minor: int


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A month of the trend in one currency, and how long its bar is."""

    month: Month
    currency: str
    amount_minor: int
    length: int


@dataclass(frozen=True, kw_only=True)
class Task:
    """Something that needs an answer: its words, what it is about, and where it is answered."""

    words: str
    about: str
    path: str


def show_home(visit: Visit) -> Response:
    """Show a month; the present one when none is asked for."""
    earned = earning.read_month(
        visit.book,
        visit.database,
        book_id=visit.given.book_id,
        owner_id=visit.session.owner_id,
        month=_month(visit),
    )
    return page(
        visit,
        "home.html",
        earned=earned,
        bars=_bars(earned.trend),
        before=_before(earned),
        payment=_last_payment(visit),
        today=tokyo_day(visit.now),
        shown=20,
        tasks=_tasks(visit, earned),
    )


def _tasks(visit: Visit, earned: Earned) -> list[Task]:
    """Return what needs an answer of the holder's, or waits for one: each with its page."""
    conflicts = browsing.list_conflicts(
        visit.book, owner_id=visit.session.owner_id, at=visit.now, limit=_TASKS_MAX
    ).conflicts
    disputes = disputing.list_answers(
        visit.database,
        book_id=visit.given.book_id,
        payee_id=visit.session.owner_id,
        only_open=True,
        limit=_TASKS_MAX,
    ).answers
    refused = {Reason.SUBJECT_NOT_OFFERED: "/offers", Reason.CONSENT_MISSING: "/consents"}
    counts = {
        reason: sum(each.use_count for each in earned.waiting if each.reason is reason)
        for reason in refused
    }
    return [
        *(
            Task(
                words="portal.home.task.conflict",
                about=", ".join(side.offer.offer.reference for side in each.sides),
                path="/offers",
            )
            for each in conflicts
        ),
        *(
            Task(words=f"portal.home.task.{reason}", about=str(count), path=refused[reason])
            for reason, count in counts.items()
            if count
        ),
        *(
            Task(
                words="portal.home.task.dispute",
                about=f"{each.statement} {each.line}",
                path=f"/statements/{each.statement}/lines/{each.line}",
            )
            for each in disputes
        ),
    ]


def _month(visit: Visit) -> Month:
    asked = visit.request.query_params.get("month")
    if asked is None:
        return Month.of_day(tokyo_day(visit.now))
    try:
        return Month.parse(asked)
    except NotAMonth:
        raise PageNotThere from None


def _before(earned: Earned) -> MonthEarned | None:
    """Return the closed month before the one that is shown."""
    return next((each for each in earned.trend if each.month < earned.month), None)


def _bars(trend: tuple[MonthEarned, ...]) -> list[Bar]:
    """Return a bar for each month and currency; the longest fills its place."""
    most: dict[str, int] = {}
    nothing = {"JPY": 0}  # of a month without any; the book's own currency
    for each in trend:
        for currency, amount in each.amounts_minor.items():
            most[currency] = max(most.get(currency, 1), amount)
    return [
        Bar(
            month=each.month,
            currency=currency,
            amount_minor=amount,
            length=max(0, amount * _BAR // most.get(currency, 1)),
        )
        for each in trend
        for currency, amount in sorted(each.amounts_minor.items() or nothing.items())
    ]


def _last_payment(visit: Visit) -> Payment | None:
    """Return what the latest statement says is paid."""
    latest = None
    after: int | None = 0
    while after is not None:
        found = archiving.list_documents(
            visit.database,
            book_id=visit.given.book_id,
            owner_id=visit.owner_id,
            kind="statement",
            after=after,
            limit=archiving.LIMIT_MAX,
        )
        latest = found.documents[-1] if found.documents else latest
        after = found.next_after
    if latest is None:
        return None
    frozen = frozen_values(latest)
    assert isinstance(frozen, Statement)
    return Payment(
        statement=frozen.number,
        pay_on=frozen.pay_on,
        currency=frozen.currency,
        amount_minor=frozen.settlement.payout_minor,
        carried_minor=frozen.settlement.carried_out_minor,
    )


PAGES = (Page(path="/home", handler=show_home, right=Right.SEE_EARNINGS),)
