"""The division of what was received, by DOMAIN E3, E4, E6 and E8."""

from dataclasses import replace
from datetime import date

import pytest

from ledger.core.earning import Balance, Earning, EarningKind, balances_after
from ledger.core.journal import Account, AccountCode
from ledger.core.money import allocate
from ledger.core.registration import PartyKind
from ledger.core.settlement import (
    Committee,
    Division,
    Supplier,
    divide,
    share_bp,
    supply_tax_rate_bp,
)
from ledger.core.tax import PayeeTaxProfile
from ledger.core.waterfall import Preset, StepKind, Waterfall
from tests.core.dividing import (
    REGISTERED,
    UNREGISTERED,
    divide_one,
    moved,
    received,
    step,
    waterfall,
)


def earned(division: Division, payee: str) -> list[tuple[str, int, int]]:
    return [
        (each.category, each.amount_minor, each.tax_minor)
        for each in division.earnings
        if each.payee == payee
    ]


E3_SUPPLIERS = dict.fromkeys(
    ("publisher", "lead", "press", "author", "writer", "director", "composer"), UNREGISTERED
)


def e3(preset: Preset, suppliers: dict[str, Supplier] = E3_SUPPLIERS) -> Division:
    return divide_one(
        received(
            royalty_minor=8_765_432,
            tax_minor=876_543,
            admin_fee_bp=0,
            committee=Committee(waterfall=waterfall(preset), deficit_in_minor=-450_000),
        ),
        suppliers,
    )


@pytest.mark.parametrize(
    ("preset", "amounts"),
    [
        (
            Preset.FEES_FIRST,
            {
                "publisher": [1_314_814, 1_467_884],
                "lead": [372_530, 120_000, 1_761_461],
                "press": [106_172],
                "author": [247_732],
                "writer": [123_866],
                "director": [70_780],
                "composer": [88_000],
                "broadcaster": [1_174_308],
                "studio": [880_731],
                "streamer": [587_154],
            },
        ),
        (
            Preset.ROYALTIES_FIRST,
            {
                "publisher": [1_199_716, 1_472_119],
                "lead": [339_919, 120_000, 1_766_543],
                "press": [131_482],
                "author": [306_789],  # 438,271 less the press's remainder.
                "writer": [153_395],
                "director": [87_654],
                "composer": [88_000],
                "broadcaster": [1_177_695],
                "studio": [883_272],
                "streamer": [588_848],
            },
        ),
    ],
)
def test_a_committee_divides_by_the_order_of_its_contract(
    preset: Preset, amounts: dict[str, list[int]]
) -> None:
    division = e3(preset)
    assert {
        payee: [amount for _, amount, _ in earned(division, payee)] for payee in amounts
    } == amounts
    assert division.deficit_out_minor == 0
    distributed = 5_871_538 if preset is Preset.FEES_FIRST else 5_888_477
    assert division.distributed_after_minor == distributed


def test_members_share_the_tax_that_suppliers_leave() -> None:
    suppliers = E3_SUPPLIERS | {"publisher": REGISTERED, "author": REGISTERED}
    division = e3(Preset.FEES_FIRST, suppliers)
    assert earned(division, "author") == [("original", 247_732, 24_773)]
    assert earned(division, "writer") == [("screenplay", 123_866, 0)]  # Not registered.
    left = 876_543 - 24_773 - 131_481
    members = ("lead", "publisher", "broadcaster", "studio", "streamer")
    shared = [
        tax
        for member in members
        for category, _, tax in earned(division, member)
        if category == "distribution"
    ]
    assert shared == allocate(left, [30, 25, 20, 15, 10])


def test_a_fee_and_its_tax_are_taken_from_what_is_passed_on() -> None:
    division = divide_one(received(royalty_minor=2_864_159, tax_minor=286_415))
    assert (division.admin_fee_minor, division.admin_fee_tax_minor) == (229_132, 22_913)
    assert earned(division, "holder") == [("royalty", 2_635_027, 263_502)]


@pytest.mark.parametrize(
    ("royalty", "fee", "fee_tax", "net"),
    [
        (3_197_709, 255_816, 25_581, 2_916_312),
        (1_665_815, 133_265, 13_326, 1_519_224),
        (1_014_999, 81_199, 8_119, 925_681),
    ],
)
def test_a_licensee_abroad_pays_no_tax_but_the_fee_bears_it(
    royalty: int, fee: int, fee_tax: int, net: int
) -> None:
    division = divide_one(received(royalty_minor=royalty, tax_minor=0))
    ((_, amount, tax),) = earned(division, "holder")
    assert (division.admin_fee_minor, division.admin_fee_tax_minor) == (fee, fee_tax)
    assert amount + tax == net
    assert tax == -fee_tax


