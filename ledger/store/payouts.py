"""
Payouts: what is planned to leave the bank, and the release that lets it go.

A run is planned once for a settlement, and released once, by another person, with the file
that was sent to the bank.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from sqlalchemy import text
from sqlmodel import Session

from ledger.core.invoice import BankAccountCopy, PartyCopy
from ledger.core.journal import AccountCode, asset_of
from ledger.core.money import Money
from ledger.core.payout_run import PayoutRun
from ledger.core.refusal import Refusal
from ledger.core.snapshot import from_plain
from ledger.store.parties import insert_all
from ledger.store.tables.settlements import PayoutRow, PayoutRunRow


class InsufficientCash(Refusal):
    """The payouts come to more than the bank account holds for them."""

    code = "insufficient_cash"


class InsufficientStripeBalance(Refusal):
    """Transfers come to more than Stripe holds for the house. Carries both."""

    code = "insufficient_stripe_balance"


class InsufficientYen(InsufficientCash):
    """The same, and there is money in other currencies that could be exchanged. Carries it."""

    code = "insufficient_yen"


class PayoutRunUnknown(Refusal):
    """No payout run of the book has the reference."""

    code = "payout_run_unknown"
    field = "run_reference"


@dataclass(frozen=True, kw_only=True)
class Cash:
    """What is in the bank by the book, and how much of it unreleased runs will take."""

    bank_minor: int
    planned_minor: int
    stripe_minor: int  # what Stripe holds, less what it is to transfer
    foreign_minor: Mapping[str, int]  # in accounts of other currencies, which pay nobody

    @property
    def free_minor(self) -> int:
        """What a new run may pay out."""
        return self.bank_minor - self.planned_minor


@dataclass(frozen=True, kw_only=True)
class NewPayout:
    """One payee's payout about to be written; what is not money is a key."""

    payee_id: int
    bank_account_id: int
    supplies_minor: int
    passthrough_minor: int
    consumption_tax_minor: int
    withholding_base_minor: int
    withholding_minor: int
    payout_minor: int


@dataclass(frozen=True, kw_only=True)
class FrozenPayout:
    """One payout with payee and account as the payee's statement shows them."""

    payee_id: int
    payee: PartyCopy
    account: BankAccountCopy
    payout_minor: int
    withholding_minor: int

    @property
    def is_at_stripe(self) -> bool:
        """Whether Stripe transfers it."""
        return self.account.is_at_stripe


_CASH = """
    SELECT CAST((SELECT coalesce(sum(b.debit_minor - b.credit_minor), 0)
                 FROM account a JOIN account_balance b USING (account_id)
                 WHERE a.book_id = :book AND a.code = :bank AND a.asset = :asset)
                AS bigint) AS bank_minor,
           CAST((SELECT coalesce(sum(o.payout_minor), 0)
                 FROM payout o
                 JOIN payout_run r USING (payout_run_id)
                 LEFT JOIN payout_release x USING (payout_run_id)
                 LEFT JOIN payout_cancellation c USING (payout_run_id)
                 JOIN bank_account t USING (bank_account_id)
                 WHERE r.book_id = :book AND x.payout_run_id IS NULL
                   AND c.payout_run_id IS NULL AND t.account_type <> 'stripe')
                AS bigint) AS planned_minor,
           CAST((SELECT coalesce(sum(b.debit_minor - b.credit_minor), 0)
                 FROM account a JOIN account_balance b USING (account_id)
                 WHERE a.book_id = :book AND a.code IN ('stripe', 'transfers')
                   AND a.asset = :asset)
                AS bigint) AS stripe_minor,
           (SELECT coalesce(jsonb_object_agg(split_part(a.asset, '/', 1),
                                             b.debit_minor - b.credit_minor), '{}')
            FROM account a JOIN account_balance b USING (account_id)
            WHERE a.book_id = :book AND a.code = :bank AND a.asset <> :asset
              AND b.debit_minor > b.credit_minor) AS foreign_minor
"""

