"""Advances to payees and refunds by command and by file, and what cannot be entered."""

from pathlib import Path

from tests import builders
from tests.api.test_cli import Desk, desk
from tests.services import money

__all__ = ["desk"]

ADVANCE = """
[[payee_advances]]
reference = "ADV-1"
payee = "hoshino"
amount_minor = 300000
pay_from = 2026-11-30
"""


def test_an_advance_is_entered_listed_and_withdrawn(desk: Desk) -> None:
    builders.party(desk.database)
    given = ("--payee", "hoshino", "--amount", "300000", "--pay-from", "2026-11-30")
    desk.done("payee-advance", "add", "ADV-1", *given, "--by", "keiri", "--reason", "signature")
    listed = desk.done("payee-advance", "list")
    assert listed.split("  ") == [
        "ADV-1",
        "hoshino",
        "300,000",
        "to be paid from 2026-11-30",
        "signature\n",
    ]
    desk.done("payee-advance", "withdraw", "ADV-1", "--by", "keiri", "--reason", "Typed twice.")
    assert "withdrawn: Typed twice." in desk.done("payee-advance", "list")
    desk.refused(
        "payee_advance_unknown",
        *("payee-advance", "withdraw", "ADV-2", "--by", "keiri", "--reason", "x"),
        reference="ADV-2",
    )


def test_an_advance_is_imported(desk: Desk) -> None:
    builders.party(desk.database)
    Path("world.toml").write_text(ADVANCE, encoding="utf-8")
    desk.done("import", "world.toml", "--by", "keiri")
    assert "ADV-1  hoshino  300,000" in desk.done("payee-advance", "list")
    wrong = ADVANCE.replace("ADV-1", "ADV-2").replace("300000", "0")
    Path("world.toml").write_text(wrong, encoding="utf-8")
    desk.refused("number_out_of_range", "import", "world.toml", "--by", "keiri", value="0")


RESERVES = """
[[entrustments]]
party = "hoshino"
terms = { admin_fee_bp = 800, effective_from = 2026-12-01, reserve_bp = 1000, reserve_months = 2 }

[[reserve_claims]]
reference = "CB-1"
kind = "chargeback"
holder = "hoshino"
licensee = "studio-a"
amount_minor = 37500
tax_minor = 3750
claimed_on = 2026-12-03
reason = "Stolen"
"""


def test_refunds_are_entered_and_listed(desk: Desk) -> None:
    builders.party(desk.database)
    builders.licensee(desk.database)
    Path("world.toml").write_text(RESERVES, encoding="utf-8")
    desk.done("import", "world.toml", "--by", "keiri")
    who = ("--kind", "refund", "--holder", "hoshino", "--licensee", "studio-a")
    what = ("--amount", "100", "--on", "2026-12-03", "--reason", "A fault", "--by", "keiri")
    desk.done("reserve", "claim", "CB-2", *who, *what)
    waits = "waits for the next settlement"
    assert desk.done("reserve", "list").splitlines() == [
        f"CB-1  chargeback  hoshino  studio-a  37,500 + 3,750  {waits}  Stolen",
        f"CB-2  refund  hoshino  studio-a  100 + 0  {waits}  A fault",
    ]


def test_terms_of_a_reserve_that_are_half_are_refused_by_their_clause(desk: Desk) -> None:
    builders.party(desk.database)
    half = RESERVES.replace(", reserve_months = 2", "")
    Path("world.toml").write_text(half, encoding="utf-8")
    desk.refused(
        "reserve_terms_incomplete",
        *("import", "world.toml", "--by", "keiri"),
        field="terms.reserve_months",
    )


def test_claims_are_entered_agreed_on_and_listed(desk: Desk) -> None:
    builders.parties(desk.database, builders.new_company("X"), builders.new_company("Y"))
    builders.work(desk.database, "C", owner="X")
    entered = '[[claims]]\nreference = "CLM-X"\nsubject = "C"\nparty = "X"\nshare_bp = 6000\n'
    Path("world.toml").write_text(entered + "starts_on = 2026-04-01\n", encoding="utf-8")
    desk.done("import", "world.toml", "--by", "keiri")
    given = ("--subject", "C", "--party", "Y", "--share-bp", "6000", "--starts-on", "2026-04-01")
    told = desk.done("claim", "add", "CLM-Y", *given, "--by", "keiri")
    assert "overclaimed by 2000 bp" in told
    why = ("--by", "keiri", "--reason", "Contract of 2019")
    desk.done("claim", "dispute", "CLM-Y", *why)
    desk.done("claim", "agree", "CLM-Y", "--share-bp", "4000", *why)
    assert desk.done("claim", "list", "C").splitlines() == [
        "CLM-X  C  X  6000 bp  all  WORLD  2026-04-01 –  asserted",
        "CLM-Y  C  Y  4000 bp  all  WORLD  2026-04-01 –  agreed  Contract of 2019",
    ]
    desk.done("claim", "withdraw", "CLM-Y", *why)
    assert "withdrawn" in desk.done("claim", "list")
    desk.refused("claim_is_withdrawn", *("claim", "agree", "CLM-Y", *why), reference="CLM-Y")


def test_a_payee_s_words_are_entered_and_decided(desk: Desk) -> None:
    money.sell(desk.database, 1_000_000)
    money.receive_all(desk.database, money.bill(desk.database))
    money.settle(desk.database)
    ((payee, issued),) = money.statements(desk.database).items()
    why = ("--by", "keiri", "--reason", "Not its work")
    line = f"{issued.number}  1.1  {payee}"
    told = desk.done("dispute", "open", issued.number, "1.1", *why)
    assert told.strip() == f"{line}  disputed  keiri  Not its work"
    assert line in desk.done("dispute", "list")
    for command, state in (("withdraw", "withdrawn"), ("open", "disputed"), ("uphold", "upheld")):
        assert state in desk.done("dispute", command, issued.number, "1.1", *why)
    assert desk.done("dispute", "list") == ""
    assert "upheld" in desk.done("dispute", "list", "--all")
    desk.done("dispute", "accept", issued.number, "1.1", "--by", "keiri")
    asked = ("dispute", "reject", issued.number, "1.1", *why)
    desk.refused("answer_out_of_turn", *asked, before="accepted", said="rejected")
