"""The demo from the first report to the bank's file: it adds up, and is the same every time."""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from pydantic import SecretStr

from api.archive import frozen_values
from api.banking import is_open_for_banking
from api.demo import invented
from api.demo.run import APPROVER, BookIsInUse, Carried, carry, demo_book
from api.demo.scenario import MONTHS, Scenario
from api.settings import DEMO_MARKER, Settings
from invoices.zengin import read
from ledger.core.invariants import INVARIANTS
from ledger.core.invoice import Invoice
from ledger.core.statement import Statement
from ledger.services import archiving, declaring, paying
from ledger.store.database import Database
from ledger.store.reset import is_empty, start_afresh
from tests import builders
from tests.database import connection_string
from tests.services.firms import select

EVENTS = 300


@pytest.fixture(scope="session")
def scenario() -> Scenario:
    """The first month of the invented world, and the first of its usage."""
    whole = invented.load()
    return replace(
        whole, months=MONTHS[:1], usage=lambda month: islice(whole.events(month), EVENTS)
    )


@pytest.fixture
def carried(database: Database, scenario: Scenario, tmp_path: Path) -> Carried:
    return carry(database, scenario, out=tmp_path)


@pytest.fixture
def own_folder() -> Iterator[Path]:
    """A folder that PostgreSQL's own account can reach, which pytest's are not."""
    with TemporaryDirectory(prefix="genbo-demo-") as name:
        yield Path(name)


