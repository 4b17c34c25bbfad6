"""
Reserves: a part of receipts that is held for a while against claims, and then released.

Each month's receipts hold back their own part, with the tax that came with it. Claims are borne
by the oldest reserve first; what a reserve still has when it is old enough is released, once. A
reversed receipt takes back what it held, from the newest reserve, as far as there is any.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from ledger.core.explanation import Figure, figure
from ledger.core.fields import check_reference, check_text, check_whole, check_word
from ledger.core.journal import AccountCode
from ledger.core.money import BASIS_POINTS, take_bp
from ledger.core.period import Month
from ledger.core.refusal import Refusal
from ledger.core.set_aside import SetAside, SetAsideKind


class ReserveContradicts(Refusal):
    """A reserve holds nothing, or more than there is, or is released before it is held."""

    code = "reserve_contradicts"

    def __init__(self, field: str, value: int) -> None:
        super().__init__(field=field, value=value)


class ReserveClaimKind(StrEnum):
    """What money is claimed back for."""

    REFUND = "refund"
    CHARGEBACK = "chargeback"


@dataclass(frozen=True, kw_only=True)
class ReserveTerms:
    """
    What part of receipts is held, and for how many months after the one they came in.

    :raises ReserveContradicts: the rate is not 1 to 10,000 bp, or it is released at once.
    """

    rate_bp: int
    release_after_months: int

    def __post_init__(self) -> None:
        if not 0 < self.rate_bp <= BASIS_POINTS:
            raise ReserveContradicts("rate_bp", self.rate_bp)
        if self.release_after_months <= 0:
            raise ReserveContradicts("release_after_months", self.release_after_months)

    def release_in(self, held_in: Month) -> Month:
        """Return the closing month in which a reserve is old enough."""
        months = held_in.year * 12 + held_in.month - 1 + self.release_after_months
        return Month(months // 12, months % 12 + 1)


@dataclass(frozen=True, kw_only=True)
class Reserve:
    """What one month's receipts held back and still have, in whole minor units, and until when."""

    held_in: date  # the first day of the month
    release_in: date
    left_minor: int
    tax_left_minor: int = 0  # below zero where the fee's tax exceeds the tax that came in

    def __post_init__(self) -> None:
        assert self.left_minor >= 0


@dataclass(frozen=True, kw_only=True)
class ReserveClaim:
    """What a licensee gets back of money that was received: a refund or a chargeback."""

    amount_minor: int
    tax_minor: int = 0
    reference: str = ""
    licensee: str = ""

    def __post_init__(self) -> None:
        assert self.amount_minor >= 0
        assert self.tax_minor >= 0


@dataclass(frozen=True, kw_only=True)
class NewReserveClaim:
    """
    A refund or chargeback as it is entered: what a licensee gets back, excluding tax, and its tax.

    ``invoice`` is the number of the invoice whose payment goes back, if it is known.
    """

    reference: str
    kind: str  # "refund" or "chargeback"
    holder: str
    licensee: str
    amount_minor: int
    claimed_on: date
    reason: str
    tax_minor: int = 0
    invoice: str | None = None


@dataclass(frozen=True, kw_only=True)
class HolderReserve:
    """What a rights holder has in reserve, on which terms more is held, and what is claimed."""

    month: Month
    terms: ReserveTerms | None
    reserves: tuple[Reserve, ...] = ()
    claims: tuple[ReserveClaim, ...] = ()

    def moved(self, receipts_minor: int, tax_minor: int) -> "ReserveMonth":
        """Return what the month does to it, once it is known what is left of the receipts."""
        return move_reserves(
            self.terms,
            reserves=self.reserves,
            month=self.month,
            receipts_minor=receipts_minor,
            receipts_tax_minor=tax_minor,
            claims=self.claims,
        )


@dataclass(frozen=True, kw_only=True)
class ReserveMove:
    """What goes into a reserve or out of it; out of it is below zero."""

    kind: SetAsideKind
    held_in: date
    amount_minor: int
    tax_minor: int
    claim: str | None = None  # the reference of what is borne


@dataclass(frozen=True, kw_only=True)
class ReserveMonth:
    """
    A month of reserves. What is paid out now is the receipts less ``held_minor``, more what is
    released, less what of the claims no reserve could bear.
    """

    reserves_before: tuple[Reserve, ...]
    moves: tuple[ReserveMove, ...]
    claims: tuple[ReserveClaim, ...]
    reserves: tuple[Reserve, ...]  # what is left, the oldest first
    release_in: date | None = None  # the month that releases what is held now

    def __post_init__(self) -> None:
        assert self.after_minor == self.before_minor + sum(m.amount_minor for m in self.moves)

    @property
    def before_minor(self) -> int:
        """All that was held before."""
        return sum(each.left_minor for each in self.reserves_before)

    @property
    def after_minor(self) -> int:
        """All that is held now."""
        return sum(each.left_minor for each in self.reserves)

    @property
    def held_minor(self) -> int:
        """What the month holds; below zero when receipts were reversed."""
        return self._moved(SetAsideKind.RESERVED, SetAsideKind.RESERVE_RETURNED)

    @property
    def claims_minor(self) -> int:
        """What was claimed."""
        return sum(each.amount_minor for each in self.claims)

    @property
    def claimed_minor(self) -> int:
        """What reserves bore of the claims."""
        return -self._moved(SetAsideKind.RESERVE_BORNE)

    @property
    def released_minor(self) -> int:
        """What was old enough."""
        return -self._moved(SetAsideKind.RESERVE_RELEASED)

    @property
    def uncovered_minor(self) -> int:
        """What no reserve could bear; it is set off against what came in."""
        return self.claims_minor - self.claimed_minor

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The month step by step."""
        return (
            figure("reserve_before", self.before_minor),
            figure("reserve_held", self.held_minor),
            figure("reserve_claimed", -self.claimed_minor),
            figure("reserve_released", -self.released_minor),
            figure("reserve_after", self.after_minor),
            figure("claims_uncovered", self.uncovered_minor),
        )

    def set_aside(self, holder: str) -> Iterator[SetAside]:
        """Yield what the month sets aside of a rights holder's money, and what comes back."""
        for move in self.moves:
            yield SetAside(
                kind=move.kind,
                account=AccountCode.RESERVES,
                party=holder,
                amount_minor=move.amount_minor,
                tax_minor=move.tax_minor,
                reference=f"{move.held_in:%Y-%m}" if move.claim is None else move.claim,
            )
        for claim in self.claims:
            yield SetAside(
                kind=SetAsideKind.REFUNDED,
                account=AccountCode.REFUNDS,
                party=claim.licensee,
                amount_minor=claim.amount_minor,
                tax_minor=claim.tax_minor,
                reference=claim.reference,
            )

    def _moved(self, *kinds: SetAsideKind) -> int:
        return sum(each.amount_minor for each in self.moves if each.kind in kinds)


