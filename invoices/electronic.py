"""
An e-invoice as frozen values, in the terms of JP PINT 1.1.3.

Owns which profiles there are and what a document of any of them says. :mod:`invoices.peppol`
puts documents of the book into these terms, :mod:`invoices.ubl` writes them as XML.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum

from ledger.core.invoice import BankAccountCopy, PartyCopy


class Profile(Enum):
    """What a document is: specification, process and type code, as JP PINT names them."""

    INVOICE = ("urn:peppol:pint:billing-1@jp-1", "urn:peppol:bis:billing", "380")
    CREDIT_NOTE = ("urn:peppol:pint:billing-1@jp-1", "urn:peppol:bis:billing", "381")
    SELF_BILLING = ("urn:peppol:pint:selfbilling-1@jp-1", "urn:peppol:bis:selfbilling", "389")
    NON_REGISTERED = ("urn:peppol:pint:nontaxinvoice-1@jp-1", "urn:peppol:bis:billing", "480")

    @property
    def customization_id(self) -> str:
        """The specification that the document follows."""
        return self.value[0]

    @property
    def profile_id(self) -> str:
        """The business process it belongs to."""
        return self.value[1]

    @property
    def type_code(self) -> str:
        """UNCL1001."""
        return self.value[2]


@dataclass(frozen=True, kw_only=True)
class ElectronicParty:
    """A seller or a buyer; ``endpoint`` is the scheme and the identifier within it."""

    copy: PartyCopy
    endpoint: tuple[str, str]
    corporate_number: str | None = None


@dataclass(frozen=True, kw_only=True)
class ElectronicLine:
    """
    One line: ``quantity`` × ``price`` / ``base_quantity`` - ``allowance_minor`` = ``net_minor``.

    ``price`` is in major units and never negative; what is taken back has a negative quantity.
    """

    number: int
    name: str
    description: str
    note: str | None
    quantity: Decimal
    unit_code: str
    price: Decimal
    base_quantity: int
    allowance_minor: int
    allowance_reason: str
    net_minor: int
    category: str
    rate_bp: int
    properties: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class ElectronicTax:
    """Tax of one category and rate; ``tax_yen`` beside it in a document in another currency."""

    category: str
    rate_bp: int
    taxable_minor: int
    tax_minor: int
    tax_yen: int | None = None


@dataclass(frozen=True, kw_only=True)
class ElectronicCharge:
    """What is charged on the whole document, and added to its lines."""

    reason: str
    amount_minor: int
    category: str
    rate_bp: int


@dataclass(frozen=True, kw_only=True)
class ElectronicInvoice:
    """Everything that a JP PINT document of any profile says."""

    profile: Profile
    number: str
    issued_on: date
    due_on: date | None
    currency: str
    notes: tuple[str, ...]
    period_start: date
    period_end: date  # included
    seller: ElectronicParty
    buyer: ElectronicParty
    pay_to: BankAccountCopy | None
    payment_terms: str | None
    lines: tuple[ElectronicLine, ...]
    taxes: tuple[ElectronicTax, ...]
    preceding: tuple[tuple[str, date], ...] = ()  # numbers and days of what it corrects
    charges: tuple[ElectronicCharge, ...] = ()
    payee: PartyCopy | None = None  # who is paid, where it is not the seller
    prepaid_minor: int = 0  # what of it was paid before it was issued
    payment_reference: str | None = None  # what to pay under, where it is not the number

    @property
    def net_minor(self) -> int:
        """Sum of the lines, tax-exclusive."""
        return sum(line.net_minor for line in self.lines)

    @property
    def charge_minor(self) -> int:
        """What is charged on the whole document."""
        return sum(charge.amount_minor for charge in self.charges)

    @property
    def tax_minor(self) -> int:
        """Consumption tax over all categories."""
        return sum(tax.tax_minor for tax in self.taxes)
