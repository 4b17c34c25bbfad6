"""
Revisions of statements: what one is issued in place of another for, and how the two differ.

A statement that was issued is never edited. What was wrong on it is right on the next revision,
which names the one before, says why and by whom, and lists each thing that differs. What was
paid stays paid: money that a revision moves from one payee to another is taken in by the next
settlement, as part of what it brings forward.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from enum import StrEnum

from ledger.core.invoice import PartyCopy
from ledger.core.refusal import Refusal
from ledger.core.statement import (
    CorrectedRow,
    Difference,
    EarningRow,
    Revised,
    Statement,
    StatementSection,
    StepRow,
)

#: What of a party is printed, and can have been wrong.
_PRINTED = (
    *("name_ja", "name_en", "postal_code", "address_ja", "address_en"),
    *("country", "registration_number"),
)


class NothingToRevise(Refusal):
    """The book says the same as the statement does, and no money is moved."""

    code = "nothing_to_revise"
    field = "statement"


class NothingEarned(Refusal):
    """The payee has earned nothing of the kind from the source, so nothing can be moved."""

    code = "nothing_earned_to_move"
    field = "category"


class EarningUnclear(Refusal):
    """The payee earned for several reasons, and the revision does not say which it corrects."""

    code = "earning_unclear"
    field = "category"


class MovesTooMuch(Refusal):
    """More is moved than was earned for the reason, with what was moved before. Carries both."""

    code = "moves_too_much"
    field = "amount"


class Changed(StrEnum):
    """How a thing on the one differs from that on the other."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, kw_only=True)
class Earned:
    """What a payee earned for one reason, with everything that revisions have moved since."""

    holder: str  # reference of the source
    kind: str
    category: str
    amount_minor: int
    tax_minor: int


def choose_earning(
    earned: Sequence[Earned], *, statement: str, category: str | None, holder: str | None
) -> Earned:
    """
    Return which earning of a statement a revision corrects.

    :raises NothingEarned: none is meant.
    :raises EarningUnclear: several may be.
    """
    meant = [
        each
        for each in earned
        if category in (None, each.category) and holder in (None, each.holder)
    ]
    if not meant:
        raise NothingEarned(statement=statement, category=category or "-", source=holder or "-")
    if len(meant) > 1:
        told = ", ".join(f"{each.holder}: {each.category}" for each in meant)
        raise EarningUnclear(statement=statement, earnings=told)
    return meant[0]


def check_move(earned: Earned, *, amount_minor: int, tax_minor: int) -> None:
    """
    Look whether so much can be moved away from an earning.

    :raises MovesTooMuch: no more was earned.
    """
    for name, moved, there in (
        ("amount", amount_minor, earned.amount_minor),
        ("tax", tax_minor, earned.tax_minor),
    ):
        if moved > max(there, 0):
            raise MovesTooMuch(field=name, moved=moved, earned=there)


def revise(
    before: Statement,
    *,
    number: str,
    issued_on: date,
    reason: str,
    revised_by: str,
    payee: PartyCopy,
    issuer: PartyCopy,
    moved: Sequence[CorrectedRow] = (),
) -> Statement:
    """
    Return the statement that takes the place of another; its settled figures are the same.

    ``payee`` and ``issuer`` are both as the book has them now, on the days of the first
    statement. ``moved`` is what this revision adds to the payee's earnings, below zero what it
    takes away.

    :raises NothingToRevise: the two would say the same.
    """
    after = replace(
        before,
        number=number,
        revision=before.revision + 1,
        issued_on=issued_on,
        payee=payee,
        issuer=issuer,
        sections=tuple(_renamed(section, payee) for section in before.sections),
    )
    differences = (*differences_of(before, after), *_of_money(before, moved))
    was_moved = (*_moved_before(before), *moved)
    if not differences:
        raise NothingToRevise(statement=before.number)
    said = Revised(
        number=before.number,
        revision=before.revision,
        issued_on=before.issued_on,
        reason=reason,
        revised_by=revised_by,
        differences=differences,
        moved=tuple(_under_name(row, before.payee, payee) for row in was_moved),
        moved_now_minor=sum(row.amount_minor for row in moved),
        moved_now_tax_minor=sum(row.tax_minor for row in moved),
    )
    return replace(after, revises=said)


