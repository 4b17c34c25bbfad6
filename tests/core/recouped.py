"""A recoup group as the audit reads it: 800 of an advance paid for a month of 1,000."""

from ledger.core.facts import PrepaymentFact, RecoupedMonthFact, RecoupGroupFact, SourceFact
from ledger.core.period import Month
from ledger.core.recoup_terms import (
    Advance,
    AdvanceKind,
    Amount,
    Crossing,
    RecoupedFrom,
    RecoupGroup,
)
from ledger.core.recoup_versions import VersionedGroup
from ledger.core.recoupment import Earned, RecoupState

OCTOBER = Month(2026, 10)

GROUP = RecoupGroup(
    reference="first-year",
    crossing=Crossing.SINGLE,
    sources=("0",),
    advances=(
        Advance(
            reference="advance",
            kind=AdvanceKind.GUARANTEED,
            amount_minor=800,
            paid_on=OCTOBER.first_day,
            recouped_from=(RecoupedFrom(source="0"),),
        ),
    ),
)

RECOUPED = RecoupGroupFact(
    name="LIC-1 first-year",
    group=VersionedGroup.unchanged(GROUP),
    ends_on=None,
    months=(
        RecoupedMonthFact(
            month=OCTOBER.first_day,
            earned=(Earned(source="0", royalty_minor=1_100, adjustment_minor=-100),),
            sources=(
                SourceFact(
                    source="0",
                    carried_in_minor=0,
                    royalty_minor=1_100,
                    adjustment_minor=-100,
                    recouped_minor=800,
                    payable_minor=200,
                    carried_out_minor=0,
                ),
            ),
            state=RecoupState(through=OCTOBER.last_day, balances=(Amount(of="advance", minor=0),)),
            used_minor=800,
            set_off_minor=800,
            shortfall_minor=0,
        ),
    ),
    prepayments=(PrepaymentFact(reference="advance", amount_minor=800, used_minor=800),),
)
