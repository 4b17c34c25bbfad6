"""docs/keys.md: its scopes, limits and codes are those of the code."""

from api.key_uses import WRITTEN_AFTER_SECONDS
from api.problems import STATUS_OF
from ledger.services.keeping import OVERLAP_HOURS, OVERLAP_HOURS_MAX, Scope
from tests.docs.pages import code, table, text

PAGE = "docs/keys.md"


def test_the_scopes_are_those_there_are() -> None:
    assert [code(row[0]) for row in table(PAGE, "scope")] == list(Scope)


def test_the_overlap_is_as_told() -> None:
    assert f"{OVERLAP_HOURS} when\nnothing is said, at most {OVERLAP_HOURS_MAX} (" in text(PAGE)
    assert OVERLAP_HOURS_MAX == 30 * 24


def test_the_codes_are_answered_as_told() -> None:
    told = {"scope_not_held": 403, "key_expired": 401, "key_revoked": 401}
    for refusal, status in told.items():
        assert f"{status} and the code `{refusal}`" in text(PAGE)
        assert STATUS_OF[refusal] == status


def test_uses_are_written_once_a_minute() -> None:
    assert WRITTEN_AFTER_SECONDS == 60
