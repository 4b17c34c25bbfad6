"""
A payee's own advance: paid once, and set off against what the payee earns afterwards.

It is the payee's alone, apart from what licensees pay ahead. It bears no consumption tax of its
own, because nothing is supplied for it; the tax that comes with later royalty stays the payee's.
Income tax is withheld when it is paid, as from every payment, and not again when it is set off.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ledger.core.fields import FieldRefusal, check_reference, check_text, check_whole
from ledger.core.journal import Account, AccountCode, Posting, move
from ledger.core.recoup_terms import Advance, AdvanceKind, Crossing, RecoupedFrom, RecoupGroup
from ledger.core.recoupment import Earned, RecoupState, recoup


class AdvanceIsNotPayable(FieldRefusal):
    """An advance is for somebody who is never paid: a committee, an AI firm, the house."""

    code = "advance_is_not_payable"


@dataclass(frozen=True, kw_only=True)
class NewPayeeAdvance:
    """
    An advance as it is agreed with a payee, in whole minor units of the book's currency.

    ``pay_from`` is the first closing day on which it may be paid: the payout run of the first
    settlement that closes on or after it pays it.
    """

    reference: str
    payee: str
    amount_minor: int
    pay_from: date
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class PayeeAdvance:
    """An advance in the book: when it was paid, None before, and what is left to set off."""

    id: int
    reference: str
    payee: str
    amount_minor: int
    left_minor: int
    paid_on: date | None = None

    def __post_init__(self) -> None:
        assert 0 <= self.left_minor <= self.amount_minor


@dataclass(frozen=True, kw_only=True)
class AdvanceMoved:
    """What one settlement does to an advance: pays it, or sets a part of it off."""

    advance: PayeeAdvance
    paid_minor: int = 0
    recouped_minor: int = 0

    @property
    def before_minor(self) -> int:
        """What was to be set off before, 0 of an advance that was not paid."""
        return 0 if self.advance.paid_on is None else self.advance.left_minor

    @property
    def after_minor(self) -> int:
        """What is to be set off from now on."""
        return self.before_minor + self.paid_minor - self.recouped_minor


def check_payee_advance(advance: NewPayeeAdvance) -> None:
    """
    Make sure that an advance can be written as it is.

    :raises FieldRefusal: a field cannot be taken as it was sent.
    """
    check_reference(advance.reference, field="reference")
    check_whole(advance.amount_minor, field="amount_minor", least=1)
    check_text(advance.reason, field="reason", may_be_empty=True)


def set_off(
    advances: Sequence[PayeeAdvance], *, payee: str, available_minor: int, through: date
) -> tuple[AdvanceMoved, ...]:
    """
    Set what a payee is owed off against its advances that were paid, the oldest first.

    Every advance that was paid and is not used up comes back, also one that nothing is set off
    against; a balance below zero recoups nothing.
    """
    paid = tuple(each for each in advances if each.paid_on is not None and each.left_minor)
    if not paid:
        return ()
    group = RecoupGroup(
        reference=payee,
        crossing=Crossing.CROSS,
        sources=(payee,),
        advances=tuple(_recouped(each, payee) for each in paid),
    )
    earned = [Earned(source=payee, royalty_minor=max(0, available_minor))]
    result = recoup(group, opening=RecoupState(), earned=earned, through=through)
    recouped = {each.reference: each.recouped_minor for each in result.advances}
    return tuple(
        AdvanceMoved(advance=each, recouped_minor=recouped[each.reference]) for each in paid
    )


def due(advances: Iterable[PayeeAdvance]) -> tuple[AdvanceMoved, ...]:
    """Return the payment of every advance that was not paid."""
    return tuple(
        AdvanceMoved(advance=each, paid_minor=each.amount_minor)
        for each in advances
        if each.paid_on is None
    )


def postings(
    moved: Mapping[str, Sequence[AdvanceMoved]], *, party_ids: Mapping[str, int]
) -> Iterator[Posting]:
    """Yield what advances do to the journal: owed to the payee when paid, and set off later."""
    for payee, of_payee in moved.items():
        advanced = Account(AccountCode.PAYEE_ADVANCES, party_ids[payee])
        payable = Account(AccountCode.PAYABLE, party_ids[payee])
        change = sum(each.paid_minor - each.recouped_minor for each in of_payee)
        yield from move(advanced, payable, change)


def _recouped(advance: PayeeAdvance, payee: str) -> Advance:
    assert advance.paid_on is not None
    return Advance(
        reference=advance.reference,
        kind=AdvanceKind.GUARANTEED,
        amount_minor=advance.left_minor,
        paid_on=advance.paid_on,
        recouped_from=(RecoupedFrom(source=payee),),
    )
