"""Notices by command: issued, listed, answered, corrected, and what is refused."""

from datetime import date

from tests import builders
from tests.api.test_cli import Desk, desk
from tests.services import money
from tests.services.revised import correct, revise
from tests.services.test_confirming import AGREED
from tests.services.test_noticing import RUN, pay_a_holder

__all__ = ["desk"]

BY = ("--by", "keiri")
ISSUED = ("--issued-on", "2026-12-25")


def test_notices_are_issued_answered_and_listed(desk: Desk) -> None:
    pay_a_holder(desk.database, has_house=True, entrustment=AGREED)
    told = desk.done("notice", "issue", RUN, *BY, *ISSUED)
    assert "NTC-2026-000001  hoshino  JPY 101,200" in told
    assert "Issued 0 notices" in desk.done("notice", "issue", RUN, *BY, *ISSUED)
    desk.done("notice", "dispute", "NTC-2026-000001", *BY, "--reason", "The branch is another")
    assert "disputed  by reply  keiri  The branch is another" in desk.done("notice", "list")
    desk.done("notice", "confirm", "NTC-2026-000001", *BY)
    assert "confirmed" in desk.done("notice", "list", "--state", "confirmed")
    assert desk.done("notice", "list", "--state", "sent") == ""
    assert "as confirmed" in desk.done("notice", "confirm-silent", *BY, "--on", "2026-01-01")


def test_a_notice_is_corrected(desk: Desk) -> None:
    pay_a_holder(desk.database, has_house=True)
    desk.done("notice", "issue", RUN, *BY, *ISSUED)
    correct(desk.database, "hoshino", name_en="Hoshino Production Inc.")
    [statement] = money.statements(desk.database).values()
    revise(desk.database, statement.number, issued_on=date(2026, 12, 28))
    asked = ("--because", "The name was another", "--issued-on", "2026-12-28")
    told = desk.done("notice", "correct", "NTC-2026-000001", *BY, *asked)
    assert told == "Issued NTC-2026-000002 in the place of NTC-2026-000001.\n"
    desk.refused(
        "confirmation_out_of_turn",
        *("notice", "confirm", "NTC-2026-000001", *BY),
        notice="NTC-2026-000001",
    )


def test_wrong_commands_say_what_is_wrong(desk: Desk) -> None:
    builders.party(desk.database)
    desk.refused(
        "payout_run_unknown", "notice", "issue", "PAY-1999-01", *BY, reference="PAY-1999-01"
    )
    desk.refused("notice_unknown", "notice", "confirm", "NTC-1", *BY, notice="NTC-1")
    desk.refused("word_not_known", "notice", "list", "--state", "lost", value="lost")
