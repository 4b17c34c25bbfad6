"""What corrections of the histories' book must be answered: one by one, or drawn up first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

from ledger.core.period import Month
from tests.scenarios.book_model import (
    Body,
    BookModel,
    Identity,
    Place,
    Revision,
    Sum,
    difference,
    differing_fields,
    leaf,
    month_or_none,
)
from tests.scenarios.book_terms import State, month_of, plain

#: What makes a line of a difference, and what it says: as text, so that it is compared to the byte.
Line = tuple[str | None, ...]

_STATUS = {"generation_not_recorded": 404}
_UNPROCESSABLE = {
    "note_missing",
    "number_negative",
    "replacement_missing",
    "replacement_not_expected",
    "replacement_of_another",
    "replacement_in_other_month",
    "corrected_twice",
}


class Refused(NamedTuple):
    """A correction cannot be made."""

    code: str

    @property
    def http_status(self) -> int:
        """With what it is refused."""
        conflict = 422 if self.code in _UNPROCESSABLE else 409
        return _STATUS.get(self.code, conflict)


class Looked(NamedTuple):
    """A correction that can be made, or was made before."""

    identity: Identity
    number: int
    before: State | None
    revision: Revision
    is_known: bool

    def difference(self) -> Mapping[Place, Sum]:
        """Return what it changes."""
        identity = self.identity
        where = (identity.firm, identity.month, self.revision.counted_in)
        return difference(where, [self.before], [self.revision.state])

    def answer(self) -> Body:
        """Return what is said of it once it is made."""
        state = self.revision.state
        correction = self.revision.correction or {}
        return {
            "id": self.identity.id,
            "source": self.identity.source,
            "month": str(self.identity.month),
            "revision": self.number,
            "kind": correction["kind"],
            "status": "duplicate" if self.is_known else "recorded",
            "decision": state.decision if state else None,
            "reasons": state.reasons if state else [],
            "counted_in": month_or_none(self.revision.counted_in),
            "receipt": self.revision.receipt,
        }


@dataclass(frozen=True)
class Shown:
    """What a batch of corrections is shown to change."""

    correction_count: int
    known_count: int
    refused: Sequence[tuple[int, str, str]]  # where, which, and why
    lines: Mapping[Place, Sum]


@dataclass
class Draft:
    """A batch of corrections that was drawn up."""

    firm: str
    asked: Sequence[Body]
    shown: Shown
    state: str = "open"


def correct(model: BookModel, firm: str, correction: Body) -> Looked | Refused:
    """Make one correction, if it can be made."""
    looked = look(model, firm, correction)
    if isinstance(looked, Looked):
        write(model, firm, [looked])
    return looked


def look(model: BookModel, firm: str, correction: Body) -> Looked | Refused:
    """Return what a correction would do, or why it cannot be made."""
    refusal = _malformed(correction)
    if refusal is not None:
        return Refused(refusal)
    identity = _identify(model, firm, correction)
    if isinstance(identity, Refused):
        return identity
    revisions = model.kept[identity].revisions
    number = correction.get("revision", 1)
    hashed = correction_leaf(correction, identity.month)
    if number < len(revisions):
        made = revisions[number]
        if made.receipt["leaf"] != hashed.hex():
            return Refused("correction_conflict")
        return Looked(identity, number, revisions[number - 1].state, made, is_known=True)
    standing = revisions[-1].state
    replacement = correction.get("replacement")
    if number > len(revisions):
        return Refused("revision_missing")
    if replacement is None and standing is None:
        return Refused("already_void")
    if replacement and standing and not differing_fields(standing.event, replacement):
        return Refused("nothing_to_correct")
    state = None if replacement is None else model.terms.judge(firm, replacement)
    revision = Revision(state, {}, model.counted_in(identity.month), correction)
    return Looked(identity, number, standing, revision, is_known=False)


def write(model: BookModel, firm: str, looked: Iterable[Looked]) -> None:
    """Put corrections into the book, with a receipt for each."""
    new = [each for each in looked if not each.is_known]
    for each in new:
        model.kept[each.identity].revisions.append(each.revision)
    model.seal(
        firm,
        [
            (correction_leaf(each.revision.correction or {}, each.identity.month), each.revision)
            for each in new
        ],
    )


def look_at_all(
    model: BookModel, firm: str, asked: Sequence[Body]
) -> tuple[Shown, Sequence[Looked]]:
    """Return what some corrections would change together, and those that can be made."""
    answers: list[Looked | Refused] = []
    named: set[Identity] = set()
    for correction in asked:
        identity = None if _malformed(correction) else _identify(model, firm, correction)
        if isinstance(identity, Identity) and identity in named:
            answers.append(Refused("corrected_twice"))
            continue
        if isinstance(identity, Identity):
            named.add(identity)
        answers.append(look(model, firm, correction))
    looked = [each for each in answers if isinstance(each, Looked)]
    shown = Shown(
        correction_count=len(asked),
        known_count=sum(each.is_known for each in looked),
        refused=[
            (index, asked[index]["id"], each.code)
            for index, each in enumerate(answers)
            if isinstance(each, Refused)
        ],
        lines=added(each.difference() for each in looked if not each.is_known),
    )
    return shown, looked


def commit(model: BookModel, draft: Draft) -> Sequence[Body] | Refused:
    """Make a draft, if it would still change what was shown."""
    if draft.state == "discarded":
        return Refused("draft_discarded")
    if draft.shown.refused:
        return Refused("draft_has_refused")
    shown, looked = look_at_all(model, draft.firm, draft.asked)
    if draft.state == "open":
        if shown != draft.shown:
            return Refused("draft_outdated")
        write(model, draft.firm, looked)
        draft.state = "committed"
    return [each.answer() for each in looked]


def added(differences: Iterable[Mapping[Place, Sum]]) -> Mapping[Place, Sum]:
    """Add differences up, without what comes to nothing."""
    found: dict[Place, Sum] = {}
    for each in differences:
        for place, change in each.items():
            found[place] = found[place].plus(change) if place in found else change
    return {place: total for place, total in found.items() if any(total)}


def lines(changed: Mapping[Place, Sum]) -> list[Line]:
    """Write a difference as it is answered, in an order of its own."""
    return sorted(map(_line, changed.items()), key=repr)


def answered_lines(answered: Iterable[Body]) -> list[Line]:
    """Return an answered difference in the same order."""
    return sorted((tuple(_text(each[name]) for name in _SAID) for each in answered), key=repr)


def correction_leaf(correction: Body, month: Month) -> bytes:
    """Return the hash of a correction, as docs/corrections.md tells an engineer to compute it."""
    replacement = correction.get("replacement")
    fields = (
        "correction",
        _source(correction),
        correction["id"],
        str(month),
        str(correction.get("revision", 1)),
        correction["kind"],
        correction["reason"],
        correction.get("note", ""),
        leaf(replacement).hex() if replacement else "",
    )
    return sha256(b"\x00" + "\0".join(fields).encode()).digest()


_SAID = (
    *("month", "counted_in", "subject", "decision", "reason", "generation_count", "quantity"),
    *("net_revenue", "currency", "price_minor"),
)


def _line(changed: tuple[Place, Sum]) -> Line:
    place, total = changed
    price = None
    if place.rate is not None and place.decision == "accepted":
        price = plain(place.rate.price(total.quantity))
    return (
        str(place.month),
        month_or_none(place.counted_in),
        place.subject,
        place.decision,
        place.reason,
        str(total.number),
        plain(total.quantity),
        "0",
        "JPY" if place.rate else None,
        price,
    )


def _malformed(correction: Body) -> str | None:
    """Return what is wrong with a correction by itself."""
    replacement = correction.get("replacement")
    if replacement is not None and "fault" in replacement:
        return str(replacement["fault"])
    if correction["kind"] == "void":
        if replacement is not None:
            return "replacement_not_expected"
    elif replacement is None:
        return "replacement_missing"
    elif (_source(correction), correction["id"]) != (replacement["source"], replacement["id"]):
        return "replacement_of_another"
    is_unexplained = correction["reason"] == "other" and not correction.get("note")
    return "note_missing" if is_unexplained else None


def _identify(model: BookModel, firm: str, correction: Body) -> Identity | Refused:
    found = [
        identity
        for identity in model.kept
        if (identity.firm, identity.source, identity.id)
        == (firm, _source(correction), correction["id"])
        and correction.get("month") in (None, str(identity.month))
    ]
    replacement = correction.get("replacement")
    if replacement is not None and found:
        found = [identity for identity in found if identity.month == month_of(replacement)]
        if not found:
            return Refused("replacement_in_other_month")
    if not found:
        return Refused("generation_not_recorded")
    return found[0] if len(found) == 1 else Refused("generation_ambiguous")


def _source(correction: Body) -> str:
    return str(correction.get("source") or correction["replacement"]["source"])


def _text(value: object) -> str | None:
    return None if value is None else str(value)
