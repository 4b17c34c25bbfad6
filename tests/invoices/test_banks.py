"""The register of banks: names by code, help for an unknown code, no cost before a question."""

import subprocess
import sys

import pytest

from invoices.banks import Bank, UnknownBank, UnknownBranch, bank, branch
from invoices.kana import BANK_NAME

#: Bytes a record has for the name of a bank or of a branch.
NAME_WIDTH = 15


@pytest.mark.parametrize(
    ("code", "name", "kana", "roma"),
    [
        ("0005", "三菱ＵＦＪ", "ﾐﾂﾋﾞｼﾕ-ｴﾌｼﾞｴｲ", "mitsubishiyu-efujiei"),  # ー is － in the register.
        ("0033", "ＰａｙＰａｙ", "ﾍﾟｲﾍﾟｲ", "peipei"),
        ("0460", "クレディ・スイス", "ｸﾚﾃﾞｲ ｽｲｽ", "kuredei.suisu"),  # No full stop in this field.
    ],
)
def test_a_bank_is_named_by_its_code(code: str, name: str, kana: str, roma: str) -> None:
    assert bank(code) == Bank(code=code, name=name, kana=kana, roma=roma)


@pytest.mark.parametrize(
    ("bank_code", "branch_code", "name", "kana"),
    [
        ("9900", "018", "〇一八", "ｾﾞﾛｲﾁﾊﾁ"),  # The post bank numbers its branches.
        ("0001", "004", "丸の内中央", "ﾏﾙﾉｳﾁﾁﾕｳｵｳ"),
        ("0123", "139", "イーハトーヴ", "ｲ-ﾊﾄ-ｳﾞ"),  # The only ヴ of the register.
    ],
)
def test_a_branch_is_named_by_the_codes_of_bank_and_branch(
    bank_code: str, branch_code: str, name: str, kana: str
) -> None:
    found = branch(bank_code=bank_code, branch_code=branch_code)
    assert (found.bank_code, found.code, found.name, found.kana) == (
        bank_code,
        branch_code,
        name,
        kana,
    )


@pytest.mark.parametrize(
    ("code", "nearest"),
    [
        ("1", ["0001", "0005", "0009"]),  # A spreadsheet dropped the zeros.
        ("０００９", ["0009", "0001", "0005"]),  # Full-width digits.
        ("0006", ["0001", "0005", "0009"]),  # One digit wrong.
        ("12345", []),  # Too long to be near anything.
        ("mizuho", []),
    ],
)
def test_an_unknown_bank_is_answered_with_the_nearest(code: str, nearest: list[str]) -> None:
    with pytest.raises(UnknownBank) as refusal:
        bank(code)
    assert refusal.value.bank_code == code
    assert [near.code for near in refusal.value.nearest] == nearest


def test_an_unknown_branch_is_answered_with_its_bank_and_the_nearest() -> None:
    with pytest.raises(UnknownBranch) as refusal:
        branch(bank_code="0001", branch_code="4")
    assert refusal.value.bank.name == "みずほ"
    assert refusal.value.branch_code == "4"
    assert refusal.value.nearest[0].code == "004"


def test_a_branch_of_an_unknown_bank_is_refused_for_the_bank() -> None:
    with pytest.raises(UnknownBank):
        branch(bank_code="0000", branch_code="001")


def test_every_name_in_the_register_can_be_written_in_a_bank_file() -> None:
    from zengin_code import Bank as RegisteredBank

    kana = [bank(code).kana for code in RegisteredBank.all]
    kana += [
        branch(bank_code=code, branch_code=branch_code).kana
        for code, row in RegisteredBank.all.items()
        for branch_code in row.branches
    ]
    assert len(kana) > 30_000
    assert all(0 < len(name) <= NAME_WIDTH and BANK_NAME.issuperset(name) for name in kana)


def test_the_register_is_not_read_before_it_is_asked() -> None:
    # In a process of its own: here another test may have read it already.
    program = "import sys, invoices.banks; sys.exit('zengin_code' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