def summary(folder: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    return told


def test_a_month_ends_with_every_invariant_true_and_sums_that_agree(
    database: Database, scenario: Scenario, carried: Carried, tmp_path: Path
) -> None:
    told = summary(tmp_path)
    assert told["invariants"] == {each.name: True for each in INVARIANTS}

    frozen = [frozen_values(each) for each in archiving.all_documents(database)]
    invoices = [each for each in frozen if isinstance(each, Invoice)]
    assert told["invoices"]["count"] == len(invoices) > 0
    assert told["invoices"]["by_number"] == {each.number: each.total_minor for each in invoices}
    assert told["invoices"]["total"] == sum(told["invoices"]["by_number"].values())
    assert told["invoices"]["total"] == (
        told["invoices"]["subtotal"] + told["invoices"]["consumption_tax"]
    )
    royalties = sum(each["royalty"] for each in told["licenses"].values())
    assert royalties == told["invoices"]["subtotal"]
    assert told["payouts"]["received"] == told["invoices"]["total"]

    statements = [each for each in frozen if isinstance(each, Statement)]
    assert told["holders"].keys() == {each.payee.reference for each in statements}
    for name in ("payout", "withholding"):
        parts = sum(holder[name] for holder in told["holders"].values())
        assert parts == told["payouts"]["total" if name == "payout" else name]


def test_every_event_is_answered_and_one_of_them_comes_late(
    database: Database, carried: Carried, tmp_path: Path
) -> None:
    told = summary(tmp_path)
    assert sum(told["answers"].values()) == sum(told["decisions_and_reasons"].values())
    assert sum(told["answers"].values()) == EVENTS + 1
    late = "SELECT sum(generation_count) FROM batch WHERE counted_month IS NOT NULL"
    assert select(database, late) == [(1,)]
    by_status: Counter[str] = Counter()
    for reason, count in told["decisions_and_reasons"].items():
        by_status[reason.partition(":")[0]] += count
    assert by_status == Counter({name: n for name, n in told["answers"].items() if n})


def test_every_firm_declared_every_month_as_the_book_had_it_when_it_closed(
    database: Database, scenario: Scenario, carried: Carried
) -> None:
    for month in scenario.months:
        reports = declaring.month_of_all(database, month=month)
        assert {report.licensee for report in reports} == {
            firm.reference for firm in scenario.licensees
        }
        assert all(report.latest is not None for report in reports)
        # Of the firm whose event came late.
        assert sum(report.has_difference for report in reports) == 1


def test_the_export_has_every_generation_of_the_book(
    database: Database, carried: Carried, tmp_path: Path
) -> None:
    with (tmp_path / "generations.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    places = {(row["licensee"], row["batch_number"], row["position"]) for row in rows}
    ((count,),) = select(database, "SELECT count(*) FROM generation")
    assert len(places) == count
    decisions = Counter(row["decision"] for row in rows)
    told = summary(tmp_path)["answers"]
    assert set(decisions) <= {"accepted", "held", "refused"}
    assert decisions["accepted"] >= told["accepted"]  # Of several subjects, some may be refused.


def test_the_banks_file_pays_what_was_decided_and_somebody_else_released_it(
    database: Database, carried: Carried, tmp_path: Path
) -> None:
    (run,) = paying.list_runs(database).runs
    assert (run.reference, run.released_by) == (carried.settled.run_reference, APPROVER)
    assert run.planned_by != run.released_by
    (file,) = tmp_path.glob("*.zengin.txt")
    order = paying.order(database, run_reference=run.reference)
    sent = read(file.read_bytes(), year=order.pay_on.year)
    assert sent.transfer_on == order.pay_on
    assert [each.amount_yen for each in sent.payments] == [
        each.amount_minor for each in order.payments
    ]
    told = summary(tmp_path)["payouts"]
    assert (told["count"], told["total"]) == (len(order.payments), order.total_minor)
    assert is_open_for_banking(order.pay_on)


def test_a_second_run_gives_the_same_bytes(
    database: Database, scenario: Scenario, tmp_path: Path
) -> None:
    files = []
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        carry(database, scenario, out=folder)
        files.append({path.name: path.read_bytes() for path in sorted(folder.iterdir())})
        assert not is_empty(database)
        start_afresh(database)
    assert files[0].keys() == files[1].keys() >= {"summary.json", "generations.csv"}
    assert files[0] == files[1]


# Which books a demo may begin anew.


def settings(data: Path, url: str | None = None) -> Settings:
    return Settings(data_directory=data, database_url=None if url is None else SecretStr(url))


def test_a_book_that_somebody_uses_is_left_alone(database: Database, tmp_path: Path) -> None:
    builders.licensee(database)
    url = connection_string(database)
    with pytest.raises(BookIsInUse) as refused, demo_book(settings(tmp_path, url)):
        pass
    assert refused.value.values == {"place": "DATABASE_URL"}  # Not its password.
    assert select(database, "SELECT reference FROM party") == [("studio-a",)]


def test_an_empty_book_is_taken_once(database: Database, tmp_path: Path) -> None:
    url = connection_string(database)
    with demo_book(settings(tmp_path, url)) as book:
        builders.licensee(book)
    with pytest.raises(BookIsInUse), demo_book(settings(tmp_path, url)):
        pass


def test_a_mark_beside_the_private_book_does_not_open_another(
    database: Database, tmp_path: Path
) -> None:
    """The mark says that the book in this folder is a demo's, and nothing of a DATABASE_URL."""
    (tmp_path / DEMO_MARKER).touch()
    builders.licensee(database)
    with (
        pytest.raises(BookIsInUse),
        demo_book(settings(tmp_path, connection_string(database))),
    ):
        pass


@pytest.mark.slow
def test_a_demos_own_private_book_is_begun_anew(own_folder: Path) -> None:
    for _ in range(2):
        with demo_book(settings(own_folder)) as book:
            assert select(book, "SELECT reference FROM party") == []
            builders.licensee(book)
    (own_folder / DEMO_MARKER).unlink()
    with pytest.raises(BookIsInUse) as refused, demo_book(settings(own_folder)):
        pass
    assert refused.value.values == {"place": str(own_folder)}


def test_the_calendar_of_the_demo_is_its_own(database: Database, carried: Carried) -> None:
    """Its documents bear the days of its months, whenever it is run."""
    issued = {each.issued_on for each in archiving.all_documents(database)}
    assert issued == {date(2026, 7, 2), date(2026, 8, 3)}
