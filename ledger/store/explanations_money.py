"""What an explanation says of invoices, divisions, statements, payouts and journal entries."""

import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlmodel import Session

from ledger.core.explanation_facts import (
    DivisionFact,
    EarningFact,
    EntryFact,
    InvoiceFact,
    PayoutFact,
    PostingFact,
    ReceiptFact,
    StatementFact,
)
from ledger.core.tax import WithholdingBase
from ledger.store.explanations_dunning import read_unpaid
from ledger.store.explanations_translations import read_translations

_INVOICES = """
    SELECT i.document_id, d.reference, i.licensee_id, p.reference AS licensee,
           i.accrual_month AS month, i.issued_on, i.due_on, i.currency, d.snapshot,
           d.snapshot_sha256, i.subtotal_minor, i.tax_minor, i.total_minor
    FROM document d
    JOIN invoice i USING (document_id)
    JOIN party p ON p.party_id = i.licensee_id
    WHERE d.book_id = :book AND d.reference = ANY (CAST(:references AS text[]))
"""

_RECEIPTS = """
    SELECT r.document_id, r.received_on, r.amount_minor, r.bank_fee_minor, paid.channel,
           paid.external_reference, s.closing_month AS settled_month
    FROM receipt r
    LEFT JOIN payment paid USING (payment_id)
    LEFT JOIN settled_receipt USING (receipt_id)
    LEFT JOIN settlement s USING (settlement_id)
    WHERE r.document_id = ANY (CAST(:documents AS bigint[]))
    ORDER BY r.receipt_id
"""

_DIVISIONS = """
    SELECT h.*, s.closing_month, p.reference AS holder, w.version AS waterfall_version, w.preset
    FROM unnest(CAST(:settlements AS bigint[]), CAST(:holders AS bigint[]))
             AS wanted (settlement_id, owner_id)
    JOIN holder_settlement h USING (settlement_id, owner_id)
    JOIN settlement s USING (settlement_id)
    JOIN party p ON p.party_id = h.owner_id
    LEFT JOIN waterfall_version w ON w.waterfall_version_id = h.waterfall_version_id
    ORDER BY s.closing_month, p.reference COLLATE "C"
"""

_EARNINGS = """
    SELECT e.settlement_id, e.holder_id, e.owner_id AS payee_id, p.reference AS payee,
           jsonb_build_object('kind', e.kind, 'category', e.category, 'base_minor', e.base_minor,
                              'rate_bp', e.rate_bp, 'amount_minor', e.amount_minor,
                              'tax_minor', e.tax_minor) AS record
    FROM unnest(CAST(:settlements AS bigint[]), CAST(:holders AS bigint[]))
             AS wanted (settlement_id, holder_id)
    JOIN earning e USING (settlement_id, holder_id)
    JOIN party p ON p.party_id = e.owner_id
    ORDER BY e.settlement_id, e.holder_id, e.position
"""

_HOLDERS_OF_PAYEE = """
    SELECT holder_id, bool_and(category IN ('claim', 'claim_released')) AS is_claimant
    FROM earning WHERE settlement_id = :settlement AND owner_id = :payee
    GROUP BY holder_id
"""

_WITH_PAYOUTS = """
    SELECT s.document_id, d.reference, s.settlement_id, s.owner_id AS payee_id,
           p.reference AS payee, s.closing_month, s.revision, d.issued_on, s.currency, d.snapshot,
           d.snapshot_sha256, treaty.rate_bp AS treaty_rate_bp,
           treaty.form_filed_on AS treaty_form_filed_on,
           coalesce(withholding.base, 'excluding_tax') AS withholding_base,
           run.reference AS run, run.pay_on, x.released_at, o.supplies_minor, o.passthrough_minor,
           o.consumption_tax_minor, o.withholding_base_minor, o.withholding_minor, o.payout_minor,
           y.approved_by, z.cancelled_at, answer.confirmed_on, back.returned_on,
           back.reason AS return_reason, before.reference AS replaces,
           again.reference AS paid_again_by
    FROM statement s
    JOIN document d USING (document_id)
    JOIN party p ON p.party_id = s.owner_id
    {run}
    LEFT JOIN payout o ON o.payout_run_id = run.payout_run_id AND o.owner_id = s.owner_id
    LEFT JOIN payout_approval y ON y.payout_run_id = o.payout_run_id
    LEFT JOIN payout_cancellation z ON z.payout_run_id = o.payout_run_id
    LEFT JOIN payout_release x ON x.payout_run_id = o.payout_run_id
    LEFT JOIN payout_confirmation answer
           ON answer.payout_run_id = o.payout_run_id AND answer.owner_id = o.owner_id
    LEFT JOIN payout_return back
           ON back.payout_run_id = o.payout_run_id AND back.owner_id = o.owner_id
    LEFT JOIN payout_retry own
           ON own.payout_run_id = o.payout_run_id AND own.owner_id = o.owner_id
    LEFT JOIN payout_run before ON before.payout_run_id = own.replaced_run_id
    LEFT JOIN payout_retry retried
           ON retried.replaced_run_id = o.payout_run_id AND retried.owner_id = o.owner_id
    LEFT JOIN payout_run again ON again.payout_run_id = retried.payout_run_id
    LEFT JOIN LATERAL (
        SELECT t.base FROM withholding_terms t
        WHERE t.owner_id = p.party_id AND t.effective_from <= run.pay_on
        ORDER BY t.effective_from DESC LIMIT 1
    ) withholding ON true
    LEFT JOIN LATERAL treaty_in_force(p.party_id, run.pay_on, run.planned_at) treaty ON true
    WHERE d.book_id = :book
"""

