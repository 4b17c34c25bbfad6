"""What a settlement tells each payee, frozen: usage, refusals, steps, holds, and carry."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from ledger.core.fields import NumberOutOfRange
from ledger.core.snapshot import from_json, sha256_of, to_json
from ledger.core.statement import RefusalRow, Statement, UsageRow
from ledger.core.terms import Basis
from ledger.core.usage import Modality, UseClass
from ledger.services import settling
from ledger.store.database import Database
from ledger.store.parties import insert_all
from ledger.store.tables.parties import BankAccountRow
from tests import builders
from tests.rows import rows
from tests.services.committees import ORIGINAL, committee
from tests.services.money import (
    DECEMBER,
    NOVEMBER,
    OCTOBER,
    bill,
    house,
    receive,
    receive_all,
    release,
    sell,
    settle,
    statements,
)
from tests.services.usage import generation, report


def party_id(database: Database, reference: str) -> int:
    """Return a party's key."""
    found = rows(database, f"SELECT party_id FROM party WHERE reference = '{reference}'")
    return int(found[0][0])


def test_usage_is_stated_by_work_firm_and_month_as_it_was_invoiced(database: Database) -> None:
    house(database)
    image = builders.new_rate_line(modality="image", rate=Decimal("12.5"))
    builders.license(
        database,
        grants=(builders.new_grant(terms=builders.new_terms(rate_lines=(image,))),),
    )
    report(database, generation(3), generation(4))
    receive_all(database, bill(database))
    settle(database)
    (section,) = statements(database)["hoshino"].sections
    assert section.usage == (
        UsageRow(
            title_ja="風の町",
            title_en="The Windy Town",
            subject_reference="kaze-no-machi",
            licensee_ja="株式会社スタジオA",
            licensee_en="Studio A Inc.",
            accrual_month=date(2026, 10, 1),
            basis=Basis.PER_IMAGE,
            modality=Modality.IMAGE,
            use_class=UseClass.GENERATION,  # The only one that the grant permits.
            generation_count=2,
            quantity=Decimal(7),
            rate=Decimal("12.5"),
            is_tiered=False,
            royalty_minor=87,
        ),
    )
    assert (section.receipts_minor, section.receipts_tax_minor) == (87, 8)
    assert (section.admin_fee_bp, section.admin_fee_minor, section.admin_fee_tax_minor) == (
        800,
        6,
        0,
    )


def test_refused_usage_is_told_once_to_those_it_concerns(database: Database) -> None:
    house(database)
    builders.party(database, "umino")
    builders.work(database, "umi", owner="umino")
    grant = builders.new_grant(subjects=("kaze-no-machi", "umi"), territories=("JP",))
    builders.license(database, grants=(grant,))
    for month in (OCTOBER, NOVEMBER):
        day = month.first_day.replace(day=15)
        report(
            database,
            generation(1_000, on=day, subjects=("kaze-no-machi", "umi")),
            generation(1, on=day, territory="US"),
            generation(1, on=day, territory="US"),
            generation(None, on=day),
        )
        receive_all(database, bill(database, month), on=month.next().last_day)
        settle(database, month.next())
    stated = [
        from_json(Statement, snapshot)
        for (snapshot,) in rows(
            database, "SELECT snapshot FROM document WHERE kind = 'statement' ORDER BY document_id"
        )
    ]
    held = RefusalRow(
        title_ja="風の町",
        title_en="The Windy Town",
        licensee_ja="株式会社スタジオA",
        licensee_en="Studio A Inc.",
        decision="held",
        reason="quantity_unknown",
        generation_count=1,
    )
    refused = replace(held, decision="refused", reason="territory_not_granted", generation_count=2)
    assert [(each.payee.reference, each.closing_month.month, each.refusals) for each in stated] == [
        ("hoshino", 11, (held, refused)),
        ("umino", 11, ()),  # Nothing of its own was refused.
        ("hoshino", 12, (held, refused)),  # Those of November, not those of October again.
        ("umino", 12, ()),
    ]


def test_a_committees_section_has_its_steps_with_the_payees_own_marked(
    database: Database,
) -> None:
    house(database)
    committee(database)
    sell(database, 8_765_432, work="drama")
    receive_all(database, bill(database))
    settle(database)
    author = statements(database)["author"]
    (section,) = author.sections
    assert (section.is_committee, section.preset) == (True, "fees_first")
    assert [row.amount_minor for row in section.steps if row.is_this_payee] == [247_732]
    assert [row.payee_en for row in section.steps if row.is_this_payee] == ["Hikari Minami"]
    # The base of the original work is what both fees leave; the rest is none of the author's.
    assert [(row.category, row.payee_en) for row in section.steps if not row.is_this_payee] == [
        ("window_fee", ""),
        ("manager_fee", ""),
        ("original", ""),
    ]
    (of_member,) = statements(database)["lead"].sections
    shared = [row.amount_minor for row in of_member.steps if row.category == "distribution"]
    assert [sum(shared)] == [row.amount_minor for row in of_member.steps if row.category == "pool"]
    stored = rows(database, "SELECT jsonb_array_length(steps) FROM holder_settlement")
    assert stored == [(len(of_member.steps),)]


