"""One-time codes are those of RFC 6238, and their secret opens under our seal alone."""

from datetime import UTC, datetime

import pytest

from api.portal import codes
from api.portal.options import PortalOptions

#: The secret of the RFC's appendix B.
SECRET = b"12345678901234567890"


@pytest.mark.parametrize(
    ("seconds", "code"),
    [  # RFC 6238, appendix B, the last six digits of its eight
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_234_567_890, "005924"),
        (20_000_000_000, "353130"),
    ],
)
def test_codes_are_those_of_the_rfc(seconds: int, code: str) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    assert codes.step_of(code, secret=SECRET, at=at) == seconds // 30
    assert codes.step_of(f" {code[:3]} {code[3:]}", secret=SECRET, at=at) == seconds // 30


@pytest.mark.parametrize(("off", "is_good"), [(-61, False), (-30, True), (30, True), (61, False)])
def test_a_telephones_clock_may_be_one_step_off(off: int, is_good: bool) -> None:
    at = datetime.fromtimestamp(1_111_111_109 + off, UTC)
    assert (codes.step_of("081804", secret=SECRET, at=at) is not None) is is_good


@pytest.mark.parametrize("typed", ["", "81804", "0818045", "０８１８０４", "081804\0", "abcdef"])
def test_what_is_no_code_is_none(typed: str) -> None:
    at = datetime.fromtimestamp(1_111_111_109, UTC)
    assert codes.step_of(typed, secret=SECRET, at=at) is None


def test_a_secret_opens_under_the_same_deployments_secret_alone() -> None:
    one, other = PortalOptions(secret=b"1" * 32), PortalOptions(secret=b"2" * 32)
    kept = codes.sealed(one, SECRET)
    assert SECRET not in kept
    assert codes.opened(one, kept) == SECRET
    assert codes.opened(other, kept) is None
    assert codes.opened(one, kept[:-1]) is None
    assert codes.opened(one, b"") is None
