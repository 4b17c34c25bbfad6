"""
The tables of the book as SQLModel classes, one for each; importing this gathers all of them.

The migrations are what makes the tables; these classes say the same for the program, and
``genbo db check`` tells when the two differ. Rules that only the database keeps (checks,
triggers, grants) are in the migrations alone.
"""

from sqlalchemy import MetaData
from sqlmodel import SQLModel

from ledger.store.tables import (
    acknowledgements,
    archive,
    bank_files,
    claims,
    completeness,
    consents,
    corrections,
    disputes,
    documents,
    fees,
    idempotency,
    journal,
    journal_exports,
    licenses,
    members,
    months,
    notices,
    offers,
    outbox,
    parties,
    payee_advances,
    payments,
    payout_steps,
    prepayments,
    rates,
    records,
    refunds,
    reissues,
    reserves,
    revenues,
    revisions,
    sandboxes,
    settlements,
    stripe,
    usage,
    withholdings,
    works,
)

__all__ = [
    "METADATA",
    "acknowledgements",
    "archive",
    "bank_files",
    "claims",
    "completeness",
    "consents",
    "corrections",
    "disputes",
    "documents",
    "fees",
    "idempotency",
    "journal",
    "journal_exports",
    "licenses",
    "members",
    "months",
    "notices",
    "offers",
    "outbox",
    "parties",
    "payee_advances",
    "payments",
    "payout_steps",
    "prepayments",
    "rates",
    "records",
    "refunds",
    "reissues",
    "reserves",
    "revenues",
    "revisions",
    "sandboxes",
    "settlements",
    "stripe",
    "usage",
    "withholdings",
    "works",
]

#: Every table of the book.
METADATA: MetaData = SQLModel.metadata
