"""
Membership: what a person may be in an organisation, and which organisations have which roles.

Also what an address and a password must be like. Who somebody is, is the store's to find.
"""

import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum

from ledger.core.fields import FieldRefusal, check_text
from ledger.core.party import Role


class MemberRole(StrEnum):
    """What a person is in an organisation."""

    HOLDER = "holder"  # of rights: sees what is earned, and decides on offers
    LICENSEE = "licensee"  # an AI firm's own
    ACCOUNTANT = "accountant"  # reads documents and figures, changes nothing
    OPERATOR = "operator"  # runs the months
    APPROVER = "approver"  # approves what an operator planned


class Right(StrEnum):
    """What a role lets a person do. A page asks for one of these, never for a role."""

    SEE_EARNINGS = "see_earnings"
    ANSWER_STATEMENTS = "answer_statements"  # accept or dispute lines
    DECIDE_OFFERS = "decide_offers"  # and consents: what may be used, and at what terms
    SEE_DOCUMENTS = "see_documents"
    SEE_MONTHS = "see_months"
    CLOSE_MONTHS = "close_months"
    SEE_MEMBERS = "see_members"
    SEE_ACTS = "see_acts"
    SEE_USE = "see_use"
    SEE_INVOICES = "see_invoices"
    PAY_INVOICES = "pay_invoices"
    ANSWER_NOTICES = "answer_notices"
    MANAGE_MEMBERS = "manage_members"
    MANAGE_PROGRAMS = "manage_programs"  # keys, webhooks and the sandbox of an AI firm
    SEE_WORK = "see_work"  # what waits for somebody of the house
    DO_WORK = "do_work"  # decide about it
    EDIT_PARTIES = "edit_parties"
    SEE_PAYOUTS = "see_payouts"
    PREPARE_PAYOUTS = "prepare_payouts"  # plan again, and record what the bank answers
    APPROVE_PAYOUTS = "approve_payouts"
    SEND_PAYOUTS = "send_payouts"  # release what is approved, or stop it


_ALL_ALIKE = {Right.SEE_DOCUMENTS, Right.SEE_MEMBERS, Right.SEE_ACTS}
_HOUSE = {
    *_ALL_ALIKE,
    Right.SEE_WORK,
    Right.SEE_MONTHS,
    Right.SEE_PAYOUTS,
    Right.SEND_PAYOUTS,
}

#: What each role may do.
RIGHTS: Mapping[MemberRole, frozenset[Right]] = {
    MemberRole.HOLDER: frozenset(
        {
            *_ALL_ALIKE,
            Right.SEE_EARNINGS,
            Right.ANSWER_STATEMENTS,
            Right.ANSWER_NOTICES,
            Right.DECIDE_OFFERS,
            Right.MANAGE_MEMBERS,
        }
    ),
    MemberRole.LICENSEE: frozenset(
        {
            *_ALL_ALIKE,
            Right.SEE_USE,
            Right.SEE_INVOICES,
            Right.PAY_INVOICES,
            Right.MANAGE_PROGRAMS,
            Right.MANAGE_MEMBERS,
        }
    ),
    MemberRole.ACCOUNTANT: frozenset({Right.SEE_DOCUMENTS, Right.SEE_INVOICES}),
    MemberRole.OPERATOR: frozenset(
        {
            *_HOUSE,
            Right.DO_WORK,
            Right.EDIT_PARTIES,
            Right.CLOSE_MONTHS,
            Right.PREPARE_PAYOUTS,
            Right.MANAGE_MEMBERS,
        }
    ),
    MemberRole.APPROVER: frozenset({*_HOUSE, Right.APPROVE_PAYOUTS}),
}

#: The roles of the house: these people act for everybody's money.
HOUSE_ROLES = frozenset({MemberRole.OPERATOR, MemberRole.APPROVER})

