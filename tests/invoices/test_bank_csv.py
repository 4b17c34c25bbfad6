"""A bank's CSV is read by a mapping, and by nothing that was guessed."""

from datetime import date

import pytest

from invoices.bank_csv import BankMappingUnusable, preset, presets, read_csv, read_mapping
from invoices.statement_file import BankFileUnreadable

ANSER = (
    '"照会口座","番号","勘定日","(起算日)","出金金額(円)","入金金額(円)","小切手区分","残高(円)",'
    '"取引区分","明細区分","金融機関名","支店名","摘要"\r\n'
    '"本店 普通 1234567","1","2026/11/27","","","110,000","","1,110,000","振込","","ﾐﾎﾝ","ﾎﾝﾃﾝ",'
    '"ｶ)ｴﾌﾀﾞｷｶｲ"\r\n'
    '"本店 普通 1234567","2","2026/11/28","","500","","","1,109,500","手数料","","","",""\r\n'
)


def test_the_presets_are_mappings() -> None:
    assert presets() == ("anser", "plain")
    for name in presets():
        assert preset(name).columns["booked_on"]


def test_a_file_is_read_by_a_preset() -> None:
    found = read_csv(ANSER.encode("cp932"), preset("anser"))
    assert (found.first_day, found.last_day) == (date(2026, 11, 27), date(2026, 11, 28))
    first, second = found.lines
    assert (first.amount_minor, first.balance_minor, first.payer) == (
        110_000,
        1_110_000,
        "ｶ)ｴﾌﾀﾞｷｶｲ",
    )
    assert (second.amount_minor, second.place) == (-500, 3)
    assert found.closing_minor == 1_109_500


def test_columns_may_be_counted_and_amounts_have_a_sign() -> None:
    mapping = read_mapping(
        'has_headings = false\nencoding = "utf-8"\nday = "%Y%m%d"\nskip = 1\n'
        "[columns]\nbooked_on = 1\namount = 2\npayer = 3\n"
    )
    found = read_csv("a title\n20261127,110000,A\n20261128,▲500,B\n\n".encode(), mapping)
    assert [each.amount_minor for each in found.lines] == [110_000, -500]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (ANSER.replace("2026/11/28", "28.11.2026").encode("cp932"), {"line": "3"}),
        (ANSER.replace("110,000", "11万", 1).encode("cp932"), {"line": "2", "found": "11万"}),
        (ANSER.replace('"500"', '""').encode("cp932"), {"line": "3"}),  # Neither in nor out.
        (ANSER.replace("勘定日", "日付").encode("cp932"), {"line": "1", "expected": "勘定日"}),
        (ANSER.encode(), {"line": "1", "expected": "cp932"}),  # In UTF-8.
        (b"", {"line": "1"}),
        (ANSER.splitlines()[0].encode("cp932"), {"line": "2"}),  # Headings alone.
    ],
)
def test_what_does_not_fit_is_named_by_its_line(content: bytes, told: dict[str, str]) -> None:
    with pytest.raises(BankFileUnreadable) as refused:
        read_csv(content, preset("anser"))
    assert refused.value.values.items() >= told.items()


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("= 1", None),  # No TOML.
        ('day = "%Y"', "columns"),
        ("[columns]\npayer = 1", "columns.booked_on"),
        ("[columns]\nbooked_on = 1", "columns.came_in"),
        ("[columns]\nbooked_on = 1\namount = 2\nname = 3", "columns.name"),
        ("[columns]\nbooked_on = true\namount = 2", "columns.booked_on"),
        ("skip = true\n[columns]\nbooked_on = 1\namount = 2", "skip"),
        ("colour = 1\n[columns]\nbooked_on = 1\namount = 2", "colour"),
        ('has_headings = false\n[columns]\nbooked_on = "day"\namount = 2', "columns"),
    ],
)
def test_a_mapping_that_cannot_be_used_says_where(text: str, part: str | None) -> None:
    with pytest.raises(BankMappingUnusable) as refused:
        read_mapping(text)
    assert part is None or refused.value.values["part"] == part


def test_an_unknown_preset_names_those_there_are() -> None:
    with pytest.raises(BankMappingUnusable) as refused:
        preset("mizuho")
    assert refused.value.values["expected"] == "anser, plain"
