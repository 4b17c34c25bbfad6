"""The demo's worlds: whole, the same on every run, and with all that a real month holds."""

import csv
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.demo import invented, real
from api.demo.scenario import MONTHS, Event, Scenario
from api.events import Decoded, InvalidEvent
from invoices.banks import branch
from invoices.kana import narrow
from ledger.core.catalogue import search_text
from ledger.core.party import NewParty, PartyKind, check_party
from ledger.core.period import Month, tokyo_day
from ledger.core.registration import check_digit
from ledger.core.usage import ReportedGeneration
from ledger.services.registering import NewCommittee
from tests.api.worlds import Answers, answers, digest, read

ROOT = Path(__file__).resolve().parents[2]
WEEKEND = {5, 6}

#: Loads a scenario in another process and prints its hash.
PRINT_DIGEST = """
import sys
from pathlib import Path
from api.demo import invented, real
from tests.api.worlds import digest
print(digest(real.load(Path(sys.argv[1])) if len(sys.argv) > 1 else invented.load()))
"""


@pytest.fixture(scope="module")
def world() -> Scenario:
    return invented.load()


@pytest.fixture(scope="module")
def told(world: Scenario) -> list[tuple[Month, Event, Decoded]]:
    """Every event of the invented world, with what the API makes of it."""
    return [
        (month, event, read(event)) for month in world.months for _, event in world.events(month)
    ]


@pytest.fixture(scope="module")
def answered(world: Scenario) -> Answers:
    return answers(world)


@pytest.fixture(scope="module")
def real_world(shared: Path) -> Scenario:
    return real.load(shared / "data")


def test_the_invented_world_is_whole(world: Scenario) -> None:
    check_whole(world)
    assert len(world.licensees) == 4
    assert sorted(committee.preset for committee in world.committees) == [
        "fees_first",
        "royalties_first",
    ]
    assert sorted(len(committee.members) for committee in world.committees) == [4, 5]
    assert {subject.kind for subject in world.subjects} == {"work", "character", "voice", "style"}


@pytest.mark.shared
def test_the_real_world_is_whole(real_world: Scenario) -> None:
    check_whole(real_world)


def check_whole(world: Scenario) -> None:
    """Every name that is used is somebody's, and whoever can be paid can be written to a bank."""
    for party in everybody(world):
        check_party(party, kinds=tuple(PartyKind))
        check_numbers(party)
    parties = unique(party.reference for party in everybody(world))
    subjects = unique(subject.reference for subject in world.subjects)
    licenses = {license_.reference: license_ for license_ in world.licenses}
    assert parties >= {subject.owner for subject in world.subjects}
    assert parties >= {name for committee in world.committees for name in payees(committee)}
    assert subjects >= {subject.parent for subject in world.subjects if subject.parent}
    assert subjects >= {name for decision in world.decisions for name in decision.subjects}
    firms = {party.reference for party in world.licensees}
    assert firms == {license_.licensee for license_ in world.licenses}
    for license_ in world.licenses:
        assert license_.signed_on < MONTHS[0].first_day
        assert tokyo_day(license_.starts_at) < MONTHS[0].first_day
        assert subjects >= {name for grant in license_.grants for name in grant.subjects}
    assert all(each.grant < len(licenses[each.license].grants) for each in world.later_terms)


def check_numbers(party: NewParty) -> None:
    if party.corporate_number is not None:
        assert int(party.corporate_number[0]) == check_digit(party.corporate_number[1:])
    for period in party.registrations:
        assert int(period.number[1]) == check_digit(period.number[2:])
        assert party.corporate_number in (None, period.number[1:])
    if party.bank_account is not None:
        account = party.bank_account
        branch(bank_code=account.bank_code, branch_code=account.branch_code)
        assert len(narrow(account.holder_kana)) <= 30


def everybody(world: Scenario) -> Iterator[NewParty]:
    yield world.operator
    yield from world.licensees
    yield from world.rights_holders
    yield from (committee.party for committee in world.committees)


def payees(committee: NewCommittee) -> Iterator[str]:
    yield from (member for member, _ in committee.members)
    for step in committee.steps:
        yield step.payee
        yield from (payee for payee, _ in step.passes)


