"""Rules of the drawn histories: months are declared and closed, reports are asked about first."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from ledger.core.closing import RoyaltyLine
from ledger.core.period import Month
from ledger.services import closing
from ledger.services.closing import (
    AlreadyClosed,
    DeclarationsDiffer,
    EarlierMonthOpen,
    MonthNotOver,
)
from tests.scenarios.book_model import Body, Expected
from tests.scenarios.book_months import Charged, Key, growths
from tests.scenarios.book_terms import Event, Part, Rate, State, plain
from tests.scenarios.histories import (
    REPORTS,
    SENDERS,
    SERVERS,
    Told,
    contents,
    read_results,
    sendable,
)
from tests.services.firms import select

MONTHS = st.integers(5, 10).map(lambda number: Month(2026, number))
_DECLARED: Sequence[Body | None] = (
    None,  # Whatever the book has.
    None,
    {"nil": True},
    {"generation_count": 3},
    {
        "generation_count": 1,
        "totals": [{"modality": "image", "unit": "image", "quantity": "3.0"}],
    },
)
_LAST_TIME = datetime.fromisoformat("2026-10-01T00:00:00Z")

_RATES = """
    SELECT r.rate_line_id, l.reference, v.version, r.modality, r.rate
    FROM rate_line r
    JOIN terms_version v USING (terms_version_id)
    JOIN license_grant g USING (license_grant_id)
    JOIN license l USING (license_id)
