"""
Surveying: what a rights holder's works earned over some months, by whatever it asks for.

Closed months are what their closings charged. Open ones are worked out as closing them now
would work them out, from totals of batches, and cut to the holder's own lines here. Amounts are
before the house's fee, a committee's waterfall and tax.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from ledger.core.breakdown import Dimension, Earned, LineKey, Sum, add_up, divided
from ledger.core.closing import RoyaltyLine
from ledger.core.fields import check_whole
from ledger.core.period import Month, day_starts_at
from ledger.core.refusal import Refusal
from ledger.services import BOOK_ID
from ledger.store import charging, months, own_earnings, own_generations
from ledger.store.database import Database
from ledger.store.own_earnings import OwnFirm, OwnLine, OwnSubject
from ledger.store.own_generations import OwnGeneration, Place

#: The longest span of one survey, in months; by day it is shorter, because each is a row.
MONTHS_MAX = 36
MONTHS_BY_DAY_MAX = 3
LIMIT_MAX = 500


class SurveyMonthsWrong(Refusal):
    """The months do not follow each other, or are too many. Carries both and the most."""

    code = "survey_months_wrong"
    field = "to"


class SurveySubjectUnknown(Refusal):
    """The holder has no such work, character, voice, or license with such a firm."""

    code = "survey_subject_unknown"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is asked for: months, both included, and what earnings are to be of; None is any."""

    first: Month
    last: Month
    by: Dimension = Dimension.WORK
    subject: str | None = None  # with everything in it
    licensee: str | None = None
    modality: str | None = None
    territory: str | None = None


@dataclass(frozen=True, kw_only=True)
class Known:
    """What a holder has, and who uses it, by key."""

    subjects: Mapping[int, OwnSubject]
    firms: Mapping[int, OwnFirm]

    def work_of(self, subject_id: int) -> int:
        """Return the work that something is a part of, as far as it is the holder's own."""
        each = self.subjects[subject_id]
        while each.kind != "work" and each.parent_id is not None:
            above = self.subjects.get(each.parent_id)
            if above is None:
                break
            each = above
        return each.id

    def within(self, subject_id: int) -> frozenset[int]:
        """Return a subject and all that belongs to it."""
        found = {subject_id}
        rest = True
        while rest:
            more = {
                each.id
                for each in self.subjects.values()
                if each.parent_id in found and each.id not in found
            }
            found |= more
            rest = bool(more)
        return frozenset(found)


@dataclass(frozen=True, kw_only=True)
class Survey:
    """Earnings added up, the most first, with the totals of each currency and what they name."""

    rows: tuple[Sum, ...]
    totals: tuple[Sum, ...]
    known: Known
    territories: tuple[str, ...]  # in which something was used, where that was looked at
    first_open: Month | None  # months from here on are still worked out


def survey(
    database: Database, own: Database, *, book_id: int = BOOK_ID, owner_id: int, asked: Asked
) -> Survey:
    """
    Return what a rights holder's works earned.

    ``own`` is the book as the holder may read it, for everything but the working out of open
    months, which needs the terms and counters of whole licenses.

    :raises SurveyMonthsWrong: ``last`` lies before ``first``, or too far after it.
    :raises SurveySubjectUnknown: the holder has nothing to do with what is named.
    """
    _check_months(asked)
    first, last = asked.first.first_day, asked.last.first_day
    by_territory = asked.by is Dimension.TERRITORY or asked.territory is not None
    by_day = asked.by is Dimension.DAY
    with own.transaction() as session:
        known = Known(subjects=own_earnings.subjects(session), firms=own_earnings.firms(session))
        wanted, licensee_id = _wanted(known, asked)
        earned = own_earnings.list_earned(session, first=first, last=last)
        use = {}
        if by_territory or by_day:
            use = own_earnings.list_use(
                session, first=first, last=last, by_territory=by_territory, by_day=by_day
            )
    first_open, now = _open_months(database, book_id, owner_id, asked)
    kept = [
        each
        for each in divided((*earned, *now), use)
        if (wanted is None or each.key.subject_id in wanted)
        and (licensee_id is None or each.licensee_id == licensee_id)
        and asked.modality in (None, each.modality)
        and asked.territory in (None, each.territory)
    ]
    return Survey(
        rows=add_up(kept, of=lambda each: _value(each, asked.by, known)),
        totals=add_up(kept, of=lambda _: None),
        known=known,
        territories=tuple(
            sorted({each.territory for of in use.values() for each in of if each.territory})
        ),
        first_open=first_open,
    )


def latest_month(database: Database, *, book_id: int = BOOK_ID, through: Month) -> Month:
    """Return the latest month, up to one, that the book has anything of; that one if none."""
    with database.transaction() as session:
        found = months.last_opened(session, book_id=book_id, through=through.first_day)
    return through if found is None else Month.of_day(found)


