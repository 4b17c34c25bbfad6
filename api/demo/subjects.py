"""
A real catalogue's works, characters and voices as subjects of the book.

Works keep the catalogue's own ids. A character belongs to its work and to the work's holder; a
voice belongs to its character, where the role is one, and to its performer.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from api.demo.credits import split_at, tidy, words
from ledger.store.works import NewSubject

#: Columns that name a work elsewhere, and the scheme each is in.
SCHEMES = {
    "id": "madb",
    "series_id": "madb-series",
    "wikidata_qid": "wikidata",
    "mal_id": "mal",
    "anilist_id": "anilist",
    "anidb_id": "anidb",
    "tmdb_id": "tmdb",
    "imdb_id": "imdb",
}

_SPACES = " \t\r\n\u3000"


def work_subject(work: Mapping[str, str], *, owner: str) -> NewSubject:
    """Return a work with its identifiers and its © line as it stands in the catalogue."""
    return NewSubject(
        reference=work["id"],
        kind="work",
        owner=owner,
        medium=work["medium"],
        title_ja=_one_line(work["title_ja"]),
        title_kana=_one_line(work["title_kana"]),
        title_en=_one_line(work["title_en"]),
        credit_line=_one_line(work["copyright_holder_raw"]),
        identifiers=frozenset(
            (scheme, _one_line(work[column]))
            for column, scheme in SCHEMES.items()
            if work[column].strip()
        ),
    )


def cast_subjects(
    rows: Iterable[Mapping[str, str]],
    *,
    owners: Mapping[str, str],
    performer: Callable[[str], str],
) -> Iterator[NewSubject]:
    """
    Give the characters and voices of the works that ``owners`` has, in the order of the rows.

    ``performer`` says which party a credited name is. A role such as a narrator has a voice and
    no character.
    """
    counts: dict[str, int] = {}
    characters: dict[tuple[str, str], str] = {}
    for row in rows:
        work, role = row["work_id"], _one_line(row["character"])
        if work not in owners or not role:
            continue
        parent = characters.get((work, role), work)
        if parent == work and role not in words()["voices_without_character"]:
            parent = characters[work, role] = _next(counts, f"{work}.c")
            yield NewSubject(
                reference=parent, kind="character", owner=owners[work], title_ja=role, parent=work
            )
        for name in _performers(row["voice_actor_credit"]):
            yield NewSubject(
                reference=_next(counts, f"{work}.v"),
                kind="voice",
                owner=performer(name),
                title_ja=f"{name} / {role}",
                parent=parent,
            )


def style_subject(reference: str, *, name: str, owner: str) -> NewSubject:
    """Return a studio's or creator's style, which a log calls by a Latin name alone."""
    return NewSubject(reference=reference, kind="style", owner=owner, title_ja=name, title_en=name)


def _performers(credit: str) -> list[str]:
    names = (tidy(name.rstrip("*＊")) for name in split_at(credit, words()["separators"]))
    return [name for name in dict.fromkeys(names) if name not in ("", *words()["unknown"])]


def _next(counts: dict[str, int], beginning: str) -> str:
    counts[beginning] = counts.get(beginning, 0) + 1
    return f"{beginning}{counts[beginning]:03d}"


def _one_line(text: str) -> str:
    return " ".join(text.split()).strip(_SPACES)