"""
_MODALITIES = {"per_image": "image", "per_second": "video"}
_NOT_TAKEN = ("conflict", "invalid")


class Months(Told):
    """Declares and closes months, and asks what would be without telling."""

    @rule(firm=SENDERS, server=SERVERS, month=MONTHS, said=st.sampled_from(_DECLARED))
    def declare(self, firm: str, server: int, month: Month, said: Body | None) -> None:
        """Say what a month was: what the book has, something else, or nothing at all."""
        said = said or self.months.agreeing(firm, month)
        refused = self.months.declare(firm, month, said)
        answer = self.call(firm, server, "PUT", f"/reports/{month}", said)
        if refused is not None:
            status = 409 if refused == "declaration_too_late" else 422
            assert (answer.status_code, answer.json()["code"]) == (status, refused)
            answer = self.call(firm, server, "GET", f"/reports/{month}")
        assert answer.status_code == 200, answer.text
        assert answer.json() == self.months.answer(firm, month)

    @rule(firm=SENDERS, server=SERVERS, batch=REPORTS)
    def preview(self, firm: str, server: int, batch: list[Event]) -> None:
        """Ask what a report would be answered and cost: the book stays as it is."""
        before = contents(self.database)
        answer = self.call(firm, server, "POST", "/generations/preview", [*map(sendable, batch)])
        assert contents(self.database) == before
        told = deepcopy(self.model).report(firm, batch)
        assert read_results(answer, batch) == [self._without_receipt(each) for each in told]
        new = []
        for event, expected, result in zip(batch, told, answer.json()["results"], strict=True):
            subjects = []
            if expected.status in ("accepted", "held", "refused"):
                state = self.model.terms.judge(firm, event)
                new.append(state)
                subjects = [*map(_previewed, [state] * len(state.parts), state.parts)]
            assert [_subject(each) for each in result["subjects"]] == subjects
        self._check_growth(firm, new, answer.json())

    @rule(firm=SENDERS, server=SERVERS, batch=REPORTS)
    def send_whole(self, firm: str, server: int, batch: list[Event]) -> None:
        """Report all or nothing: one event that cannot be taken keeps out the others."""
        answers = self.post(firm, server, batch, "/generations?atomic=true")
        told = deepcopy(self.model).report(firm, batch)
        if all(each.status not in _NOT_TAKEN for each in told):
            self.sent.append((firm, batch))
            assert answers == self.model.report(firm, batch)
            return
        given_up = Expected("invalid", problem="report_given_up")
        has_faults = any("fault" in event for event in batch)
        assert answers == [
            self._without_receipt(each)
            if "fault" in event or (each.status in _NOT_TAKEN and not has_faults)
            else given_up
            for event, each in zip(batch, told, strict=True)
        ]

    @precondition(lambda self: self.model.now < _LAST_TIME)
    @rule()
    def time_passes(self) -> None:
        """A month is over."""
        self.model.now = Month.of(self.model.now).ends_at + timedelta(days=9)
        self.clock.move_to(self.model.now)

    @precondition(lambda self: self.model.next_to_close() is not None)
    @rule(is_accepted=st.booleans())
    def close(self, is_accepted: bool) -> None:
        """Close the next month, or be told that it still runs, or that firms see it otherwise."""
        month = self.model.next_to_close()
        assert month is not None
        if month.ends_at > self.model.now:
            with pytest.raises(MonthNotOver):
                self._close(month)
            return
        with pytest.raises(EarlierMonthOpen):
            self._close(month.next(), at=month.next().ends_at)
        if differing := self.months.differing(month):
            with pytest.raises(DeclarationsDiffer) as refused:
                self._close(month)
            assert [each.licensee for each in refused.value.differing] == differing
            if not is_accepted:
                return
        unsettled = self.months.unsettled(month)
        foreseen = closing.preview(self.database, month=month)
        closed = self._close(month, accepted="by telephone" if differing else None)
        assert [each.licensee for each in closed.unsettled] == unsettled
        assert closed.lines == foreseen
        assert closed.generation_count == len(self.model.of_month(month))
        assert self._lines(closed.lines) == self.months.charge(month)
        self.model.close(month)
        with pytest.raises(AlreadyClosed):
            self._close(month)

    def _close(
        self, month: Month, *, at: datetime | None = None, accepted: str | None = None
    ) -> closing.Closed:
        return closing.close_month(
            self.database,
            month=month,
            closed_by="keiri",
            closed_at=at or self.model.now,
            accept_differences=accepted,
        )

    def _lines(self, lines: Sequence[RoyaltyLine]) -> Mapping[Key, Charged]:
        """Return royalty lines as the model tells them, without what comes to nothing."""
        firms = dict(select(self.database, "SELECT party_id, reference FROM party"))
        subjects = dict(select(self.database, "SELECT subject_id, reference FROM subject"))
        rates = {number: Rate(*rate) for number, *rate in select(self.database, _RATES)}
        found: dict[Key, Charged] = {}
        for line in lines:
            rate = rates[line.rate_line_id]
            month = Month.of_day(line.month)
            key = Key(firms[line.licensee_id], month, subjects[line.subject_id], rate)
            assert key not in found
            found[key] = Charged(line.generation_count, line.quantity, line.amount_minor)
        return {key: charged for key, charged in found.items() if any(charged)}

    def _check_growth(self, firm: str, new: Sequence[State], told: Body) -> None:
        """Check by how much each line would grow, and what that comes to."""
        expected = {
            (str(key.month), key.subject, key.rate.license, key.rate.version, key.rate.modality): (
                charged
            )
            for key, charged in growths(self.model, firm, new).items()
        }
        lines = {}
        for line in told["lines"]:
            modality = _MODALITIES[line["rate"]["basis"]]
            key = (
                *(line["month"], line["subject"], line["license"], line["terms_version"]),
                modality,
            )
            lines[key] = Charged(
                line["generation_count"], Decimal(line["quantity"]), line["amount_minor"]
            )
        assert lines == expected
        amounts = [total["amount_minor"] for total in told["totals"]]
        assert amounts == ([sum(each.amount for each in expected.values())] if expected else [])

    def _without_receipt(self, told: Expected) -> Expected:
        """Return an answer without a receipt, unless it is in the book already."""
        receipts: list[Any] = [kept.revisions[0].receipt for kept in self.model.kept.values()]
        return told if told.receipt in receipts else told._replace(receipt=None)


def _previewed(state: State, part: Part) -> tuple[str, str, list[str], str | None]:
    price = None
    if part.rate is not None and part.decision == "accepted":
        price = plain(part.rate.price(state.quantity))
    return (part.subject, part.decision, [*part.reasons], price)


def _subject(told: Body) -> tuple[str, str, list[str], str | None]:
    return (told["id"], told["status"], told["reasons"], told["price_minor"])
