"""
The smallest book in which every rule can be broken, set up in raw SQL, and raw rows to break it.

The rules are the database's own, so nothing here goes through the program.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

import psycopg
import pytest
from psycopg import sql

from ledger.core.proof import chain_head

NOW = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
OCTOBER = date(2026, 10, 1)
NOVEMBER = date(2026, 11, 1)
ROOT = sha256(b"root").digest()

Connection = psycopg.Connection[Any]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Keys of what is in the book; October and November 2026 are open."""

    licensee: int
    rival: int
    holder: int
    subject: int
    license: int
    grant: int
    terms: int
    rate_line: int
    judgement: int
    rivals_judgement: int
    bank: int
    payable: int
    dollars: int


def add(connection: Connection, table: str, **values: object) -> Any:
    """Insert one row and return its first column."""
    return add_rows(connection, table, [values])[0][0]


def add_rows(
    connection: Connection, table: str, rows: Sequence[Mapping[str, object]]
) -> list[tuple[Any, ...]]:
    """Insert rows of the same columns in one statement and return them."""
    names = list(rows[0])
    one = sql.SQL("({})").format(sql.SQL(", ").join([sql.Placeholder()] * len(names)))
    statement = sql.SQL("INSERT INTO {} ({}) VALUES {} RETURNING *").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, names)),
        sql.SQL(", ").join([one] * len(rows)),
    )
    values = [row[name] for row in rows for name in names]
    return connection.execute(statement, values).fetchall()


def build_scene(connection: Connection) -> Scene:
    """Fill an empty book with one of each thing."""
    for month in (OCTOBER, NOVEMBER):
        connection.execute("SELECT open_month(1, %s, %s)", (month, NOW))
    licensee, rival = add_party(connection, "ai-1"), add_party(connection, "ai-2")
    holder = add_party(connection, "holder", role="rights_holder")
    subject = add_subject(connection, holder, "work")
    with connection.transaction():
        license_ = add_license(connection, licensee)
        grant = add_grant(connection, licensee, license_)
        terms = add_terms(connection, licensee, grant)
        rate_line = add_rate_line(connection, licensee, terms)
    return Scene(
        licensee=licensee,
        rival=rival,
        holder=holder,
        subject=subject,
        license=license_,
        grant=grant,
        terms=terms,
        rate_line=rate_line,
        judgement=add_judgement(connection, licensee),
        rivals_judgement=add_judgement(connection, rival),
        bank=add_account(connection, "bank"),
        payable=add_account(connection, "payable", party_id=holder),
        dollars=add_account(connection, "bank", asset="USD/2"),
    )


def add_party(connection: Connection, reference: str, **changes: object) -> int:
    """Insert a party; an AI firm unless said otherwise."""
    values: dict[str, object] = {
        "book_id": 1,
        "reference": reference,
        "role": "licensee",
        "kind": "company",
        "name_ja": "会社",
        "name_en": "Company",
        "country": "JP",
        "has_jp_establishment": True,
        "language": "ja",
        "recorded_at": NOW,
    }
    return int(add(connection, "party", **values | changes))


def add_subject(connection: Connection, owner: int, reference: str) -> int:
    """Insert a work."""
    values = {"kind": "work", "title_ja": "風", "search_text": "風", "recorded_at": NOW}
    return int(add(connection, "subject", book_id=1, owner_id=owner, reference=reference, **values))


def add_license(connection: Connection, licensee: int, reference: str = "lic") -> int:
    """Insert a license without grants."""
    times = {"starts_at": NOW, "signed_on": OCTOBER, "recorded_at": NOW}
    return int(
        add(connection, "license", book_id=1, licensee_id=licensee, reference=reference, **times)
    )


def add_grant(connection: Connection, licensee: int, license_: int, position: int = 0) -> int:
    """Insert a grant of everything everywhere, without subjects."""
    values: dict[str, object] = {
        "license_id": license_,
        "licensee_id": licensee,
        "position": position,
        "modalities": ["image"],
        "use_classes": ["generation"],
        "territories": ["WORLD"],
        "starts_at": NOW,
    }
    return int(add(connection, "license_grant", **values))


def add_terms(
    connection: Connection, licensee: int, grant: int, version: int = 1, **changes: object
) -> int:
    """Insert a terms version without rate lines."""
    values: dict[str, object] = {
        "license_grant_id": grant,
        "licensee_id": licensee,
        "version": version,
        "effective_from": NOW.replace(year=2020 + version),
        "clause_reference": "3.1",
        "currency": "JPY",
        "rounding": "truncate",
        "recognition": "cash",
        "recorded_at": NOW,
    }
    return int(add(connection, "terms_version", **values | changes))


def add_rate_line(connection: Connection, licensee: int, terms: int, position: int = 0) -> int:
    """Insert a rate line of ¥12 an image."""
    values: dict[str, object] = {
        "terms_version_id": terms,
        "licensee_id": licensee,
        "position": position,
        "basis": "per_image",
        "rate": 12,
        "tier_mode": "none",
        "counter_scope": "period",
    }
    return int(add(connection, "rate_line", **values))