#: Which organisations have which roles.
ROLES_OF: Mapping[Role, frozenset[MemberRole]] = {
    Role.OPERATOR: HOUSE_ROLES | {MemberRole.ACCOUNTANT},
    Role.LICENSEE: frozenset({MemberRole.LICENSEE, MemberRole.ACCOUNTANT}),
    Role.RIGHTS_HOLDER: frozenset({MemberRole.HOLDER, MemberRole.ACCOUNTANT}),
}

#: NIST SP 800-63B-4: at least 15 characters without a second factor, long ones allowed, no rules
#: about kinds of character. Counted in characters, so that a phrase in Japanese is one, too.
PASSWORD_LENGTH_MIN = 15
PASSWORD_LENGTH_MAX = 200
EMAIL_LENGTH_MAX = 254

#: A shorter own part of an address stands in many words.
_TELLING_LENGTH = 4

_EMAIL = re.compile(r"[^\s@<>(),;:\\\"\[\]\x00-\x1f]+@[a-z0-9-]+(\.[a-z0-9-]+)+")


class EmailMalformed(FieldRefusal):
    """A text is not the address of a mailbox."""

    code = "email_malformed"


class RoleNotOfOrganisation(FieldRefusal):
    """An organisation of this kind has no members of that role. Carries those it may have."""

    code = "role_not_of_organisation"


class PasswordTooShort(FieldRefusal):
    """A password can be guessed, because it is short or always the same character."""

    code = "password_too_short"


class PasswordTooLong(FieldRefusal):
    """A password is longer than what is hashed."""

    code = "password_too_long"


class PasswordGivesAway(FieldRefusal):
    """A password holds the person's own address or name."""

    code = "password_gives_away"


def check_email(value: str, *, field: str) -> str:
    """
    Return an address as it is kept: without spaces around it, in lower case.

    :raises EmailMalformed: it is none.
    """
    address = value.strip().lower()
    if len(address) > EMAIL_LENGTH_MAX or not _EMAIL.fullmatch(address):
        raise EmailMalformed(field=field, value=value[:EMAIL_LENGTH_MAX])
    return address


def as_kept(typed: str) -> str:
    """
    Return an address as it is looked for: as it is kept, and whatever was typed can be asked for.

    >>> as_kept(" Sato@Hoshino.example ")
    'sato@hoshino.example'
    """
    printable = (character for character in typed.strip().lower() if character.isprintable())
    return "".join(printable)[:EMAIL_LENGTH_MAX]


def check_role(role: MemberRole, *, party_role: Role, field: str) -> MemberRole:
    """
    Return a role that fits an organisation.

    :raises RoleNotOfOrganisation: carries the roles that do.
    """
    known = ROLES_OF[party_role]
    if role not in known:
        raise RoleNotOfOrganisation(field=field, value=role, known=", ".join(sorted(known)))
    return role


def check_password(value: str, *, email: str, field: str) -> str:
    """
    Return a password as it is hashed: in one of the ways Unicode writes the same letters.

    :raises PasswordTooShort, PasswordTooLong: carry the bound.
    :raises PasswordGivesAway: it holds the address's own part.
    :raises TextUnprintable: it holds a control character.
    """
    password = normalised_password(value)
    if len(password) < PASSWORD_LENGTH_MIN or len(set(password)) < 5:
        raise PasswordTooShort(field=field, least=PASSWORD_LENGTH_MIN)
    if len(password) > PASSWORD_LENGTH_MAX:
        raise PasswordTooLong(field=field, most=PASSWORD_LENGTH_MAX)
    own = email.partition("@")[0]
    if len(own) >= _TELLING_LENGTH and own in password.lower():
        raise PasswordGivesAway(field=field)
    return check_text(password, field=field)


def normalised_password(value: str) -> str:
    """
    Return a password in one of the ways Unicode writes the same letters.

    >>> normalised_password("ｐａｓｓ") == "pass"
    True
    """
    return unicodedata.normalize("NFKC", value)


def may(role: MemberRole, right: Right) -> bool:
    """
    Tell whether a role has a right.

    >>> may(MemberRole.ACCOUNTANT, Right.SEE_MONTHS)
    False
    """
    return right in RIGHTS[role]