def check_reserve_claim(claim: NewReserveClaim) -> None:
    """
    Make sure that a refund or chargeback can be written as it is.

    :raises FieldRefusal: a field cannot be taken as it was sent.
    """
    check_reference(claim.reference, field="reference")
    check_word(claim.kind, of=ReserveClaimKind, field="kind")
    check_whole(claim.amount_minor, field="amount_minor", least=1)
    check_whole(claim.tax_minor, field="tax_minor")
    check_text(claim.reason, field="reason")


def move_reserves(
    terms: ReserveTerms | None,
    *,
    reserves: Sequence[Reserve],
    month: Month,
    receipts_minor: int,
    receipts_tax_minor: int = 0,
    claims: Sequence[ReserveClaim] = (),
) -> ReserveMonth:
    """
    Move the reserves on by a month: hold of its receipts, bear its claims, release what is old.

    Claims come before the release, so that a reserve bears them to the end. The part that is
    held is truncated, and so is its tax. Without ``terms`` nothing is held any more.
    """
    before = tuple(sorted(reserves, key=lambda each: each.held_in))
    lots, moves = list(before), list[ReserveMove]()
    if terms is not None:
        held = take_bp(receipts_minor, terms.rate_bp)
        if held < 0:
            moves += _returned(lots, -held)
        elif held:
            tax_minor = take_bp(receipts_tax_minor, terms.rate_bp)
            lots.append(_held(terms, month, held, tax_minor))
            moves.append(_move(SetAsideKind.RESERVED, lots[-1], held, tax_minor))
    for claim in claims:
        moves += _borne(lots, claim)
    for lot in [each for each in lots if each.release_in <= month.first_day]:
        lots.remove(lot)
        if lot.left_minor or lot.tax_left_minor:
            kind = SetAsideKind.RESERVE_RELEASED
            moves.append(_move(kind, lot, -lot.left_minor, -lot.tax_left_minor))
    return ReserveMonth(
        reserves_before=before,
        moves=tuple(moves),
        claims=tuple(claims),
        release_in=None if terms is None else terms.release_in(month).first_day,
        reserves=tuple(each for each in lots if each.left_minor or each.tax_left_minor),
    )


def _held(terms: ReserveTerms, month: Month, held_minor: int, tax_minor: int) -> Reserve:
    return Reserve(
        held_in=month.first_day,
        release_in=terms.release_in(month).first_day,
        left_minor=held_minor,
        tax_left_minor=tax_minor,
    )


def _returned(lots: list[Reserve], amount_minor: int) -> Iterator[ReserveMove]:
    """Take back from the newest reserve first, each with its part of the tax."""
    for place in reversed(range(len(lots))):
        lot = lots[place]
        taken = min(lot.left_minor, amount_minor)
        if taken:
            tax_minor = lot.tax_left_minor * taken // lot.left_minor
            yield _take(lots, place, SetAsideKind.RESERVE_RETURNED, taken, tax_minor)
            amount_minor -= taken


def _borne(lots: list[Reserve], claim: ReserveClaim) -> Iterator[ReserveMove]:
    """Let the oldest reserve bear a claim first, as far as there is any; its tax the same way."""
    amount_minor, tax_minor = claim.amount_minor, claim.tax_minor
    for place, lot in enumerate(lots):
        taken = min(lot.left_minor, amount_minor)
        taken_tax = min(max(0, lot.tax_left_minor), tax_minor)
        if taken or taken_tax:
            move = _take(lots, place, SetAsideKind.RESERVE_BORNE, taken, taken_tax)
            yield replace(move, claim=claim.reference)
            amount_minor, tax_minor = amount_minor - taken, tax_minor - taken_tax


def _take(
    lots: list[Reserve], place: int, kind: SetAsideKind, taken_minor: int, tax_minor: int
) -> ReserveMove:
    lot = lots[place]
    lots[place] = replace(
        lot,
        left_minor=lot.left_minor - taken_minor,
        tax_left_minor=lot.tax_left_minor - tax_minor,
    )
    return _move(kind, lot, -taken_minor, -tax_minor)


def _move(kind: SetAsideKind, lot: Reserve, amount_minor: int, tax_minor: int) -> ReserveMove:
    return ReserveMove(
        kind=kind, held_in=lot.held_in, amount_minor=amount_minor, tax_minor=tax_minor
    )
