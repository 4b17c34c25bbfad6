"""
Ready accounts for a demo's portal: one for each role, with a password that this machine makes up.

They are for the demo's book alone, which holds nothing of value and may be thrown away. The
passwords follow from the secret of the data folder: the same at every start, and nobody else's.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from api.portal import passwords
from api.portal.options import PortalOptions
from ledger.core.membership import MemberRole
from ledger.core.party import Role
from ledger.services import archiving, inviting, overseeing
from ledger.services.inviting import AlreadyMember, NewMember
from ledger.store.database import Database

#: Who gets an account, and from which kind of organization. Nobody of them exists.
_PEOPLE = (
    (MemberRole.OPERATOR, Role.OPERATOR, "Unno Aki"),
    (MemberRole.APPROVER, Role.OPERATOR, "Shimizu Ren"),
    (MemberRole.HOLDER, Role.RIGHTS_HOLDER, "Kenmochi Yui"),
    (MemberRole.ACCOUNTANT, Role.RIGHTS_HOLDER, "Kaneda Sho"),
    (MemberRole.LICENSEE, Role.LICENSEE, "Riku Sen"),
)


@dataclass(frozen=True, kw_only=True)
class ReadyAccount:
    """An account somebody can sign in with."""

    role: str
    organisation: str
    email: str
    password: str


def ready_accounts(
    database: Database, *, options: PortalOptions, language: str, at: datetime
) -> Sequence[ReadyAccount]:
    """Return an account for each role that the book has an organization for, made if needed."""
    chosen = _chosen(database)
    return [
        _account(
            database,
            NewMember(
                organisation=chosen[party_role],
                email=f"{role}@demo.example",
                name=name,
                role=role,
                language=language,
            ),
            options,
            at,
        )
        for role, party_role, name in _PEOPLE
        if party_role in chosen
    ]


def _chosen(database: Database) -> dict[Role, str]:
    """Return an organization of each kind: one that documents were issued to, if there is one."""
    addressed = {document.owner_reference for document in archiving.all_documents(database)}
    chosen: dict[Role, str] = {}
    for reference, role in overseeing.organisations(database):
        if role not in chosen or (chosen[role] not in addressed and reference in addressed):
            chosen[role] = reference
    return chosen


def _account(
    database: Database, new: NewMember, options: PortalOptions, at: datetime
) -> ReadyAccount:
    with suppress(AlreadyMember):
        inviting.invite(database, new=new, is_mailed=False, recorded_at=at, recorded_by="demo")
    password = "-".join(_fours(options.seal("demo", new.email)[:16]))
    link = inviting.ask_reset(database, email=new.email, is_mailed=False, asked_at=at)
    assert link is not None, "whoever was invited just now can ask for a password"
    inviting.set_password(database, link=link, password=password, hashed=passwords.hashed, at=at)
    return ReadyAccount(
        role=new.role, organisation=new.organisation, email=new.email, password=password
    )


def _fours(text: str) -> Iterator[str]:
    for begin in range(0, len(text), 4):
        yield text[begin : begin + 4]
