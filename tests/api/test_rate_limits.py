"""A key may ask for so much in a minute, is told what is left, and hears when to come again."""

from typing import Any

import pytest

from api.rate_limits import QUOTAS, WINDOW_SECONDS, Kind, RateLimits, Visit

GOOD, ANOTHER, GUESSED = b"Bearer gb_live_a", b"Bearer gb_live_b", b"Bearer gb_live_guess"


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    """The clock of the buckets."""
    return Clock()


def limits(clock: Clock, **changes: Any) -> RateLimits:
    """Sixty of each kind in a minute, so one more each second."""
    quotas = dict.fromkeys(Kind, WINDOW_SECONDS)
    return RateLimits(**{"quotas": quotas, "tries": 3, "clock": clock, **changes})


def begin(
    of: RateLimits,
    key: bytes = GOOD,
    path: str = "/v1/works",
    method: str = "GET",
    address: str | None = "192.0.2.1",
) -> Visit:
    """Come with a request."""
    client = None if address is None else (address, 50_000)
    return of.begin({"method": method, "path": path, "client": client}, key)


def visit(of: RateLimits, *, status: int = 200, cost: int = 1, **more: Any) -> dict[str, str]:
    """Come with a request that is taken, and return what its answer tells."""
    begun = begin(of, **more)
    assert not begun.retry_after
    return {name.decode(): value.decode() for name, value in of.end(begun, status, cost)}


def test_an_answer_tells_what_is_left_and_when_all_of_it_is_back(clock: Clock) -> None:
    told = visit(limits(clock), cost=20)
    assert told == {"ratelimit-policy": '"other";q=60;w=60', "ratelimit": '"other";r=40;t=20'}


def test_what_was_spent_comes_back_with_time_and_never_more_than_that(clock: Clock) -> None:
    of = limits(clock)
    visit(of, cost=50)
    clock.seconds += 10
    assert visit(of, cost=0)["ratelimit"] == '"other";r=20;t=40'
    clock.seconds += 1_000
    assert visit(of, cost=0)["ratelimit"] == '"other";r=60;t=0'


def test_whoever_has_spent_all_hears_in_how_many_seconds_there_is_some_again(clock: Clock) -> None:
    of = limits(clock)
    visit(of, cost=62)  # A report is taken before it is counted.
    refused = begin(of)
    assert refused.retry_after == 3
    told = dict(of.end(refused, 429, 1))
    assert told[b"ratelimit"] == b'"other";r=0;t=62'  # A refusal costs nothing.
    clock.seconds += refused.retry_after
    assert not begin(of).retry_after


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("POST", "/v1/generations", Kind.REPORT),
        ("POST", "/v1/generations/preview", Kind.REPORT),
        ("GET", "/v1/generations", Kind.OTHER),  # Reading them is no report.
        ("POST", "/v1/generations/x/corrections", Kind.OTHER),
        ("POST", "/v1/clearances", Kind.CLEARANCE),
        ("GET", "/v1/works", Kind.OTHER),
    ],
)
def test_calls_are_counted_by_their_kind(clock: Clock, method: str, path: str, kind: Kind) -> None:
    assert begin(limits(clock), method=method, path=path).kind is kind


def test_a_kind_or_a_key_that_has_spent_all_holds_up_no_other(clock: Clock) -> None:
    of = limits(clock)
    visit(of, cost=100)
    assert begin(of).retry_after
    assert visit(of, method="POST", path="/v1/clearances")
    assert visit(of, key=ANOTHER)


def test_a_quota_of_zero_is_none(clock: Clock) -> None:
    of = limits(clock, quotas={**QUOTAS, Kind.OTHER: 0})
    assert visit(of, cost=10**9) == {}
    assert visit(of) == {}


def test_guesses_from_one_address_are_stopped_before_anybody_is_asked(clock: Clock) -> None:
    of = limits(clock)
    for guess in range(3):
        visit(of, key=b"Bearer %d" % guess, status=401)
    stopped = begin(of, key=GUESSED)
    assert (stopped.is_try, stopped.retry_after) == (True, 20)  # Three in a minute.
    assert not begin(of, key=GUESSED, address="192.0.2.2").retry_after
    clock.seconds += 20
    assert not begin(of, key=GUESSED).retry_after


def test_a_key_that_was_good_before_is_not_stopped_by_what_its_neighbors_guess(
    clock: Clock,
) -> None:
    """They may come through the same proxy, and then from the same address."""
    of = limits(clock)
    visit(of)
    for guess in range(3):
        visit(of, key=b"Bearer %d" % guess, status=401)
    assert begin(of, key=GUESSED).retry_after
    assert visit(of)


def test_a_key_that_has_ended_is_a_guess_from_then_on(clock: Clock) -> None:
    of = limits(clock)
    visit(of)
    assert visit(of, status=401) == {}
    for _ in range(3):
        visit(of, status=401)
    assert begin(of).is_try
    assert begin(of).retry_after


def test_an_answer_that_everybody_gets_does_not_make_a_key_good(clock: Clock) -> None:
    of = limits(clock)
    assert visit(of, key=GUESSED, path="/v1/nowhere", status=404) == {}
    assert begin(of, key=GUESSED).is_try


@pytest.mark.parametrize(
    ("one", "other", "are_one"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),  # One network, one machine may have it.
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("192.0.2.1", "192.0.2.2", False),
        (None, None, False),  # Nobody knows where they come from, so nobody is locked out.
        ("not:an:address", "not:an:address", False),
    ],
)
def test_an_address_is_what_one_machine_has(
    clock: Clock, one: str | None, other: str | None, are_one: bool
) -> None:
    of = limits(clock)
    for guess in range(3):
        visit(of, key=b"Bearer %d" % guess, address=one, status=401)
    assert bool(begin(of, key=GUESSED, address=other).retry_after) is are_one


def test_no_more_keys_are_remembered_than_there_is_room_for(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.rate_limits.REMEMBERED_MAX", 2)
    of = limits(clock)
    for number in range(3):
        visit(of, key=b"Bearer %d" % number)
    assert begin(of, key=b"Bearer 0").is_try  # The first one made room.
    assert not begin(of, key=b"Bearer 2").is_try
