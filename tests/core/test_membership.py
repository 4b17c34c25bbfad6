"""Who may be what, which addresses and passwords are taken, and how long failures wait."""

from datetime import UTC, datetime, timedelta

import pytest

from ledger.core.membership import (
    PASSWORD_LENGTH_MAX,
    RIGHTS,
    ROLES_OF,
    MemberRole,
    Right,
    check_email,
    check_password,
    check_role,
    may,
)
from ledger.core.party import Role
from ledger.core.sign_in import FAILURES_FREE, WAIT_LONGEST, wait_until
from tests.refusals import refusal

AT = datetime(2026, 11, 2, tzinfo=UTC)


def test_every_role_has_rights_and_belongs_to_some_organisation() -> None:
    assert RIGHTS.keys() == set(MemberRole)
    assert set().union(*ROLES_OF.values()) == set(MemberRole)
    assert ROLES_OF.keys() == set(Role)


def test_only_the_house_touches_months() -> None:
    closing = {role for role in MemberRole if may(role, Right.CLOSE_MONTHS)}
    assert closing == {MemberRole.OPERATOR}
    seeing = {role for role in MemberRole if may(role, Right.SEE_MONTHS)}
    assert seeing == {MemberRole.OPERATOR, MemberRole.APPROVER}


def test_a_role_of_another_kind_of_organisation_is_refused() -> None:
    for party_role, roles in ROLES_OF.items():
        for role in set(MemberRole) - roles:
            with refusal("role_not_of_organisation", "role"):
                check_role(role, party_role=party_role, field="role")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Sato@Hoshino.Example ", "sato@hoshino.example"),  # As mail servers read it.
        ("o'brien+books@a-b.co.jp", "o'brien+books@a-b.co.jp"),
    ],
)
def test_an_address_is_kept_in_one_way(typed: str, kept: str) -> None:
    assert check_email(typed, field="email") == kept


@pytest.mark.parametrize(
    "typed",
    [
        *("", "sato", "@b.example", "a@b", "a b@c.example", "a@b.example, c@d.example"),
        *("a@b.example\nBcc: x", "<a@b.example>", "a@-", "a" * 250 + "@b.jp"),
    ],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with refusal("email_malformed", "email"):
        check_email(typed, field="email")


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("kaze no machi", "password_too_short"),  # 13 characters
        ("aaaaaaaaaaaaaaaaaaaa", "password_too_short"),  # Long, and guessed at once.
        ("x" * 7 + "abcde" * PASSWORD_LENGTH_MAX, "password_too_long"),
        ("sato wa asa hayaku okiru", "password_gives_away"),
        ("kaze no machi\0wa asa", "text_unprintable"),
    ],
)
def test_a_password_that_is_no_good_is_refused(password: str, code: str) -> None:
    with refusal(code, "password"):
        check_password(password, email="sato@hoshino.example", field="password")


def test_a_password_is_the_same_however_its_letters_are_written() -> None:
    typed = check_password("ｋａｚｅ no machi wa asa", email="a@b.jp", field="password")
    assert typed == "kaze no machi wa asa"
    assert check_password("朝日がのぼる海辺の町の小さな本屋", email="a@b.jp", field="password")


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [
        (0, None),
        (FAILURES_FREE - 1, None),  # Fingers slip.
        (FAILURES_FREE, 30),
        (FAILURES_FREE + 1, 60),
        (FAILURES_FREE + 6, 1920),
        (FAILURES_FREE + 7, 3600),  # 3840 without the bound
        (10_000, 3600),  # Nobody is locked out for good.
    ],
)
def test_each_failure_doubles_the_wait(failures: int, seconds: int | None) -> None:
    until = wait_until(failures=failures, last_tried_at=AT)
    assert until == (None if seconds is None else AT + timedelta(seconds=seconds))
    assert until is None or until - AT <= WAIT_LONGEST
