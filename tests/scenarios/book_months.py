"""What the months of the histories' book come to: declared, compared, previewed and charged."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from ledger.core.period import Month
from tests.scenarios.book_model import NOTHING, Body, BookModel, Sum
from tests.scenarios.book_terms import Rate, State, month_of, plain

FIRMS = ("studio-a", "studio-b")

Kind = tuple[str, str]  # modality and unit


class Key(NamedTuple):
    """What makes a line of a month."""

    firm: str
    month: Month
    subject: str | None
    rate: Rate


class Said(NamedTuple):
    """What a declaration says, however it is written."""

    is_nil: bool
    number: int
    totals: Mapping[Kind, Decimal]


class Charged(NamedTuple):
    """What a line counts and comes to, in whole yen."""

    number: int
    quantity: Decimal
    amount: int

    def less(self, other: "Charged") -> "Charged":
        """Return it without what was charged before."""
        return Charged(
            self.number - other.number,
            self.quantity - other.quantity,
            self.amount - other.amount,
        )


@dataclass
class MonthModel:
    """What was declared and charged so far."""

    book: BookModel
    declared: dict[tuple[str, Month], list[Body]] = field(default_factory=dict)
    charged: dict[Key, Charged] = field(default_factory=dict)

    def charge(self, month: Month) -> Mapping[Key, Charged]:
        """
        Close a month, and return each line that is not nothing.

        All that is known of it and of those before is charged, less what was charged before.
        """
        known = charges(self.book, until=month)
        lines = {
            key: known.get(key, _FREE).less(self.charged.get(key, _FREE))
            for key in {*known, *self.charged}
        }
        self.charged = dict(known)
        return {key: line for key, line in lines.items() if any(line)}

    def declare(self, firm: str, month: Month, said: Body) -> str | None:
        """Take a declaration; return why it is not taken."""
        if month.starts_at > self.book.now:
            return "month_not_begun"
        versions = self.declared.get((firm, month), [])
        if versions and read(versions[-1]) == read(said):
            return None
        if self.book.is_closed(month):
            return "declaration_too_late"
        declared_at = self.book.now.isoformat().replace("+00:00", "Z")
        self.declared[firm, month] = [*versions, said | {"declared_at": declared_at}]
        return None

    def differing(self, month: Month) -> list[str]:
        """Return the firms whose month is not what they declared, by name."""
        return [firm for firm in FIRMS if self.state(firm, month) == "differs"]

    def unsettled(self, month: Month) -> list[str]:
        """Return the firms whose month is not agreed upon."""
        return [firm for firm in FIRMS if self.state(firm, month) != "agreed"]

    def state(self, firm: str, month: Month) -> str:
        """Return where a firm's month stands."""
        return str(self.answer(firm, month)["state"])

    def agreeing(self, firm: str, month: Month) -> Body:
        """Return the declaration that a firm's month agrees with."""
        reported = self._reported(firm, month)
        count = sum(total.number for total in reported.values())
        if not count:
            return {"nil": True}
        return {
            "generation_count": count,
            "totals": [
                {"modality": modality, "unit": unit, "quantity": plain(quantity)}
                for (modality, unit), quantity in _by_kind(reported).items()
            ],
        }

    def answer(self, firm: str, month: Month) -> Body:
        """Return what has to be said of a firm's month."""
        versions = self.declared.get((firm, month), [])
        reported = self._reported(firm, month)
        count = sum(total.number for total in reported.values())
        difference = None
        if versions:
            difference = _difference(versions[-1], reported)
        state = "undeclared"
        if self.book.is_closed(month):
            state = "closed"
        elif difference is not None:
            differs = difference["generation_count"] or difference["quantities"]
            state = "differs" if differs else "agreed"
        return {
            "licensee": firm,
            "month": str(month),
            "state": state,
            "generation_count": count,
            "reported": _shown(reported),
            "declarations": [_version(*each) for each in enumerate(versions, start=1)],
            "difference": difference,
        }

    def _reported(self, firm: str, month: Month) -> Mapping[tuple[Kind, str], Sum]:
        """Return what the book has of a month now, however it came there."""
        found: dict[tuple[Kind, str], Sum] = {}
        for identity, kept in self.book.kept.items():
            state = kept.revisions[-1].state
            if (identity.firm, identity.month) == (firm, month) and state is not None:
                kind = (state.event["modality"], state.event["unit"])
                one = Sum(1, state.quantity)
                key = (kind, state.decision)
                found[key] = found.get(key, NOTHING).plus(one)
        return found