def differences_of(before: Statement, after: Statement) -> tuple[Difference, ...]:
    """Return how two statements differ in what is printed of the parties."""
    return (
        *party_differences("payee", before.payee, after.payee),
        *party_differences("issuer", before.issuer, after.issuer),
    )


def earned_of(statement: Statement, category: str, source_ja: str) -> tuple[int, int] | None:
    """
    Return what a statement says was earned for a reason, with its tax and all revisions so far.

    A source is known by the name that is printed. Where that was another then, the one source
    with such an earning is meant. None when nothing was earned.
    """
    rows: list[tuple[str, EarningRow | CorrectedRow]] = [
        (section.source_ja, earning)
        for section in statement.sections
        for earning in section.earnings
        if earning.category == category
    ]
    rows += [(row.source_ja, row) for row in _moved_before(statement) if row.category == category]
    sources = {source for source, _ in rows}
    meant = source_ja if source_ja in sources or len(sources) != 1 else min(sources)
    found = [row for source, row in rows if source == meant]
    if not found:
        return None
    return sum(row.amount_minor for row in found), sum(row.tax_minor for row in found)


def party_differences(whose: str, before: PartyCopy, after: PartyCopy) -> Iterator[Difference]:
    """Yield what is printed otherwise of a party, which has the part that is named."""
    known = {each.name for each in fields(PartyCopy)}
    for name in _PRINTED:
        assert name in known
        was, now = getattr(before, name) or "", getattr(after, name) or ""
        if was != now:
            yield Difference(
                part=whose, field=name, change=_change(was, now), before=was, after=now
            )


def _of_money(before: Statement, moved: Sequence[CorrectedRow]) -> Iterator[Difference]:
    """Yield what each earning was, and is with what is moved now; tax on a line of its own."""
    for row in moved:
        there = earned_of(before, row.category, row.source_ja)
        was = there or (0, 0)
        pairs = (("amount", was[0], row.amount_minor), ("tax", was[1], row.tax_minor))
        for field, was_minor, change_minor in pairs:
            if change_minor:
                yield Difference(
                    part="earning",
                    field=field,
                    change=Changed.CHANGED if there else Changed.ADDED,
                    before="",
                    after="",
                    category=row.category,
                    source_ja=row.source_ja,
                    source_en=row.source_en,
                    before_minor=was_minor,
                    after_minor=was_minor + change_minor,
                )


def _change(was: str, now: str) -> Changed:
    if not was:
        return Changed.ADDED
    return Changed.CHANGED if now else Changed.REMOVED


def _moved_before(statement: Statement) -> tuple[CorrectedRow, ...]:
    return () if statement.revises is None else statement.revises.moved


def _under_name(row: CorrectedRow, before: PartyCopy, after: PartyCopy) -> CorrectedRow:
    if row.source_ja != before.name_ja:
        return row
    return replace(row, source_ja=after.name_ja, source_en=after.name_en)


def _renamed(section: StatementSection, payee: PartyCopy) -> StatementSection:
    """Print the payee's own steps, and a source that is the payee itself, under its name."""
    steps = tuple(_renamed_step(step, payee) for step in section.steps)
    if section.is_committee:
        return replace(section, steps=steps)
    return replace(section, steps=steps, source_ja=payee.name_ja, source_en=payee.name_en)


def _renamed_step(step: StepRow, payee: PartyCopy) -> StepRow:
    if not step.is_this_payee:
        return step
    return replace(step, payee_ja=payee.name_ja, payee_en=payee.name_en)
