"""
Registering: how parties and committees get into the book, and what is refused at the door.

Whatever is refused leaves nothing behind: a whole list is checked before its first row is
written, and each call is one transaction.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger.core.fields import (
    check_instant,
    check_new,
    check_text,
    check_whole,
    check_word,
)
from ledger.core.money import BASIS_POINTS
from ledger.core.party import NewParty, PartyKind, check_party
from ledger.core.period import Month
from ledger.core.reckoning import CommitteeCannotBePaid, payees_of
from ledger.core.refusal import Refusal
from ledger.core.waterfall import Preset, Step, StepKind, Waterfall
from ledger.services import BOOK_ID
from ledger.store.committees import build_waterfall, insert_waterfalls
from ledger.store.database import Database, Transaction
from ledger.store.parties import (
    PartyInBook,
    find_parties,
    insert_parties,
    lock_names,
    require_parties,
)


@dataclass(frozen=True, kw_only=True)
class NewStep:
    """One deduction of a committee's contract; its base follows from the order of the contract."""

    kind: str  # "fee", "royalty" or "expense"
    category: str  # "window_fee", "manager_fee", "original", "screenplay"…
    payee: str
    rate_bp: int | None = None
    amount_minor: int | None = None
    cap_minor: int | None = None
    passes: tuple[tuple[str, int], ...] = ()  # (payee, basis points) of what it passes on


@dataclass(frozen=True, kw_only=True)
class NewCommittee:
    """A committee, and its contract from the first closing month on."""

    party: NewParty
    preset: str  # "fees_first" or "royalties_first"
    effective_from: Month
    steps: tuple[NewStep, ...]
    members: tuple[tuple[str, int], ...]  # (party, investment share in any whole unit)


class RatesExceedTheWhole(Refusal):
    """Steps that take their rates of one base take more than all of it. Carries how much."""

    code = "waterfall_rates_exceed_the_whole"


def register_party(database: Database, *, party: NewParty, recorded_at: datetime) -> str:
    """
    Write one company or person; return its reference.

    :raises Refusal: as :func:`register_parties`.
    """
    register_parties(database, parties=[party], recorded_at=recorded_at)
    return party.reference


def register_parties(
    database: Database, *, parties: Sequence[NewParty], recorded_at: datetime
) -> None:
    """
    Write companies and persons, all or none.

    :raises ReferenceTaken: one is in the book already, or twice in the list.
    :raises Refusal: a field cannot be taken as it was sent (see :func:`check_party`).
    """
    for party in parties:
        check_party(party, kinds=(PartyKind.COMPANY, PartyKind.INDIVIDUAL))
    with database.transaction() as session:
        _write_parties(session, parties, recorded_at)


def register_committee(
    database: Database, *, committee: NewCommittee, recorded_at: datetime
) -> str:
    """
    Write one committee with its contract; return its reference.

    :raises Refusal: as :func:`register_committees`.
    """
    register_committees(database, committees=[committee], recorded_at=recorded_at)
    return committee.party.reference


def register_committees(
    database: Database, *, committees: Sequence[NewCommittee], recorded_at: datetime
) -> None:
    """
    Write committees with their contracts, all or none; payees and members are in the book.

    :raises PartyUnknown: a payee or member is not.
    :raises CommitteeCannotBePaid: one of them is a committee, which has no tax profile.
    :raises RatesExceedTheWhole: royalties are more than the income they are taken of.
    :raises Refusal: a contract cannot be carried out (see :mod:`ledger.core.waterfall`), or a
        field cannot be taken as it was sent (see :func:`check_party`).
    """
    waterfalls = []
    for committee in committees:
        check_party(committee.party, kinds=(PartyKind.COMMITTEE,))
        waterfalls.append(_waterfall(committee))
    named = dict(_payees(committees))
    with database.transaction() as session:
        ids = _write_parties(session, [committee.party for committee in committees], recorded_at)
        found = require_parties(session, book_id=BOOK_ID, fields=named)
        for committee, waterfall in zip(committees, waterfalls, strict=True):
            _refuse_committees(committee.party.reference, waterfall, found)
        insert_waterfalls(
            session,
            waterfalls=[
                (ids[committee.party.reference], committee.effective_from.first_day, waterfall)
                for committee, waterfall in zip(committees, waterfalls, strict=True)
            ],
            party_ids={reference: party.id for reference, party in found.items()},
        )


def _write_parties(
    session: Transaction, parties: Sequence[NewParty], recorded_at: datetime
) -> dict[str, int]:
    references = [party.reference for party in parties]
    lock_names(session)
    taken = find_parties(session, book_id=BOOK_ID, references=references)
    check_new(references, taken=taken, field="reference")
    at = check_instant(recorded_at, field="recorded_at")
    return insert_parties(session, book_id=BOOK_ID, parties=parties, recorded_at=at)


def _waterfall(committee: NewCommittee) -> Waterfall:
    preset = check_word(committee.preset, of=Preset, field="preset")
    for index, (_, share) in enumerate(committee.members):
        check_whole(share, field=f"members.{index}.share", least=1)
    steps = [_step(index, step) for index, step in enumerate(committee.steps)]
    _check_whole_taken(steps)
    return build_waterfall(preset=preset, steps=steps, members=committee.members)


def _check_whole_taken(steps: Sequence[Step]) -> None:
    """Refuse royalties that together are more than the one base that they are all taken of."""
    rates = [step.rate_bp or 0 for step in steps if step.kind is StepKind.ROYALTY]
    if sum(rates) > BASIS_POINTS:
        raise RatesExceedTheWhole(field="steps", kind=StepKind.ROYALTY, value=sum(rates))


def _step(index: int, step: NewStep) -> Step:
    kind = check_word(step.kind, of=StepKind, field=f"steps.{index}.kind")
    check_text(step.category, field=f"steps.{index}.category")
    for name in ("rate_bp", "amount_minor", "cap_minor"):
        value = getattr(step, name)
        if value is not None:
            check_whole(value, field=f"steps.{index}.{name}")
    for _, part_bp in step.passes:
        check_whole(part_bp, field=f"steps.{index}.passes", least=1, most=BASIS_POINTS)
    return Step(
        name=str(index),
        kind=kind,
        category=step.category,
        payee=step.payee,
        rate_bp=step.rate_bp,
        amount_minor=step.amount_minor,
        passes=step.passes,
        cap_minor=step.cap_minor,
    )


def _refuse_committees(
    committee: str, waterfall: Waterfall, found: Mapping[str, PartyInBook]
) -> None:
    for payee in payees_of(waterfall):
        if found[payee].kind == PartyKind.COMMITTEE:
            raise CommitteeCannotBePaid(committee=committee, payee=payee)


def _payees(committees: Sequence[NewCommittee]) -> Iterator[tuple[str, str]]:
    """Name every payee and member, with the field that does."""
    for committee in committees:
        for index, step in enumerate(committee.steps):
            yield step.payee, f"steps.{index}.payee"
            yield from ((payee, f"steps.{index}.passes") for payee, _ in step.passes)
        for index, (member, _) in enumerate(committee.members):
            yield member, f"members.{index}"
