"""
Reporting: a whole batch of generations becomes durable, with a receipt for each, or nothing.

A generation that is in the book already is answered with its original receipt; one that
differs from what the book holds is a conflict and changes nothing. What cannot be counted is
never dropped in silence: it is recorded as held or refused with its reasons, or answered as
invalid with the field at fault.
"""

from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from itertools import chain, islice
from typing import NamedTuple

from ledger.core.batch import judge_all
from ledger.core.columns import Columns
from ledger.core.receipt import NOT_TAKEN, Result, Written
from ledger.core.usage import ReportedGeneration
from ledger.store import batches
from ledger.store.batches import AlreadyRecorded
from ledger.store.database import Database, RefusedByDatabase
from ledger.store.desk import Desk, Draft, draft
from ledger.store.terms_cache import Terms, TermsCache

#: What is sent again comes in runs. After so many batches of a licensee in which nothing was
#: known, the next is written without a look whether it came before.
_NEW_IN_A_ROW = 3

#: How often a batch starts over when a month closes or terms change under its feet.
ATTEMPTS_MAX = 3

#: What the database says when what this process knew of the months is no longer so.
_OVERTAKEN = frozenset({"month_closed", "month_not_open"})


class Report(NamedTuple):
    """What one licensee sent at once; ``is_atomic`` when it is to be taken whole or not at all."""

    licensee_id: int
    reported: Sequence[ReportedGeneration]
    is_atomic: bool = False


class NotTakenWhole(Exception):
    """An atomic report holds events that cannot be taken, so nothing of it was recorded."""

    def __init__(self, results: Sequence[Result]) -> None:
        super().__init__("an atomic report was given up")
        #: As they would have been; only those that could not be taken are of use.
        self.results = results


def record(
    database: Database,
    *,
    terms: TermsCache,
    book_id: int = 1,
    licensee_id: int,
    reported: Sequence[ReportedGeneration],
    recorded_at: datetime,
) -> list[Result]:
    """
    Record a batch of generations and return one result for each, in order.

    When this returns, everything answered as accepted, held or refused is committed; when it
    raises, nothing is.

    :raises DatabaseUnavailable: the database cannot be reached; report again later.
    """
    report = Report(licensee_id, reported)
    (results,) = record_together(
        database, terms=terms, book_id=book_id, reports=[report], recorded_at=recorded_at
    )
    return [*results]


def record_together(
    database: Database,
    *,
    terms: TermsCache,
    book_id: int = 1,
    reports: Sequence[Report],
    recorded_at: datetime,
) -> list[Sequence[Result]]:
    """
    Record several reports in one commit: one batch for each licensee that sent any.

    Returns the results of each report, in order, as if it had been recorded by itself after
    the ones before it. All of them are committed when this returns, and none when it raises.
    An atomic report shares its fate with nobody, and is given by itself.

    :raises NotTakenWhole: an atomic report holds events that cannot be taken.
    :raises DatabaseUnavailable: the database cannot be reached; report again later.
    :raises DatabaseBusy: somebody was in one licensee's way; several are not kept waiting long.
    """
    is_atomic = any(report.is_atomic for report in reports)
    assert not is_atomic or len(reports) == 1, "an atomic report is given by itself"
    together: dict[int, list[Sequence[ReportedGeneration]]] = {}
    for report in reports:
        together.setdefault(report.licensee_id, []).append(report.reported)
    # Places in line are taken in one order by everybody, so that nobody waits in a circle.
    batches_by_licensee = {licensee: _joined(together[licensee]) for licensee in sorted(together)}
    results = _record_persistently(
        database, terms, book_id, batches_by_licensee, recorded_at, is_atomic
    )
    if len(reports) == 1:
        return [*results.values()]
    in_turn = {licensee: iter(answers) for licensee, answers in results.items()}
    return [[*islice(in_turn[report.licensee_id], len(report.reported))] for report in reports]


