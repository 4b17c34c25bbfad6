"""
The audit's reading: everything that must agree with something, by aggregates of the whole book.

All of it is read as of one instant. Generations are counted by the database, and streamed in
order only to hash their roots again, so that memory stays flat however many there are.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Row, text
from sqlmodel import Session

from ledger.core.acceptance import Decision
from ledger.core.closing import RoyaltyLine
from ledger.core.counter import years_beginning
from ledger.core.facts import (
    AccountFact,
    ClosedMonthFact,
    ControlFact,
    DocumentFact,
    EntryFact,
    Facts,
    HolderFact,
    InvoiceFact,
    InvoiceLineFact,
    InvoicePrepaymentFact,
    PayoutFact,
    SeriesFact,
    SettlementFact,
    StatementFact,
)
from ledger.core.proof import merkle_root
from ledger.core.registration import PartyKind
from ledger.core.revision_facts import MovedFact, RevisionFact
from ledger.core.tax import PayeeTaxProfile, WithholdingBase
from ledger.core.top_up import Comparison
from ledger.core.usage_facts import BatchFact, Counts
from ledger.store import (
    audit_divisions,
    entries,
    events,
    kept_files,
    months,
    recounts,
    revenues,
    royalties,
)
from ledger.store import audit_queries as queries
from ledger.store.audit_series import SERIES
from ledger.store.audit_translations import load_positions, load_translations
from ledger.store.database import driver_connection
from ledger.store.dunning_audits import load_reminders, load_suspensions
from ledger.store.receipt_audits import load_paid_invoices
from ledger.store.recoup_audits import load_recoup_groups
from ledger.store.revision_audits import MOVED, REVISIONS
from ledger.store.set_aside_audits import load_payee_advances, load_reserves, load_suspense
from ledger.store.withholding_audits import load_remitted, load_withheld

#: Rows of generations fetched at a time.
_CHUNK = 20_000

_NO_COUNTS = Counts(accepted=0, held=0, refused=0)


def load_facts(session: Session, *, book_id: int, with_generations: bool = True) -> Facts:
    """
    Read the whole book as of now. The transaction has to be a fresh one.

    Everything but the roots comes from a fixed number of queries. Without generations no batch
    is read, nothing that is counted or hashed from them is known, and no file is hashed.
    """
    session.execute(text(queries.ONE_INSTANT))
    terms = royalties.read_terms(session, book_id=book_id)
    closed = _closed_months(session, book_id)
    last = max((month.month for month in closed), default=date.min)
    first = min((month.month for month in closed), default=date.min)
    return Facts(
        entries=_all(session, queries.ENTRIES, EntryFact, book_id),
        accounts=_accounts(session, book_id),
        controls=_all(session, queries.CONTROLS, ControlFact, book_id),
        totals_that_differ=recounts.differing_totals(
            session, book_id=book_id, first=date.min, last=date.max
        )
        if with_generations
        else (),
        events_that_differ=events.differing_events(
            session, book_id=book_id, first=date.min, last=date.max
        )
        if with_generations
        else (),
        batches=tuple(_batches(session, book_id)) if with_generations else (),
        terms=terms,
        usage=royalties.read_usage(
            session,
            book_id=book_id,
            first=date.min,
            last=last,
            years=years_beginning(terms, first=first, last=last),
            with_held_from=date.min,
        ),
        events=events.read_events(session, book_id=book_id, first=date.min, last=last),
        closed_months=closed,
        invoices=_invoices(session, book_id),
        series=_all(session, SERIES, SeriesFact, book_id),
        documents=tuple(_document(row) for row in _rows(session, queries.DOCUMENTS, book_id)),
        holders=_all(session, audit_divisions.HOLDERS, HolderFact, book_id),
        settlements=_all(session, audit_divisions.SETTLEMENTS, SettlementFact, book_id),
        statements=tuple(_statement(row) for row in _rows(session, queries.STATEMENTS, book_id)),
        revisions=_all(session, REVISIONS, RevisionFact, book_id),
        moved=_all(session, MOVED, MovedFact, book_id),
        paid_invoices=load_paid_invoices(session, book_id=book_id),
        reminders=load_reminders(session, book_id=book_id),
        suspensions=load_suspensions(session, book_id=book_id),
        translations=load_translations(session, book_id=book_id),
        positions=load_positions(session, book_id=book_id),
        recoup_groups=load_recoup_groups(session, book_id=book_id),
        suspense=load_suspense(session, book_id=book_id),
        reserves=load_reserves(session, book_id=book_id),
        payee_advances=load_payee_advances(session, book_id=book_id),
        withheld=load_withheld(session, book_id=book_id),
        remitted=load_remitted(session, book_id=book_id),
        files_that_differ=kept_files.differing_files(session, book_id=book_id)
        if with_generations
        else (),
        reported_revenues=revenues.read_reported(
            session, book_id=book_id, since=date.min, counted_by=last
        ),
    )


def _rows(session: Session, statement: str, book_id: int) -> list[Row[Any]]:
    return list(session.execute(text(statement), {"book": book_id}))


def _all(session: Session, statement: str, kind: type[Any], book_id: int) -> tuple[Any, ...]:
    return tuple(kind(**row._mapping) for row in _rows(session, statement, book_id))


def _accounts(session: Session, book_id: int) -> tuple[AccountFact, ...]:
    """Return each account with the balance the book keeps and the sums of its postings."""
    kept = {each[:3]: each for each in entries.trial_balance(session, book_id=book_id)}
    posted = {each[:3]: each for each in entries.sums_of_postings(session, book_id=book_id)}
    return tuple(
        AccountFact(
            account=" ".join(part for part in key if part),
            kept_debit_minor=kept[key].debit_minor if key in kept else 0,
            kept_credit_minor=kept[key].credit_minor if key in kept else 0,
            posted_debit_minor=posted[key].debit_minor if key in posted else 0,
            posted_credit_minor=posted[key].credit_minor if key in posted else 0,
        )
        for key in sorted(kept.keys() | posted.keys(), key=str)
    )


def _batches(session: Session, book_id: int) -> Iterator[BatchFact]:
    """Yield every batch in order, its root and counts found from the rows it holds."""
    decision_of = dict(map(tuple, _rows(session, queries.DECISIONS, book_id)))
    session.execute(text(queries.ALL_ROWS))
    found = {}
    for leaves_of in (queries.LEAVES, queries.CORRECTION_LEAVES):
        with driver_connection(session).cursor("leaves", binary=True) as cursor:
            cursor.itersize = _CHUNK
            cursor.execute(leaves_of, {"book": book_id})
            for key, leaves in groupby(cursor, key=itemgetter(0, 1)):
                found[key] = _found(leaves, decision_of)
    for row in _rows(session, queries.BATCHES, book_id):
        root, counts = found.pop((row.licensee_id, row.number), (merkle_root([]), _NO_COUNTS))
        yield _batch(row, root, counts)
    assert not found, f"generations outside any batch: {sorted(found)}"


def _found(
    rows: Iterable[tuple[int, int, bytes, int | None]], decision_of: Mapping[int, str]
) -> tuple[bytes, Counts]:
    """Return the root over the rows of one batch, and how many were decided how."""
    leaves = []
    judgements: Counter[int | None] = Counter()
    for _, _, content_hash, judgement_id in rows:
        leaves.append(content_hash)
        judgements[judgement_id] += 1
    void = judgements.pop(None, 0)
    decisions: Counter[str] = Counter()
    for judged, count in judgements.items():
        assert judged is not None
        decisions[decision_of[judged]] += count
    counts = Counts(
        accepted=decisions[Decision.ACCEPTED] + decisions[Decision.WIND_DOWN],
        held=decisions[Decision.HELD],
        refused=decisions[Decision.REFUSED],
        void=void,
    )
    return merkle_root(leaves), counts


def _batch(row: Row[Any], root: bytes, counts: Counts) -> BatchFact:
    return BatchFact(
        licensee=row.licensee,
        number=row.number,
        previous_head=row.previous_head,
        head=row.head,
        root=row.root,
        generation_count=row.generation_count,
        counts=Counts(
            accepted=row.accepted_count,
            held=row.held_count,
            refused=row.refused_count,
            void=row.generation_count - row.accepted_count - row.held_count - row.refused_count,
        ),
        found_root=root,
        found_counts=counts,
    )


def _closed_months(session: Session, book_id: int) -> tuple[ClosedMonthFact, ...]:
    lines: dict[date, list[RoyaltyLine]] = defaultdict(list)
    for line in royalties.read_lines(session, book_id=book_id, since=date.min):
        lines[line.closing_month or line.month].append(line)
    compared: dict[date, list[Comparison]] = defaultdict(list)
    for each in revenues.read_comparisons(session, book_id=book_id, since=date.min):
        compared[each.closing_month].append(each)
    written = {row.month: row for row in _rows(session, queries.WRITTEN, book_id)}
    return tuple(
        ClosedMonthFact(
            month=closing.month,
            closed_at=closing.closed_at,
            input_hash=closing.input_hash,
            generation_count=closing.generation_count,
            found_generation_count=written[closing.month].generation_count,
            last_recorded_at=written[closing.month].last_recorded_at,
            lines=tuple(lines[closing.month]),
            comparisons=tuple(compared[closing.month]),
        )
        for closing in months.list_closings(session, book_id=book_id)
    )


def _invoices(session: Session, book_id: int) -> tuple[InvoiceFact, ...]:
    lines: dict[str, list[InvoiceLineFact]] = defaultdict(list)
    for row in _rows(session, queries.INVOICE_LINES, book_id):
        line = InvoiceLineFact(**_but_reference(row))
        lines[row.reference].append(line)
    prepayments: dict[str, list[InvoicePrepaymentFact]] = defaultdict(list)
    for row in _rows(session, queries.INVOICE_PREPAYMENTS, book_id):
        prepayments[row.reference].append(InvoicePrepaymentFact(**_but_reference(row)))
    return tuple(
        InvoiceFact(
            **row._mapping,
            lines=tuple(lines[row.reference]),
            prepayments=tuple(prepayments[row.reference]),
        )
        for row in _rows(session, queries.INVOICES, book_id)
    )


def _but_reference(row: Row[Any]) -> dict[str, Any]:
    return {name: value for name, value in row._mapping.items() if name != "reference"}


def _document(row: Row[Any]) -> DocumentFact:
    return DocumentFact(
        reference=row.reference,
        kind=row.kind,
        snapshot=row.snapshot,
        snapshot_sha256=row.snapshot_sha256,
        figures=tuple(row.figures),
    )


def _statement(row: Row[Any]) -> StatementFact:
    return StatementFact(
        reference=row.reference,
        payee=row.payee,
        month=row.month,
        previous_carried_out_minor=row.previous_carried_out_minor,
        carried_in_minor=row.carried_in_minor,
        earned_minor=row.earned_minor,
        found_earned_minor=row.found_earned_minor,
        payable_minor=row.payable_minor,
        carried_out_minor=row.carried_out_minor,
        consumption_tax_minor=row.consumption_tax_minor,
        withholding_minor=row.withholding_minor,
        payout_minor=row.payout_minor,
        advance_paid_minor=row.advance_paid_minor,
        advance_recouped_minor=row.advance_recouped_minor,
        found_advance_paid_minor=row.found_advance_paid_minor,
        found_advance_recouped_minor=row.found_advance_recouped_minor,
        planned=None if row.pay_on is None else _payout(row),
    )


def _payout(row: Row[Any]) -> PayoutFact:
    is_person = row.kind == PartyKind.INDIVIDUAL
    return PayoutFact(
        payee=row.payee,
        paid_on=row.pay_on,
        profile=PayeeTaxProfile(
            kind=PartyKind.INDIVIDUAL if is_person else PartyKind.COMPANY,
            residence=row.country,
            is_registered=False,  # All consumption tax comes to the check as handed on.
            treaty_rate_bp=row.treaty_rate_bp,
            treaty_form_filed_on=row.treaty_form_filed_on,
            withholding_base=WithholdingBase(row.withholding_base),
        ),
        supplies_minor=row.planned_supplies_minor,
        passthrough_minor=row.planned_passthrough_minor,
        consumption_tax_minor=row.planned_consumption_tax_minor,
        withholding_base_minor=row.planned_withholding_base_minor,
        withholding_minor=row.planned_withholding_minor,
        payout_minor=row.planned_payout_minor,
    )
