"""
Advances and guarantees a second time: what each closing sets off, bills, shares and gives back.

One group after the other, one month after the other, from the lines of the naive book. What was
agreed is read; of what was computed nothing is.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from ledger.store.database import Database
from tests.core import naive
from tests.scenarios.naive_recoup_terms import Agreed, Guarantee, read_groups, subjects_of_grants
from tests.scenarios.naive_terms import after
from tests.scenarios.naive_usage import Key, Line


@dataclass
class Prepayment:
    """An advance, or a shortfall that was billed."""

    name: tuple[int, str]  # group, reference
    amount: int
    left: int
    guarantee: str | None
    closing: date | None  # of a shortfall
    subjects: set[int]  # that are in its group on the day it is due


@dataclass
class Use:
    """A part of a prepayment; to no subject where it is given back."""

    prepayment: tuple[int, str]
    closing: date
    amount: int
    subject: int | None
    line: Key | None = None  # what it was set off against


@dataclass
class Recouped:
    """What became of all lines and prepayments of a book."""

    set_off: dict[Key, int] = field(default_factory=dict)
    billed_in: dict[Key, date] = field(default_factory=dict)  # the month whose invoice has it
    prepayments: dict[tuple[int, str], Prepayment] = field(default_factory=dict)
    uses: list[Use] = field(default_factory=list)


def recoup(
    database: Database, lines: Mapping[Key, Line], order: Sequence[Key], closed: Sequence[date]
) -> Recouped:
    """Go through every group, and every closing since its license began."""
    found = Recouped()
    subjects = subjects_of_grants(database)
    grouped = set()
    for agreed in read_groups(database):
        group = _Group(agreed, subjects, found)
        for closing in closed:
            if agreed.begins_on < after(closing):
                group.stand(closing)
                own = [
                    key
                    for key in order
                    if key.closing == closing and key.place.grant in group.sources
                ]
                grouped |= set(own)
                group.close(closing, own, lines)
    for key in order:
        if key not in grouped:
            found.billed_in[key] = key.closing
    return found


class _Group:
    """Grants that are accounted for together, as they go from closing to closing."""

    def __init__(
        self,
        agreed: Agreed,
        subjects: Mapping[int, list[int]],
        found: Recouped,
    ) -> None:
        self.id, self.ends_on, self.found = agreed.id, agreed.ends_on, found
        self.versions, self.of_grant = agreed.versions, subjects
        self.sources: dict[int, str] = {}
        self.advances: list[Any] = []
        self.guarantees: list[Guarantee] = []
        self.subjects: list[tuple[str, int]] = []
        self.carried: dict[str, int] = {}
        self.open: dict[str, list[Key]] = {}
        self.earned: dict[tuple[str, int], int] = defaultdict(int)
        self.through: date | None = None
        for version in agreed.versions:
            for reference, _, amount, due_on, *_ in version.advances:
                if (self.id, reference) not in found.prepayments:
                    self._prepay(reference, amount, due_on, guarantee=None, closing=None)

    def stand(self, closing: date) -> None:
        """Go on under the terms that hold in a month; who has left takes along what waited."""
        (*_, version) = (each for each in self.versions if each.since <= closing)
        self.sources = version.sources
        self.advances = sorted(version.advances, key=lambda row: row[3])
        self.subjects = [
            (source, subject)
            for grant_id, source in version.sources.items()
            for subject in self.of_grant[grant_id]
        ]
        for source in [each for each in self.open if each not in version.sources.values()]:
            for key in self.open.pop(source):
                self.found.set_off[key], self.found.billed_in[key] = 0, closing
        self.carried = {each: self.carried.get(each, 0) for each in version.sources.values()}
        self.open = {each: self.open.get(each, []) for each in version.sources.values()}
        before = {each.reference: each for each in self.guarantees}
        self.guarantees = [
            each if known is None else _said_anew(known, each)
            for each in version.guarantees
            for known in [before.get(each.reference)]
        ]

    def close(self, closing: date, keys: Sequence[Key], lines: Mapping[Key, Line]) -> None:
        last_day = after(closing) - timedelta(days=1)
        came = dict.fromkeys(self.carried, 0)
        for key in keys:
            source = self.sources[key.place.grant]
            came[source] += lines[key].amount
            self.open[source].append(key)
            self.earned[source, key.place.subject] += lines[key].amount
        has = {source: self.carried[source] + came[source] for source in came}
        left = {source: max(0, amount) for source, amount in has.items()}
        first = dict(left)
        taken: dict[str, list[tuple[str, int]]] = {source: [] for source in has}
        recouped: dict[str, int] = {}
        for reference, balance, sources, shares in self._to_recoup(last_day):
            limits = [
                min(left[source], first[source] * share // 10_000)
                for source, share in zip(sources, shares, strict=True)
            ]
            total = min(balance, sum(limits))
            recouped[reference] = total
            parts = naive.hand_out(total, [Fraction(each) for each in limits]) if total else []
            for source, part in zip(sources, parts, strict=False):
                left[source] -= part
                if part:
                    taken[source].append((reference, part))
        for source, amount in has.items():
            self.carried[source] = min(0, amount)
            if amount >= 0:
                self._set_off(source, taken[source], closing, lines)
        for guarantee in self.guarantees:
            self._measure(guarantee, closing, last_day, came, left, recouped)
        if self.ends_on is not None and self.ends_on <= last_day:
            self._end(closing)
        self.through = last_day

    def _to_recoup(self, last_day: date) -> list[tuple[str, int, list[str], list[int]]]:
        found = [
            (reference, self._left(reference), list(sources), list(shares))
            for reference, _, _, due_on, sources, shares, _ in self.advances
            if due_on <= last_day
        ]
        for each in self.guarantees:
            whole = [10_000] * len(each.sources)
            found.append((each.reference, each.unrecouped, list(each.sources), whole))
        return [each for each in found if each[1]]

    def _set_off(
        self,
        source: str,
        taken: list[tuple[str, int]],
        closing: date,
        lines: Mapping[Key, Line],
    ) -> None:
        """Share what was recouped over the lines of a source, also those that have waited."""
        keys, self.open[source] = self.open[source], []
        left = [lines[key].amount for key in keys]
        for reference, part in taken:
            for prepayment in self._behind(reference):
                some = min(part, prepayment.left)
                part -= some
                if some:
                    shares = naive.hand_out(some, [Fraction(each) for each in left])
                    left = [amount - share for amount, share in zip(left, shares, strict=True)]
                    for key, share in zip(keys, shares, strict=True):
                        self._use(prepayment, closing, share, key.place.subject, key)
            assert part == 0
        for key, rest in zip(keys, left, strict=True):
            self.found.set_off[key] = lines[key].amount - rest
            self.found.billed_in[key] = closing

    def _measure(
        self,
        guarantee: Guarantee,
        closing: date,
        last_day: date,
        came: Mapping[str, int],
        payable: Mapping[str, int],
        recouped: Mapping[str, int],
    ) -> None:
        last = guarantee.checkpoints[-1][0]
        if guarantee.starts_on > last_day or (self.through is not None and self.through >= last):
            return
        guarantee.paid += sum(payable[source] for source in guarantee.sources)
        guarantee.unrecouped -= recouped.get(guarantee.reference, 0)
        for source in guarantee.sources:
            guarantee.earned[source] += came[source]
        due = [
            each
            for each in guarantee.checkpoints
            if each[0] <= last_day and (self.through is None or each[0] > self.through)
        ]
        if not due:
            return
        due_on, target = due[-1]
        advanced = 0
        for reference, kind, amount, paid_on, _, _, toward in self.advances:
            if toward == guarantee.reference and paid_on <= last_day:
                advanced += amount - (self._left(reference) if kind == "repayable" else 0)
        missing = max(0, target - guarantee.paid - guarantee.billed - advanced)
        guarantee.billed += missing
        is_last = due_on == last
        if is_last:
            for prepayment in self._behind(guarantee.reference):
                self._release(prepayment, closing, prepayment.left, guarantee.sources)
        guarantee.unrecouped = 0 if is_last else guarantee.unrecouped + missing
        if missing:
            reference = f"{guarantee.reference}/{due_on.isoformat()}"
            billed = self._prepay(
                reference, missing, due_on, guarantee=guarantee.reference, closing=closing
            )
            if is_last:
                weights = [max(0, guarantee.earned[source]) for source in guarantee.sources]
                for source, part in zip(guarantee.sources, _by(missing, weights), strict=True):
                    self._release(billed, closing, part, [source])

    def _end(self, closing: date) -> None:
        """Give back what is repayable, and share the rest."""
        for reference, kind, _, _, sources, _, _ in self.advances:
            (prepayment,) = self._behind(reference) or (None,)
            if prepayment is not None and kind == "repayable":
                self._use(prepayment, closing, prepayment.left, None)
            elif prepayment is not None:
                self._release(prepayment, closing, prepayment.left, sources)

    def _release(
        self, prepayment: Prepayment, closing: date, amount: int, sources: Sequence[str]
    ) -> None:
        shares = [each for each in self.subjects if each[0] in sources]
        parts = _by(amount, [max(0, self.earned[each]) for each in shares])
        for (_, subject), part in zip(shares, parts, strict=True):
            self._use(prepayment, closing, part, subject)

    def _prepay(
        self,
        reference: str,
        amount: int,
        due_on: date,
        *,
        guarantee: str | None,
        closing: date | None,
    ) -> Prepayment:
        name = (self.id, reference)
        (*_, version) = (each for each in self.versions if each.since <= due_on)
        subjects = {each for grant_id in version.sources for each in self.of_grant[grant_id]}
        made = Prepayment(name, amount, amount, guarantee, closing, subjects)
        self.found.prepayments[name] = made
        return made

    def _behind(self, reference: str) -> list[Prepayment]:
        """Return the advance, or what a guarantee billed so far, as far as something is left."""
        return [
            each
            for name, each in self.found.prepayments.items()
            if name[0] == self.id and reference in (name[1], each.guarantee) and each.left
        ]

    def _left(self, reference: str) -> int:
        return self.found.prepayments[self.id, reference].left

    def _use(
        self,
        prepayment: Prepayment,
        closing: date,
        amount: int,
        subject: int | None,
        line: Key | None = None,
    ) -> None:
        if amount:
            prepayment.left -= amount
            self.found.uses.append(Use(prepayment.name, closing, amount, subject, line))


def _said_anew(known: Guarantee, said: Guarantee) -> Guarantee:
    """Take over what was paid and billed under a guarantee, and what its members earned."""
    known.sources, known.checkpoints = said.sources, said.checkpoints
    for source in [each for each in known.earned if each not in said.sources]:
        del known.earned[source]
    return known


def _by(amount: int, weights: Sequence[int]) -> list[int]:
    """Divide by weights, equally where there are none."""
    return naive.hand_out(
        amount, [Fraction(each) for each in (weights if any(weights) else [1] * len(weights))]
    )
