"""How a party's documents are worded: language, years, and which text is the authoritative one."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session, insert

from ledger.store.tables.revisions import PartyWordingRow


@dataclass(frozen=True, kw_only=True)
class Wording:
    """What is said of a party's documents; None is as registered, or as the house has it."""

    language: str | None = None
    in_eras: bool | None = None  # 令和8年 in place of 2026年
    authoritative: str | None = None  # which language decides where the two differ


_LAST = """
    SELECT language, in_eras, authoritative FROM party_wording
    WHERE owner_id = :party ORDER BY party_wording_id DESC LIMIT 1
"""


def find_wording(session: Session, *, party_id: int) -> Wording:
    """Return how a party's documents are worded as things stand."""
    row = session.execute(text(_LAST), {"party": party_id}).one_or_none()
    return Wording() if row is None else Wording(**row._mapping)


def insert_wording(
    session: Session,
    *,
    party_id: int,
    wording: Wording,
    recorded_at: datetime,
    recorded_by: str,
    reason: str,
) -> None:
    """Write how a party's documents are worded from now on."""
    row = {
        **vars(wording),
        "owner_id": party_id,
        "recorded_at": recorded_at,
        "recorded_by": recorded_by,
        "reason": reason,
    }
    session.execute(insert(PartyWordingRow), [row])
