"""
Corrections on their way into the book: looked at together, compared, and written as batches.

A desk serves one licensee within the caller's transaction. To look at corrections takes nobody's
place in line; to write them the caller has to hold the licensee's.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlmodel import Session

from ledger.core.batch import judgement_hash, kind_of
from ledger.core.correction import (
    CorrectedTwice,
    Correction,
    History,
    Identity,
    State,
    check_correction,
    examine,
    identify,
)
from ledger.core.difference import DifferenceLine, Rate, describe, difference
from ledger.core.event_total import event_difference
from ledger.core.period import Month
from ledger.core.proof import chain_head, merkle_root
from ledger.core.quota_batch import quota_reasons
from ledger.core.quota_correction import Change, beyond_of_corrections, spans_of
from ledger.core.reason import COUNTED_AS, Decision
from ledger.core.receipt import Receipt
from ledger.core.refusal import Refusal
from ledger.store import batches, corrections, events, licenses, months, quotas
from ledger.store.corrections import NewCorrection
from ledger.store.terms_cache import Terms, TermsCache


@dataclass(frozen=True, kw_only=True)
class Looked:
    """One correction that can be made or was made before, and what it changes."""

    index: int  # among those that were looked at together
    correction: Correction
    identity: Identity
    before: State | None  # None when void
    after: State | None
    counted_month: date | None  # of a closed month: the open one it is counted in
    receipt: Receipt | None  # None until it is made
    is_known: bool  # it was recorded before we were asked


class CorrectionDesk:
    """Looks at corrections of one licensee, and writes those that are new."""

    def __init__(
        self,
        session: Session,
        terms: TermsCache,
        in_force: Terms,
        book_id: int,
        licensee_id: int,
        last_closed_month: date | None,
        recorded_at: datetime,
    ) -> None:
        self._session = session
        self._cache = terms
        self._terms = in_force
        self._book_id = book_id
        self._licensee_id = licensee_id
        self._last_closed = last_closed_month
        self._recorded_at = recorded_at

    def look(self, asked: Sequence[Correction]) -> list[Looked | Refusal]:
        """Return for each correction what it changes, or why it cannot be made."""
        identities = self._identities(asked)
        histories = corrections.read_histories(
            self._session,
            licensee_id=self._licensee_id,
            identities={each for each in identities if isinstance(each, Identity)},
        )
        self._learn_subjects(asked)
        first_of: dict[Identity, int] = {}
        result: list[Looked | Refusal] = []
        for index, (correction, identity) in enumerate(zip(asked, identities, strict=True)):
            if isinstance(identity, Refusal):
                result.append(identity)
            elif first_of.setdefault(identity, index) != index:
                result.append(CorrectedTwice(id=identity.event_id, first=first_of[identity]))
            else:
                result.append(self._look(index, correction, identity, histories[identity]))
        return self._under_quotas(result)

    def _under_quotas(self, looked: Sequence[Looked | Refusal]) -> list[Looked | Refusal]:
        """Return corrections with what they add beyond quotas held or refused, as a report is."""
        told = list(looked)
        new = [each for each in looked if isinstance(each, Looked) and not each.is_known]
        new = [each for _, group in _by_counted_month(new) for each in group]
        changes = [Change(each.before, each.after) for each in new]
        limits = self._terms.limits
        spans = spans_of(changes, limits)
        if not spans:
            return told
        used = quotas.used_of(self._session, licensee_id=self._licensee_id, spans=spans)
        beyond = beyond_of_corrections(changes, limits=limits, used=used)
        for each, reasons in zip(new, beyond, strict=True):
            if reasons and each.after is not None:
                judgement = self._terms.variants.of(each.after.judgement, reasons)
                after = each.after._replace(judgement=judgement)
                told[each.index] = replace(each, after=after)
        return told

    def describe(self, looked: Iterable[Looked]) -> tuple[DifferenceLine, ...]:
        """Return what corrections change together, priced, those of closed months last."""
        lines: list[DifferenceLine] = []
        for counted_month, group in _by_counted_month(looked):
            changed = difference(
                before=[each.before for each in group if each.before],
                after=[each.after for each in group if each.after],
            )
            versions = {key.terms_version_id for key in changed if key.terms_version_id is not None}
            in_book = licenses.terms_versions(self._session, ids=versions)
            rates = {
                line.id: Rate(line, item.terms.currency)
                for item in in_book.values()
                for line in item.terms.rate_lines
            }
            subjects = corrections.find_subject_references(
                self._session,
                ids=[key.subject_id for key in changed if key.subject_id is not None],
            )
            lines += describe(changed, counted_month=counted_month, subjects=subjects, rates=rates)
        return tuple(lines)

    def write(
        self, looked: Sequence[Looked], *, log: batches.LogPosition, recorded_by: str
    ) -> list[Looked]:
        """
        Write the corrections that are new, and return all with their receipts.

        Those of open months are one batch, and those of closed months another.
        """
        number, head = log.batch_number, log.head
        made = {each.index: each for each in looked}
        for counted_month, group in _by_counted_month(each for each in looked if not each.is_known):
            number += 1
            written = self._write(group, number, head, counted_month, recorded_by)
            made |= {each.index: each for each in written}
            assert written[-1].receipt is not None
            head = written[-1].receipt.head
        return [made[each.index] for each in looked]

    def _identities(self, asked: Sequence[Correction]) -> list[Identity | Refusal]:
        recorded = corrections.find_identities(
            self._session,
            licensee_id=self._licensee_id,
            named=[(each.source, each.event_id) for each in asked],
        )
        found: list[Identity | Refusal] = []
        for each in asked:
            try:
                check_correction(each)
                found.append(identify(each, recorded[each.source, each.event_id]))
            except Refusal as refusal:
                found.append(refusal)
        return found

    def _look(
        self, index: int, correction: Correction, identity: Identity, history: History
    ) -> Looked | Refusal:
        try:
            made = examine(
                correction, identity=identity, history=history, recorded_at=self._recorded_at
            )
        except Refusal as refusal:
            return refusal
        if made is not None:
            return Looked(
                index=index,
                correction=correction,
                identity=identity,
                before=history[made.number - 1].state,
                after=made.state,
                counted_month=made.counted_month,
                receipt=made.receipt,
                is_known=True,
            )
        return Looked(
            index=index,
            correction=correction,
            identity=identity,
            before=history[-1].state,
            after=self._judged(correction, history[-1].state),
            counted_month=self._counted_month(identity),
            receipt=None,
            is_known=False,
        )

    def _judged(self, correction: Correction, before: State | None) -> State | None:
        """Judge what is reported instead; what was beyond a quota stays so, whatever it is now."""
        reported = correction.replacement
        if reported is None:
            return None
        judgement = self._terms.judge(self._licensee_id, reported)
        beyond = {} if before is None else quota_reasons(before.judgement, judgement)
        if beyond:
            judgement = self._terms.variants.of(judgement, beyond)
        return State(reported, judgement)

    def _counted_month(self, identity: Identity) -> date | None:
        if self._last_closed is None or identity.month > self._last_closed:
            return None
        return Month.of_day(self._last_closed).next().first_day

    def _learn_subjects(self, asked: Sequence[Correction]) -> None:
        named = {
            use.reference for each in asked if each.replacement for use in each.replacement.subjects
        }
        version = self._terms.version
        self._terms = self._cache.naming(self._session, version=version, references=named)

    def _write(
        self,
        group: Sequence[Looked],
        number: int,
        previous_head: bytes,
        counted_month: date | None,
        recorded_by: str,
    ) -> list[Looked]:
        if counted_month is not None:
            months.open_month(
                self._session,
                book_id=self._book_id,
                month=counted_month,
                opened_at=self._recorded_at,
            )
        leaves = [each.correction.content_hash(each.identity) for each in group]
        root = merkle_root(leaves)
        head = chain_head(previous=previous_head, number=number, count=len(group), root=root)
        states = [each.after for each in group]
        judgement_ids = self._judgement_ids([state for state in states if state])
        corrections.append(
            self._session,
            licensee_id=self._licensee_id,
            batch_number=number,
            recorded_at=self._recorded_at,
            recorded_by=recorded_by,
            counted_month=counted_month,
            decisions=Counter(_counted_as(state) for state in states if state),
            corrections=[
                NewCorrection(
                    each.identity,
                    each.correction,
                    leaf,
                    judgement_ids[_hash_of(each.after)] if each.after else None,
                )
                for each, leaf in zip(group, leaves, strict=True)
            ],
            totals=difference(
                before=[each.before for each in group if each.before],
                after=[state for state in states if state],
            ),
            root=root,
            previous_head=previous_head,
            head=head,
        )
        self._count_events(number, group)
        return [
            replace(each, receipt=Receipt(number, position, leaf, root, head))
            for position, (each, leaf) in enumerate(zip(group, leaves, strict=True))
        ]

    def _count_events(self, number: int, group: Sequence[Looked]) -> None:
        """Write how many events alike there are after corrections, less those before."""
        before = [each.before for each in group if each.before]
        after = [each.after for each in group if each.after]
        counts = event_difference(before=before, after=after, lines=self._terms.event_lines)
        if counts:
            ids = self._judgement_ids([*before, *after])
            events.insert_counts(
                self._session,
                batch=(self._licensee_id, number),
                counts=counts,
                ids={id(state.judgement): ids[_hash_of(state)] for state in (*before, *after)},
            )

    def _judgement_ids(self, states: Iterable[State]) -> dict[bytes, int]:
        new = {}
        for state in states:
            kind = kind_of(state.reported)
            license_ = self._terms.license(self._licensee_id, kind.license_reference)
            new[_hash_of(state)] = batches.NewJudgement(
                hash=_hash_of(state),
                license_id=license_.id if license_ else None,
                kind=kind,
                judgement=state.judgement,
            )
        if not new:
            return {}
        return batches.intern_judgements(
            self._session, licensee_id=self._licensee_id, judgements=new.values()
        )


def open_desk(
    session: Session,
    terms: TermsCache,
    *,
    book_id: int,
    licensee_id: int,
    recorded_at: datetime,
    log: batches.LogPosition | None = None,
) -> CorrectionDesk:
    """Open a desk: with the licensee's place in line to write, without one only to look."""
    if log is not None:
        version, closed = log.terms_version, log.last_closed_month
    else:
        version = licenses.terms_clock(session, book_id=book_id)
        closed = months.read_months(session, book_id=book_id).last_closed
    in_force = terms.at(session, version)
    return CorrectionDesk(session, terms, in_force, book_id, licensee_id, closed, recorded_at)


def _counted_as(state: State) -> Decision:
    """Return what a batch counts a state as: what winds down earns, as what is accepted does."""
    return COUNTED_AS[state.judgement.decision]


def _hash_of(state: State) -> bytes:
    return judgement_hash(kind=kind_of(state.reported), judgement=state.judgement)


def _by_counted_month(looked: Iterable[Looked]) -> list[tuple[date | None, list[Looked]]]:
    """Divide corrections into what is counted in its own month and what is counted later."""
    groups: dict[date | None, list[Looked]] = {}
    for each in looked:
        groups.setdefault(each.counted_month, []).append(each)
    return sorted(groups.items(), key=lambda group: group[0] or date.min)
