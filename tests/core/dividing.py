"""Committees and receipts to divide in tests: the committee of DOMAIN E3, and plain parts."""

from datetime import date

from ledger.core.journal import Account, JournalEntry, balances
from ledger.core.settlement import Committee, Division, Received, Supplier, divide
from ledger.core.settlement_entry import postings
from ledger.core.waterfall import ORDERS, Preset, Step, StepKind, Waterfall

REGISTERED = Supplier(tax_rate_bp=1000)
UNREGISTERED = Supplier()


def step(
    name: str,
    payee: str,
    *,
    kind: StepKind = StepKind.ROYALTY,
    rate_bp: int = 500,
    amount_minor: int | None = None,
    passes: tuple[tuple[str, int], ...] = (),
) -> Step:
    """One step at a rate, or for an amount when that is given."""
    return Step(
        name=name,
        category=name,
        kind=kind,
        payee=payee,
        rate_bp=rate_bp if amount_minor is None else None,
        amount_minor=amount_minor,
        passes=passes,
    )


def waterfall(preset: Preset = Preset.FEES_FIRST) -> Waterfall:
    """The committee of DOMAIN E3, whose publisher passes 70 % on to the author (E4)."""
    return Waterfall(
        preset=preset,
        steps=ORDERS[preset](
            fees=[
                step("window_fee", "publisher", kind=StepKind.FEE, rate_bp=1500),
                step("manager_fee", "lead", kind=StepKind.FEE, rate_bp=500),
            ],
            royalties=[
                step("original", "press", rate_bp=500, passes=(("author", 7000),)),
                step("screenplay", "writer", rate_bp=175),
                step("director", "director", rate_bp=100),
                step("music", "composer", amount_minor=88_000),
            ],
            expenses=[step("expense", "lead", kind=StepKind.EXPENSE, amount_minor=120_000)],
        ),
        members=(
            ("lead", 30),
            ("publisher", 25),
            ("broadcaster", 20),
            ("studio", 15),
            ("streamer", 10),
        ),
    )


def received(
    *,
    holder: str = "holder",
    royalty_minor: int = 1_000_000,
    tax_minor: int = 100_000,
    admin_fee_bp: int = 800,
    admin_fee_tax_bp: int = 1000,
    committee: Committee | None = None,
) -> Received:
    """A direct holder's million, with 10 % tax and an 8 % fee."""
    return Received(
        holder=holder,
        royalty_minor=royalty_minor,
        tax_minor=tax_minor,
        admin_fee_bp=admin_fee_bp,
        admin_fee_tax_bp=admin_fee_tax_bp,
        committee=committee,
    )


def divide_one(each: Received, suppliers: dict[str, Supplier] | None = None) -> Division:
    """Divide what one holder received."""
    (division,) = divide([each], suppliers=suppliers or {})
    return division


def moved(division: Division, party_ids: dict[str, int]) -> dict[Account, int]:
    """Return debits less credits of each account that the journal of a division moves."""
    made = postings(division, party_ids=party_ids)
    if not made:
        return {}
    entry = JournalEntry(
        kind="settlement",
        posted_on=date(2026, 12, 10),
        currency="JPY",
        source="2026-11",
        postings=made,
    )
    return {account: amount for (account, _), amount in balances([entry]).items() if amount}