_FREE = Charged(0, Decimal(0), 0)


def charges(book: BookModel, *, until: Month | None = None) -> Mapping[Key, Charged]:
    """Return what every line of every month comes to, by all that is counted until a month."""
    found: dict[Key, Sum] = {}
    for place, total in book.totals().items():
        is_later = until is not None and (place.counted_in or place.month) > until
        if place.rate is None or place.decision != "accepted" or is_later:
            continue
        key = Key(place.firm, place.month, place.subject, place.rate)
        found[key] = found.get(key, NOTHING).plus(total)
    return {
        key: Charged(total.number, total.quantity, key.rate.charge(total.quantity))
        for key, total in found.items()
    }


def growths(book: BookModel, firm: str, new: Iterable[State]) -> Mapping[Key, Charged]:
    """Return by how much each line would grow with something more."""
    added: dict[Key, Sum] = {}
    for state in new:
        for part in state.parts:
            if part.rate is not None and part.decision == "accepted":
                key = Key(firm, month_of(state.event), part.subject, part.rate)
                added[key] = added.get(key, NOTHING).plus(Sum(1, state.quantity))
    stands = charges(book)
    return {
        key: Charged(
            more.number,
            more.quantity,
            key.rate.charge(stands.get(key, _FREE).quantity + more.quantity)
            - stands.get(key, _FREE).amount,
        )
        for key, more in added.items()
    }


def read(said: Body) -> Said:
    """Return what a declaration says."""
    totals = {
        (each["modality"], each["unit"]): Decimal(each["quantity"])
        for each in said.get("totals", ())
        if Decimal(each["quantity"])
    }
    return Said(said.get("nil", False), said.get("generation_count", 0), totals)


def _by_kind(reported: Mapping[tuple[Kind, str], Sum]) -> dict[Kind, Decimal]:
    found: dict[Kind, Decimal] = {}
    for (kind, _), total in sorted(reported.items()):
        found[kind] = found.get(kind, Decimal(0)) + total.quantity
    return found


def _difference(said: Body, reported: Mapping[tuple[Kind, str], Sum]) -> Body:
    _, number, totals = read(said)
    found = _by_kind(reported)
    quantities = []
    for kind in sorted({*totals, *found}):
        declared, has = totals.get(kind, Decimal(0)), found.get(kind, Decimal(0))
        if declared != has:
            quantities.append(
                {
                    "modality": kind[0],
                    "unit": kind[1],
                    "declared": plain(declared),
                    "reported": plain(has),
                    "difference": plain(has - declared),
                }
            )
    booked = sum(total.number for total in reported.values())
    return {"generation_count": booked - number, "quantities": quantities}


def _shown(reported: Mapping[tuple[Kind, str], Sum]) -> list[Body]:
    return [
        {
            "modality": modality,
            "unit": unit,
            **{
                decision: {"generation_count": total.number, "quantity": plain(total.quantity)}
                for decision in ("accepted", "held", "refused")
                for total in [reported.get(((modality, unit), decision), NOTHING)]
            },
        }
        for modality, unit in sorted({kind for kind, _ in reported})
    ]


def _version(number: int, said: Body) -> Body:
    totals = [
        {"modality": each["modality"], "unit": each["unit"], "quantity": plain(quantity)}
        for each in sorted(said.get("totals", ()), key=lambda each: each["modality"])
        if (quantity := Decimal(each["quantity"]))
    ]
    return {
        "version": number,
        "declared_at": said["declared_at"],
        "nil": said.get("nil", False),
        "generation_count": said.get("generation_count", 0),
        "totals": totals,
    }
