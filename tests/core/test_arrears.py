"""What a committee in deficit owes its suppliers, until its receipts cover it."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from ledger.core.arrears import Arrears, arrears_after, owed_to_payees
from ledger.core.settlement import Committee, Division
from ledger.core.waterfall import Preset, StepKind, Waterfall
from tests.core.dividing import REGISTERED, UNREGISTERED, divide_one, received, step

COSTS = Waterfall(
    preset=Preset.FEES_FIRST,
    steps=(
        step("expense", "studio", amount_minor=100, kind=StepKind.EXPENSE),
        step("original", "author", rate_bp=1000),
    ),
    members=(("lead", 1),),
)
SUPPLIERS = {"studio": REGISTERED, "author": UNREGISTERED}


def month(royalty_minor: int, after: Division | None = None, holder: str = "drama") -> Division:
    """Divide a month of a committee with fixed costs of 100, which begins where another ended."""
    result = after.result if after else None
    committee = Committee(
        waterfall=COSTS,
        deficit_in_minor=result.deficit_out_minor if result else 0,
        distributed_before_minor=after.distributed_after_minor if after else 0,
        distributed_peak_minor=peak(after),
    )
    return divide_one(
        received(
            holder=holder,
            royalty_minor=royalty_minor,
            tax_minor=royalty_minor // 10,
            admin_fee_bp=0,
            committee=committee,
        ),
        SUPPLIERS,
    )


def peak(division: Division | None) -> int:
    """Return the most that members had received by the end of a month."""
    if division is None or division.received.committee is None:
        return 0
    before = division.received.committee.distributed_peak_minor
    return max(before, division.distributed_after_minor)


def owes(amount_minor: int, tax_minor: int = 0) -> Arrears:
    return Arrears(amount_minor=amount_minor, tax_minor=tax_minor)


def test_costs_above_receipts_are_owed_until_the_committee_is_level() -> None:
    bad = month(50)  # 100 and 5 against 50.
    owed = arrears_after({}, [bad])
    assert owed == {"drama": {"studio": owes(100, 10), "author": owes(5)}}
    worse = month(60, bad)
    owed = arrears_after(owed, [worse])
    assert owed == {"drama": {"studio": owes(200, 20), "author": owes(11)}}
    good = month(1_000, worse)
    assert good.is_covered
    assert arrears_after(owed, [good]) == {}


def test_a_committee_that_received_nothing_owes_what_it_owed() -> None:
    owed = arrears_after({}, [month(50)])
    assert arrears_after(owed, [month(1_000, holder="film")]) == owed


def test_a_payee_of_two_committees_waits_only_for_the_one_in_deficit() -> None:
    owed = arrears_after({}, [month(50), month(1_000, holder="film"), month(0, holder="novel")])
    assert owed_to_payees(owed) == {"studio": owes(200, 20), "author": owes(5)}


def test_a_supply_that_was_reversed_is_owed_to_nobody() -> None:
    owed = {"drama": {"studio": owes(-100, -10), "author": owes(5)}}
    assert owed_to_payees(owed) == {"author": owes(5)}


@given(st.lists(st.integers(0, 400), min_size=1, max_size=8))
def test_who_is_paid_what_is_not_owed_to_it_never_gets_more_than_came_in(
    receipts: list[int],
) -> None:
    cash = 0
    earned: Counter[str] = Counter()
    paid: Counter[str] = Counter()
    owed: dict[str, dict[str, Arrears]] = {}
    last = None
    for royalty in receipts:
        last = month(royalty, last)
        cash += royalty + royalty // 10
        for each in last.earnings:
            earned[each.payee] += each.amount_minor + each.tax_minor
        owed = arrears_after(owed, [last])
        waiting = owed_to_payees(owed)
        for payee, amount in earned.items():
            of_payee = waiting.get(payee, Arrears())
            payable = amount - paid[payee] - of_payee.amount_minor - of_payee.tax_minor
            paid[payee] += max(0, payable)
        assert paid.total() <= cash
    if last is not None and last.is_covered:
        assert paid == +earned