def add_judgement(
    connection: Connection, licensee: int, about: str = "lic", **changes: object
) -> int:
    """Insert a refusal of everything; generations need one to name."""
    values: dict[str, object] = {
        "licensee_id": licensee,
        "judgement_hash": sha256(about.encode()).digest(),
        "license_reference": about,
        "use_class": "generation",
        "modality": "image",
        "unit": "image",
        "territory": "JP",
        "decision": "refused",
        "reasons": ["license_unknown"],
    }
    return int(add(connection, "judgement", **values | changes))


def add_account(
    connection: Connection, code: str, *, party_id: int | None = None, asset: str = "JPY/0"
) -> int:
    """Insert an account."""
    values = {"book_id": 1, "code": code, "party_id": party_id, "asset": asset}
    return int(add(connection, "account", **values))


def add_entry(
    connection: Connection, posting_count: int = 1, *, month: date = OCTOBER, **changes: object
) -> int:
    """Insert an entry without its postings."""
    values: dict[str, object] = {
        "book_id": 1,
        "month": month,
        "posted_on": month,
        "kind": "invoice",
        "source": "INV-1",
        "asset": "JPY/0",
        "posting_count": posting_count,
        "recorded_at": NOW,
    }
    return int(add(connection, "entry", **values | changes))


def add_posting(
    connection: Connection,
    entry: int,
    debit: int,
    credit: int,
    *,
    number: int = 1,
    count: int = 1,
    amount: int = 100,
    **changes: object,
) -> None:
    """Insert one posting of an entry."""
    values: dict[str, object] = {
        "entry_id": entry,
        "number": number,
        "posting_count": count,
        "book_id": 1,
        "asset": "JPY/0",
        "debit_account_id": debit,
        "credit_account_id": credit,
        "amount_minor": amount,
    }
    add(connection, "posting", **values | changes)


def post(connection: Connection, debit: int, credit: int, amount: int = 100) -> int:
    """Write a whole entry with one posting."""
    return post_all(connection, {"debit": debit, "credit": credit, "amount": amount})


def post_all(
    connection: Connection, *postings: dict[str, Any], posting_count: int = 1, **changes: Any
) -> int:
    """Write an entry with these postings in one transaction; the entry says how many it has."""
    with connection.transaction():
        entry = add_entry(connection, posting_count, **changes)
        for posting in postings:
            add_posting(connection, entry, **posting)
    return entry


def add_batch(connection: Connection, licensee: int, count: int = 1, **changes: Any) -> int:
    """Insert the licensee's next batch without its generations, and return its number."""
    line = connection.execute("SELECT * FROM lock_log(%s)", (licensee,)).fetchone()
    assert line is not None
    number = changes.get("batch_number", line[0] + 1)
    previous = changes.get("previous_head", line[1])
    values: dict[str, object] = {
        "licensee_id": licensee,
        "batch_number": number,
        "recorded_at": NOW,
        "first_month": OCTOBER,
        "last_month": OCTOBER,
        "generation_count": count,
        "accepted_count": 0,
        "held_count": 0,
        "refused_count": count,
        "root": ROOT,
        "previous_head": previous,
        "head": chain_head(previous=previous, number=number, count=count, root=ROOT),
    }
    add(connection, "batch", **values | changes)
    return int(number)


def add_generations(
    connection: Connection,
    licensee: int,
    batch: int,
    judgement: int,
    *changes: Mapping[str, object],
    into: str = "generation",
) -> None:
    """Insert generations of October in one statement, numbered from 0 unless said otherwise."""
    rows: list[dict[str, object]] = [
        {
            "licensee_id": licensee,
            "accrual_month": OCTOBER,
            "batch_number": batch,
            "position": position,
            "judgement_id": judgement,
            "occurred_at": datetime(2026, 10, 5, tzinfo=UTC),
            "quantity": 1,
            "source": "api",
            "event_id": f"{batch}-{position}",
            "content_hash": ROOT,
            **change,
        }
        for position, change in enumerate(changes)
    ]
    add_rows(connection, into, rows)


def report(connection: Connection, licensee: int, judgement: int, event_id: str = "event") -> int:
    """Write a whole batch with one generation, and return its number."""
    with connection.transaction():
        number = add_batch(connection, licensee)
        add_generations(connection, licensee, number, judgement, {"event_id": event_id})
    return number


def add_document(connection: Connection, owner: int, number: int, **changes: object) -> int:
    """Insert a document."""
    snapshot = f'{{"number":{number}}}'
    values: dict[str, object] = {
        "book_id": 1,
        "owner_id": owner,
        "kind": "invoice",
        "series": "INV-2026",
        "number": number,
        "reference": f"INV-2026-{number}",
        "issued_on": NOVEMBER,
        "snapshot": snapshot,
        "snapshot_sha256": sha256(snapshot.encode()).digest(),
    }
    return int(add(connection, "document", **values | changes))


def close_month(connection: Connection, month: date) -> None:
    """Close a month of the book."""
    values: dict[str, object] = {"closed_at": NOW, "closed_by": "me", "generation_count": 0}
    add(connection, "month_closing", book_id=1, month=month, input_hash=ROOT, **values)


@contextmanager
def refused(code: str) -> Iterator[None]:
    """Expect one of the database's own rules to say no, by its code."""
    with pytest.raises(psycopg.Error) as caught:
        yield
    assert caught.value.sqlstate == "GB001", caught.value
    assert caught.value.diag.message_primary == code
