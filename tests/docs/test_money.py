"""docs/money.md and the decisions about money: every figure is what the code computes."""

import re
from datetime import date
from decimal import Decimal

from ledger.core import settlement, tax, waterfall
from ledger.core.journal import AccountCode
from ledger.core.registration import PartyKind
from ledger.core.royalty import charge
from ledger.core.terms import Basis, RateLine
from tests.docs.pages import code, number, table, text
from tests.tidy.sources import tracked

STEPS = waterfall.fees_first(
    fees=[
        waterfall.Step(name="window", kind=waterfall.StepKind.FEE, category="window_fee",
                       payee="publisher", rate_bp=1500),
        waterfall.Step(name="lead", kind=waterfall.StepKind.FEE, category="manager_fee",
                       payee="lead", rate_bp=500),
    ],
    royalties=[
        waterfall.Step(name="original", kind=waterfall.StepKind.ROYALTY, category="original",
                       payee="publisher", rate_bp=500, passes=(("author", 7000),)),
        waterfall.Step(name="screenplay", kind=waterfall.StepKind.ROYALTY, category="screenplay",
                       payee="screenwriter", rate_bp=175),
    ],
    expenses=[],
)  # fmt: skip


def _divided(committee: settlement.Committee | None) -> settlement.Division:
    """Divide the example of the pages: 8,000 images at 12.50, with 10 % tax and an 8 % fee."""
    line = RateLine(basis=Basis.PER_IMAGE, rate=Decimal("12.5"))
    royalty = charge(line=line, quantity=Decimal(8_000)).amount_minor
    received = settlement.Received(
        holder="holder",
        royalty_minor=royalty,
        tax_minor=tax.consumption_tax(taxable_minor=royalty, rate_bp=1000),
        admin_fee_bp=800,
        admin_fee_tax_bp=1000,
        committee=committee,
    )
    registered = settlement.Supplier(tax_rate_bp=1000)
    suppliers = dict.fromkeys(("publisher", "lead", "author"), registered)
    suppliers["screenwriter"] = settlement.Supplier()
    (division,) = settlement.divide([received], suppliers=suppliers)
    return division


def _committee() -> settlement.Division:
    members = (("lead", 50), ("publisher", 30), ("studio", 20))
    contract = waterfall.Waterfall(preset=waterfall.Preset.FEES_FIRST, steps=STEPS, members=members)
    return _divided(settlement.Committee(waterfall=contract))


def test_the_example_of_tax_is_what_the_code_computes() -> None:
    *told, total = table("docs/decisions/tax-follows-the-money.md", "what", "who")
    division = _committee()
    assert [
        (row[1].split(",")[0], number(row[2]), row[3], number(row[4]), number(row[5]))
        for row in told
    ] == [
        (each.payee, each.base_minor, _percent(each.rate_bp), each.amount_minor, each.tax_minor)
        for each in division.earnings
    ]
    assert [number(cell) for cell in total[4:]] == [92_000, 9_200]
    assert sum(each.amount_minor for each in division.earnings) == 92_000
    assert sum(each.tax_minor for each in division.earnings) == 9_200


def _percent(rate_bp: int | None) -> str:
    assert rate_bp is not None
    return f"{(Decimal(rate_bp) / 100).normalize():f} %"


def test_the_example_of_a_waterfall_is_what_the_code_computes() -> None:
    *told, pool = table("docs/money.md", "step", "base")
    result = _committee().result
    assert result is not None
    assert [(number(row[1]), row[2], number(row[3]), number(row[4])) for row in told] == [
        (each.base_minor, _percent(each.step.rate_bp), each.amount_minor, each.left_minor)
        for each in result.steps
    ]
    assert number(pool[3]) == result.pool_minor == result.distributed_minor


def test_the_example_of_a_payout_is_what_the_code_computes() -> None:
    told = {row[0]: number(row[1]) for row in table("docs/money.md", "", "yen")}
    carried = next(each for each in _committee().earnings if each.payee == "author")
    assert told["carried in"] == carried.amount_minor
    profile = tax.PayeeTaxProfile(kind=PartyKind.INDIVIDUAL, residence="JP", is_registered=True)
    supplies = carried.amount_minor + (told["earned"] or 0)
    paid = tax.payout_tax(profile=profile, supplies_minor=supplies, paid_on=date(2026, 11, 30))
    assert list(told.values())[2:] == [
        paid.balance_minor,
        paid.consumption_tax_minor,
        -paid.withholding_minor,
        paid.payout_minor,
    ]


def test_the_example_of_postings_leaves_the_fee_in_the_bank() -> None:
    balances: dict[str, int] = {}
    for row in table("docs/money.md", "entry", "debit"):
        for cell, sign in ((row[1], 1), (row[2], -1)):
            balances[code(cell)] = balances.get(code(cell), 0) + sign * (number(row[3]) or 0)
    division = _divided(None)
    assert {name: amount for name, amount in balances.items() if amount} == {
        "bank": 8_800,
        "admin_fee": -division.admin_fee_minor,
        "output_tax": -division.admin_fee_tax_minor,
    }


def test_the_accounts_are_those_the_code_posts_to() -> None:
    modules = [path for path in tracked() if path.startswith("ledger/") and path.endswith(".py")]
    named = {name for path in modules for name in re.findall(r"AccountCode\.([A-Z_]+)", text(path))}
    told = {code(row[0]) for row in table("docs/money.md", "code")}
    assert told == {AccountCode[name] for name in named}


def test_the_example_of_rounding_is_what_the_code_computes() -> None:
    line = RateLine(basis=Basis.PER_1K_CHARS, rate=Decimal(35))
    *calls, whole = table("docs/decisions/rounding-once-per-line.md", "characters")
    for row in (*calls, whole):
        assert charge(line=line, quantity=Decimal(number(row[0]) or 0)).exact == Decimal(row[1])
    assert [charge(line=line, quantity=Decimal(number(row[0]) or 0)).amount_minor
            for row in calls] == [number(row[2]) for row in calls]  # fmt: skip
    assert number(whole[2]) == sum(number(row[2]) or 0 for row in calls) == 89
    assert charge(line=line, quantity=Decimal(number(whole[0]) or 0)).amount_minor == 90