#: Runs with their totals; a statement goes on with the condition.
RUNS = """
    SELECT r.payout_run_id AS id, r.reference, s.closing_month, r.pay_on, r.planned_at,
           r.planned_by, a.approved_at, a.approved_by, c.cancelled_at, c.cancelled_by,
           c.reason AS cancelled_because, x.released_at, x.released_by, x.file_sha256,
           book.currency, o.payout_count, o.payout_minor, o.withholding_minor,
           o.confirmed_count, o.returned_count
    FROM payout_run r
    JOIN book USING (book_id)
    LEFT JOIN settlement s USING (settlement_id)
    LEFT JOIN payout_approval a USING (payout_run_id)
    LEFT JOIN payout_cancellation c USING (payout_run_id)
    LEFT JOIN payout_release x USING (payout_run_id)
    CROSS JOIN LATERAL (
        SELECT count(*) AS payout_count, CAST(sum(payout_minor) AS bigint) AS payout_minor,
               CAST(sum(withholding_minor) AS bigint) AS withholding_minor,
               count(*) FILTER (WHERE confirmed_on IS NOT NULL AND returned_on IS NULL)
                   AS confirmed_count,
               count(returned_on) AS returned_count
        FROM payout
        LEFT JOIN payout_confirmation USING (payout_run_id, owner_id)
        LEFT JOIN payout_return USING (payout_run_id, owner_id)
        WHERE payout_run_id = r.payout_run_id
    ) o
"""

_ONE_RUN = RUNS + "WHERE r.book_id = :book AND r.reference = :reference"

_LISTED_RUNS = (
    RUNS
    + """
    WHERE r.book_id = :book AND r.payout_run_id > :after
    ORDER BY r.payout_run_id
    LIMIT :limit
"""
)

_FROZEN = """
    SELECT o.owner_id, o.payout_minor, o.withholding_minor,
           coalesce(again.payee, CAST(d.snapshot AS jsonb) -> 'payee') AS payee,
           coalesce(again.pay_to, CAST(d.snapshot AS jsonb) -> 'pay_to') AS pay_to
    FROM payout o
    JOIN payout_run r USING (payout_run_id)
    LEFT JOIN payout_retry again USING (payout_run_id, owner_id)
    JOIN party p ON p.party_id = o.owner_id
    LEFT JOIN statement s ON s.settlement_id = r.settlement_id AND s.owner_id = o.owner_id
                         AND s.revision = 1
    LEFT JOIN document d USING (document_id)
    WHERE o.payout_run_id = :run
    ORDER BY d.number, p.reference COLLATE "C"
"""

_RELEASE = """
    INSERT INTO payout_release (payout_run_id, released_at, released_by, file_content, file_sha256,
                                abroad_content, abroad_sha256)
    VALUES (:run, :at, :by, :content, :hash, :abroad, :abroad_hash)
    ON CONFLICT (payout_run_id) DO NOTHING
    RETURNING payout_run_id
"""

_FILE = """
    SELECT l.file_content, l.abroad_content
    FROM payout_release l JOIN payout_run r USING (payout_run_id)
    WHERE r.book_id = :book AND r.reference = :reference
"""


def find_cash(session: Session, *, book_id: int, currency: str) -> Cash:
    """Return what is in the bank by the book, and what is planned to leave it."""
    parameters = {"book": book_id, "bank": AccountCode.BANK.value, "asset": asset_of(currency)}
    return Cash(**session.execute(text(_CASH), parameters).one()._mapping)


def require_cash(
    payout_minor: int, *, available_minor: int, foreign_minor: Mapping[str, int]
) -> None:
    """
    Make sure that payouts do not exceed what there is to pay them from.

    ``foreign_minor`` is what lies in other currencies, and would have to be exchanged first.

    :raises InsufficientCash: they do; carries both.
    :raises InsufficientYen: they do, and there is money in other currencies; carries that, too.
    """
    if payout_minor <= available_minor:
        return
    if not foreign_minor:
        raise InsufficientCash(payouts=payout_minor, available=available_minor)
    raise InsufficientYen(
        payouts=payout_minor,
        available=available_minor,
        lacking=payout_minor - available_minor,
        foreign=", ".join(
            f"{currency} {Money(amount, currency).to_decimal()}"
            for currency, amount in sorted(foreign_minor.items())
        ),
    )