# The run that a settlement planned, and one that pays what another did not.
_PLANNED = "LEFT JOIN payout_run run ON run.settlement_id = s.settlement_id"
_PAID_AGAIN = """
    JOIN payout_retry of_run ON of_run.settlement_id = s.settlement_id
                            AND of_run.owner_id = s.owner_id
    JOIN payout_run run ON run.payout_run_id = of_run.payout_run_id
"""
_STATEMENTS = _WITH_PAYOUTS.format(run=_PLANNED)
_STATEMENT_NAMED = _STATEMENTS + " AND d.reference = :reference"
_STATEMENTS_OF_PAYEES = (
    _STATEMENTS
    + """
      AND NOT EXISTS (SELECT FROM statement_revision r WHERE r.revises = s.document_id)
      AND s.settlement_id = ANY (CAST(:settlements AS bigint[]))
      AND s.owner_id = ANY (CAST(:payees AS bigint[]))
    ORDER BY s.document_id
"""
)
_OF_RUN = """
      AND run.reference = :run AND o.owner_id IS NOT NULL
      AND NOT EXISTS (SELECT FROM statement_revision r WHERE r.revises = s.document_id)
      AND (CAST(:reader AS bigint) IS NULL OR s.owner_id = :reader)
      AND (CAST(:payee AS text) IS NULL OR p.reference = :payee)
    ORDER BY d.number, s.revision
"""
_STATEMENTS_OF_RUN = _STATEMENTS + _OF_RUN
_STATEMENTS_PAID_AGAIN = _WITH_PAYOUTS.format(run=_PAID_AGAIN) + _OF_RUN

# Of a settlement that pays many, only what concerns those who are named.
_ENTRIES = """
    SELECT e.entry_id, e.kind, e.posted_on, e.source, split_part(e.asset, '/', 1) AS currency,
           d.code AS debit, dp.reference AS debtor, c.code AS credit, cp.reference AS creditor,
           p.amount_minor
    FROM entry e
    JOIN posting p USING (entry_id)
    JOIN account d ON d.account_id = p.debit_account_id
    JOIN account c ON c.account_id = p.credit_account_id
    LEFT JOIN party dp ON dp.party_id = d.party_id
    LEFT JOIN party cp ON cp.party_id = c.party_id
    WHERE e.book_id = :book AND e.source = ANY (CAST(:sources AS text[]))
      AND (d.party_id = ANY (CAST(:parties AS bigint[]))
           OR c.party_id = ANY (CAST(:parties AS bigint[])))
    ORDER BY e.entry_id, p.number
"""

_CARRIED = (
    *("deficit_in_minor", "deficit_out_minor"),
    *("distributed_before_minor", "distributed_after_minor"),
)


def read_invoices(
    session: Session, *, book_id: int, references: Iterable[str]
) -> dict[str, InvoiceFact]:
    """Return invoices by their numbers."""
    asked = {"book": book_id, "references": list(references)}
    rows = session.execute(text(_INVOICES), asked).all()
    paid: dict[int, list[ReceiptFact]] = {}
    documents = {"documents": [row.document_id for row in rows]}
    for row in session.execute(text(_RECEIPTS), documents):
        values = {name: value for name, value in row._mapping.items() if name != "document_id"}
        paid.setdefault(row.document_id, []).append(ReceiptFact(**values))
    unpaid = read_unpaid(session, document_ids=documents["documents"])
    return {
        row.reference: InvoiceFact(
            **{**row._mapping, **_frozen(row)},
            receipts=tuple(paid.get(row.document_id, ())),
            unpaid=unpaid.get(row.document_id, ()),
        )
        for row in rows
    }


