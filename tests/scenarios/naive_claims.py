"""
Claims a second time: whose what came in is, what waits while they disagree, what comes back.

Every part of what came in is looked at by the days, territories and rights of its use. Claims are
read as they were entered; nothing that was divided is.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import permutations

from ledger.store.database import Database
from tests.core import naive
from tests.rows import rows

_CLAIMS = """
    SELECT c.claim_id, c.subject_id, c.use_right, c.territory, p.reference, v.share_bp,
           v.starts_on, v.ends_on, v.state, v.recorded_at
    FROM claim c JOIN claim_version v USING (claim_id) JOIN party p ON p.party_id = c.owner_id
    ORDER BY c.claim_id, v.version
"""
_WHOLE = 10_000

Cell = tuple[str | None, date, Fraction]  # territory, day, how much was used
Money = tuple[int, int]  # an amount and its tax
Ruling = dict[str, int]  # what each party is undisputed in, of the whole


@dataclass(frozen=True)
class Claim:
    """What somebody says is its own, as its last version has it."""

    key: int
    subject: int
    right: str
    territory: str
    party: str
    share: int
    starts_on: date
    ends_on: date | None
    state: str

    def is_on(self, right: str | None, territory: str | None, day: date) -> bool:
        """Tell whether it is on a use; on what is not known, it may be."""
        return (
            (right is None or self.right in ("all", right))
            and (territory is None or self.territory in ("WORLD", territory))
            and self.starts_on <= day
            and (self.ends_on is None or day < self.ends_on)
        )


@dataclass(frozen=True)
class Came:
    """Something that came in for a subject, with where and when it was used."""

    subject: int
    right: str | None
    cells: Sequence[Cell]
    royalty: int
    tax: int


@dataclass
class Waiting:
    """What waits of one division, who had what of it, and how much of the whole still waits."""

    name: str
    subject: int
    right: str | None
    places: set[str | None]
    days: tuple[date, date]
    whole: Money
    had: dict[str, Money]
    left: Money
    left_bp: int


@dataclass
class Shared:
    """What a settlement does about a holder's claims: earned by others, set aside, come back."""

    others: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    aside: list[tuple[str, str, int, int]] = field(default_factory=list)

    @property
    def taken(self) -> Money:
        """What is not the registered holder's to divide now."""
        parts = [*self.others.values(), *((amount, tax) for *_, amount, tax in self.aside)]
        return sum(part[0] for part in parts), sum(part[1] for part in parts)


class Claims:
    """Divides what is claimed, settlement after settlement, and keeps what waits."""

    def __init__(self, database: Database) -> None:
        self._versions = rows(database, _CLAIMS)
        self.waiting: dict[str, list[Waiting]] = defaultdict(list)

    def known_at(self, instant: datetime) -> dict[int, list[Claim]]:
        """Return the claims that stand at an instant, by subject, as they were entered."""
        last = {}
        for *said, recorded_at in self._versions:
            if recorded_at <= instant:
                last[said[0]] = Claim(*said)
        found: dict[int, list[Claim]] = defaultdict(list)
        for claim in last.values():
            if claim.state != "withdrawn":
                found[claim.subject].append(claim)
        return found

    def divide(
        self,
        holder: str,
        came: Sequence[Came],
        known: Mapping[int, Sequence[Claim]],
        *,
        closing: date,
        policy: str,
        fee_bp: int,
        fee_tax_percent: int,
    ) -> Shared:
        """Share what came in for a holder, and what waits from before."""
        shared = Shared()
        waiting = self.waiting[holder]
        before = list(waiting)
        pieces = _contested(came, known)
        for number, (subject, claims, parts) in enumerate(pieces, start=1):
            royalty, tax = sum(each.royalty for each in parts), sum(each.tax for each in parts)
            fee = int(Fraction(royalty * fee_bp, _WHOLE))
            fee_tax = int(Fraction(fee * fee_tax_percent, 100))
            whole = (royalty - fee, tax - fee_tax)
            ruling = _ruling(claims, holder, policy)
            had = _parts(whole, ruling)
            left = _less(whole, had.values())
            days = [day for each in parts for _, day, _ in each.cells]
            name = f"SUS-{closing:%Y-%m}-{holder}-{number}"
            if any(left):
                shared.aside.append(("suspended", name, *left))
                waiting.append(
                    Waiting(
                        name,
                        subject,
                        parts[0].right,
                        {place for each in parts for place, _, _ in each.cells},
                        (min(days), max(days)),
                        whole,
                        had,
                        left,
                        _WHOLE - sum(ruling.values()),
                    )
                )
            _add(shared, had, holder)
        for each in before:
            self._release(each, known.get(each.subject, ()), holder, policy, shared)
        return shared

    def _release(
        self,
        waits: Waiting,
        claims: Sequence[Claim],
        holder: str,
        policy: str,
        shared: Shared,
    ) -> None:
        """Give what is not disputed any more to whoever has less than is its own by now."""
        first, last = waits.days
        on = {
            tuple(each for each in claims if each.is_on(waits.right, place, day))
            for place in waits.places
            for day in _days(first, last)
        }
        if not waits.left_bp or len(on) != 1:
            return
        ruling = _ruling(on.pop(), holder, policy)
        still = _WHOLE - sum(ruling.values())
        if still > waits.left_bp:
            return
        due = _parts(waits.whole, ruling)
        stays = _less(waits.whole, due.values())
        back = (waits.left[0] - stays[0], waits.left[1] - stays[1])
        if not any(back):
            return
        lacks = {}
        for party, (amount, tax) in due.items():
            had = waits.had.get(party, (0, 0))
            lacks[party] = (amount - had[0], amount + tax - sum(had))
        amounts = _to_who_lacks(back[0], [each[0] for each in lacks.values()])
        wholes = _to_who_lacks(sum(back), [each[1] for each in lacks.values()])
        got = {
            party: (amount, whole - amount)
            for party, amount, whole in zip(lacks, amounts, wholes, strict=True)
        }
        for party, (amount, tax) in got.items():
            had = waits.had.get(party, (0, 0))
            waits.had[party] = (had[0] + amount, had[1] + tax)
        waits.left, waits.left_bp = stays, still
        shared.aside.append(("suspense_released", waits.name, -back[0], -back[1]))
        _add(shared, got, holder)