def test_the_months_of_a_small_supplier_add_up_to_the_tax_on_the_sum() -> None:
    committee = Committee(
        waterfall=Waterfall(
            preset=Preset.FEES_FIRST,
            steps=(step("original", "author", amount_minor=9),),
            members=(("lead", 1),),
        )
    )
    months = [received(holder=f"committee {number}", committee=committee) for number in range(10)]
    divisions = divide(months, suppliers={"author": REGISTERED})
    taxes = [tax for division in divisions for _, _, tax in earned(division, "author")]
    assert sum(taxes) == 9  # 10 % of 90; each 9 by itself would bear 0.
    carried = Supplier(carried_minor=90, tax_rate_bp=1000)
    following = divide_one(months[0], {"author": carried})
    assert earned(following, "author") == [("original", 9, 0)]  # Of 99: 9, as before.


def test_a_bad_month_is_carried_and_what_was_distributed_is_clawed_back() -> None:
    opening = Committee(
        waterfall=Waterfall(
            preset=Preset.FEES_FIRST,
            steps=(step("expense", "studio", amount_minor=100, kind=StepKind.EXPENSE),),
            members=(("lead", 2), ("studio", 1)),
        )
    )
    before = opening
    paid, deficits, covered = [], [], []
    for royalty in (0, 130, 150, 180, 60, 0):  # Pools -100, 30, 50, 80, -40, -100 (E3).
        division = divide_one(
            received(royalty_minor=royalty, tax_minor=0, admin_fee_bp=0, committee=before),
            {"studio": UNREGISTERED},
        )
        distributed = division.distributed_after_minor - division.distributed_before_minor
        paid.append(distributed)
        deficits.append(division.deficit_out_minor)
        covered.append(division.is_covered)
        before = replace(
            before,
            deficit_in_minor=division.deficit_out_minor,
            distributed_before_minor=division.distributed_after_minor,
            distributed_peak_minor=max(
                before.distributed_peak_minor, division.distributed_after_minor
            ),
        )
    assert paid == [0, 0, 0, 60, -40, -20]
    assert deficits == [-100, -70, -20, 0, 0, -80]
    # Also while only members owe, there is less than the studio's costs come to.
    assert covered == [False, False, False, True, False, False]


@pytest.mark.parametrize(
    ("shares", "share", "bp"),
    [
        ((30, 70), 30, 3000),
        ((1, 1, 1), 1, None),  # A third is no whole number of basis points.
        ((10_000, 20_000, 50_000), 20_000, 2500),  # Yen invested.
    ],
)
def test_a_share_is_printed_in_basis_points_when_it_can_be(
    shares: tuple[int, ...], share: int, bp: int | None
) -> None:
    members = tuple((f"member {number}", each) for number, each in enumerate(shares))
    assert share_bp(Waterfall(preset=Preset.FEES_FIRST, steps=(), members=members), share) == bp


@pytest.mark.parametrize(
    ("residence", "is_registered", "rate_bp"),
    [
        ("JP", True, 1000),
        ("JP", False, 0),
        ("US", True, 0),  # Outside the scope of Japanese consumption tax.
    ],
)
def test_only_a_registered_payee_in_japan_receives_tax_on_its_supply(
    residence: str, is_registered: bool, rate_bp: int
) -> None:
    profile = PayeeTaxProfile(
        kind=PartyKind.COMPANY, residence=residence, is_registered=is_registered
    )
    assert supply_tax_rate_bp(profile, on=date(2026, 12, 10)) == rate_bp


def test_the_bank_keeps_the_fee_and_its_tax_when_everybody_is_paid() -> None:
    division = divide_one(received(royalty_minor=2_864_159, tax_minor=286_415))
    in_the_journal = moved(division, {"holder": 1})
    assert in_the_journal == {
        Account(AccountCode.HOLDERS, 1): 2_864_159,
        Account(AccountCode.HOLDERS_TAX, 1): 286_415,
        Account(AccountCode.ADMIN_FEE): -229_132,
        Account(AccountCode.OUTPUT_TAX): -22_913,
        Account(AccountCode.PAYABLE, 1): -2_898_529,
    }


def test_balances_keep_supplies_and_what_is_passed_through_apart() -> None:
    def earning(payee: str, kind: EarningKind, amount_minor: int, tax_minor: int) -> Earning:
        return Earning(
            payee=payee,
            kind=kind,
            category="original",
            base_minor=0,
            rate_bp=None,
            amount_minor=amount_minor,
            tax_minor=tax_minor,
        )

    carried = {"lead": Balance(supplies_minor=5, tax_minor=1), "idle": Balance(tax_minor=2)}
    after = balances_after(
        carried,
        [
            earning("author", EarningKind.SUPPLY, 100, 10),
            earning("lead", EarningKind.SUPPLY, 50, 4),
            earning("lead", EarningKind.PASSTHROUGH, -7, 3),
        ],
    )
    assert after == {
        "lead": Balance(supplies_minor=55, passthrough_minor=-7, tax_minor=8),
        "idle": Balance(tax_minor=2),
        "author": Balance(supplies_minor=100, tax_minor=10),
    }
    assert after["lead"].amount_minor == 48
    assert list(after) == ["lead", "idle", "author"]
    assert carried["lead"] == Balance(supplies_minor=5, tax_minor=1)