def require_stripe_balance(payout_minor: int, *, available_minor: int) -> None:
    """
    Make sure that transfers do not exceed what Stripe holds for them.

    :raises InsufficientStripeBalance: they do; carries both.
    """
    if payout_minor > max(0, available_minor):
        raise InsufficientStripeBalance(payouts=payout_minor, available=available_minor)


def insert_run(
    session: Session,
    *,
    book_id: int,
    settlement_id: int | None,
    reference: str,
    pay_on: date,
    planned_at: datetime,
    planned_by: str,
    payouts: Sequence[NewPayout],
) -> int:
    """Write a run with its payouts, of which there is at least one; return its key."""
    run = PayoutRunRow(
        book_id=book_id,
        settlement_id=settlement_id,
        reference=reference,
        pay_on=pay_on,
        planned_at=planned_at,
        planned_by=planned_by,
    )
    session.add(run)
    session.flush()
    assert run.payout_run_id is not None  # The database gave it one.
    insert_all(
        session,
        PayoutRow,
        (
            {
                "payout_run_id": run.payout_run_id,
                "owner_id": payout.payee_id,
                "supplies_minor": payout.supplies_minor,
                "passthrough_minor": payout.passthrough_minor,
                "consumption_tax_minor": payout.consumption_tax_minor,
                "withholding_base_minor": payout.withholding_base_minor,
                "withholding_minor": payout.withholding_minor,
                "payout_minor": payout.payout_minor,
                "bank_account_id": payout.bank_account_id,
            }
            for payout in payouts
        ),
    )
    return run.payout_run_id


def find_run(session: Session, *, book_id: int, reference: str) -> PayoutRun | None:
    """Return a run of the book, None when there is none of that reference."""
    parameters = {"book": book_id, "reference": reference}
    row = session.execute(text(_ONE_RUN), parameters).one_or_none()
    return None if row is None else PayoutRun(**row._mapping)


def require_run(session: Session, *, book_id: int, reference: str) -> PayoutRun:
    """
    Return a run of the book.

    :raises PayoutRunUnknown: there is none of that reference.
    """
    run = find_run(session, book_id=book_id, reference=reference)
    if run is None:
        raise PayoutRunUnknown(reference=reference)
    return run


def list_runs(session: Session, *, book_id: int, after: int, limit: int) -> list[PayoutRun]:
    """Return runs in the order in which they were planned, after the id of the last one seen."""
    rows = session.execute(text(_LISTED_RUNS), {"book": book_id, "after": after, "limit": limit})
    return [PayoutRun(**row._mapping) for row in rows]


def find_payouts(session: Session, *, run_id: int) -> list[FrozenPayout]:
    """Return a run's payouts as the payees' statements froze them, in the order of those."""
    rows = session.execute(text(_FROZEN), {"run": run_id})
    return [
        FrozenPayout(
            payee_id=row.owner_id,
            payee=from_plain(PartyCopy, row.payee),
            account=from_plain(BankAccountCopy, row.pay_to),
            payout_minor=row.payout_minor,
            withholding_minor=row.withholding_minor,
        )
        for row in rows
    ]


def insert_release(
    session: Session,
    *,
    run_id: int,
    released_at: datetime,
    released_by: str,
    content: bytes,
    abroad_content: bytes | None = None,
) -> bool:
    """Write a run's release with what it sent; False when it was released already."""
    parameters = {
        "run": run_id,
        "at": released_at,
        "by": released_by,
        "content": content,
        "hash": sha256(content).digest(),
        "abroad": abroad_content,
        "abroad_hash": None if abroad_content is None else sha256(abroad_content).digest(),
    }
    released = session.execute(text(_RELEASE), parameters)
    return released.scalar_one_or_none() is not None


def find_files(session: Session, *, book_id: int, reference: str) -> tuple[bytes, ...]:
    """Return the files that a released run sent: one, or two when it pays abroad too."""
    row = session.execute(text(_FILE), {"book": book_id, "reference": reference}).one_or_none()
    return () if row is None else tuple(content for content in row if content is not None)
