"""
The rules a second time, slow and obvious: one event, one yen at a time, no cleverness.

What is right here is plain to see, and the modules under test must agree with it. Nothing of
them is used but their plain values.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from itertools import permutations

Event = Sequence[tuple[str, Fraction, Fraction]]  # subject, its price, its weight


def hand_out(total: int, weights: Sequence[Fraction]) -> list[int]:
    """Give out whole units one by one, each to whoever is furthest below its due."""
    whole = sum(weights, Fraction(0))
    dues = [total * weight / whole for weight in weights]
    given = [due.numerator // due.denominator for due in dues]
    while sum(given) < total:
        behind = [due - got for due, got in zip(dues, given, strict=True)]
        given[behind.index(max(behind))] += 1
    return given


def earned_by_events(
    events: Sequence[Event], *, floor: Fraction, cap: Fraction
) -> dict[str, Fraction]:
    """Add up yen by subject, every event by itself; the cap is for all subjects of an event."""
    earned: dict[str, Fraction] = {}
    for event in events:
        amounts = [price if price < 0 else max(price, floor) for _, price, _ in event]
        if sum(amounts) > cap:
            micro = hand_out(int(cap * 1_000_000), [weight for _, _, weight in event])
            amounts = [Fraction(each, 1_000_000) for each in micro]
        for (subject, _, _), amount in zip(event, amounts, strict=True):
            earned[subject] = earned.get(subject, Fraction(0)) + amount
    return earned


def tier_price(units: int, mode: str, rate: int, tiers: Sequence[tuple[int | None, int]]) -> int:
    """Price units from the first on, each looked at by itself."""
    if mode == "none":
        return units * rate
    of_each = [
        next(price for bound, price in tiers if bound is None or unit <= bound)
        for unit in range(1, units + 1)
    ]
    if mode == "marginal":
        return sum(of_each)
    if mode == "whole_volume":
        return units * of_each[-1] if units else 0
    return of_each[-1] if units else 0


def charge_by_events(
    events: Sequence[tuple[date, int]],
    *,
    month: tuple[int, int],
    scope: str,
    anniversary: date,
    price: Callable[[int], int],
    minimum: int,
    cap: int | None,
) -> int:
    """Charge the events of a month one by one, each by where its counter stands."""
    exact = used = 0
    counted: dict[object, int] = {}
    for day, quantity in sorted(events):
        birthday = anniversary.replace(year=day.year)
        year = day.year if birthday <= day else day.year - 1
        counter = {"period": (day.year, day.month), "contract_year": year, "life": None}[scope]
        before = counted.get(counter, 0)
        counted[counter] = before + quantity
        if (day.year, day.month) == month:
            exact += price(before + quantity) - price(before)
            used += quantity
    if used and 0 <= exact < minimum:
        return minimum
    return exact if cap is None else min(exact, cap)


def waterfall(
    receipts: int,
    steps: Sequence[tuple[str, str, int | None, int | None, int | None]],
    shares: Sequence[int],
    *,
    deficit: int,
    before: int,
) -> tuple[list[int], list[int], int]:
    """Take (name, base, rate in bp, amount, cap) one by one; return steps, members, deficit."""
    left, bases, taken = receipts, {"receipts": receipts}, []
    for name, base, rate_bp, fixed, cap in steps:
        amount = int(Fraction(bases[base] * (rate_bp or 0), 10_000)) if fixed is None else fixed
        if cap is not None and abs(amount) > cap:
            amount = cap if amount > 0 else -cap
        taken.append(amount)
        left -= amount
        bases[f"after:{name}"] = left
    cumulative = before + deficit + left
    distributed = max(0, cumulative) - before
    sign = -1 if distributed < 0 else 1
    parts = hand_out(abs(distributed), [Fraction(share) for share in shares])
    return taken, [sign * part for part in parts], min(0, cumulative)


def set_off(earned: Sequence[int], advance: int) -> list[tuple[int, int]]:
    """Pay periods out yen by yen: first what is owed from before, then the advance, then cash."""
    owed, left, results = 0, advance, []
    for period in earned:
        recouped = payable = 0
        owed += max(0, -period)
        for _ in range(max(0, period)):
            if owed:
                owed -= 1
            elif left:
                left, recouped = left - 1, recouped + 1
            else:
                payable += 1
        results.append((recouped, payable))
    return results


def paid_under_guarantee(earned: int, advance: int, targets: Sequence[int]) -> int:
    """Return all that a licensee has paid: what was earned, or what it must pay at least."""
    return max(earned, advance, *targets)


def beyond_quota(units: int, used: int, counts: Sequence[int]) -> tuple[list[int], int]:
    """Let events in one by one while they fit; return the places of the others, and the use."""
    others = []
    for place, count in enumerate(counts):
        if count == 0 or used + count <= units:
            used += count
        else:
            others.append(place)
    return others, used


def undisputed(claimed: Mapping[str, int]) -> dict[str, int]:
    """Return what each party gets at least, in whatever order the claims turn out to be true."""
    least = dict(claimed)
    for order in permutations(claimed):
        left = 10_000
        for party in order:
            got = min(left, claimed[party])
            least[party] = min(least[party], got)
            left -= got
    return least


def reserves(months: Sequence[tuple[int, int]], after: int) -> list[tuple[int, int]]:
    """Queue every yen that is held; return what claims took, and what was released, by month."""
    queue: list[int] = []  # the month in which each yen was held, the oldest first
    results = []
    for month, (held, claims) in enumerate(months):
        queue += [month] * max(0, held)
        queue = queue[: len(queue) + min(0, held)] if -held < len(queue) else queue[: max(0, held)]
        claimed, queue = queue[:claims], queue[claims:]
        released = [each for each in queue if month - each >= after]
        queue = queue[len(released) :]
        results.append((len(claimed), len(released)))
    return results


def offered(said: Sequence[Sequence[tuple[str, int]]]) -> str:
    """Read off what (state, price) each breadth says, the narrowest first, how a subject stands."""
    for of_breadth in said:
        if not of_breadth:
            continue
        speaking = {each for each in of_breadth if each[0] != "withdrawn"}
        if not speaking:
            return "not_offered"
        if {state for state, _ in speaking} == {"suspended"}:
            return "suspended"
        return "offered" if len(speaking) == 1 else "conflict"
    return "not_offered"
