"""A few words of French in a folder, as somebody would add a language."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from locales import catalogues

WORDS = {
    "invoice.title": "Facture conforme",
    "invoice.due_on": "À payer avant le",
    "portal.documents.title": "Documents émis",
    "document.amounts_in": "Montants en {currency}",
    "sum.total": "",  # Not translated yet.
}


@pytest.fixture
def french(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder with a few words of French, and things that are no language."""
    folder = tmp_path / "locales" / "fr" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (tmp_path / "locales" / "klingon" / "LC_MESSAGES").mkdir(parents=True)
    (tmp_path / "locales" / "ja" / "LC_MESSAGES").mkdir(parents=True)
    entries = (f'msgid "{key}"\nmsgstr "{said}"\n' for key, said in WORDS.items())
    header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n'
    (folder / "few.po").write_text("\n".join([header, *entries]), encoding="utf-8")
    monkeypatch.setenv(catalogues.FOLDER_SETTING, str(tmp_path / "locales"))
    caches = (catalogues._further, catalogues._catalogue, catalogues._tell_missing)
    for each in caches:
        each.cache_clear()
    yield
    for each in caches:
        each.cache_clear()
