"""docs/stripe.md: its methods, bounds, events and waits are those of the code."""

from api.routes.stripe import TOLERANCE
from api.stripe_events import EVENTS
from ledger.core.processor import DELAYS, KONBINI_DAYS, KONBINI_MAX, KONBINI_MIN, Method
from ledger.services.listening import LOOKS_MAX
from tests.docs.pages import code, table, text

PAGE = "docs/stripe.md"


def test_the_methods_are_those_there_are() -> None:
    assert [code(row[0]) for row in table(PAGE, "method")] == list(Method)


def test_the_events_are_those_that_are_dealt_with() -> None:
    told = [name for row in table(PAGE, "event") for name in row[0].split(", ")]
    assert sorted(map(code, told)) == list(EVENTS)


def test_the_figures_are_those_that_are_kept() -> None:
    page = " ".join(text(PAGE).split())
    assert f"¥{KONBINI_MIN} to ¥{KONBINI_MAX:,}" in page
    assert f"within {KONBINI_DAYS} days" in page
    assert f"failed {LOOKS_MAX} times" in page
    assert TOLERANCE.seconds == 5 * 60
    assert [each.seconds for each in DELAYS] == [5, 60, 600, 3_600, 6 * 3_600]
