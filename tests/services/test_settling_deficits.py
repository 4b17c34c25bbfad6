"""A committee whose costs exceed its receipts carries them, and nobody else waits for it."""

from datetime import date

from ledger.core.period import Month
from ledger.core.snapshot import from_json
from ledger.core.statement import Settlement, Statement
from ledger.services import auditing
from ledger.services.revising import Move
from ledger.store.database import Database
from tests import builders
from tests.refusals import refusal
from tests.rows import rows
from tests.services.committees import committee
from tests.services.money import (
    DECEMBER,
    NOVEMBER,
    bill,
    house,
    receive_all,
    sell,
    settle,
)
from tests.services.revised import revise


def of(database: Database, payee: str, month: Month) -> Settlement:
    """Return the figures of a payee's statement for a closing month."""
    texts = rows(
        database,
        "SELECT d.snapshot FROM statement s JOIN document d USING (document_id)"
        f" JOIN party p ON p.party_id = s.owner_id WHERE p.reference = '{payee}'"
        f" AND s.closing_month = '{month.first_day}'",
    )
    ((snapshot,),) = texts
    return from_json(Statement, snapshot).settlement


def is_sound(database: Database) -> bool:
    return not any(auditing.audit(database).values())


def test_a_committee_whose_costs_exceed_its_receipts_does_not_stop_the_others(
    database: Database,
) -> None:
    house(database)
    committee(database)  # Its fixed costs alone are 208,000 a month.
    sell(database, 100_000, work="drama")
    sell(database, 50_000, licensee="studio-b")  # Another holder's, who has 46,000 of it.
    receive_all(database, bill(database))
    settled = settle(database)
    assert settled.payout_count == 1
    assert of(database, "hoshino", NOVEMBER).payable_minor == 46_000
    publisher = of(database, "publisher", NOVEMBER)
    assert publisher.earned_minor == publisher.carried_out_minor == 15_000
    assert (publisher.payable_minor, publisher.hold_reason) == (0, "committee_deficit")
    ((deficit,),) = rows(
        database, "SELECT deficit_out_minor FROM holder_settlement WHERE deficit_out_minor < 0"
    )
    # Fees of 15,000 and 4,250, royalties of 4,037, 1,413 and 807, and fixed costs of 208,000.
    assert deficit == 100_000 - 15_000 - 4_250 - 4_037 - 1_413 - 807 - 208_000
    assert is_sound(database)


def test_what_a_committee_owes_is_paid_once_its_receipts_cover_it(database: Database) -> None:
    house(database)
    committee(database)
    sell(database, 100_000, work="drama")
    sell(database, 1_000_000, work="drama", month=NOVEMBER)
    receive_all(database, bill(database))
    assert settle(database).payout_count == 0
    receive_all(database, bill(database, NOVEMBER), on=date(2026, 12, 28))
    settle(database, DECEMBER)
    publisher = of(database, "publisher", DECEMBER)
    # 15 % of both months and a quarter of what is distributed.
    ((distributed,),) = rows(database, "SELECT max(distributed_after_minor) FROM holder_settlement")
    assert publisher.carried_in_minor == 15_000
    assert publisher.payable_minor == 165_000 + distributed // 4
    assert (publisher.carried_out_minor, publisher.hold_reason) == (0, None)
    ((cash, paid),) = rows(
        database,
        "SELECT (SELECT sum(amount_minor) FROM receipt),"
        " (SELECT sum(payout_minor + withholding_minor) FROM payout)",
    )
    assert 0 < paid <= cash
    assert is_sound(database)


def test_a_payee_with_other_royalties_is_paid_those(database: Database) -> None:
    house(database)
    committee(database)
    sell(database, 100_000, work="drama")
    builders.work(database, "novel", owner="publisher")
    sell(database, 50_000, work="novel", licensee="studio-b")
    receive_all(database, bill(database))
    settle(database)
    publisher = of(database, "publisher", NOVEMBER)
    assert publisher.earned_minor == publisher.payable_minor + 15_000
    assert (publisher.carried_out_minor, publisher.hold_reason) == (15_000, "committee_deficit")
    assert publisher.payout_minor > 0
    assert is_sound(database)


def test_a_deficit_without_receipts_keeps_waiting(database: Database) -> None:
    house(database)
    committee(database)
    sell(database, 100_000, work="drama")
    sell(database, 50_000, licensee="studio-b", month=NOVEMBER)
    receive_all(database, bill(database))
    settle(database)
    receive_all(database, bill(database, NOVEMBER), on=date(2026, 12, 28))
    settled = settle(database, DECEMBER)
    assert settled.payout_count == 1
    assert of(database, "publisher", DECEMBER).carried_out_minor == 15_000
    assert is_sound(database)


def test_what_a_committee_cannot_pay_yet_is_moved_to_nobody_until_it_is_level(
    database: Database,
) -> None:
    house(database)
    committee(database)
    sell(database, 8_765_432, work="drama")
    receive_all(database, bill(database))
    settle(database)
    # December brings nothing in: its 208,000 are to be clawed back from members, without deficit.
    settle(database, DECEMBER)
    ((number, held),) = rows(
        database,
        "SELECT d.reference, s.carried_out_minor FROM statement s JOIN document d USING"
        " (document_id) JOIN party p ON p.party_id = s.owner_id WHERE p.reference = 'composer'"
        f" AND s.closing_month = '{DECEMBER.first_day}'",
    )
    assert held == 88_000
    moving = Move(to="writer", amount_minor=8_000)
    on = date(2027, 1, 12)
    with refusal("committee_in_deficit", "category"):
        revise(database, number, moving=moving, issued_on=on)
    sell(database, 8_765_432, work="drama", month=NOVEMBER)
    receive_all(database, bill(database, NOVEMBER), on=date(2027, 1, 28))
    settle(database, DECEMBER.next())
    # Now that it is level, and all of it was paid, it can be moved.
    revise(database, number, moving=moving, issued_on=date(2027, 2, 12))
    assert is_sound(database)