def _joined(parts: Sequence[Sequence[ReportedGeneration]]) -> Columns:
    return Columns.of(parts[0] if len(parts) == 1 else [*chain.from_iterable(parts)])


def _record_persistently(
    database: Database,
    terms: TermsCache,
    book_id: int,
    reported: Mapping[int, Columns],
    recorded_at: datetime,
    is_atomic: bool,
) -> dict[int, Sequence[Result]]:
    partly_known: set[int] = set()
    attempts_left = ATTEMPTS_MAX
    while True:
        try:
            return _record_once(
                database, terms, book_id, reported, recorded_at, partly_known, is_atomic
            )
        except AlreadyRecorded as known:
            # Once for each licensee: whoever looks first cannot run into it again.
            assert known.licensee_id not in partly_known
            partly_known.add(known.licensee_id)
        except RefusedByDatabase as refusal:
            attempts_left -= 1
            if refusal.code not in _OVERTAKEN or not attempts_left:
                raise
            terms.open_months = frozenset()


def _record_once(
    database: Database,
    terms: TermsCache,
    book_id: int,
    reported: Mapping[int, Columns],
    recorded_at: datetime,
    partly_known: Set[int],
    is_atomic: bool,
) -> dict[int, Sequence[Result]]:
    newest = terms.newest
    # Drafted before any place in line is taken, so that batches wait for one another only while
    # they are written.
    drafts = {
        licensee: _draft(newest, licensee, events)
        for licensee, events in reported.items()
        if newest is not None and newest.knows(_subjects_of(events))
    }
    results: dict[int, Sequence[Result]] = dict.fromkeys(reported, ())
    written: list[tuple[Terms, dict[int, int]]] = []
    open_months = terms.open_months
    with database.transaction() as session:
        if len(reported) > 1:
            batches.wait_briefly(session)
        # Every place is taken before anything is written: a month that is opened holds up all
        # other openings until the commit, also those of somebody we would wait for.
        logs = {
            licensee: batches.lock_log(session, licensee_id=licensee, book_id=book_id)
            for licensee, events in reported.items()
            if events
        }
        for licensee, log in logs.items():
            events = reported[licensee]
            in_force = terms.at(session, log.terms_version)
            if licensee not in drafts or in_force is not newest:
                in_force = terms.naming(
                    session, version=in_force.version, references=_subjects_of(events)
                )
                drafts[licensee] = _draft(in_force, licensee, events)
            desk = Desk(session, in_force, book_id, licensee, log, recorded_at, open_months)
            results[licensee] = desk.receive(
                drafts[licensee],
                is_all_new=licensee not in partly_known,
                is_looked_for=terms.new_in_a_row[licensee] < _NEW_IN_A_ROW,
            )
            if is_atomic and any(each.status in NOT_TAKEN for each in results[licensee]):
                raise NotTakenWhole(_given_up(results[licensee], log.batch_number))
            open_months = desk.open_months
            written.append((in_force, desk.new_ids))
    terms.open_months |= open_months
    for judged_under, ids in written:
        judged_under.stored_ids.update(ids)
    for licensee, answers in results.items():
        is_new = isinstance(answers, Written)
        terms.new_in_a_row[licensee] = terms.new_in_a_row[licensee] + 1 if is_new else 0
    return results


def _given_up(results: Sequence[Result], last_batch: int) -> list[Result]:
    """Return results without the receipts of batches that are taken back."""
    return [
        each._replace(receipt=None)
        if each.receipt is not None and each.receipt.batch_number > last_batch
        else each
        for each in results
    ]


def _subjects_of(reported: Columns) -> set[str]:
    """Return the references of all named subjects; the same few are named again and again."""
    return {use.reference for uses in set(reported.subjects) for use in uses}


def _draft(terms: Terms, licensee_id: int, reported: Columns) -> Draft:
    batch = judge_all(reported, lambda each: terms.judge(licensee_id, each))
    return draft(batch, judgement_ids=terms.stored_ids, event_lines=terms.event_lines)
