"""
The real scenario: a real catalogue and a real usage log, under invented terms.

Titles, credits and requests are what the sources say. What they do not say is invented and the
same on every run: who reports which part of the log, where outputs are used, shares, rates,
accounts and numbers (``real.toml``). A work is offered when its holder is known and a lot drawn
from its id does not fall on one in six; a style when a studio's name stands for it. Characters
and voices are in the catalogue and not offered: nobody consented to anything.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from api.demo import invented, tables
from api.demo.chance import draw
from api.demo.credits import KnownNames, credit_names, known_names, name_key, words
from api.demo.directory import UNKNOWN_HOLDER, Directory
from api.demo.holders import Holders
from api.demo.log import FIELDS, Firm, Log, Meaning, NotARequest
from api.demo.matching import Titles, spellings
from api.demo.scenario import MONTHS, Scenario
from api.demo.sources import DataLineUnreadable, read_lines, read_table, require_folder
from api.demo.subjects import SCHEMES, cast_subjects, style_subject, work_subject
from api.demo.tables import Table, read_tables
from api.world import Decision
from ledger.core.agreement import NewLicense
from ledger.core.period import TOKYO
from ledger.store.works import NewSubject

WORK_COLUMNS = (
    *(*SCHEMES, "title_ja", "title_kana", "title_en", "medium", "copyright_holder_raw"),
    *("production_company_raw", "publisher_raw", "original_author_raw", "creator_raw"),
)
_ORGANISATION_COLUMNS = ("id", "name", "address")
_CAST_COLUMNS = ("work_id", "character", "voice_actor_credit")

#: Of so many works that have a known holder, one is not offered.
_NOT_OFFERED_ONE_IN = 6

#: Named works are dealt out to grants in rounds of so many.
_PLACES = 12

_OFFERED_SINCE = datetime(2026, 3, 1, tzinfo=TOKYO)
_NOT_A_LETTER = re.compile(r"[^a-z0-9]+")

Row = Mapping[str, str]


def load(data_directory: Path) -> Scenario:
    """
    Return the scenario of a folder of real data.

    :raises DataFolderMissing: there is no such folder.
    :raises DataFileMissing: a file is not there, or cannot be opened.
    :raises DataColumnMissing: a table lacks a column.
    :raises DataLineUnreadable: a line cannot be read.
    """
    folder = require_folder(data_directory)
    works = list(read_table(folder / "works.csv", columns=WORK_COLUMNS))
    organisations = list(read_table(folder / "organisations.csv", columns=_ORGANISATION_COLUMNS))
    known = _known_names(works, organisations)
    directory = Directory(
        known=known, organisations={name_key(row["name"]): row for row in reversed(organisations)}
    )
    holders = Holders(directory=directory, known=known)
    owners = {work["id"]: holders.of_work(work) for work in works}
    reader = _Mentions(works, directory)
    log = _read_log(folder / "usage_log.ndjson", reader)
    cast = read_table(folder / "characters_voices.csv.gz", columns=_CAST_COLUMNS)
    subjects = (
        *(work_subject(work, owner=owners[work["id"]]) for work in works),
        *reader.styles.values(),
        *cast_subjects(cast, owners=owners, performer=directory.performer),
    )
    offered = [work["id"] for work in works if _is_offered(work["id"], owners[work["id"]])]
    named = [reference for reference in offered if reference in reader.works]
    return Scenario(
        operator=invented.house(),
        licensees=invented.ai_firms(),
        rights_holders=directory.parties,
        committees=holders.committees,
        subjects=subjects,
        decisions=(
            Decision(
                subjects=(*offered, *reader.offered_styles),
                state="offered",
                effective_at=_OFFERED_SINCE,
            ),
        ),
        licenses=tuple(_licenses(named, reader.offered_styles)),
        later_terms=(),
        months=MONTHS,
        notes={
            **log.notes(),
            **holders.counts,
            **_counts_of(subjects),
            "works_offered": len(offered),
            "works_named_by_the_log": len(reader.works),
            "works_named_and_offered": len(named),
            "names_not_in_the_catalogue": len(reader.unlisted),
            "parties": len(directory.parties),
            "committees": len(holders.committees),
            **{f"invented_{key}": text for key, text in read_tables("real")["invented"].items()},
        },
        usage=log.reports,
    )


class _Mentions:
    """What the names in the log stand for; remembers which were named."""

    def __init__(self, works: Iterable[Row], directory: Directory) -> None:
        self._titles = Titles(
            (work["id"], work[column])
            for work in works
            for column in ("title_ja", "title_kana", "title_en")
        )
        self._directory = directory
        self.works: dict[str, None] = {}
        self.styles: dict[str, NewSubject] = {}
        self.offered_styles: list[str] = []
        self.unlisted: dict[str, None] = {}

    def __call__(self, mention: Row) -> Meaning:
        """Return what a mention means: titles and characters are works, the rest is style."""
        name, kind = mention["name"], mention["kind"]
        if kind in ("creator", "studio"):
            return Meaning(subject=self._style(name, is_studio=kind == "studio"), is_style=True)
        found = self._titles.find(name)
        if found is not None:
            self.works[found] = None
            return Meaning(subject=found)
        title = spellings(name)[0]
        self.unlisted[title] = None
        return Meaning(subject=f"unlisted:{_slug(title)}", unlisted_title=title)

    def _style(self, name: str, *, is_studio: bool) -> str:
        reference = f"style:{_slug(name)}"
        if reference not in self.styles:
            directory = self._directory
            owner = directory.company(name) if is_studio else directory.performer(name)
            self.styles[reference] = style_subject(reference, name=name, owner=owner)
            if is_studio:
                self.offered_styles.append(reference)
        return reference


def _read_log(path: Path, reader: _Mentions) -> Log:
    log = Log(firms=_firms(), territories=read_tables("real")["territories"], meaning=reader)
    for number, request in read_lines(path, fields=FIELDS):
        try:
            log.take(request)
        except NotARequest as error:
            raise DataLineUnreadable(path, number, error) from error
    return log


def _known_names(works: Sequence[Row], organisations: Iterable[Row]) -> KnownNames:
    return known_names(
        organisations=[row["name"] for row in organisations],
        credited=[
            name
            for work in works
            for role, name in credit_names(work["production_company_raw"])
            if not role or role in words()["making_roles"]
        ],
        people=[
            name
            for work in works
            for column in ("original_author_raw", "creator_raw")
            for _, name in credit_names(work[column])
        ],
    )


def _is_offered(work: str, owner: str) -> bool:
    return owner != UNKNOWN_HOLDER and draw(f"offer:{work}", _NOT_OFFERED_ONE_IN) != 0


def _firms() -> dict[str, Firm]:
    return {
        source: Firm(
            licensee=firm["licensee"],
            license=firm["license"],
            style_license=firm["style_license"],
        )
        for firm in read_tables("real")["firms"]
        for source in firm["sources"]
    }


def _licenses(named: Sequence[str], styles: Sequence[str]) -> Iterator[NewLicense]:
    for firm in read_tables("real")["firms"]:
        grants = [{**grant, "subjects": _dealt(named, grant)} for grant in firm["grants"]]
        yield _license(firm, firm["license"], grants)
        style_grant = read_tables("real")["style_grant"]
        yield _license(firm, firm["style_license"], [{**style_grant, "subjects": styles}])


def _dealt(named: Sequence[str], grant: Table) -> list[str]:
    """Return the works at a grant's places when they are dealt out in rounds."""
    return [work for at, work in enumerate(named) if at % _PLACES in grant["places"]]


def _license(firm: Table, reference: str, grants: Sequence[dict[str, Any]]) -> NewLicense:
    return tables.license_(
        {
            "reference": reference,
            "licensee": firm["licensee"],
            "signed_on": firm["signed_on"],
            "starts_at": firm["starts_at"],
            "grants": [
                {name: value for name, value in grant.items() if name != "places"}
                for grant in grants
                if grant["subjects"]
            ],
        }
    )


def _counts_of(subjects: Iterable[NewSubject]) -> Counter[str]:
    return Counter(f"subjects_{subject.kind}" for subject in subjects)


def _slug(name: str) -> str:
    return _NOT_A_LETTER.sub("-", name.casefold()).strip("-") or "unnamed"
