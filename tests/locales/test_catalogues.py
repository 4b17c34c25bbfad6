"""Messages are looked up loudly: nothing missing, unfinished or said twice goes unnoticed."""

from enum import StrEnum
from pathlib import Path

import pytest

from ledger.core.acceptance import Decision, Reason
from ledger.core.earning import EarningCategory
from ledger.core.money import Rounding
from ledger.core.payout import NotPaid
from ledger.core.terms import Basis
from ledger.core.usage import Modality, UseClass
from ledger.core.waterfall import Preset
from locales.catalogues import (
    LANGUAGES,
    MissingMessage,
    MissingValue,
    RepeatedMessage,
    UnfinishedMessage,
    UnknownLanguage,
    keys,
    message,
    placeholders,
    read_catalogues,
)

EVERY_LANGUAGE = pytest.mark.parametrize("language", LANGUAGES)


def write(folder: Path, name: str, *entries: str) -> None:
    header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n'
    (folder / name).write_text("\n".join([header, *entries]), encoding="utf-8")


def test_a_message_is_worded_in_each_language() -> None:
    assert message("ja", "invoice.title") == "適格請求書"
    assert message("en", "invoice.title") == "Qualified invoice"


def test_values_fill_placeholders_and_are_never_read_for_placeholders() -> None:
    assert message("en", "statement.revision", revision="{number}") == "revision {number}"


def test_a_missing_key_is_refused_by_name() -> None:
    with pytest.raises(MissingMessage, match=r"invoice\.tilte"):
        message("ja", "invoice.tilte")
    with pytest.raises(MissingMessage):
        placeholders("ja", "invoice.tilte")


def test_a_missing_value_is_refused_by_name() -> None:
    with pytest.raises(MissingValue, match="revision"):
        message("ja", "statement.revision")


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(UnknownLanguage):
        message("fr", "invoice.title")
    with pytest.raises(UnknownLanguage):
        keys("")


def test_placeholders_are_those_in_braces() -> None:
    assert placeholders("en", "document.amounts_in") == {"currency"}
    assert placeholders("en", "invoice.title") == frozenset()


def test_every_file_of_a_folder_is_read(tmp_path: Path) -> None:
    write(tmp_path, "documents.po", 'msgid "a.b"\nmsgstr "一"\n')
    write(tmp_path, "cli.po", 'msgid "c.d"\nmsgstr "二"\n')
    assert read_catalogues(tmp_path) == {"a.b": "一", "c.d": "二"}


@pytest.mark.parametrize(
    "entry",
    [
        'msgid "a.b"\nmsgstr ""\n',  # Not worded yet.
        '#, fuzzy\nmsgid "a.b"\nmsgstr "一"\n',  # Worded, but nobody has agreed.
        'msgid "a.b"\nmsgid_plural "a.bs"\nmsgstr[0] "一"\n',  # Plurals are not used here.
    ],
)
def test_an_unfinished_message_is_refused_with_its_file(tmp_path: Path, entry: str) -> None:
    write(tmp_path, "documents.po", entry)
    with pytest.raises(UnfinishedMessage, match=r"documents\.po.*a\.b"):
        read_catalogues(tmp_path)


def test_a_key_in_two_files_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "cli.po", 'msgid "a.b"\nmsgstr "一"\n')
    write(tmp_path, "documents.po", 'msgid "a.b"\nmsgstr "二"\n')
    with pytest.raises(RepeatedMessage, match=r"documents\.po.*a\.b"):
        read_catalogues(tmp_path)


@EVERY_LANGUAGE
@pytest.mark.parametrize(
    ("prefix", "codes"),
    [
        ("modality", Modality),
        ("use_class", UseClass),
        ("per", Basis),
        ("rate", Basis),
        ("unit", [basis for basis in Basis if basis is not Basis.FIXED_MONTH]),
        ("note.rounding", Rounding),
        ("refusal.reason", Reason),
        ("refusal.decision", [Decision.HELD, Decision.REFUSED]),
        ("settlement.not_paid", NotPaid),
        ("waterfall.preset", Preset),
        ("category", EarningCategory),
    ],
)
def test_every_code_the_ledger_puts_on_a_document_has_words(
    language: str, prefix: str, codes: list[StrEnum]
) -> None:
    missing = [code for code in codes if f"{prefix}.{code}" not in keys(language)]
    assert not missing
