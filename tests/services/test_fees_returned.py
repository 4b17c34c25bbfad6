"""A fee that goes back with royalty that went back has a return invoice, where one is needed."""

from datetime import date

import pytest
from lxml import etree

from invoices.electronic_copy import electronic_copies
from ledger.core.agreement import NewRateLine, NewTier
from ledger.services import auditing, charging
from ledger.store.database import Database
from tests import builders
from tests.invoices.electronics import IN
from tests.services import money
from tests.services.billed import license_of
from tests.services.usage import generation, report


@pytest.mark.parametrize(
    ("rate", "fee", "tax"),
    [
        (12_000, -14_240, -1_424),
        (600, None, None),  # 784 with its tax: below 10,000 no return invoice is needed.
    ],
)
def test_a_fee_goes_back_with_the_royalty_it_was_taken_of(
    database: Database, rate: int, fee: int | None, tax: int | None
) -> None:
    money.house(database)
    for holder in ("hoshino", "kusabi"):
        builders.parties(database, builders.new_company(holder, minimum_payment_minor=0))
        builders.work(database, f"work-{holder}", owner=holder)
    # Beyond 100 images all of them cost five sixths.
    tiers = (NewTier(up_to=100, rate=rate), NewTier(up_to=None, rate=rate * 5 // 6))
    whole = NewRateLine(
        basis="per_image", rate=rate, tier_mode="whole_volume", tiers=tiers, counter_scope="life"
    )
    license_of(database, whole, subjects=("work-hoshino", "work-kusabi"))
    report(database, generation(99, subjects=("work-hoshino",)))
    money.receive_all(database, money.bill(database))
    money.settle(database)
    later = date(2026, 11, 9)
    report(database, generation(2, on=later, subjects=("work-hoshino",)))
    report(database, generation(90, on=later, subjects=("work-kusabi",), event_id="more"))
    money.receive_all(database, money.bill(database, money.NOVEMBER), on=date(2026, 12, 21))
    money.settle(database, money.DECEMBER)
    issued = charging.issue_fee_invoices(
        database, closing_month=money.DECEMBER, issued_on=date(2027, 1, 25)
    )
    of = {each.recipient.reference: each for each in issued}
    assert of["kusabi"].subtotal_minor > 0
    assert auditing.audit(database)["documents_say_what_rows_say"] == []
    assert not any(auditing.audit(database).values())
    if fee is None:
        assert "hoshino" not in of
        return
    returned = of["hoshino"]
    assert (returned.subtotal_minor, returned.tax_minor, returned.is_return) == (fee, tax, True)
    kinds = [_kind(each.number, electronic_copies(each)) for each in of.values()]
    assert sorted(kinds) == [("380", "0"), ("381", "0")]  # Both are settled already.


def _kind(number: str, copies: tuple[tuple[str, bytes], ...]) -> tuple[str, str]:
    ((named, content),) = copies
    assert named == number
    root = etree.fromstring(content)
    kind = root.findtext("b:InvoiceTypeCode", None, IN) or root.findtext(
        "b:CreditNoteTypeCode", "", IN
    )
    return str(kind), str(root.findtext("a:LegalMonetaryTotal/b:PayableAmount", "", IN))