def list_lines(
    own: Database, *, asked: Asked, before: int | None = None, limit: int
) -> tuple[tuple[OwnLine, ...], Known]:
    """
    Return the holder's royalty lines of some closings, the latest first, and what they name.

    :raises SurveyMonthsWrong, SurveySubjectUnknown: as :func:`survey`.
    :raises NumberOutOfRange: the limit is not 1 to :data:`LIMIT_MAX`.
    """
    check_whole(limit, field="limit", least=1, most=LIMIT_MAX)
    _check_months(asked)
    with own.transaction() as session:
        known = Known(subjects=own_earnings.subjects(session), firms=own_earnings.firms(session))
        wanted, licensee_id = _wanted(known, asked)
        lines = own_earnings.list_lines(
            session,
            first=asked.first.first_day,
            last=asked.last.first_day,
            subject_ids=wanted,
            licensee_id=licensee_id,
            before=before,
            limit=limit,
        )
    return tuple(lines), known


def list_generations(
    own: Database,
    *,
    asked: Asked,
    day: date | None = None,
    before: Place | None = None,
    limit: int,
) -> tuple[tuple[OwnGeneration, ...], Place | None, Known]:
    """
    Return generations of the last month asked for, the latest reported first, and where to go on.

    :raises SurveyMonthsWrong, SurveySubjectUnknown: as :func:`survey`.
    :raises NumberOutOfRange: the limit is not 1 to :data:`LIMIT_MAX`.
    """
    check_whole(limit, field="limit", least=1, most=LIMIT_MAX)
    _check_months(asked)
    instants = (day_starts_at(day), day_starts_at(day + timedelta(days=1))) if day else None
    with own.transaction() as session:
        known = Known(subjects=own_earnings.subjects(session), firms=own_earnings.firms(session))
        wanted, licensee_id = _wanted(known, asked)
        found, following = own_generations.list_generations(
            session,
            month=asked.last.first_day,
            day=day,
            instants=instants,
            subject_ids=wanted,
            licensee_id=licensee_id,
            before=before or Place(2**62, 2**62, 2**31 - 1),
            limit=limit,
        )
    return tuple(found), following, known


def _check_months(asked: Asked) -> None:
    most = MONTHS_BY_DAY_MAX if asked.by is Dimension.DAY else MONTHS_MAX
    if not asked.last.before(most - 1) <= asked.first <= asked.last:
        raise SurveyMonthsWrong(first=asked.first, last=asked.last, most=most)


def _wanted(known: Known, asked: Asked) -> tuple[frozenset[int] | None, int | None]:
    """Return the keys of the subjects and of the firm that are asked for; None for any."""
    wanted, licensee_id = None, None
    if asked.subject is not None:
        of_name = {each.reference: each.id for each in known.subjects.values()}
        if asked.subject not in of_name:
            raise SurveySubjectUnknown(value=asked.subject)
        wanted = known.within(of_name[asked.subject])
    if asked.licensee is not None:
        of_firm = {each.reference: each.id for each in known.firms.values()}
        if asked.licensee not in of_firm:
            raise SurveySubjectUnknown(value=asked.licensee)
        licensee_id = of_firm[asked.licensee]
    return wanted, licensee_id


def _open_months(
    database: Database, book_id: int, owner_id: int, asked: Asked
) -> tuple[Month | None, list[Earned]]:
    """Return the first open month of those asked for, and what closing each would charge."""
    first_open, earned, month = None, [], asked.first
    with database.transaction() as session:
        state = months.read_months(session, book_id=book_id)
        while month <= asked.last:
            is_before = state.first_opened is not None and month.first_day < state.first_opened
            if not state.is_closed(month) and not is_before:
                first_open = first_open or month
                lines = charging.charge_open(
                    session, book_id=book_id, month=month, owner_id=owner_id
                )
                earned += [_earned(line, modality, month) for line, modality in lines]
            month = month.next()
    return first_open, earned


def _earned(line: RoyaltyLine, modality: str | None, month: Month) -> Earned:
    return Earned(
        key=LineKey(month.first_day, line.month, line.rate_line_id, line.subject_id),
        licensee_id=line.licensee_id,
        modality=modality,
        currency=line.currency,
        generation_count=line.generation_count,
        amount_minor=line.amount_minor,
    )


def _value(earned: Earned, by: Dimension, known: Known) -> int | str | date | None:
    match by:
        case Dimension.WORK:
            return known.work_of(earned.key.subject_id)
        case Dimension.SUBJECT:
            return earned.key.subject_id
        case Dimension.LICENSEE:
            return earned.licensee_id
        case Dimension.TERRITORY:
            return earned.territory
        case Dimension.MODALITY:
            return earned.modality
        case Dimension.MONTH:
            return earned.key.closing_month
        case Dimension.DAY:
            return earned.day
