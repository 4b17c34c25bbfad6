"""
One batch's way into the book: sorted into what is new and what is not, and written at once.

A desk serves one licensee within the caller's transaction, while it holds the licensee's place
in line.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import repeat

from sqlmodel import Session

from ledger.core.acceptance import Decision
from ledger.core.alike import Alike
from ledger.core.batch import (
    Batch,
    Judged,
    decisions,
    is_future,
    judgement_hash,
    kind_of,
    totals,
)
from ledger.core.event_total import EventCount, count_events
from ledger.core.placement import earliest_to_open, placed
from ledger.core.proof import chain_head, merkle_root
from ledger.core.receipt import Result, Status, Written
from ledger.store import batches, desk_answers, events, generation_rows, generations
from ledger.store.generations import Identity, StoredGeneration
from ledger.store.holds import tell_of_holds
from ledger.store.quotas import within_quotas
from ledger.store.terms_cache import Terms

#: A named tuple made without the call that would count its fields again.
_result = partial(tuple.__new__, Result)

#: Batches of so many events are looked for before they are written.
_LOOKED_FOR_MIN = 100

#: It lies in no month of the book, and too far back to open one.
_TOO_OLD = Result(Status.INVALID, problem="time_too_old")


@dataclass(frozen=True, slots=True)
class Draft:
    """
    A batch made ready before its place in line is taken.

    Batches of one licensee wait for one another only while they are written, so whatever does
    not depend on the batch's number is done here.
    """

    batch: Batch
    root: bytes
    decisions: Mapping[str, int]
    totals: Sequence[bytes]
    #: Of events that are priced one by one; almost no batch has any.
    events: Sequence[EventCount]
    #: The packed rows, unless a judgement is new and has no number yet.
    tails: Sequence[bytes] | None


def draft(batch: Batch, *, judgement_ids: Mapping[int, int], event_lines: frozenset[int]) -> Draft:
    """Make a batch ready: judgements by identity have ids, ``event_lines`` limit single events."""
    is_known = all(id(alike.judgement) in judgement_ids for alike in set(batch.alikes))
    return Draft(
        batch,
        merkle_root(batch.content_hashes),
        decisions(batch),
        batches.pack_totals(totals(batch)),
        count_events(batch, lines=event_lines) if event_lines else (),
        generation_rows.pack_tails(batch, judgement_ids=judgement_ids) if is_known else None,
    )


class Desk:
    """Sorts one batch into what is new and what is not, and writes what is new."""

    def __init__(
        self,
        session: Session,
        terms: Terms,
        book_id: int,
        licensee_id: int,
        log: batches.LogPosition,
        recorded_at: datetime,
        open_months: frozenset[date],
    ) -> None:
        self._session = session
        self._terms = terms
        self._book_id = book_id
        self._licensee_id = licensee_id
        self._number = log.batch_number
        self._head = log.head
        self._last_closed = log.last_closed_month
        self._recorded_at = recorded_at
        #: Months known to be open; after the commit the process remembers these.
        self.open_months = open_months
        #: Judgements written in this transaction; the process remembers them once committed.
        self.new_ids: dict[int, int] = {}

    def receive(self, drafted: Draft, *, is_all_new: bool, is_looked_for: bool) -> Sequence[Result]:
        """
        Return one result for each, having written what could be written.

        ``is_all_new`` supposes what is true of almost every batch: that nothing in it is known.
        ``is_looked_for`` doubts it of large ones, which are not written in vain then.

        :raises AlreadyRecorded: something is known; receive the batch again without supposing.
        """
        batch = drafted.batch
        is_supposed = is_all_new and self._is_in_time(batch)
        if is_supposed and not (is_looked_for and self._came_before(batch)):
            return self._write(drafted)
        identities = _identities(batch)
        stored = generations.find_stored(
            self._session, licensee_id=self._licensee_id, identities=identities
        )
        found = [*map(stored.get, identities)]
        return self._answer_replay(batch, found) or self._receive_each(batch, stored)

    def _came_before(self, batch: Batch) -> bool:
        """Tell by its first event, of a batch so large that writing it in vain costs more."""
        if len(batch) < _LOOKED_FOR_MIN:
            return False
        first = batch.reported
        return generations.is_known(
            self._session,
            licensee_id=self._licensee_id,
            identity=(batch.accrual_months[0], first.sources[0], first.event_ids[0]),
        )

    def _answer_replay(
        self, batch: Batch, found: Sequence[StoredGeneration | None]
    ) -> list[Result] | None:
        """Answer a batch that is nothing but what was told before; return None if it is not."""
        receipts, reasons, later = [], [], []
        for content_hash, stored in zip(batch.content_hashes, found, strict=True):
            if stored is None or stored.receipt.leaf_hash != content_hash:
                return None
            receipts.append(stored.receipt)
            reasons.append(stored.reasons)
            later.append(stored.counted_month)
        if self._is_future(batch):
            return None
        columns = zip(repeat(Status.DUPLICATE), reasons, receipts, repeat(()), repeat(None), later)
        return [*map(_result, columns)]

    def _is_future(self, batch: Batch) -> bool:
        return is_future(max(batch.reported.times), recorded_at=self._recorded_at)

    def _is_in_time(self, batch: Batch) -> bool:
        if self._is_future(batch):
            return False
        earliest = min(batch.accrual_months)
        if earliest < earliest_to_open(self._recorded_at):
            return False
        return self._last_closed is None or earliest > self._last_closed

    def _receive_each(
        self, batch: Batch, stored: Mapping[Identity, StoredGeneration]
    ) -> list[Result]:
        judged = batch.each()
        results: dict[int, Result] = {}
        first_of: dict[Identity, int] = {}
        repeats: dict[int, int] = {}
        for index, each in enumerate(judged):
            if is_future(each.reported.occurred_at, recorded_at=self._recorded_at):
                results[index] = Result(Status.INVALID, problem="time_in_future")
            elif (earlier := first_of.setdefault(each.identity, index)) != index:
                repeats[index] = earlier
        known = {first_of[each]: stored[each] for each in first_of if each in stored}
        new = [index for index in first_of.values() if index not in known]
        results |= self._write_new(batch, new)
        known |= {index: known[earlier] for index, earlier in repeats.items() if earlier in known}
        results |= self._answer_known(judged, known)
        for index, earlier in repeats.items():
            if index not in known:
                results[index] = desk_answers.repeated(
                    judged[earlier], judged[index], results[earlier]
                )
        return [results[index] for index in range(len(judged))]

    def _write_new(self, batch: Batch, new: Sequence[int]) -> dict[int, Result]:
        """
        Write what is new: of open months in one batch, of closed months in another.

        What lies in neither, and too far back to open a month, is not written.
        """
        months = {batch.accrual_months[index] for index in new}
        counted_in = placed(
            months=months,
            in_book=batches.months_in_book(self._session, book_id=self._book_id, months=months),
            last_closed=self._last_closed,
            recorded_at=self._recorded_at,
        )
        results: dict[int, Result] = {}
        groups: dict[date | None, list[int]] = {}
        for index in new:
            month = batch.accrual_months[index]
            if month in counted_in:
                groups.setdefault(counted_in[month], []).append(index)
            else:
                results[index] = _TOO_OLD
        for counted_month, written in sorted(
            groups.items(), key=lambda group: group[0] or date.min
        ):
            drafted = self._draft(batch.only(written))
            results |= zip(written, self._write(drafted, counted_month), strict=True)
        return results

    def _draft(self, batch: Batch) -> Draft:
        known = self._terms.stored_ids
        ids = {**known, **self.new_ids} if self.new_ids else known
        return draft(batch, judgement_ids=ids, event_lines=self._terms.event_lines)

    def _write(self, drafted: Draft, counted_month: date | None = None) -> Written:
        if self._terms.limits:  # Only whoever has the place in line can tell what is used.
            within = within_quotas(
                self._session, self._terms, licensee_id=self._licensee_id, batch=drafted.batch
            )
            drafted = drafted if within is drafted.batch else self._draft(within)
        batch = drafted.batch
        months = sorted(set(batch.accrual_months))
        self._open(months if counted_month is None else [counted_month])
        tails = drafted.tails
        if tails is None:
            tails = generation_rows.pack_tails(batch, judgement_ids=self.judgement_ids(batch))
        number = self._number + 1
        head = chain_head(previous=self._head, number=number, count=len(batch), root=drafted.root)
        batches.append(
            self._session,
            batch=batches.NewBatch(
                licensee_id=self._licensee_id,
                batch_number=number,
                recorded_at=self._recorded_at,
                first_month=months[0],
                last_month=months[-1],
                decisions=drafted.decisions,
                root=drafted.root,
                previous_head=self._head,
                head=head,
                counted_month=counted_month,
            ),
            accrual_months=batch.accrual_months,
            tails=tails,
            totals=drafted.totals,
        )
        if drafted.decisions.get(Decision.HELD):
            tell_of_holds(
                self._session,
                book_id=self._book_id,
                licensee_id=self._licensee_id,
                batch_number=number,
                batch=batch,
                recorded_at=self._recorded_at,
            )
        if drafted.events:
            ids, whole = self.judgement_ids(batch), (self._licensee_id, number)
            events.insert_counts(self._session, batch=whole, counts=drafted.events, ids=ids)
        self._number, self._head = number, head
        return desk_answers.written(batch, number, drafted.root, head, counted_month)

    def _open(self, months: Sequence[date]) -> None:
        if self.open_months.issuperset(months):
            return
        batches.open_months(
            self._session, book_id=self._book_id, months=months, opened_at=self._recorded_at
        )
        self.open_months = self.open_months.union(months)

    def judgement_ids(self, batch: Batch) -> dict[int, int]:
        """Return the stored id of each judgement, writing the ones no batch has named yet."""
        by_key = {id(alike.judgement): alike for alike in set(batch.alikes)}
        stored = self._terms.stored_ids
        new = {
            key: self._new_judgement(alike)
            for key, alike in by_key.items()
            if key not in stored and key not in self.new_ids
        }
        if new:
            ids = batches.intern_judgements(
                self._session, licensee_id=self._licensee_id, judgements=new.values()
            )
            self.new_ids |= {key: ids[each.hash] for key, each in new.items()}
        return {key: stored[key] if key in stored else self.new_ids[key] for key in by_key}

    def _new_judgement(self, alike: Alike) -> batches.NewJudgement:
        kind = kind_of(alike.example)
        license_ = self._terms.license(self._licensee_id, kind.license_reference)
        return batches.NewJudgement(
            hash=judgement_hash(kind=kind, judgement=alike.judgement),
            license_id=license_.id if license_ else None,
            kind=kind,
            judgement=alike.judgement,
        )

    def _answer_known(
        self, judged: Sequence[Judged], known: dict[int, StoredGeneration]
    ) -> dict[int, Result]:
        """Answer what the book has: as a duplicate, or as a conflict with what it says."""
        contradicted = {
            judged[index].identity
            for index, stored in known.items()
            if stored.receipt.leaf_hash != judged[index].content_hash
        }
        recorded = generations.read_reported(
            self._session, licensee_id=self._licensee_id, identities=contradicted
        )
        return {
            index: desk_answers.known(judged[index], stored, recorded)
            for index, stored in known.items()
        }


def _identities(batch: Batch) -> list[Identity]:
    reported = batch.reported
    return [*zip(batch.accrual_months, reported.sources, reported.event_ids, strict=True)]