def _contested(
    came: Iterable[Came], known: Mapping[int, Sequence[Claim]]
) -> list[tuple[int, Sequence[Claim], list[Came]]]:
    """Put together what is claimed alike: by the same, to one right, between two turns."""
    found: dict[tuple[int, str | None, int, tuple[Claim, ...]], list[Came]] = {}
    for line in came:
        claims = known.get(line.subject, ())
        turns = {day for each in claims for day in (each.starts_on, each.ends_on) if day}
        alike: dict[tuple[int, tuple[Claim, ...]], list[Cell]] = defaultdict(list)
        for place, day, used in line.cells:
            on = tuple(each for each in claims if each.is_on(line.right, place, day))
            alike[sum(turn <= day for turn in turns), on].append((place, day, used))
        weights = [sum((cell[2] for cell in cells), Fraction(0)) for cells in alike.values()]
        royalties = signed(line.royalty, weights)
        taxes = signed(line.tax, weights)
        for ((turn, on), cells), royalty, tax in zip(alike.items(), royalties, taxes, strict=True):
            if on:
                part = Came(line.subject, line.right, cells, royalty, tax)
                found.setdefault((line.subject, line.right, turn, on), []).append(part)
    return [(subject, on, parts) for (subject, _, _, on), parts in found.items()]


def _ruling(on: Sequence[Claim], holder: str, policy: str) -> Ruling:
    """Say what each party may be paid, as a registration and claims stand."""
    claimed: dict[str, dict[str, int]] = {}
    if all(each.party != holder for each in on):
        claimed[holder] = {"asserted": _WHOLE}
    for each in on:
        states = claimed.setdefault(each.party, {})
        states[each.state] = states.get(each.state, 0) + each.share
    if policy == "hold_all" and sum(sum(of.values()) for of in claimed.values()) > _WHOLE:
        return dict.fromkeys(claimed, 0)
    agreed = {party: of.get("agreed", 0) for party, of in claimed.items()}
    if sum(agreed.values()) > _WHOLE:  # An agreement on more than there is settles nothing.
        agreed = dict.fromkeys(claimed, 0)
        others = {party: sum(of.values()) for party, of in claimed.items()}
    else:
        others = {party: sum(of.values()) - agreed[party] for party, of in claimed.items()}
    least = dict(others)
    for order in permutations(others):
        left = _WHOLE - sum(agreed.values())
        for party in order:
            got = min(left, others[party])
            least[party] = min(least[party], got)
            left -= got
    return {
        party: agreed[party] + min(least[party], others[party] - of.get("disputed", 0))
        for party, of in claimed.items()
    }


def _parts(whole: Money, ruling: Ruling) -> dict[str, Money]:
    """Divide an amount, and it with its tax; the tax of a part is the difference."""
    weights = [*map(Fraction, ruling.values()), Fraction(_WHOLE - sum(ruling.values()))]
    amounts, wholes = signed(whole[0], weights), signed(sum(whole), weights)
    return {
        party: (amount, both - amount)
        for party, amount, both in zip(ruling, amounts, wholes, strict=False)
    }


def _add(shared: Shared, parts: Mapping[str, Money], holder: str) -> None:
    for party, (amount, tax) in parts.items():
        if party != holder and (amount or tax):
            shared.others[party][0] += amount
            shared.others[party][1] += tax


def _to_who_lacks(total: int, lacking: Sequence[int]) -> list[int]:
    sign = 1 if total > 0 else -1
    weights = [Fraction(max(0, sign * each)) for each in lacking]
    return signed(
        total, weights if any(weights) else [Fraction(not place) for place, _ in enumerate(weights)]
    )


def _less(whole: Money, parts: Iterable[Money]) -> Money:
    given = list(parts)
    return whole[0] - sum(each[0] for each in given), whole[1] - sum(each[1] for each in given)


def _days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def signed(total: int, weights: Sequence[Fraction]) -> list[int]:
    """Hand out an amount; one below zero mirrors the one above, and weights of 0 are alike."""
    sign = -1 if total < 0 else 1
    parts = naive.hand_out(abs(total), weights if any(weights) else [Fraction(1)] * len(weights))
    return [sign * part for part in parts]
