"""
Which e-invoices an invoice is: JP PINT knows one seller and one profile in a document.

An invoice on paper may carry the supplies of several sellers, or some under a registration and
some without. As XML each is a document of its own, numbered after the invoice: together they ask
for what the page asks for, to the yen.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from invoices.electronic import ElectronicParty, Profile
from ledger.core.credit_note import CreditNote
from ledger.core.invoice import Invoice, PartyCopy, SupplierCopy, Taxed, TaxLine

#: EAS codes: corporate number (法人番号), and the number of a registered issuer.
CORPORATE_NUMBER_SCHEME = "0188"
REGISTRATION_NUMBER_SCHEME = "0221"


class NoElectronicAddress(ValueError):
    """A party can't be addressed: it has neither a corporate nor a registration number."""

    def __init__(self, party: PartyCopy) -> None:
        self.party = party.reference
        super().__init__(f"{party.reference} has no number that Peppol knows an address by")


@dataclass(frozen=True, kw_only=True)
class ElectronicPart:
    """What of an invoice is one e-invoice: one seller's, registered or not."""

    number: str
    suffix: str  # of the number; "" where the invoice is one document
    profile: Profile
    seller: ElectronicParty
    payee: PartyCopy | None  # who is paid, where it is not the seller
    members: tuple[PartyCopy, ...]  # of a committee that is the seller
    taxes: tuple[TaxLine, ...]

    def has(self, taxed: Taxed) -> bool:
        """Tell whether something taxed so is of this part."""
        return any(tax.taxed == taxed for tax in self.taxes)


def address_of(party: PartyCopy) -> ElectronicParty:
    """
    Return a party with the electronic address its numbers give it.

    A company's registration number is "T" and its corporate number, so that either leads to
    the same address, also of documents from before parties had both on them; a person has only
    the number of a registered issuer.

    :raises NoElectronicAddress: it has no number.
    """
    corporate_number = _corporate_number(party)
    if corporate_number is not None:
        return ElectronicParty(
            copy=party,
            endpoint=(CORPORATE_NUMBER_SCHEME, corporate_number),
            corporate_number=corporate_number,
        )
    if party.registration_number is not None:
        endpoint = (REGISTRATION_NUMBER_SCHEME, party.registration_number)
        return ElectronicParty(copy=party, endpoint=endpoint)
    raise NoElectronicAddress(party)


def parts_of(
    invoice: Invoice | CreditNote,
    *,
    issuer: ElectronicParty,
    registered: Profile = Profile.INVOICE,
) -> tuple[ElectronicPart, ...]:
    """
    Return the e-invoices that an invoice or a return invoice is, by supplier; most are one.

    ``registered`` is what the parts of registered suppliers are.

    What is taxed for somebody who is not registered goes by the profile of the unregistered, in
    which no tax is stated as such. An agent sends from its own address and is paid.
    """
    found: dict[tuple[str | None, bool], list[TaxLine]] = {}
    named = [each.party.reference for each in invoice.suppliers or ()]
    for tax in sorted(
        invoice.taxes, key=lambda tax: named.index(tax.supplier or "") if named else 0
    ):
        found.setdefault((tax.supplier, tax.is_qualified), []).append(tax)
    return tuple(_parts(invoice, issuer, registered, list(found.items())))


def _parts(
    invoice: Invoice | CreditNote,
    issuer: ElectronicParty,
    registered: Profile,
    found: list[tuple[tuple[str | None, bool], list[TaxLine]]],
) -> Iterator[ElectronicPart]:
    suppliers = {each.party.reference: each for each in invoice.suppliers or ()}
    for place, ((supplier, is_qualified), taxes) in enumerate(found, start=1):
        suffix = f"-{place}" if len(found) > 1 else ""
        seller = issuer if supplier is None else _sent_for(suppliers[supplier], issuer)
        is_registered = is_qualified and seller.copy.registration_number is not None
        yield ElectronicPart(
            number=f"{invoice.number}{suffix}",
            suffix=suffix,
            profile=registered if is_registered else Profile.NON_REGISTERED,
            seller=seller,
            payee=None if supplier is None else issuer.copy,
            members=() if supplier is None else suppliers[supplier].members,
            taxes=tuple(taxes),
        )


def _sent_for(supplier: SupplierCopy, issuer: ElectronicParty) -> ElectronicParty:
    """
    Return a supplier under the address of the house that sends for it, and is answered.

    A committee goes by its name and the number of its first member; the note names the others.
    """
    copy = supplier.party
    if supplier.members:
        number = supplier.members[0].registration_number if supplier.is_registered else None
        copy = replace(copy, registration_number=number)
    return ElectronicParty(
        copy=copy, endpoint=issuer.endpoint, corporate_number=_corporate_number(copy)
    )


def _corporate_number(party: PartyCopy) -> str | None:
    registered, corporate_number = party.registration_number, party.corporate_number
    if corporate_number is None and registered is not None and party.kind == "company":
        corporate_number = registered.removeprefix("T")
    return corporate_number
