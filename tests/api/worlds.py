"""A scenario's events judged without a book: what the demo can expect to be answered."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from itertools import count

from api.demo.scenario import Event, Scenario
from api.events import Decoded, InvalidEvent, decode
from ledger.core.acceptance import OptInState, Subject, judge
from ledger.core.agreement import NewGrant, NewLicense, read_license, read_terms
from ledger.core.batch import kind_of
from ledger.core.period import Month
from ledger.core.terms import Grant, License


@dataclass(frozen=True, kw_only=True)
class Answers:
    """How often each status was answered, and which reason led."""

    statuses: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)


def read(event: Event) -> Decoded:
    """Return what the API makes of one event."""
    body = json.dumps([event]).encode()
    (decoded,) = decode(body, media_type="application/json", content_encoding=None)
    return decoded


def answers(scenario: Scenario) -> Answers:
    """Judge every event of a scenario in the order in which it is reported."""
    found = Answers()
    subjects = _subjects(scenario)
    licenses = {(new.licensee, new.reference): _license(scenario, new) for new in scenario.licenses}
    hashes: dict[tuple[str, str, str, Month], bytes] = {}
    for month in scenario.months:
        for licensee, event in scenario.events(month):
            reported = read(event)
            if isinstance(reported, InvalidEvent):
                found.statuses["invalid"] += 1
                continue
            identity = (licensee, reported.source, reported.event_id, month)
            first = hashes.setdefault(identity, content := reported.content_hash())
            if first is not content:
                found.statuses["duplicate" if first == content else "conflict"] += 1
                continue
            judgement = judge(
                kind=kind_of(reported),
                occurred_at=reported.occurred_at,
                license_=licenses.get((licensee, reported.license_reference)),
                subjects=subjects,
            )
            found.statuses[judgement.decision] += 1
            found.reasons.update(judgement.reasons[:1])
    return found


def digest(scenario: Scenario) -> str:
    """Return a hash over everything a scenario holds and reports."""
    told = sha256(repr([getattr(scenario, name) for name in _FIELDS]).encode())
    told.update(repr([sorted(subject.identifiers) for subject in scenario.subjects]).encode())
    for month in scenario.months:
        for report in scenario.events(month):
            told.update(json.dumps(report).encode())
    return told.hexdigest()


#: Subjects hold a set of identifiers, which is written in order instead.
_FIELDS = (
    *("operator", "licensees", "rights_holders", "committees", "decisions", "licenses"),
    *("later_terms", "months", "notes"),
)


def _subjects(scenario: Scenario) -> dict[str, Subject]:
    states: dict[str, list[tuple[datetime, OptInState]]] = defaultdict(list)
    for decision in sorted(scenario.decisions, key=lambda decision: decision.effective_at):
        for reference in decision.subjects:
            states[reference].append((decision.effective_at, OptInState(decision.state)))
    return {
        subject.reference: Subject(
            id=key, reference=subject.reference, opt_in=tuple(states[subject.reference])
        )
        for key, subject in enumerate(scenario.subjects)
    }


def _license(scenario: Scenario, new: NewLicense) -> License:
    read_as = read_license(new)
    grants = zip(read_as.grants, new.grants, strict=True)
    return replace(
        read_as,
        grants=tuple(
            _grant(scenario, new.reference, place, grant, said)
            for place, (grant, said) in enumerate(grants)
        ),
    )


def _grant(
    scenario: Scenario, license_reference: str, place: int, grant: Grant, said: NewGrant
) -> Grant:
    keys = {subject.reference: key for key, subject in enumerate(scenario.subjects)}
    later = (
        read_terms(each.terms, version=2, path="terms")
        for each in scenario.later_terms
        if (each.license, each.grant) == (license_reference, place)
    )
    numbers = _numbers()
    versions = tuple(
        replace(
            version,
            rate_lines=tuple(replace(line, id=next(numbers)) for line in version.rate_lines),
        )
        for version in (*grant.versions, *later)
    )
    return replace(
        grant,
        subject_ids=frozenset(keys[reference] for reference in said.subjects),
        versions=versions,
    )


def _numbers() -> Iterator[int]:
    return count(1)