def read_divisions(session: Session, *, wanted: Collection[tuple[int, int]]) -> list[DivisionFact]:
    """Return divisions by (settlement, rights holder), in order of months and holders."""
    asked = {
        "settlements": [settlement for settlement, _ in wanted],
        "holders": [holder for _, holder in wanted],
    }
    translated = read_translations(session, wanted=wanted)
    earned: dict[tuple[int, int], list[EarningFact]] = {}
    for row in session.execute(text(_EARNINGS), asked):
        earned.setdefault((row.settlement_id, row.holder_id), []).append(
            EarningFact(payee_id=row.payee_id, payee=row.payee, record=row.record)
        )
    return [
        DivisionFact(
            settlement_id=row.settlement_id,
            closing_month=row.closing_month,
            holder_id=row.owner_id,
            holder=row.holder,
            currency=row.currency,
            waterfall_version=row.waterfall_version,
            preset=row.preset,
            receipts_minor=row.receipts_minor,
            receipts_tax_minor=row.receipts_tax_minor,
            admin_fee_bp=row.admin_fee_bp,
            admin_fee_minor=row.admin_fee_minor,
            admin_fee_tax_minor=row.admin_fee_tax_minor,
            sold_minor=row.sold_minor,
            margin_minor=row.margin_minor,
            purchase_tax_minor=row.purchase_tax_minor,
            bought_from=row.bought_from,
            carried={name: row._mapping[name] for name in _CARRIED},
            steps=tuple(row.steps),
            set_aside=tuple(row.set_aside),
            translations=translated.get((row.settlement_id, row.owner_id), ()),
            earnings=tuple(earned.get((row.settlement_id, row.owner_id), ())),
        )
        for row in session.execute(text(_DIVISIONS), asked)
    ]


def holders_of_payee(session: Session, *, settlement_id: int, payee_id: int) -> dict[int, bool]:
    """
    Return the keys of the rights holders that a payee earned from in a settlement.

    Each with whether it did by claims alone, so that no line of theirs is its to see.
    """
    asked = {"settlement": settlement_id, "payee": payee_id}
    return dict(map(tuple, session.execute(text(_HOLDERS_OF_PAYEE), asked)))


def find_statement(session: Session, *, book_id: int, reference: str) -> StatementFact | None:
    """Return a statement by its number."""
    asked = {"book": book_id, "reference": reference}
    row = session.execute(text(_STATEMENT_NAMED), asked).one_or_none()
    return None if row is None else _statement(row)


def read_statements(
    session: Session,
    *,
    book_id: int,
    settlement_ids: Collection[int],
    payee_ids: Collection[int],
) -> list[StatementFact]:
    """Return every statement of some payees in some settlements, in the order of issue."""
    asked = {
        "book": book_id,
        "settlements": list(settlement_ids),
        "payees": list(payee_ids),
    }
    return list(map(_statement, session.execute(text(_STATEMENTS_OF_PAYEES), asked)))


def statements_of_run(
    session: Session, *, book_id: int, run: str, payee: str | None, reader_id: int | None
) -> list[StatementFact]:
    """Return the latest statements whose payouts are in a run, as far as a reader may see them."""
    asked = {"book": book_id, "run": run, "payee": payee, "reader": reader_id}
    found = [
        _statement(row)
        for query in (_STATEMENTS_OF_RUN, _STATEMENTS_PAID_AGAIN)
        for row in session.execute(text(query), asked)
    ]
    return list({each.payee: each for each in found}.values())


def read_entries(
    session: Session, *, book_id: int, sources: Iterable[str], party_ids: Iterable[int]
) -> list[EntryFact]:
    """Return the entries of some sources, with the postings that concern some parties."""
    asked = {"book": book_id, "sources": list(sources), "parties": list(party_ids)}
    entries: dict[int, list[Row[Any]]] = {}
    for row in session.execute(text(_ENTRIES), asked):
        entries.setdefault(row.entry_id, []).append(row)
    return list(map(_entry, entries.values()))


def _frozen(row: Row[Any]) -> dict[str, Any]:
    return {"snapshot": json.loads(row.snapshot)}


def _statement(row: Row[Any]) -> StatementFact:
    return StatementFact(
        reference=row.reference,
        settlement_id=row.settlement_id,
        payee_id=row.payee_id,
        payee=row.payee,
        closing_month=row.closing_month,
        revision=row.revision,
        issued_on=row.issued_on,
        currency=row.currency,
        snapshot=json.loads(row.snapshot),
        snapshot_sha256=row.snapshot_sha256,
        treaty_rate_bp=row.treaty_rate_bp,
        treaty_form_filed_on=row.treaty_form_filed_on,
        withholding_base=WithholdingBase(row.withholding_base),
        payout=None if row.payout_minor is None else _payout(row),
    )


def _payout(row: Row[Any]) -> PayoutFact:
    return PayoutFact(
        run=row.run,
        pay_on=row.pay_on,
        released_at=row.released_at,
        supplies_minor=row.supplies_minor,
        passthrough_minor=row.passthrough_minor,
        consumption_tax_minor=row.consumption_tax_minor,
        withholding_base_minor=row.withholding_base_minor,
        withholding_minor=row.withholding_minor,
        payout_minor=row.payout_minor,
        approved_by=row.approved_by,
        cancelled_at=row.cancelled_at,
        confirmed_on=row.confirmed_on,
        returned_on=row.returned_on,
        return_reason=row.return_reason,
        replaces=row.replaces,
        paid_again_by=row.paid_again_by,
    )


def _entry(rows: Sequence[Row[Any]]) -> EntryFact:
    first = rows[0]
    return EntryFact(
        id=first.entry_id,
        kind=first.kind,
        posted_on=first.posted_on,
        source=first.source,
        currency=first.currency,
        postings=tuple(
            PostingFact(row.debit, row.debtor, row.credit, row.creditor, row.amount_minor)
            for row in rows
        ),
    )
