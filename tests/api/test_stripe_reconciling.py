"""The book and Stripe agree to the yen, or every difference is listed."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from typer.testing import CliRunner

from api import cli, terminal
from api.stripe_reconciler import BACK
from ledger.core.processor import Movement
from ledger.core.reconciliation import DifferenceKind, PostedMovement, compare
from ledger.services import auditing, reconciling
from ledger.store.database import Database
from tests.api.stripe_scenes import Scene, scene
from tests.rows import rows

NOW = datetime(2026, 11, 6, tzinfo=UTC)


@pytest.fixture
def paying(database: Database) -> Iterator[Scene]:
    with scene(database) as made:
        yield made


def _kinds(paying: Scene) -> list[str]:
    return [each.kind for each in paying.reconciler.look()]


def test_a_busy_month_agrees(paying: Scene) -> None:
    intent = paying.pay("card")
    paying.caller.processor.refund(
        reference="R-1", payment=intent, amount_minor=4_000, key="r", look_first=False
    )
    paying.hear()
    dispute = paying.double.world.disputes(intent, 50_000)
    paying.double.world.decides(dispute["id"], is_won=False)
    paying.double.world.pays_out()
    paying.hear()
    assert paying.reconciler.look() == []
    assert paying.reconciler.look(since=paying.watch()) == []
    assert not any(auditing.audit(paying.database).values())


def test_what_nobody_heard_is_listed_and_the_daily_job_heals_it(paying: Scene) -> None:
    paying.pay("card")
    paying.double.hooks.deliver(lambda _: [])  # Lost for good.
    assert _kinds(paying) == [DifferenceKind.NOT_IN_BOOK, DifferenceKind.BALANCE]
    paying.desk.carry_on()
    assert _kinds(paying) == []
    last = reconciling.last_reconciliation(paying.database, is_live=False)
    assert last is not None
    assert (last.reconciled_at, last.differences) == (paying.watch(), [])


def test_the_daily_job_runs_once_a_day(paying: Scene) -> None:
    counts = []
    for hours in (0, 1, 22, 1, 23, 1):
        paying.watch.pass_by(hours=hours)
        paying.desk.carry_on()
        counts.append(rows(paying.database, "SELECT count(*) FROM stripe_reconciliation")[0][0])
    assert counts == [1, 1, 1, 2, 2, 3]


def test_a_stripe_that_is_away_is_compared_later(
    paying: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(paying.double.desk, "requests_a_second", 0)
        assert paying.desk.carry_on() == 0
    assert reconciling.last_reconciliation(paying.database, is_live=False) is None
    paying.desk.carry_on()
    assert reconciling.last_reconciliation(paying.database, is_live=False) is not None


def test_what_lies_long_ago_is_not_read_every_day(paying: Scene) -> None:
    paying.pay("card")
    paying.hear()
    paying.watch.pass_by(days=BACK.days + 1)
    paying.double.desk.log.clear()
    assert paying.reconciler.look(since=paying.watch() - BACK) == []


def test_every_kind_of_difference_is_told() -> None:
    moved: dict[str, Any] = {
        "category": "charge",
        "source": "ch_1",
        "currency": "JPY",
        "amount_minor": 1_000,
        "fee_minor": 36,
    }

    def at_stripe(reference: str, **changes: Any) -> Movement:
        return Movement(reference=reference, created_at=NOW, **(moved | changes))

    def in_book(reference: str, **changes: Any) -> PostedMovement:
        return PostedMovement(reference=reference, moved_at=NOW, **(moved | changes))

    found = compare(
        movements=[at_stripe("same"), at_stripe("theirs"), at_stripe("both", fee_minor=40)],
        posted=[in_book("same"), in_book("ours"), in_book("both")],
        charges=["ch_1", "ch_2"],
        charged=["ch_1"],
        stripe_balances={"JPY": 2_888, "USD": 0},
        book_balances={"JPY": 2_892},
    )
    told = [(each.kind, each.reference, each.stripe_minor, each.book_minor) for each in found]
    assert told == [
        (DifferenceKind.NOT_IN_BOOK, "theirs", 964, None),
        (DifferenceKind.AMOUNT, "both", 960, 964),
        (DifferenceKind.NOT_AT_STRIPE, "ours", None, 964),
        (DifferenceKind.FEE_MISSING, "ch_2", None, None),
        (DifferenceKind.BALANCE, "JPY", 2_888, 2_892),
    ]


@pytest.fixture
def commanded(paying: Scene, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """The command line on the scene's book, by its clock and its stand-in."""
    url = paying.database.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("GENBO_STRIPE_KEY", paying.double.api_key)
    monkeypatch.setenv("GENBO_STRIPE_URL", paying.double.url)
    monkeypatch.setenv("GENBO_LANGUAGE", "en")
    terminal.language.cache_clear()  # Another test may have spoken Japanese.
    for module in ("stripe", "book"):
        monkeypatch.setattr(f"api.commands.{module}.system_clock", paying.watch)
    return CliRunner()


