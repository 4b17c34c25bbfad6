"""
Previewing: what a report would be answered and what it would cost, and nothing is recorded.

Generations are judged by the terms in force and looked for in the book as a report's are, and
priced on top of the totals the book has now. No place in line is taken and no month is opened,
so whoever reports meanwhile may make the answer another.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ledger.core.acceptance import Judgement
from ledger.core.batch import Judged, is_future, judge_all
from ledger.core.event_total import EventTotal
from ledger.core.period import tokyo_day
from ledger.core.placement import placed
from ledger.core.preview import (
    Growth,
    Part,
    Priced,
    Share,
    needed,
    price_all,
    priced_subjects,
    shares,
)
from ledger.core.receipt import STATUS_OF, Result, Status
from ledger.core.usage import ReportedGeneration, differing_fields
from ledger.services import BOOK_ID
from ledger.store import batches, events, generations, licenses, months, previews, royalties
from ledger.store.database import Database, Transaction
from ledger.store.generations import Identity, StoredGeneration
from ledger.store.previews import Holder
from ledger.store.terms_cache import TermsCache


@dataclass(frozen=True, kw_only=True)
class Foreseen:
    """What one generation would be told, and what each of its subjects would be charged."""

    result: Result
    judgement: Judgement
    parts: tuple[Part | None, ...]  # one for each subject; empty when nothing would be recorded


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What a report would come to as the book stands at an instant."""

    generations: tuple[Foreseen, ...]  # in the order in which they were given
    growths: tuple[Growth, ...]
    shares: tuple[Share, ...]
    holders: Mapping[int, str]  # references by key
    subjects: Mapping[int, str]
    previewed_at: datetime


def preview(
    database: Database,
    *,
    terms: TermsCache,
    book_id: int = BOOK_ID,
    licensee_id: int,
    reported: Sequence[ReportedGeneration],
    previewed_at: datetime,
) -> Preview:
    """
    Tell what a report would be answered at an instant, and what it would cost.

    :raises DatabaseUnavailable: the book cannot be asked.
    """
    with database.transaction() as session:
        version = licenses.terms_clock(session, book_id=book_id)
        in_force = terms.at(session, version)
        references = {use.reference for each in reported for use in each.subjects}
        in_force.learn_subjects(session, book_id, references)
        judged = judge_all(reported, lambda each: in_force.judge(licensee_id, each)).each()
        closed = months.read_months(session, book_id=book_id).last_closed
        results = _results(session, book_id, licensee_id, judged, closed, previewed_at)
        fresh = [each for each, result in zip(judged, results, strict=True) if _is_new(result)]
        holders = previews.holders_of(
            session, subject_ids=priced_subjects(fresh), on=tokyo_day(previewed_at)
        )
        wanted = needed(
            fresh=fresh,
            licenses=in_force.licenses_of(licensee_id),
            owners={subject_id: holder.id for subject_id, holder in holders.items()},
        )
        priced = _nothing_priced(fresh)
        if wanted is not None:
            totals = royalties.read_usage(
                session,
                book_id=book_id,
                licensee_id=licensee_id,
                first=wanted.first,
                last=wanted.last,
                years=wanted.years,
                with_held_from=wanted.last,
                counted_by=date.max,
            )
            alike: tuple[EventTotal, ...] = ()
            if in_force.event_lines:
                alike = events.read_events(
                    session,
                    book_id=book_id,
                    licensee_id=licensee_id,
                    first=wanted.first,
                    last=wanted.last,
                    counted_by=date.max,
                )
            priced = price_all(fresh=fresh, needed=wanted, totals=totals, events=alike)
    return Preview(
        generations=_foreseen(judged, results, priced),
        growths=priced.growths,
        shares=_shares(priced, holders),
        holders={holder.id: holder.reference for holder in holders.values()},
        subjects={
            subject.id: reference
            for reference, subject in in_force.subjects.items()
            if subject.id in holders
        },
        previewed_at=previewed_at,
    )


def _is_new(result: Result) -> bool:
    return result.status in STATUS_OF.values()


def _results(
    session: Transaction,
    book_id: int,
    licensee_id: int,
    judged: Sequence[Judged],
    closed: date | None,
    at: datetime,
) -> list[Result]:
    """Sort generations as a report sorts them; a known one is answered with its receipt."""
    first_of: dict[Identity, Judged] = {}
    for each in judged:
        if not is_future(each.reported.occurred_at, recorded_at=at):
            first_of.setdefault(each.identity, each)
    stored = generations.find_stored(session, licensee_id=licensee_id, identities=first_of)
    contradicted = {
        each.identity
        for each in judged
        if each.identity in stored and stored[each.identity].receipt.leaf_hash != each.content_hash
    }
    recorded = generations.read_reported(session, licensee_id=licensee_id, identities=contradicted)
    placing = placed(
        months={each.accrual_month for each in judged},
        in_book=batches.months_in_book(
            session, book_id=book_id, months={each.accrual_month for each in judged}
        ),
        last_closed=closed,
        recorded_at=at,
    )
    results = []
    for each in judged:
        known = stored.get(each.identity)
        if is_future(each.reported.occurred_at, recorded_at=at):
            results.append(Result(Status.INVALID, problem="time_in_future"))
        elif known is not None:
            results.append(_known(each, known, recorded))
        elif each.accrual_month not in placing:
            results.append(Result(Status.INVALID, problem="time_too_old"))
        else:
            counted_month = placing[each.accrual_month]
            results.append(_new(each, first_of[each.identity], counted_month))
    return results


def _known(
    each: Judged, stored: StoredGeneration, recorded: Mapping[Identity, ReportedGeneration]
) -> Result:
    receipt, reasons, counted_month = stored
    if receipt.leaf_hash == each.content_hash:
        return Result(Status.DUPLICATE, reasons, receipt, counted_month=counted_month)
    differing = tuple(differing_fields(recorded[each.identity], each.reported))
    return Result(Status.CONFLICT, receipt=receipt, differing=differing)


def _new(each: Judged, first: Judged, counted_month: date | None) -> Result:
    """Tell what becomes of a generation that is not in the book; a repeat is none of its own."""
    reasons = first.judgement.reasons
    if first is each:
        status = STATUS_OF[each.judgement.decision]
        return Result(status, reasons, counted_month=counted_month)
    if first.content_hash == each.content_hash:
        return Result(Status.DUPLICATE, reasons, counted_month=counted_month)
    differing = tuple(differing_fields(first.reported, each.reported))
    return Result(Status.CONFLICT, differing=differing)


def _foreseen(
    judged: Sequence[Judged], results: Sequence[Result], priced: Priced
) -> tuple[Foreseen, ...]:
    following = iter(priced.parts)
    return tuple(
        Foreseen(
            result=result,
            judgement=each.judgement,
            parts=next(following) if _is_new(result) else (),
        )
        for each, result in zip(judged, results, strict=True)
    )


def _nothing_priced(fresh: Sequence[Judged]) -> Priced:
    return Priced(parts=tuple((None,) * len(each.judgement.lines) for each in fresh), growths=())


def _shares(priced: Priced, holders: Mapping[int, Holder]) -> tuple[Share, ...]:
    fees = {holder.id: holder.admin_fee_bp for holder in holders.values()}
    return shares(priced.growths, admin_fee_bp=fees)
