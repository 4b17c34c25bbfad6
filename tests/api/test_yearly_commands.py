"""A year's payment records and the fee's invoices by command, and what is refused."""

from tests import builders
from tests.api.test_cli import Desk, desk
from tests.services import money
from tests.services.test_noticing import RUN, pay_a_holder

__all__ = ["desk"]


def test_records_of_a_year_are_issued_once(desk: Desk) -> None:
    builders.parties(desk.database, builders.new_person("minami", minimum_payment_minor=0))
    builders.work(desk.database, "work-minami", owner="minami")
    money.sell(desk.database, 1_000_000, work="work-minami")
    money.receive_all(desk.database, money.bill(desk.database))
    money.settle(desk.database)
    money.release(desk.database, RUN)
    told = desk.done("records", "2026", "--issued-on", "2027-01-12")
    assert "PRC-2026-000001  minami" in told
    assert "submitted by 2027-02-01" in told
    assert "PRT-2026-000001" in told
    again = desk.done("records", "2026", "--issued-on", "2027-01-12")
    assert "Issued 0 payment records" in again
    assert "PRT" not in again


def test_records_of_a_year_that_is_not_over_are_refused(desk: Desk) -> None:
    desk.refused("year_not_over", "records", "2026", "--issued-on", "2026-12-31", year="2026")
    desk.refused("nothing_to_record", "records", "2025", "--issued-on", "2026-12-31", year="2025")


def test_fees_of_a_settled_month_are_invoiced_once(desk: Desk) -> None:
    pay_a_holder(desk.database, has_house=True)
    asked = ("bill-fees", "2026-11", "--issued-on", "2026-12-10")
    assert "FEE-2026-000001  hoshino  JPY 8,800" in desk.done(*asked)
    assert "Issued 0 fee invoices" in desk.done(*asked)
    desk.refused("fees_not_settled", "bill-fees", "2026-12", month="2026-12")
