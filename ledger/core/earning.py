"""What payees earn, one line for each reason, and the balances that come of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class EarningKind(StrEnum):
    """Whether an amount is the price of the payee's supply, or money held for the payee."""

    SUPPLY = "supply"
    PASSTHROUGH = "passthrough"


class EarningCategory(StrEnum):
    """What is earned other than by a step of a waterfall, which has its own category."""

    ROYALTY = "royalty"  # by a rights holder that is paid directly
    DISTRIBUTION = "distribution"  # by a member, according to its share
    CLAIM = "claim"  # by a party that claims a share of what is another's by registration
    CLAIM_RELEASED = "claim_released"  # of what waited while that was disputed


#: What is earned by a claim alone.
BY_CLAIM = frozenset({EarningCategory.CLAIM, EarningCategory.CLAIM_RELEASED})


@dataclass(frozen=True, kw_only=True)
class Balance:
    """What a payee has earned and not been paid. Below zero it owes."""

    supplies_minor: int = 0
    passthrough_minor: int = 0
    tax_minor: int = 0  # consumption tax that goes with both

    @property
    def amount_minor(self) -> int:
        """The tax-exclusive balance, which is what a minimum payment is measured on."""
        return self.supplies_minor + self.passthrough_minor


@dataclass(frozen=True, kw_only=True)
class Earning:
    """What one payee earned from one rights holder, for one reason."""

    payee: str
    kind: EarningKind
    category: str
    base_minor: int
    rate_bp: int | None  # None when the contract names an amount, or the rest is meant
    amount_minor: int
    tax_minor: int


def balances_after(
    carried: Mapping[str, Balance], earnings: Iterable[Earning]
) -> dict[str, Balance]:
    """Return each payee's balance once the earnings are added: first those carried, in order."""
    balances = dict(carried)
    for each in earnings:
        before = balances.get(each.payee, Balance())
        supplied = each.amount_minor if each.kind is EarningKind.SUPPLY else 0
        balances[each.payee] = Balance(
            supplies_minor=before.supplies_minor + supplied,
            passthrough_minor=before.passthrough_minor + each.amount_minor - supplied,
            tax_minor=before.tax_minor + each.tax_minor,
        )
    return balances