def test_one_payee_has_one_statement_with_a_section_for_each_source(database: Database) -> None:
    house(database)
    builders.parties(database, builders.new_company("press", minimum_payment_minor=0))
    committee(database, steps=(ORIGINAL,), members=(("press", 1),))
    builders.work(database, "novel", owner="press")
    sell(database, 1_000_000, work="drama")
    sell(database, 500_000, work="novel")
    receive_all(database, bill(database))
    settled = settle(database)
    press = statements(database)["press"]
    sources = [
        (section.is_committee, [(row.category, row.amount_minor) for row in section.earnings])
        for section in press.sections
    ]
    assert sources == [
        (True, [("original", 15_000), ("distribution", 950_000)]),
        (False, [("royalty", 460_000)]),
    ]
    assert press.settlement.earned_minor == 15_000 + 950_000 + 460_000
    assert settled.statements == ("STM-2026-000001", "STM-2026-000002")


@pytest.mark.parametrize("is_bank_known", [True, False])
def test_a_payee_that_cannot_be_paid_is_told_why_and_carried(
    database: Database, is_bank_known: bool
) -> None:
    house(database)
    account = builders.new_bank_account(branch_code="999") if not is_bank_known else None
    builders.party(database, "hoshino", bank_account=account)
    sell(database, 10_000)
    receive_all(database, bill(database))
    settled = settle(database)
    statement = statements(database)["hoshino"]
    assert (settled.run_reference, settled.payout_count) == (None, 0)
    assert statement.settlement.hold_reason == "bank_account_missing"
    assert statement.settlement.carried_out_minor == 9_200
    assert statement.pay_to is None


def test_a_balance_brought_in_is_stated_and_paid_without_new_earnings(database: Database) -> None:
    house(database)
    builders.party(database, "hoshino", bank_account=None)
    sell(database, 10_000)
    receive_all(database, bill(database))
    settle(database)
    account = builders.new_bank_account(effective_from=date(2027, 1, 1))
    owned = vars(account) | {"owner_id": party_id(database, "hoshino")}
    with database.transaction() as session:
        insert_all(session, BankAccountRow, [owned])
    settled = settle(database, DECEMBER)
    statement = statements(database)["hoshino"]
    assert (statement.sections, statement.usage_months) == ((), ())
    figures = statement.settlement
    assert (figures.carried_in_minor, figures.earned_minor) == (9_200, 0)
    assert (figures.payable_minor, figures.consumption_tax_minor) == (9_200, 920)
    assert settled.payout_minor == figures.payout_minor == 10_120
    assert settle(database, DECEMBER.next()).statements == ()  # Nothing is left to state.


def test_a_balance_below_zero_waits_for_later_royalties(database: Database) -> None:
    house(database)
    costs = replace(ORIGINAL, kind="expense", amount_minor=90_000, rate_bp=None, passes=())
    committee(database, steps=(costs,), members=(("lead", 1), ("other", 1)))
    sell(database, 200_000, work="drama")
    sell(database, 1_000, work="drama", month=NOVEMBER)
    receive_all(database, bill(database))
    run = settle(database).run_reference
    assert run is not None
    release(database, run)
    receive_all(database, bill(database, NOVEMBER), on=date(2026, 12, 28))
    settle(database, DECEMBER, bank_names={})
    lead = statements(database)["lead"].settlement
    assert lead.earned_minor == -44_500  # Half of 1,000 less 90,000 is clawed back.
    assert (lead.payable_minor, lead.carried_out_minor, lead.hold_reason) == (0, -44_500, None)


def test_a_statement_is_frozen_as_canonical_text_under_the_next_number(
    database: Database,
) -> None:
    house(database)
    sell(database, 10_000)
    (invoice,) = bill(database)
    receive(database, invoice)
    settle(database)
    ((reference, snapshot, hashed, issued_on),) = rows(
        database,
        "SELECT reference, snapshot, snapshot_sha256, issued_on FROM document"
        " WHERE kind = 'statement'",
    )
    statement = from_json(Statement, snapshot)
    assert (reference, issued_on) == ("STM-2026-000001", date(2026, 12, 10))
    assert (statement.number, to_json(statement)) == (reference, snapshot)
    assert hashed == sha256_of(snapshot)
    assert statement.issuer.reference == "genbo"
    assert statement.pay_to is not None
    assert (statement.pay_to.bank_name_en, statement.pay_to.number) == ("Mihon Bank", "1234567")
    assert (statement.issued_on, statement.pay_on) == (date(2026, 12, 10), date(2026, 12, 25))


def test_statements_are_listed_to_their_payees(database: Database) -> None:
    house(database)
    committee(database)
    sell(database, 9_000_000, work="drama")
    receive_all(database, bill(database))
    settle(database)
    own = settling.list_statements(database, payee_id=party_id(database, "author"))
    assert [each.payee_reference for each in own.statements] == ["author"]
    assert own.next_after is None
    everybody = settling.list_statements(database, payee_id=None, limit=3)
    assert [each.payee_reference for each in everybody.statements] == [
        "author",
        "broadcaster",
        "composer",
    ]
    assert everybody.next_after is not None
    following = settling.list_statements(database, payee_id=None, after=everybody.next_after)
    assert following.statements[0].payee_reference == "director"
    with pytest.raises(NumberOutOfRange):
        settling.list_statements(database, payee_id=None, limit=0)
