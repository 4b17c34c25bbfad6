"""No yen is lost between what is received and what is earned, whatever the committee."""

from hypothesis import given
from hypothesis import strategies as st

from ledger.core.earning import EarningKind
from ledger.core.journal import Account, AccountCode
from ledger.core.settlement import Committee, Received, Supplier, divide
from ledger.core.waterfall import ORDERS, Preset, Step, StepKind, Waterfall
from tests.core.dividing import divide_one, moved, received, step

PARTY_IDS = {"holder": 1, "author": 2, "publisher": 3, "lead": 4, "studio": 5}
PAYEES = tuple(PARTY_IDS)
AMOUNTS = st.integers(-10_000_000, 10_000_000)


@st.composite
def steps(draw: st.DrawFn, kind: StepKind) -> list[Step]:
    drawn = []
    for number in range(draw(st.integers(0, 3))):
        is_fixed = draw(st.booleans())
        passes = draw(st.sampled_from([(), (("author", 7000),), (("author", 1), ("lead", 9999))]))
        drawn.append(
            step(
                f"{kind} {number}",
                draw(st.sampled_from(PAYEES)),
                kind=kind,
                rate_bp=draw(st.integers(0, 10_000)),
                amount_minor=draw(st.integers(0, 500_000)) if is_fixed else None,
                passes=passes,
            )
        )
    return drawn


@st.composite
def committees(draw: st.DrawFn) -> Committee:
    preset = draw(st.sampled_from(Preset))
    members = draw(st.lists(st.sampled_from(PAYEES), min_size=1, unique=True))
    has_deficit = draw(st.booleans())
    opening = draw(st.integers(0, 5_000_000))
    return Committee(
        waterfall=Waterfall(
            preset=preset,
            steps=ORDERS[preset](
                fees=draw(steps(StepKind.FEE)),
                royalties=draw(steps(StepKind.ROYALTY)),
                expenses=draw(steps(StepKind.EXPENSE)),
            ),
            members=tuple((member, draw(st.integers(1, 100))) for member in members),
        ),
        deficit_in_minor=-opening if has_deficit else 0,
        distributed_before_minor=0 if has_deficit else opening,
    )


@st.composite
def receipts(draw: st.DrawFn) -> Received:
    royalty = draw(AMOUNTS)
    return received(
        royalty_minor=royalty,
        tax_minor=draw(st.sampled_from([0, royalty // 10])),  # Abroad, or domestic.
        admin_fee_bp=draw(st.integers(0, 10_000)),
        admin_fee_tax_bp=draw(st.sampled_from([0, 1000])),
        committee=draw(st.none() | committees()),
    )


SUPPLIERS = st.fixed_dictionaries(
    {
        payee: st.builds(
            Supplier, carried_minor=st.integers(0, 5000), tax_rate_bp=st.sampled_from([0, 1000])
        )
        for payee in PAYEES
    }
)


@given(st.lists(receipts(), min_size=1, max_size=3), SUPPLIERS)
def test_what_is_earned_and_the_fee_and_the_deficit_are_what_was_received(
    drawn: list[Received], suppliers: dict[str, Supplier]
) -> None:
    for division in divide(drawn, suppliers=suppliers):
        paid = sum(each.amount_minor + each.tax_minor for each in division.earnings)
        fees = division.admin_fee_minor + division.admin_fee_tax_minor
        kept = division.deficit_out_minor - division.deficit_in_minor
        cash = division.received.royalty_minor + division.received.tax_minor
        assert paid + fees + kept == cash


@given(st.lists(receipts(), min_size=1, max_size=3), SUPPLIERS)
def test_a_payees_taxes_on_supplies_are_the_tax_on_its_balance(
    drawn: list[Received], suppliers: dict[str, Supplier]
) -> None:
    earnings = [
        each
        for division in divide(drawn, suppliers=suppliers)
        for each in division.earnings
        if each.kind is EarningKind.SUPPLY
    ]
    for payee, supplier in suppliers.items():
        amounts = [each.amount_minor for each in earnings if each.payee == payee]
        taxes = [each.tax_minor for each in earnings if each.payee == payee]
        balance = supplier.carried_minor + sum(amounts)
        rate = supplier.tax_rate_bp
        sign = 1 if balance > 0 else -1
        whole = sign * (abs(balance) * rate // 10_000)
        assert sum(taxes) == whole - supplier.carried_minor * rate // 10_000


@given(receipts(), SUPPLIERS)
def test_the_journal_of_a_division_says_what_the_division_says(
    drawn: Received, suppliers: dict[str, Supplier]
) -> None:
    division = divide_one(drawn, suppliers)
    entry = moved(division, PARTY_IDS)
    owed: dict[str, int] = {}
    for each in division.earnings:
        owed[each.payee] = owed.get(each.payee, 0) + each.amount_minor + each.tax_minor
    for payee, number in PARTY_IDS.items():
        assert entry.get(Account(AccountCode.PAYABLE, number), 0) == -owed.get(payee, 0)
    kept = division.deficit_out_minor - division.deficit_in_minor
    left = drawn.royalty_minor - entry.get(Account(AccountCode.HOLDERS, 1), 0)
    assert left == kept
    assert entry.get(Account(AccountCode.HOLDERS_TAX, 1), 0) == drawn.tax_minor
