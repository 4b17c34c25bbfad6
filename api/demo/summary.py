"""``summary.json``: what the demo came to, in figures that are the same on every run."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from api.archive import frozen_values
from ledger.core.invoice import Invoice
from ledger.core.statement import Statement
from ledger.services import archiving
from ledger.services.settling import Settled
from ledger.store.database import Database


def write_summary(
    database: Database,
    *,
    path: Path,
    notes: Mapping[str, int | str],
    answers: Mapping[str, int],
    reasons: Mapping[str, int],
    settled: Settled,
    violations: Mapping[str, Sequence[object]],
) -> None:
    """Write the summary; amounts are whole yen."""
    documents = [frozen_values(document) for document in archiving.all_documents(database)]
    invoices = [each for each in documents if isinstance(each, Invoice)]
    statements = [each for each in documents if isinstance(each, Statement)]
    summary = {
        "source": dict(notes),
        "answers": dict(sorted(answers.items())),
        "decisions_and_reasons": dict(sorted(reasons.items())),
        "licenses": _per_license(invoices),
        "holders": _per_holder(statements),
        "invoices": {
            "count": len(invoices),
            "subtotal": sum(invoice.subtotal_minor for invoice in invoices),
            "consumption_tax": sum(invoice.tax_minor for invoice in invoices),
            "total": sum(invoice.total_minor for invoice in invoices),
            "by_number": {invoice.number: invoice.total_minor for invoice in invoices},
        },
        "payouts": {
            "run": settled.run_reference,
            "count": settled.payout_count,
            "total": settled.payout_minor,
            "withholding": settled.withholding_minor,
            "received": settled.received_minor,
            "admin_fee_with_tax": settled.admin_fee_minor,
        },
        "invariants": {name: not found for name, found in violations.items()},
    }
    text = json.dumps(summary, ensure_ascii=False, indent=2)
    path.write_text(text + "\n", encoding="utf-8")


def _per_license(invoices: Sequence[Invoice]) -> dict[str, dict[str, Any]]:
    royalty: Counter[str] = Counter()
    generations: Counter[str] = Counter()
    for invoice in invoices:
        for line in invoice.lines:
            royalty[line.license_reference] += line.amount_minor
            generations[line.license_reference] += line.generation_count
    return {
        license_: {"generations": generations[license_], "royalty": royalty[license_]}
        for license_ in sorted(royalty)
    }


def _per_holder(statements: Sequence[Statement]) -> dict[str, dict[str, Any]]:
    return {
        statement.payee.reference: {
            "statement": statement.number,
            "earned": statement.settlement.earned_minor,
            "payable": statement.settlement.payable_minor,
            "consumption_tax": statement.settlement.consumption_tax_minor,
            "withholding": statement.settlement.withholding_minor,
            "payout": statement.settlement.payout_minor,
            "carried_out": statement.settlement.carried_out_minor,
            "not_paid_because": statement.settlement.hold_reason,
        }
        for statement in sorted(statements, key=lambda each: each.payee.reference)
    }
