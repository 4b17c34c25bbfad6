"""
The directory of a real catalogue: each name becomes one party, however it is spelt.

Who they are comes from the sources; numbers, accounts and contracts do not, and are invented:
companies are registered, every second person is, and an account at a real branch stands in the
name of the demo. Nothing here says what anybody really agreed to.
"""

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256

from api.demo.chance import draw
from api.demo.credits import KnownNames, name_key, words
from api.demo.numbers import bank_account, corporate_number, registration
from api.demo.tables import entrustment, read_tables
from ledger.core.party import NewParty

UNKNOWN_HOLDER = "P-unknown"

_REFERENCE_LENGTH = 10

#: The invented seed has the serial numbers below.
_FIRST_SERIAL = 1000


def reference_of(prefix: str, *names: str) -> str:
    """Return a reference that follows from names alone, whatever else the catalogue holds."""
    digest = sha256("\0".join(names).encode()).hexdigest()
    return f"{prefix}-{digest[:_REFERENCE_LENGTH]}"


class Directory:
    """Parties in the order in which they are first named."""

    def __init__(
        self, *, known: KnownNames, organisations: Mapping[str, Mapping[str, str]]
    ) -> None:
        self._known = known
        self._organisations = organisations  # rows by name_key() of their name
        self._parties: dict[str, NewParty] = {UNKNOWN_HOLDER: _unknown_holder()}
        self._aliases: dict[str, str] = {}

    @property
    def parties(self) -> tuple[NewParty, ...]:
        """Everybody so far."""
        return tuple(self._parties.values())

    def company(self, name: str) -> str:
        """Return the reference of a company."""
        return self._named(name, kind="company")

    def person(self, name: str) -> str:
        """Return the reference of a person, or of a company when the name is known as one."""
        is_company = self._known.is_company(name)
        return self._named(name, kind="company" if is_company else "individual")

    def either(self, name: str) -> str:
        """Return the reference of somebody of whom only the name says what they are."""
        is_person = name_key(name) in self._known.people and not self._known.is_company(name)
        return self._named(name, kind="individual" if is_person else "company")

    def performer(self, name: str) -> str:
        """
        Return the reference of somebody who has agreed to nothing and is paid nothing yet.

        Performers come last: who is paid for another reason is in the directory by then.
        """
        return self._named(name, kind="individual", is_contracted=False)

    def unnamed_members(self, committee: str) -> str:
        """Return the reference that stands for the members of a committee nobody names."""
        texts = read_tables("real")["parties"]
        return self._named(
            texts["unnamed_members_ja"].format(name=committee),
            kind="company",
            name_en=texts["unnamed_members_en"].format(name=committee),
        )

    def _named(self, name: str, *, kind: str, name_en: str = "", is_contracted: bool = True) -> str:
        key = name_key(name)
        reference = self._aliases.get(key)
        if reference is None:
            row = self._organisations.get(key, {})
            reference = self._aliases[key] = row.get("id") or reference_of("P", key)
            if reference not in self._parties:
                party = _new_party(reference, name, name_en or name, kind, row.get("address", ""))
                serial = _FIRST_SERIAL + len(self._parties)
                self._parties[reference] = _contracted(party, serial) if is_contracted else party
        return reference


def _new_party(reference: str, name: str, name_en: str, kind: str, address: str) -> NewParty:
    return NewParty(
        reference=reference,
        role="rights_holder",
        kind=kind,
        name_ja=name,
        name_en=name_en,
        address_ja=address,
    )


def _contracted(party: NewParty, serial: int) -> NewParty:
    """Add what the house would have been told by somebody it pays."""
    terms = read_tables("real")["parties"]
    is_company = party.kind == "company"
    is_registered = is_company or draw(f"registered:{party.reference}", 2) == 0
    kana = terms["holder_kana"].format(serial=serial)
    return replace(
        party,
        corporate_number=corporate_number(serial) if is_company else None,
        registrations=(registration(serial),) if is_registered else (),
        bank_account=bank_account(serial, holder_kana=kana),
        minimum_payment_minor=terms["minimum_payment_minor"],
        entrustment=entrustment(terms["admin_fee_bp"]),
    )


def _unknown_holder() -> NewParty:
    names = words()["unknown_holder"]
    return NewParty(reference=UNKNOWN_HOLDER, role="rights_holder", kind="company", **names)