def unique(names: Iterator[str]) -> set[str]:
    counted = Counter(names)
    assert max(counted.values()) == 1, counted.most_common(3)
    return set(counted)


@pytest.mark.shared
def test_nobody_has_the_numbers_of_the_invented_world(world: Scenario, shared: Path) -> None:
    known = " ".join(
        path.read_text(encoding="utf-8")
        for path in [*(shared / "oracles").glob("*"), *(shared / "data").glob("*/*.xml")]
    )
    numbers = [party.corporate_number for party in everybody(world) if party.corporate_number]
    numbers += [period.number[1:] for party in everybody(world) for period in party.registrations]
    assert numbers
    assert not [number for number in numbers if number in known]
    assert all(number[5:7] == "99" for number in numbers)  # A kind of company Japan has not.


@pytest.mark.shared
def test_the_invented_world_borrows_no_real_name(world: Scenario, shared: Path) -> None:
    with (shared / "data" / "works.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = ("title_ja", "title_kana", "title_en")
    real_titles = {search_text(row[column]) for row in rows for column in columns}
    with (shared / "data" / "organisations.csv").open(encoding="utf-8-sig", newline="") as file:
        real_companies = {search_text(row["name"]) for row in csv.DictReader(file)}
    works = [subject for subject in world.subjects if subject.kind == "work"]
    assert not real_titles & {search_text(work.title_ja) for work in works}
    assert not real_titles & {search_text(work.title_en) for work in works}
    assert not real_companies & {search_text(party.name_ja) for party in everybody(world)}


def test_two_loads_of_the_invented_world_are_equal(world: Scenario) -> None:
    assert digest(invented.load()) == digest(world)


def test_the_invented_world_is_the_same_in_another_process(world: Scenario) -> None:
    assert digest_elsewhere() == digest(world)


@pytest.mark.shared
@pytest.mark.slow
def test_the_real_world_is_the_same_in_another_process(real_world: Scenario, shared: Path) -> None:
    assert digest_elsewhere(str(shared / "data")) == digest(real_world)


def digest_elsewhere(*arguments: str) -> str:
    """Return the hash that a process finds in which sets have another order."""
    done = subprocess.run(
        [sys.executable, "-c", PRINT_DIGEST, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "4711", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_an_event_is_invalid_only_when_it_was_spoiled(
    told: list[tuple[Month, Event, Decoded]],
) -> None:
    for month, event, decoded in told:
        assert isinstance(decoded, InvalidEvent) == is_spoiled(event), event
        if isinstance(decoded, ReportedGeneration):
            assert month.starts_at <= decoded.occurred_at < month.ends_at


def is_spoiled(event: Event) -> bool:
    quantity = event["quantity"]
    is_read = quantity is None or (isinstance(quantity, str) and quantity.isdecimal())
    return not is_read or "time" not in event


def test_the_demo_meets_every_answer(answered: Answers) -> None:
    assert set(answered.statuses) == {
        *("accepted", "held", "refused", "duplicate", "conflict", "invalid"),
    }
    assert 22_000 < answered.statuses["accepted"] < 23_000
    assert answered.statuses["refused"] < 2_000
    assert answered.statuses["held"] < 500


@pytest.mark.parametrize(
    "reason",
    [
        "license_unknown",  # A firm names another firm's license.
        "license_ended",
        "subject_unknown",
        "subject_not_offered",
        "subject_suspended",
        "subject_not_licensed",
        "use_class_not_granted",
        "territory_not_granted",
        "subject_unmatched",
        "rate_missing",
        "quantity_unknown",
        "revenue_unknown",
    ],
)
def test_the_demo_meets_a_reason(answered: Answers, reason: str) -> None:
    assert answered.reasons[reason] > 0


def test_a_month_looks_like_one(told: list[tuple[Month, Event, Decoded]]) -> None:
    days: Counter[int] = Counter()
    named: Counter[str] = Counter()
    for _, _, decoded in told:
        if isinstance(decoded, ReportedGeneration):
            days[tokyo_day(decoded.occurred_at).weekday()] += 1
            named.update(use.reference for use in decoded.subjects)
    busy = min(count for day, count in days.items() if day not in WEEKEND)
    assert busy > max(days[day] for day in WEEKEND)
    volumes = list(Counter(month for month, _, _ in told).values())
    assert volumes == sorted(volumes)
    (_, first), (_, second), (_, third) = named.most_common(3)
    assert first > second > third


def test_what_is_offered_changes_while_it_is_used(world: Scenario) -> None:
    states = {
        (name, decision.state): tokyo_day(decision.effective_at)
        for decision in world.decisions
        for name in decision.subjects
    }
    assert states["minamo-no-kuni", "offered"] == MONTHS[1].first_day
    assert states["nemuru-kujira", "suspended"].day == 16
    assert [each.terms.effective_from for each in world.later_terms] == [MONTHS[2].starts_at]


def test_a_payee_of_every_kind_is_there(world: Scenario) -> None:
    holders = world.rights_holders
    persons = [party for party in holders if party.kind == "individual"]
    assert {bool(party.registrations) for party in persons} == {True, False}
    assert [party.reference for party in holders if party.bank_account is None] == ["hinode"]
    fees = {party.entrustment.admin_fee_bp for party in holders if party.entrustment}
    assert fees == {800, 650}
    abroad = {
        (party.country, party.has_jp_establishment)
        for party in world.licensees
        if party.country != "JP"
    }
    assert abroad == {("US", False), ("SG", True)}  # Export-exempt, and taxed.


@pytest.mark.shared
def test_the_real_world_loads_in_seconds(shared: Path) -> None:
    begun = time.monotonic()
    real.load(shared / "data")
    assert time.monotonic() - begun < 10


@pytest.mark.shared
def test_every_real_event_is_one_the_api_takes(real_world: Scenario) -> None:
    identities: Counter[str] = Counter()
    unknown = 0
    for month in real_world.months:
        for licensee, event in real_world.events(month):
            decoded = read(event)
            assert isinstance(decoded, ReportedGeneration), decoded
            assert month.starts_at <= decoded.occurred_at < month.ends_at
            identities[f"{licensee} {decoded.source} {decoded.event_id}"] += 1
            unknown += decoded.quantity is None
    assert len(identities) == real_world.notes["generations_reported"]
    repeated = [count for count in identities.values() if count > 1]
    assert repeated == [2] * int(real_world.notes["events_sent_again"])
    assert unknown == real_world.notes["generations_of_unknown_quantity"]


@pytest.mark.shared
def test_every_line_of_the_log_is_accounted_for(real_world: Scenario) -> None:
    notes = {name: note for name, note in real_world.notes.items() if isinstance(note, int)}
    assert notes["log_requests"] == 30_340
    assert (
        notes["requests_without_japanese_work"] + notes["requests_with_japanese_work"]
        == notes["log_requests"]
    )
    assert notes["requests_without_count"] == 90
    assert notes["requests_without_time"] == 18_276
    held = ("by_one_party", "by_committee", "by_credited_company")
    assert (
        sum(notes[f"works_held_{how}"] for how in held) + notes["works_without_known_holder"]
        == notes["subjects_work"]
        == 5_000
    )


@pytest.mark.shared
def test_some_of_the_real_log_is_accepted_held_and_refused(real_world: Scenario) -> None:
    found = answers(real_world)
    assert {"accepted", "held", "refused", "duplicate"} == set(found.statuses)
    assert found.statuses["accepted"] > 500
    assert set(found.reasons) >= {
        *("subject_not_offered", "subject_not_licensed", "subject_unmatched"),
        *("territory_not_granted", "quantity_unknown"),
    }


@pytest.mark.shared
def test_the_real_world_offers_what_it_says(real_world: Scenario) -> None:
    (decision,) = real_world.decisions
    offered = set(decision.subjects)
    subjects = {subject.reference: subject for subject in real_world.subjects}
    assert {subjects[name].kind for name in offered} == {"work", "style"}
    assert not [name for name in offered if subjects[name].owner == "P-unknown"]
    named = int(real_world.notes["works_named_by_the_log"])
    assert 0.6 < int(real_world.notes["works_named_and_offered"]) / named < 0.85
    creators = [name for name in subjects if re.match("style:(shinkai|junji)", name)]
    assert creators
    assert not offered & set(creators)
