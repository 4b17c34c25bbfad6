"""
What waits to be settled: lines to divide, and all that a settlement must know beside them.

Everything is read in a handful of queries, however many holders, payees and lines there are.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction

from sqlmodel import Session

from ledger.core.bank_account import BankNames
from ledger.core.contested import Cell
from ledger.core.period import Month
from ledger.core.prepayment_use import SettledUse
from ledger.core.reckoning import payees_of
from ledger.core.suspense import Suspense
from ledger.core.translation import TranslatedMoney, rates_wanted, translate
from ledger.core.unsettled import (
    ClaimedSubject,
    DecidingDays,
    HeldUsage,
    PartyInForce,
    ReceivedLine,
    Unsettled,
    WaitingMoney,
)
from ledger.store import (
    arrears,
    balances,
    claims,
    committees,
    exchange_terms,
    held_usage,
    payee_advances,
    payees,
    prepaid_uses,
    receipts,
    reserves,
    suspense,
    works,
)
from ledger.store.claims import ClaimInBook
from ledger.store.reserves import OpenReserves
from ledger.store.settlements import SettlementState


def read_unsettled(
    session: Session,
    *,
    book_id: int,
    state: SettlementState,
    closing_month: Month,
    days: DecidingDays,
    bank_names: BankNames,
) -> tuple[Unsettled, Mapping[str, int]]:
    """
    Read what is to be divided with a closing month, and was not, with all about it.

    Beside it comes the key of the waterfall version of each committee that takes part.
    """
    lines = receipts.unsettled_lines(
        session,
        book_id=book_id,
        currency=state.currency,
        received_through=closing_month.last_day,
        settled_on=days.settled_on,
    )
    prepaid, returned = prepaid_uses.unsettled_uses(
        session,
        book_id=book_id,
        currency=state.currency,
        closing_month=closing_month.first_day,
        received_through=closing_month.last_day,
    )
    translated, foreign_returned = _translated(session, book_id, state, closing_month, days)
    lines = sorted([*lines, *prepaid, *translated.lines], key=_place)
    waiting = suspense.open_suspense(session, book_id=book_id)
    in_book = _claims(session, book_id, lines, waiting)
    lines = _with_cells(session, lines, {each.subject for each in in_book})
    received_for = {line.holder for line in lines}
    with_costs = committees.find_with_costs(
        session, book_id=book_id, closing_month=closing_month.first_day, fee_on=days.fee_on
    )
    held = reserves.open_reserves(session, book_id=book_id, through=closing_month.last_day)
    moving = [holder for holder, each in held.items() if _moves(each, closing_month)]
    idle = sorted({*with_costs, *moving} - received_for)
    holders = payees.find_in_force(
        session, book_id=book_id, references=received_for.union(idle, waiting), days=days
    )
    ids = {each.id: each.copy.reference for each in holders.values() if _is_committee(each)}
    in_force = committees.find_waterfalls(
        session, committee_ids=ids, closing_month=closing_month.first_day
    )
    carried = balances.find_balances(session, book_id=book_id)
    advances = payee_advances.open_advances(
        session, book_id=book_id, through=closing_month.last_day
    )
    firms = {claim.licensee for each in held.values() for claim in each.claims}
    named = {payee for each in in_force.values() for payee in payees_of(each.waterfall)}
    claimants = {each.party for each in in_book}
    claimants |= {party for of in waiting.values() for each in of for party, _, _ in each.had}
    named |= carried.keys() | advances.keys() | firms | claimants
    paid = payees.find_in_force(session, book_id=book_id, references=named, days=days)
    unsettled = Unsettled(
        closing_month=closing_month,
        days=days,
        currency=state.currency,
        lines=lines,
        held=_held(session, book_id, state, lines),
        waterfalls={ids[key]: each.waterfall for key, each in in_force.items()},
        openings=arrears.find_openings(session, holder_ids=ids, currency=state.currency),
        carried=carried,
        arrears=arrears.find_arrears(session, book_id=book_id, currency=state.currency),
        parties=holders | paid,
        bank_names=bank_names,
        returned=[*returned, *foreign_returned],
        unknown_rates=translated.waiting,
        idle=idle,
        reserves={holder: each.reserves for holder, each in held.items()},
        claims=[each.claim for each in in_book],
        waiting=waiting,
        claimed=_claimed(session, book_id, in_book, waiting),
        claimed_back={holder: each.claims for holder, each in held.items()},
        advances=advances,
        receipts=_without(
            receipts.unsettled_receipts(
                session, book_id=book_id, received_through=closing_month.last_day
            ),
            translated.waiting,
        ),
    )
    return unsettled, {ids[key]: each.id for key, each in in_force.items()}


def _translated(
    session: Session,
    book_id: int,
    state: SettlementState,
    closing_month: Month,
    days: DecidingDays,
) -> tuple[TranslatedMoney, list[SettledUse]]:
    """Return what is to be divided in other currencies, in yen, and what firms are owed again."""
    through = closing_month.last_day
    parts = receipts.unsettled_foreign(
        session,
        book_id=book_id,
        currency=state.currency,
        received_through=through,
        settled_on=days.settled_on,
    )
    prepaid, returned = prepaid_uses.foreign_uses(
        session,
        book_id=book_id,
        currency=state.currency,
        closing_month=closing_month.first_day,
        received_through=through,
        settled_on=days.settled_on,
    )
    parts += prepaid
    terms = exchange_terms.read_terms(session, book_id=book_id) if parts else ()
    rates = exchange_terms.find_rates(
        session, book_id=book_id, wanted=rates_wanted(parts, terms=terms)
    )
    money = translate(parts, terms=terms, rates=rates)
    held = {each.sum_key for each in money.waiting}
    return money, [use for key, use in returned if ("prepayment", key) not in held]


def _without(receipts: Mapping[int, int], waiting: Sequence[WaitingMoney]) -> dict[int, int]:
    """Leave out the receipts that wait, a part of them at least."""
    held = {receipt_id for each in waiting for receipt_id in each.receipt_ids}
    return {key: licensee for key, licensee in receipts.items() if key not in held}


def _claims(
    session: Session,
    book_id: int,
    lines: Sequence[ReceivedLine],
    waiting: Mapping[str, Sequence[Suspense]],
) -> list[ClaimInBook]:
    """Return the claims on what came in and on what waits."""
    subjects = {line.usage.subject_reference for line in lines}
    subjects |= {each.where.subject for of_holder in waiting.values() for each in of_holder}
    return claims.claims_of_subjects(session, book_id=book_id, subjects=subjects)


def _with_cells(
    session: Session, lines: Sequence[ReceivedLine], claimed: Collection[str]
) -> list[ReceivedLine]:
    """
    Say of lines for claimed subjects where and when they were used.

    What no usage was charged for, a monthly fee or the rest of an advance, is for every day of
    its month, alike.
    """
    keys = {
        line.royalty_line_id
        for line in lines
        if line.royalty_line_id is not None and line.usage.subject_reference in claimed
    }
    cells = suspense.cells_of_lines(session, line_ids=keys)
    return [
        replace(line, cells=cells.get(line.royalty_line_id or 0) or _days(line))
        if line.usage.subject_reference in claimed
        else line
        for line in lines
    ]


def _days(line: ReceivedLine) -> tuple[Cell, ...]:
    month = Month.of_day(line.usage.accrual_month)
    return tuple(
        (None, month.first_day.replace(day=day), Fraction(1))
        for day in range(1, month.last_day.day + 1)
    )


def _claimed(
    session: Session,
    book_id: int,
    in_book: Sequence[ClaimInBook],
    waiting: Mapping[str, Sequence[Suspense]],
) -> dict[str, ClaimedSubject]:
    subjects = {each.subject for each in in_book}
    subjects |= {each.where.subject for of_holder in waiting.values() for each in of_holder}
    if not subjects:
        return {}
    found = works.find_subjects(session, book_id=book_id, references=subjects)
    return {
        reference: ClaimedSubject(
            id=subject.id, title_ja=subject.facts.title_ja, title_en=subject.facts.title_en
        )
        for reference, subject in found.items()
    }


def _place(line: ReceivedLine) -> tuple[str, str]:
    """Order what was prepaid among what was invoiced, which stands first of each subject."""
    return (line.holder, line.usage.subject_reference)


def _moves(held: OpenReserves, month: Month) -> bool:
    """Tell whether reserves move in a month that brings nothing in."""
    return bool(held.claims) or any(each.release_in <= month.first_day for each in held.reserves)


def _is_committee(party: PartyInForce) -> bool:
    return party.copy.kind == "committee"


def _held(
    session: Session, book_id: int, state: SettlementState, lines: Sequence[ReceivedLine]
) -> Sequence[HeldUsage]:
    """
    Return refused and held usage of the months that this settlement is the first to pay for.

    So each month of use is told of once, also where a licensee has nothing to pay for it.
    """
    through = max((line.usage.accrual_month for line in lines), default=date.min)
    if state.last_covered is not None and through <= state.last_covered:
        return ()
    return held_usage.find_held_usage(
        session, book_id=book_id, after=state.last_covered, through=through
    )
