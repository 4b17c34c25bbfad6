"""Entries as the ledger posts them, and any others that could be, for exports of the journal."""

from datetime import date
from typing import Any

from hypothesis import strategies as st

from ledger.core.journal import Account, AccountCode, JournalEntry, Posting
from ledger.core.journal_export import BookedEntry, ExportParty, JournalBook

FIRM = ExportParty(
    id=1, reference="studio-a", name_ja="株式会社スタジオA", name_en="Studio A", is_taxed_here=True
)
HOLDER = ExportParty(
    id=2, reference="hoshino", name_ja="星野書店", name_en="Hoshino", is_taxed_here=True
)
ABROAD = ExportParty(
    id=3, reference="han.sora", name_ja="ハン・ソラ", name_en="Han Sora", is_taxed_here=False
)
PARTIES = {party.id: party for party in (FIRM, HOLDER, ABROAD)}

DAY = date(2026, 12, 10)
BANK = Account(AccountCode.BANK)
FEE, FEE_TAX = Account(AccountCode.ADMIN_FEE), Account(AccountCode.OUTPUT_TAX)


def moved(debit: Account, credit: Account, amount: int) -> Posting:
    return Posting(debit=debit, credit=credit, amount_minor=amount)


def booked(
    number: int,
    *postings: Posting,
    kind: str = "settlement",
    currency: str = "JPY",
    source: str | None = None,
) -> BookedEntry:
    entry = JournalEntry(
        kind=kind,
        posted_on=DAY,
        currency=currency,
        source=source or f"SET-{number}",
        postings=postings,
    )
    return BookedEntry(id=number, entry=entry)


def book_of(*entries: BookedEntry, **changes: Any) -> JournalBook:
    told: dict[str, Any] = {"title": "原簿株式会社", "parties": PARTIES} | changes
    return JournalBook(entries=entries, **told)


HELD = Account(AccountCode.HOLDERS, HOLDER.id)
#: As DOMAIN E8: fee with tax, and the rest to the payee.
SETTLEMENT = booked(
    7,
    moved(HELD, FEE, 229_132),
    moved(HELD, FEE_TAX, 22_913),
    moved(HELD, Account(AccountCode.PAYABLE, HOLDER.id), 2_612_114),
)

_ACCOUNTS = [
    *(Account(code) for code in (AccountCode.BANK, AccountCode.WITHHOLDING)),
    *(FEE, FEE_TAX),
    *(
        Account(code, party)
        for code in (AccountCode.RECEIVABLE, AccountCode.HOLDERS, AccountCode.PAYABLE)
        for party in PARTIES
    ),
]

_POSTINGS = st.builds(
    lambda sides, amount: moved(sides[0], sides[1], amount),
    st.lists(st.sampled_from(_ACCOUNTS), min_size=2, max_size=2, unique=True),
    st.integers(1, 10**12),
)


def drawn_entries(*currencies: str) -> st.SearchStrategy[tuple[BookedEntry, ...]]:
    """Draw entries with every kind of posting."""
    return st.lists(
        st.tuples(
            st.lists(_POSTINGS, min_size=1, max_size=6),
            st.dates(date(2020, 1, 1), date(2030, 12, 31)),
            st.sampled_from(currencies),
        ),
        min_size=1,
        max_size=8,
    ).map(
        lambda drawn: tuple(
            BookedEntry(
                id=number,
                entry=JournalEntry(
                    kind="settlement",
                    posted_on=day,
                    currency=currency,
                    source=f"SET-{number}",
                    postings=tuple(postings),
                ),
            )
            for number, (postings, day, currency) in enumerate(
                sorted(drawn, key=lambda each: each[1]), start=1
            )
        )
    )