def test_the_commands_ask_list_replay_and_reconcile(paying: Scene, commanded: CliRunner) -> None:
    def run(*words: str) -> tuple[int, str]:
        done = commanded.invoke(cli.app, ["stripe", *words])
        return done.exit_code, done.output

    asked = run("request", paying.invoice, "--method", "jp_bank_transfer", "--by", "keiri")
    assert asked[0] == 0, asked
    assert "9990 901 futsu" in asked[1]
    customer = paying.double.state.newest("customer")[0]["id"]
    paying.double.world.transfers(customer, 110_000)
    status, told = run("reconcile", "--by", "keiri")
    assert (status, "agree" in told) == (0, True), told
    assert "paid" in run("list")[1]
    assert "payment_intent.succeeded" in run("events")[1]
    replayed = run("replay", "--since", "2026-11-01", "--by", "keiri")
    assert (replayed[0], "Looked at" in replayed[1]) == (0, True)
    paying.double.state.move(
        amount=-700, currency="jpy", kind="adjustment", category="other", source=None
    )
    status, told = run("reconcile", "--by", "keiri")
    assert (status, "-700 JPY at Stripe" in told) == (1, True), told
    audited = commanded.invoke(cli.app, ["audit"])
    assert (audited.exit_code, "-700 JPY at Stripe" in audited.output) == (1, True)


def test_a_refund_is_asked_for_once(paying: Scene, commanded: CliRunner) -> None:
    intent = paying.pay("card")
    paying.hear()
    charge = paying.double.state.find("payment_intent", intent)["latest_charge"]

    def refund(amount: str, reference: str) -> Any:
        words = ["refund", charge, "--amount", amount, "--reference", reference, "--by", "keiri"]
        return commanded.invoke(cli.app, ["stripe", *words])

    assert refund("60000", "KR-1").exit_code == 0
    assert getattr(refund("60000", "KR-1").exception, "code", None) == "refund_asked_already"
    assert getattr(refund("110001", "KR-2").exception, "code", None) == "refund_beyond_payment"
    assert "refused" not in refund("50000", "KR-3").output
    assert "was refunded" in refund("1", "KR-4").output  # Nothing is left; Stripe says so.
    paying.hear()
    assert paying.balances()["taken_back JPY/0"] == 110_000
    assert paying.reconciler.look() == []
    assert len(paying.double.state.newest("refund")) == 2


def test_a_stripe_that_is_away_is_told_as_a_sentence(
    paying: Scene, commanded: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paying.double.desk, "requests_a_second", 0)
    done = commanded.invoke(cli.app, ["stripe", "reconcile", "--by", "keiri"])
    assert getattr(done.exception, "code", None) == "stripe_did_not_answer"
    audited = commanded.invoke(cli.app, ["audit"])
    assert isinstance(audited.exception, SystemExit), repr(audited.exception)
    assert (audited.exit_code, "could not be held" in audited.output) == (1, True)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["request", "INV-0", "--method", "card", "--by", "me"], "invoice_not_found"),
        (["request", "INV-0", "--method", "cash", "--by", "me"], "word_not_known"),
        (
            ["refund", "ch_0", "--amount", "5", "--reference", "K-1", "--by", "me"],
            "payment_not_through_stripe",
        ),
        (["replay", "--by", "me"], "replay_of_what"),
        (["replay", "evt_1", "--since", "2026-11-01", "--by", "me"], "replay_of_what"),
        (["replay", "evt_1", "--by", "me"], "stripe_event_unknown"),
        (["replay", "--since", "2026-13-01", "--by", "me"], "not_a_day"),
    ],
)
def test_the_commands_refuse_by_name(commanded: CliRunner, words: list[str], code: str) -> None:
    done = commanded.invoke(cli.app, ["stripe", *words])
    assert done.exit_code == 1
    assert getattr(done.exception, "code", None) == code


def test_without_a_key_nothing_is_asked(
    commanded: CliRunner, paying: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GENBO_STRIPE_KEY")
    done = commanded.invoke(
        cli.app, ["stripe", "request", paying.invoice, "--method", "card", "--by", "me"]
    )
    assert getattr(done.exception, "code", None) == "stripe_not_set_up"
    assert commanded.invoke(cli.app, ["audit"]).exit_code == 0
