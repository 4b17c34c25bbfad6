"""
One batch's way into the book: sorted into what is new and what is not, and written at once.

A desk serves one licensee within the caller's transaction, while it holds the licensee's place
in line.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlmodel import Session

from ledger.core.batch import (
    Judged,
    is_future,
    judgement_hash,
    kind_of,
    months_of,
    seal,
    totals,
)
from ledger.core.proof import chain_head
from ledger.core.receipt import STATUS_OF, Receipt, Result, Status
from ledger.core.usage import ReportedGeneration, differing_fields
from ledger.store import batches, generations
from ledger.store.generations import Identity, StoredGeneration
from ledger.store.terms_cache import Terms

#: A closed month takes nothing new.
_CLOSED = Result(Status.INVALID, problem="month_closed")


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
        self._log = log
        self._recorded_at = recorded_at
        #: Months known to be open; after the commit the process remembers these.
        self.open_months = open_months
        #: Judgements written in this transaction; the process remembers them once committed.
        self.new_ids: dict[int, int] = {}

    def receive(self, judged: Sequence[Judged]) -> list[Result]:
        """Return one result for each, having written what could be written."""
        if not self._is_plain(judged):
            return self._receive_each(judged)
        try:
            return self._write(judged)
        except batches.AlreadyRecorded:
            pass  # Some are known, so each has to be looked at.
        results, known = self._write_unknown(dict(enumerate(judged)))
        results |= self._answer_known(judged, known)
        return [results[index] for index in range(len(judged))]

    def _is_plain(self, judged: Sequence[Judged]) -> bool:
        """Tell whether nothing but an earlier report can stand in any event's way."""
        latest = max([each.reported.occurred_at for each in judged])
        if is_future(latest, recorded_at=self._recorded_at):
            return False
        closed = self._log.last_closed_month
        if closed is not None and min([each.accrual_month for each in judged]) <= closed:
            return False
        return len({each.identity for each in judged}) == len(judged)

    def _receive_each(self, judged: Sequence[Judged]) -> list[Result]:
        results: dict[int, Result] = {}
        first_of: dict[Identity, int] = {}
        fresh: dict[int, Judged] = {}
        late: dict[int, Judged] = {}
        repeats: dict[int, int] = {}
        for index, each in enumerate(judged):
            if is_future(each.reported.occurred_at, recorded_at=self._recorded_at):
                results[index] = Result(Status.INVALID, problem="time_in_future")
                continue
            earlier = first_of.setdefault(each.identity, index)
            if earlier != index:
                repeats[index] = earlier
            elif self._is_closed(each):
                late[index] = each
            else:
                fresh[index] = each
        known = self._find(late)
        results |= {index: _CLOSED for index in late if index not in known}
        written, found = self._write_or_find(fresh)
        results |= written
        known |= found
        known |= {index: known[earlier] for index, earlier in repeats.items() if earlier in known}
        results |= self._answer_known(judged, known)
        for index, earlier in repeats.items():
            if index not in known:
                results[index] = _repeat(judged[earlier], judged[index], results[earlier])
        return [results[index] for index in range(len(judged))]

    def _is_closed(self, each: Judged) -> bool:
        closed = self._log.last_closed_month
        return closed is not None and each.accrual_month <= closed

    def _find(self, judged: dict[int, Judged]) -> dict[int, StoredGeneration]:
        """Return what the book has of some events; also of a closed month, as ever."""
        stored = generations.find_stored(
            self._session,
            licensee_id=self._licensee_id,
            identities=[each.identity for each in judged.values()],
        )
        return {
            index: stored[each.identity]
            for index, each in judged.items()
            if each.identity in stored
        }

    def _write_or_find(
        self, fresh: dict[int, Judged]
    ) -> tuple[dict[int, Result], dict[int, StoredGeneration]]:
        """Write first, because almost every event is new; look for known ones if that fails."""
        if not fresh:
            return {}, {}
        try:
            return self._write_placed(fresh), {}
        except batches.AlreadyRecorded:
            return self._write_unknown(fresh)

    def _write_unknown(
        self, fresh: dict[int, Judged]
    ) -> tuple[dict[int, Result], dict[int, StoredGeneration]]:
        known = self._find(fresh)
        unknown = {index: each for index, each in fresh.items() if index not in known}
        return self._write_placed(unknown) if unknown else {}, known

    def _write_placed(self, fresh: dict[int, Judged]) -> dict[int, Result]:
        return dict(zip(fresh, self._write(list(fresh.values())), strict=True))

    def _write(self, judged: Sequence[Judged]) -> list[Result]:
        months = [month.first_day for month in months_of(judged)]
        self._open(months)
        number = self._log.batch_number + 1
        sealed = seal(judged)
        head = chain_head(
            previous=self._log.head, number=number, count=len(judged), root=sealed.root
        )
        batches.append(
            self._session,
            batch=batches.NewBatch(
                licensee_id=self._licensee_id,
                batch_number=number,
                recorded_at=self._recorded_at,
                first_month=months[0],
                last_month=months[-1],
                decisions=Counter([each.judgement.decision for each in judged]),
                root=sealed.root,
                previous_head=self._log.head,
                head=head,
            ),
            judged=judged,
            judgement_ids=self._judgement_ids(judged),
            totals=totals(judged),
        )
        root = sealed.root
        return [
            Result(
                STATUS_OF[each.judgement.decision],
                each.judgement.reasons,
                Receipt(number, position, each.content_hash, root, head),
            )
            for position, each in enumerate(judged)
        ]

    def _open(self, months: Sequence[date]) -> None:
        if self.open_months.issuperset(months):
            return
        batches.open_months(
            self._session, book_id=self._book_id, months=months, opened_at=self._recorded_at
        )
        self.open_months = self.open_months.union(months)

    def _judgement_ids(self, judged: Sequence[Judged]) -> dict[int, int]:
        """Return the stored id of each judgement, writing the ones no batch has named yet."""
        by_key = {id(each.judgement): each for each in judged}
        stored = self._terms.stored_ids
        new = {
            key: self._new_judgement(each)
            for key, each in by_key.items()
            if key not in stored and key not in self.new_ids
        }
        if new:
            ids = batches.intern_judgements(
                self._session, licensee_id=self._licensee_id, judgements=new.values()
            )
            self.new_ids |= {key: ids[each.hash] for key, each in new.items()}
        return {key: stored[key] if key in stored else self.new_ids[key] for key in by_key}

    def _new_judgement(self, each: Judged) -> batches.NewJudgement:
        kind = kind_of(each.reported)
        license_ = self._terms.license(self._licensee_id, kind.license_reference)
        return batches.NewJudgement(
            hash=judgement_hash(kind=kind, judgement=each.judgement),
            license_id=license_.id if license_ else None,
            kind=kind,
            judgement=each.judgement,
        )

    def _answer_known(
        self, judged: Sequence[Judged], known: dict[int, StoredGeneration]
    ) -> dict[int, Result]:
        """Answer what the book has: as a duplicate, or as a conflict with what it says."""
        contradicted = {
            judged[index].identity
            for index, stored in known.items()
            if stored.content_hash != judged[index].content_hash
        }
        recorded = generations.read_reported(
            self._session, licensee_id=self._licensee_id, identities=contradicted
        )
        return {index: _known(judged[index], stored, recorded) for index, stored in known.items()}


def _known(
    each: Judged,
    stored: StoredGeneration,
    recorded: Mapping[Identity, ReportedGeneration],
) -> Result:
    receipt = Receipt(
        stored.batch_number,
        stored.position,
        stored.content_hash,
        stored.root,
        stored.head,
    )
    if stored.content_hash == each.content_hash:
        return Result(Status.DUPLICATE, stored.reasons, receipt)
    differing = tuple(differing_fields(recorded[each.identity], each.reported))
    return Result(Status.CONFLICT, receipt=receipt, differing=differing)


def _repeat(earlier: Judged, later: Judged, answered: Result) -> Result:
    """Answer an event whose identity came before in the same batch, and was new there."""
    if answered.receipt is None:
        return answered
    if earlier.content_hash == later.content_hash:
        return Result(Status.DUPLICATE, answered.reasons, answered.receipt)
    differing = tuple(differing_fields(earlier.reported, later.reported))
    return Result(Status.CONFLICT, receipt=answered.receipt, differing=differing)
