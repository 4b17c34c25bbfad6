"""
Previewing: what a report would be answered and what it would cost, and nothing is recorded.

Generations are judged by the terms in force and looked for in the book as a report's are, and
priced on top of the totals the book has now. No place in line is taken and no month is opened,
so whoever reports meanwhile may make the answer another.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from ledger.core.acceptance import Judgement
from ledger.core.batch import Batch, Judged, is_future, judge_all
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
from ledger.core.quota import Measured, measure
from ledger.core.quota_batch import beyond, counted, every_limit, with_beyond
from ledger.core.quota_terms import Quota
from ledger.core.receipt import STATUS_OF, Result, Status
from ledger.core.usage import ReportedGeneration, differing_fields
from ledger.services import BOOK_ID
from ledger.store import batches, events, generations, licenses, months, previews, royalties
from ledger.store.database import Database, Transaction
from ledger.store.generations import Identity, StoredGeneration
from ledger.store.previews import Holder
from ledger.store.quotas import used_of
from ledger.store.terms_cache import Terms, TermsCache


@dataclass(frozen=True, kw_only=True)
class Foreseen:
    """What one generation would be told, and what each of its subjects would be charged."""

    result: Result
    judgement: Judgement
    parts: tuple[Part | None, ...]  # one for each subject; empty when nothing would be recorded


@dataclass(frozen=True, kw_only=True)
class QuotaForeseen:
    """One period of a grant's quota: what is used of it, and what the preview would use."""

    license: str
    grant: int  # its place in the license
    quota: Quota
    since: date
    until: date  # the first day after it
    measured: Measured

    @property
    def remaining(self) -> Decimal:
        """What would be left of it."""
        return self.quota.remaining(self.measured.used_after)


@dataclass(frozen=True, kw_only=True)
class _UnderQuotas:
    """What quotas make of a batch."""

    batch: Batch
    quotas: tuple[QuotaForeseen, ...]


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What the book tells of some generations, and of the months they would be counted in."""

    first_of: Mapping[Identity, int]  # index by identity
    stored: Mapping[Identity, StoredGeneration]
    recorded: Mapping[Identity, ReportedGeneration]
    placing: Mapping[date, date | None]


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What a report would come to as the book stands at an instant."""

    generations: tuple[Foreseen, ...]  # in the order in which they were given
    growths: tuple[Growth, ...]
    shares: tuple[Share, ...]
    holders: Mapping[int, str]  # references by key
    subjects: Mapping[int, str]
    quotas: tuple[QuotaForeseen, ...]
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
        references = {use.reference for each in reported for use in each.subjects}
        in_force = terms.naming(session, version=version, references=references)
        batch = judge_all(reported, lambda each: in_force.judge(licensee_id, each))
        known = _known_to_book(session, book_id, licensee_id, batch.each(), previewed_at)
        results = _results(batch.each(), known, previewed_at)
        new = [index for index, result in enumerate(results) if _is_new(result)]
        under = _under_quotas(session, in_force, licensee_id, batch.only(new))
        judged = batch.each()
        for index, each in zip(new, under.batch.each(), strict=True):
            judged[index] = each
        results = _results(judged, known, previewed_at)
        fresh = [judged[index] for index in new]
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
        quotas=under.quotas,
        previewed_at=previewed_at,
    )


def _is_new(result: Result) -> bool:
    return result.status in STATUS_OF.values()


def _known_to_book(
    session: Transaction,
    book_id: int,
    licensee_id: int,
    judged: Sequence[Judged],
    at: datetime,
) -> _Known:
    first_of: dict[Identity, int] = {}
    for index, each in enumerate(judged):
        if not is_future(each.reported.occurred_at, recorded_at=at):
            first_of.setdefault(each.identity, index)
    stored = generations.find_stored(session, licensee_id=licensee_id, identities=first_of)
    contradicted = {
        each.identity
        for each in judged
        if each.identity in stored and stored[each.identity].receipt.leaf_hash != each.content_hash
    }
    named = {each.accrual_month for each in judged}
    return _Known(
        first_of=first_of,
        stored=stored,
        recorded=generations.read_reported(
            session, licensee_id=licensee_id, identities=contradicted
        ),
        placing=placed(
            months=named,
            in_book=batches.months_in_book(session, book_id=book_id, months=named),
            last_closed=months.read_months(session, book_id=book_id).last_closed,
            recorded_at=at,
        ),
    )


def _results(judged: Sequence[Judged], known: _Known, at: datetime) -> list[Result]:
    """Sort generations as a report sorts them; a known one is answered with its receipt."""
    results = []
    for each in judged:
        stored = known.stored.get(each.identity)
        if is_future(each.reported.occurred_at, recorded_at=at):
            results.append(Result(Status.INVALID, problem="time_in_future"))
        elif stored is not None:
            results.append(_known(each, stored, known.recorded))
        elif each.accrual_month not in known.placing:
            results.append(Result(Status.INVALID, problem="time_too_old"))
        else:
            first = judged[known.first_of[each.identity]]
            results.append(_new(each, first, known.placing[each.accrual_month]))
    return results


def _under_quotas(
    session: Transaction, terms: Terms, licensee_id: int, fresh: Batch
) -> _UnderQuotas:
    """Judge what exceeds quotas as a report would, and tell how every one of them would stand."""
    limits = every_limit(terms.licenses_of(licensee_id))
    under = counted(fresh, limits)
    if not under:
        return _UnderQuotas(batch=fresh, quotas=())
    spans = {span: each.limited for span, each in under.items()}
    used = used_of(session, licensee_id=licensee_id, spans=spans)
    exceeding = beyond(under, used)
    places = {
        grant.id: (license_.reference, place)
        for license_ in terms.licenses_of(licensee_id)
        for place, grant in enumerate(license_.grants)
    }
    return _UnderQuotas(
        batch=with_beyond(fresh, exceeding, terms.variants) if exceeding else fresh,
        quotas=tuple(
            QuotaForeseen(
                license=places[span.grant_id][0],
                grant=places[span.grant_id][1],
                quota=each.limited.quota,
                since=span.since,
                until=span.until,
                measured=measure(each.limited.quota, used_before=used[span], counts=each.counts),
            )
            for span, each in under.items()
        ),
    )


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
