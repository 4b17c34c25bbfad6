"""Rules of the drawn histories: what was reported is corrected, one by one and many at once."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from httpx import Response
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.scenarios.book_corrections import (
    Draft,
    Looked,
    Refused,
    answered_lines,
    commit,
    correct,
    lines,
    look,
    look_at_all,
)
from tests.scenarios.book_model import Body, Identity, month_or_none
from tests.scenarios.book_terms import Event
from tests.scenarios.drawn_events import events
from tests.scenarios.histories import CHANCE, SERVERS, Told, sendable

_REASONS = ("not_generated", "wrong_quantity", "other")
_INSTEAD = events(may_have_faults=False)


class Correcting(Told):
    """Corrects what is in the book, or says that it does."""

    def __init__(self) -> None:
        super().__init__()
        self.corrections: list[tuple[str, Body]] = []
        self.drafts: dict[str, Draft] = {}

    @precondition(lambda self: self.model.kept)
    @rule(chance=CHANCE, server=SERVERS, instead=_INSTEAD)
    def correct(self, chance: Any, server: int, instead: Event) -> None:
        """Void or replace something, whatever became of it, in a month open or closed."""
        firm, correction = self._draw(chance, instead)
        self.corrections.append((firm, correction))
        self._correct(firm, server, correction)

    @precondition(lambda self: self.corrections)
    @rule(chance=CHANCE, server=SERVERS)
    def correct_again(self, chance: Any, server: int) -> None:
        """Say the same again, or something else of the same revision."""
        firm, correction = chance.choice(self.corrections)
        other = chance.choice([{}, {}, {"note": "another"}, {"reason": "test_data"}])
        self._correct(firm, server, correction | other)

    @precondition(lambda self: self.model.kept)
    @rule(chance=CHANCE, instead=_INSTEAD)
    def correct_twice_at_once(self, chance: Any, instead: Event) -> None:
        """Both servers are told the same at the same moment: one of them was first."""
        firm, correction = self._draw(chance, instead)
        self.corrections.append((firm, correction))
        with ThreadPoolExecutor(2) as senders:
            answers = list(
                senders.map(lambda server: self._send(firm, server, correction), range(2))
            )
        first = correct(self.model, firm, correction)
        second = correct(self.model, firm, correction)
        answers.sort(key=lambda answer: "duplicate" in answer.text)
        for answer, looked in zip(answers, (first, second), strict=True):
            check_correction(answer, looked)

    @precondition(lambda self: self.model.kept)
    @rule(chance=CHANCE, server=SERVERS, instead=st.lists(_INSTEAD, min_size=1, max_size=6))
    def draw_up(self, chance: Any, server: int, instead: list[Event]) -> None:
        """Draw up several, also such as cannot be made; nothing changes."""
        firm, first = self._draw(chance, instead[0])
        asked = [first, *(self._draw(chance, each, firm)[1] for each in instead[1:])]
        if chance.random() < 0.6:  # Only what can be made; where nothing can, what cannot.
            alone = [each for each in asked if isinstance(look(self.model, firm, each), Looked)]
            asked = list({(each["source"], each["id"]): each for each in alone}.values()) or asked
        sent = {"corrections": [*map(_sendable, asked)]}
        answer = self.call(firm, server, "POST", "/correction-batches", sent)
        assert answer.status_code == 201, answer.text
        shown, _ = look_at_all(self.model, firm, asked)
        draft = self.drafts[answer.json()["id"]] = Draft(firm, asked, shown)
        check_draft(answer.json(), draft)
        lot = chance.random()
        if lot < 0.3:  # One of them is made alone, so that it is no longer as it was shown.
            self._correct(firm, server, chance.choice(asked))
        if lot < 0.6:
            self._commit(answer.json()["id"], server)

    @precondition(lambda self: self.drafts)
    @rule(chance=CHANCE, server=SERVERS)
    def commit(self, chance: Any, server: int) -> None:
        """Make a draft that stands as it was shown, or be told why not; or again."""
        self._commit(chance.choice([*self.drafts, *list(self.drafts)[-1:] * 3]), server)

    def _commit(self, name: str, server: int) -> None:
        draft = self.drafts[name]
        answer = self.call(draft.firm, server, "POST", f"/correction-batches/{name}/commit")
        made = commit(self.model, draft)
        if isinstance(made, Refused):
            assert (answer.status_code, answer.json()["code"]) == (409, made.code), answer.text
        else:
            assert answer.status_code == 200, answer.text
            assert answer.json() == {"id": name, "corrections": made}
        self._look_at(name, server)

    @precondition(lambda self: self.drafts)
    @rule(chance=CHANCE, server=SERVERS)
    def discard(self, chance: Any, server: int) -> None:
        """Give a draft up, unless it was made."""
        name = chance.choice(list(self.drafts))
        draft = self.drafts[name]
        answer = self.call(draft.firm, server, "DELETE", f"/correction-batches/{name}")
        if draft.state == "committed":
            assert (answer.status_code, answer.json()["code"]) == (409, "draft_committed")
        else:
            assert answer.status_code == 204
            draft.state = "discarded"
        self._look_at(name, server)

    def _correct(self, firm: str, server: int, correction: Body) -> None:
        answer = self._send(firm, server, correction)
        looked = correct(self.model, firm, correction)
        check_correction(answer, looked)
        if isinstance(looked, Looked):
            self._read(looked.identity, server)

    def _send(self, firm: str, server: int, correction: Body) -> Response:
        path = f"/generations/{correction['id']}/corrections"
        sent = {name: value for name, value in _sendable(correction).items() if name != "id"}
        return self.call(firm, server, "POST", path, sent)

    def _read(self, identity: Identity, server: int) -> None:
        """Read all revisions of a generation."""
        query = f"?source={identity.source}&month={identity.month}"
        answer = self.call(identity.firm, server, "GET", f"/generations/{identity.id}{query}")
        revisions = self.model.kept[identity].revisions
        assert answer.json()["standing"] == len(revisions) - 1
        for told, known in zip(answer.json()["revisions"], revisions, strict=True):
            assert told["receipt"] == known.receipt
            assert told["counted_in"] == month_or_none(known.counted_in)
            assert told["decision"] == (known.state.decision if known.state else None)

    def _look_at(self, name: str, server: int) -> None:
        """Read a draft: what was shown stays."""
        draft = self.drafts[name]
        answer = self.call(draft.firm, server, "GET", f"/correction-batches/{name}")
        check_draft(answer.json(), draft)

    def _draw(self, chance: Any, instead: Event, firm: str | None = None) -> tuple[str, Body]:
        """Choose what is to be corrected and how; mostly something that can be made."""
        known = [each for each in self.model.kept if firm in (None, each.firm)]
        charged = [each for each in known if self.model.is_closed(each.month)]
        if charged and chance.random() < 0.5:
            known = charged
        identity = chance.choice(known or list(self.model.kept))
        kept = self.model.kept[identity]
        standing = len(kept.revisions) - 1
        names = {"source": identity.source, "id": identity.id}
        correction: Body = {
            **names,
            "kind": chance.choice(("void", "replace", "replace")),
            "reason": chance.choice(_REASONS),
            "revision": standing + chance.choice((1, 1, 1, 1, 1, 1, 0, 2)) or 1,
        }
        if chance.random() < 0.7:
            correction["month"] = str(identity.month)
        if chance.random() < 0.8:
            correction["note"] = "told by telephone"
        if correction["kind"] == "replace":
            correction["replacement"] = self._replacement(chance, instead | names, kept.event)
        elif chance.random() < 0.05:
            correction["replacement"] = kept.event
        return firm or identity.firm, correction

    def _replacement(self, chance: Any, instead: Event, reported: Event) -> Event | None:
        """Return an event to be put in place of another: mostly one of its own month."""
        lot = chance.random()
        if lot < 0.05:
            return None
        if lot < 0.1:
            return instead | {"id": "another"}
        if lot < 0.2:
            return instead  # Of any month.
        fault = {"quantity": "-1", "fault": "number_negative"} if lot < 0.25 else {}
        return instead | {"time": reported["time"]} | fault


def check_correction(answer: Response, looked: Looked | Refused) -> None:
    """Check what is answered to one correction."""
    told = answer.json()
    if isinstance(looked, Refused):
        expected = (looked.http_status, looked.code)
        assert (answer.status_code, told.get("code")) == expected, answer.text
        return
    assert answer.status_code == 200, answer.text
    assert answered_lines(told.pop("difference")) == lines(
        {place: total for place, total in looked.difference().items() if any(total)}
    )
    assert told == looked.answer()


def check_draft(told: Body, draft: Draft) -> None:
    """Check what is shown of a draft."""
    shown = draft.shown
    assert told["state"] == draft.state
    assert (told["correction_count"], told["known_count"]) == (
        shown.correction_count,
        shown.known_count,
    )
    refused: Sequence[Body] = told["refused"]
    assert [(each["index"], each["id"], each["problem"]["code"]) for each in refused] == [
        *shown.refused
    ]
    assert answered_lines(told["difference"]) == lines(shown.lines)


def _sendable(correction: Body) -> Body:
    replacement = correction.get("replacement")
    if replacement is None:
        return correction
    return correction | {"replacement": sendable(replacement)}
