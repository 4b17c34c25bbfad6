"""
What a statement says of money set aside or paid ahead, and of what several parties claim.

A party that earned by a claim alone sees what came in for what it claims, and nothing else of
the rights holder's; everybody else sees the whole, less what others claim.
"""

from collections.abc import Iterator, Mapping

from ledger.core.earning import BY_CLAIM
from ledger.core.money import take_bp
from ledger.core.payee_advance import AdvanceMoved
from ledger.core.reserve import ReserveMonth
from ledger.core.set_aside import SetAsideKind
from ledger.core.settlement import Division
from ledger.core.statement import AdvanceRow, ClaimRow, ReserveRow, SetAsideRow, UsageRow
from ledger.core.suspense import Part, Where

#: What is somebody else's by a claim; no money that is set aside, but not the reader's either.
_OF_OTHERS = "claimed_by_others"

Titles = Mapping[str, tuple[str, str]]


def is_claimant(division: Division, payee: str) -> bool:
    """Tell whether a payee earned of a rights holder's money by claims alone."""
    return all(each.category in BY_CLAIM for each in division.earnings if each.payee == payee)


def set_aside_rows(division: Division) -> tuple[SetAsideRow, ...]:
    """Return what was set aside of a rights holder's money, and what others claim of it."""
    return (
        *_of_others(division, division.received.holder),
        *(
            SetAsideRow(
                kind=each.kind,
                reference=each.reference,
                amount_minor=each.amount_minor,
                tax_minor=each.tax_minor,
            )
            for each in division.set_aside
        ),
    )


def claimed_rows(division: Division, payee: str) -> tuple[SetAsideRow, ...]:
    """Return what waits and what others have of what a payee claims, or waited."""
    suspended = (
        SetAsideRow(
            kind=SetAsideKind.SUSPENDED,
            reference=each.reference,
            amount_minor=each.suspense_minor,
            tax_minor=each.suspense_tax_minor,
        )
        for each in division.shared
        if _part(each.parts, payee)
    )
    released = (
        SetAsideRow(
            kind=SetAsideKind.SUSPENSE_RELEASED,
            reference=each.suspense.reference,
            amount_minor=-each.released_minor,
            tax_minor=-each.released_tax_minor,
        )
        for each in division.released
        if _part(each.parts, payee)
    )
    return (*_of_others(division, payee, claimed_by=payee), *suspended, *released)


def claimed_usage(
    division: Division, payee: str, usage: tuple[UsageRow, ...]
) -> tuple[UsageRow, ...]:
    """Return the usage of the subjects that a payee claims a share of."""
    claimed = {each.where.subject for each in division.shared if _part(each.parts, payee)}
    return tuple(row for row in usage if row.subject_reference in claimed)


def claimed_receipts(division: Division, payee: str) -> tuple[int, int, int, int]:
    """Return what came in for what a payee claims: royalty, its tax, the fee, the fee's tax."""
    mine = [each for each in division.shared if _part(each.parts, payee)]
    royalty = sum(each.royalty_minor for each in mine)
    tax = sum(each.receipts_tax_minor for each in mine)
    fee = sum(take_bp(each.royalty_minor, division.received.admin_fee_bp) for each in mine)
    net_tax = sum(each.tax_minor for each in mine)
    return royalty, tax, fee, tax - net_tax


def claim_rows(division: Division, party: str, titles: Titles) -> tuple[ClaimRow, ...]:
    """Return the parts of a party of what several claim, and of what waited."""
    shared = (
        _row(each.reference, each.where, part, titles, each.amount_minor, each.suspense_minor)
        for each in division.shared
        for part in _part(each.parts, party)
    )
    released = (
        _row(
            each.suspense.reference,
            each.suspense.where,
            part,
            titles,
            each.suspense.amount_minor,
            each.suspense.left_minor - each.released_minor,
            is_release=True,
        )
        for each in division.released
        for part in _part(each.parts, party)
    )
    return (*shared, *released)


def reserve_row(month: ReserveMonth | None) -> ReserveRow | None:
    """Return a reserve from the month before to this one; None when there is none."""
    if month is None or not (month.reserves_before or month.moves):
        return None
    return ReserveRow(
        before_minor=month.before_minor,
        held_minor=month.held_minor,
        borne_minor=month.claimed_minor,
        released_minor=month.released_minor,
        after_minor=month.after_minor,
    )


def advance_row(moved: AdvanceMoved) -> AdvanceRow:
    """Return an advance from the month before to this one."""
    return AdvanceRow(
        reference=moved.advance.reference,
        amount_minor=moved.advance.amount_minor,
        before_minor=moved.before_minor,
        paid_minor=moved.paid_minor,
        recouped_minor=moved.recouped_minor,
        after_minor=moved.after_minor,
    )


def _of_others(
    division: Division, party: str, *, claimed_by: str | None = None
) -> Iterator[SetAsideRow]:
    """Yield what others than a party have of what several claim; of what it claims, if named."""
    listed = [(each.reference, each.parts) for each in division.shared]
    listed += [(each.suspense.reference, each.parts) for each in division.released]
    for reference, parts in listed:
        others = [each for each in parts if each.party != party]
        amount = sum(each.amount_minor for each in others)
        tax = sum(each.tax_minor for each in others)
        is_meant = claimed_by is None or _part(parts, claimed_by)
        if is_meant and (amount or tax):
            yield SetAsideRow(
                kind=_OF_OTHERS, reference=reference, amount_minor=amount, tax_minor=tax
            )


def _part(parts: tuple[Part, ...], party: str) -> tuple[Part, ...]:
    return tuple(each for each in parts if each.party == party)


def _row(
    reference: str,
    where: Where,
    part: Part,
    titles: Titles,
    whole_minor: int,
    suspended_minor: int,
    *,
    is_release: bool = False,
) -> ClaimRow:
    title_ja, title_en = titles.get(where.subject, (where.subject, where.subject))
    return ClaimRow(
        reference=reference,
        subject_reference=where.subject,
        title_ja=title_ja,
        title_en=title_en,
        first_day=where.first_day,
        last_day=where.last_day,
        whole_minor=whole_minor,
        claimed_bp=part.claimed_bp,
        amount_minor=part.amount_minor,
        tax_minor=part.tax_minor,
        suspended_minor=suspended_minor,
        is_release=is_release,
    )
