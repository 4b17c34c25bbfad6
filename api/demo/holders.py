"""
Who holds a real work: what its © line, or else its credits, make of companies and people.

A © line that names one party makes it the holder. One that names several is a committee of
them, with equal shares, because nobody says who owns what; its first member leads it. Its
authors are paid a royalty on the original, through the publisher where the line names one.
Committees take turns, in the order of the catalogue, between fees first and royalties first.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping

from api.demo.copyright import CopyrightLine, parse_copyright_line
from api.demo.credits import KnownNames, credit_names, is_committee, name_key, words
from api.demo.directory import UNKNOWN_HOLDER, Directory, reference_of
from api.demo.scenario import MONTHS
from api.demo.tables import entrustment, read_tables
from ledger.core.party import NewParty
from ledger.core.waterfall import Preset
from ledger.services.registering import NewCommittee, NewStep

_WHOLE_BP = 10_000


class Holders:
    """The holders of works, as they are met in the order of the catalogue."""

    def __init__(self, *, directory: Directory, known: KnownNames) -> None:
        self._directory = directory
        self._known = known
        self._committees: dict[str, NewCommittee] = {}
        self.counts: Counter[str] = Counter()

    @property
    def committees(self) -> tuple[NewCommittee, ...]:
        """The committees so far."""
        return tuple(self._committees.values())

    def of_work(self, work: Mapping[str, str]) -> str:
        """Return the reference of a work's holder: a party, a committee, or nobody known."""
        makers = _makers(work["production_company_raw"])
        if work["copyright_holder_raw"]:
            self.counts["works_with_copyright_line"] += 1
            line = parse_copyright_line(
                work["copyright_holder_raw"],
                known=self._known,
                title=work["title_ja"],
                authors=_authors(work["original_author_raw"]),
            )
            if line.parties or line.committee or line.authors:
                return self._of_line(line, makers)
        named = [*makers, *_publishers(work)]
        if named:
            self.counts["works_held_by_credited_company"] += 1
            return self._directory.either(named[0])
        self.counts["works_without_known_holder"] += 1
        return UNKNOWN_HOLDER

    def _of_line(self, line: CopyrightLine, makers: Collection[str]) -> str:
        if line.committee is None and not line.parties:
            line = CopyrightLine(parties=line.authors)
        if line.committee is None and len(line.parties) == 1 and not line.authors:
            return self._alone(line.parties[0])
        if line.committee is not None and not line.parties:
            if not line.authors:
                return self._alone(line.committee)
            return self._committee(line, self._members_behind(line.committee, makers))
        return self._committee(line, [self._directory.either(name) for name in line.parties])

    def _alone(self, name: str) -> str:
        self.counts["works_held_by_one_party"] += 1
        return self._directory.either(name)

    def _members_behind(self, committee: str, makers: Collection[str]) -> list[str]:
        """Return who acts under a name without being named: the makers, or one for them all."""
        if makers:
            return [self._directory.company(name) for name in makers]
        self.counts["works_of_committees_without_named_member"] += 1
        return [self._directory.unnamed_members(committee)]

    def _committee(self, line: CopyrightLine, members: Collection[str]) -> str:
        self.counts["works_held_by_committee"] += 1
        members = list(dict.fromkeys(members))
        names = [line.committee or "", line.publisher or "", *line.authors]
        reference = reference_of("CM", *map(name_key, names), *members)
        if reference not in self._committees:
            presets = tuple(Preset)
            self._committees[reference] = NewCommittee(
                party=_committee_party(reference, line),
                preset=presets[len(self._committees) % len(presets)],
                effective_from=MONTHS[0],
                steps=tuple(self._steps(line, members)),
                members=tuple((member, 1) for member in members),
            )
        return reference

    def _steps(self, line: CopyrightLine, members: list[str]) -> Iterator[NewStep]:
        terms = read_tables("real")["committees"]
        authors = [self._directory.person(name) for name in line.authors]
        yield NewStep(
            kind="fee", category="manager_fee", payee=members[0], rate_bp=terms["manager_fee_bp"]
        )
        if authors and line.publisher:
            passed_bp = terms["passed_to_author_bp"] // len(authors)
            yield NewStep(
                kind="royalty",
                category="original",
                payee=self._directory.company(line.publisher),
                rate_bp=terms["original_bp"],
                passes=tuple((author, passed_bp) for author in dict.fromkeys(authors)),
            )
            return
        for author in dict.fromkeys(authors):
            yield NewStep(
                kind="royalty",
                category="original",
                payee=author,
                rate_bp=terms["original_bp"] // len(authors),
            )


def _committee_party(reference: str, line: CopyrightLine) -> NewParty:
    """A committee is called as the line calls it, or by the names that make it up."""
    dot = words()["middle_dots"][0]
    name = line.committee or words()["separators"][0].join(
        dot.join(names) for names in (line.authors, line.parties) if names
    )
    return NewParty(
        reference=reference,
        role="rights_holder",
        kind="committee",
        name_ja=name,
        name_en=name,
        entrustment=entrustment(read_tables("real")["parties"]["admin_fee_bp"]),
    )


def _makers(credit: str) -> list[str]:
    """Return the companies that made a work, helpers and committees aside, each once."""
    helping = words()["helping_roles"]
    return [
        name
        for role, name in dict.fromkeys(credit_names(credit))
        if not any(word in role for word in helping) and not is_committee(name)
    ]


def _publishers(work: Mapping[str, str]) -> list[str]:
    """Return who brought a work out; of a game the catalogue calls them its creators."""
    brought_out = credit_names(work["publisher_raw"])
    if work["medium"] == "game":
        brought_out += credit_names(work["creator_raw"])
    return [name.removesuffix(words()["station_suffix"]) for _, name in brought_out]


def _authors(credit: str) -> list[str]:
    """Return who is credited with the original."""
    return [name for _, name in credit_names(credit)]
