"""No kind of document is forgotten by the tests that walk over papers."""

from invoices.kinds import KINDS, kind_of
from locales.catalogues import LANGUAGES, message
from tests.invoices.papers import BEHIND, PAPERS, SUMS, in_language


def test_every_kind_has_a_paper() -> None:
    printed = {kind_of(document).name for document in PAPERS.values()}
    assert printed == set(KINDS), "add a paper of the kind to tests/invoices/papers.py"


def test_what_is_said_of_a_kind_is_said_of_one_there_is() -> None:
    assert SUMS.keys() | BEHIND.keys() <= KINDS.keys()


def test_every_kind_can_be_addressed_to_readers_of_either_language() -> None:
    for document in PAPERS.values():
        kind = kind_of(document)
        for language in ("ja", "en"):
            assert kind.reader(in_language(document, language)).language == language


def test_every_kind_has_a_name_in_the_archive() -> None:
    for language in LANGUAGES:
        for name in KINDS:
            assert message(language, f"paper.kind.{name}")
