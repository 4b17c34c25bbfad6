"""The transfer file against cases made by others, which lie outside the repository."""

import hashlib
import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from invoices import kana, zengin_records
from invoices.kana import LEGAL_FORMS, NameCannotBeWritten, has_parted_voicing, narrow, truncate
from invoices.zengin import (
    AccountType,
    CustomerCodes,
    NewCode,
    ZenginAccount,
    ZenginOrder,
    ZenginPayment,
    read,
)
from invoices.zengin_findings import FindingCode, verify
from tests.invoices.zengin_orders import is_open, plain

ORACLE = Path("oracles", "japan.json")


@pytest.fixture(scope="module")
def oracle() -> dict[str, Any]:
    """The independent cases for this format, from outside the repository."""
    beside = Path(__file__).resolve().parents[2].parent / "shared"
    path = Path(os.environ.get("GENBO_SHARED", beside)) / ORACLE
    if not path.is_file():
        pytest.skip(f"no {ORACLE} in ../shared; set GENBO_SHARED to the folder that has it")
    cases: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["zengin"]
    return cases


def test_the_layouts_are_those_of_the_oracle(oracle: dict[str, Any]) -> None:
    layouts = {
        "header": zengin_records.HEADER,
        "data": zengin_records.DATA_WITH_CODES,
        "trailer": zengin_records.TRAILER,
        "end": zengin_records.END,
    }
    assert set(layouts) == set(oracle["layouts"])
    for name, layout in layouts.items():
        ours = [("N" if field.is_number else "C", field.length) for field in layout]
        theirs = [(field["type"], field["length"]) for field in oracle["layouts"][name]]
        assert ours == theirs, name
        assert sum(field.length for field in layout) == oracle["record_bytes"]


def test_the_repertoires_are_those_of_the_oracle(oracle: dict[str, Any]) -> None:
    # The oracle says them in prose: read its words here, so that a change there is noticed.
    assert oracle["charset"] == {
        "party_names": "ｱ-ﾝ (no ｦ, no small kana, no ｰ) ﾞ ﾟ 0-9 A-Z space ( ) - .",
        "bank_branch_names": "same kana, digits, A-Z, space, - only",
        "edi": "adds ｦ \\ ｢ ｣ /",
        "never": "ｰ (0xB0), small kana 0xA7-0xAF, comma, lower case, double-byte",
    }
    party_bytes = [*range(0xB1, 0xE0), *b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ ()-."]
    assert {bytes([byte]).decode("cp932") for byte in party_bytes} == kana.PARTY_NAME
    assert kana.BANK_NAME.isdisjoint("().")
    assert kana.PARTY_NAME.isdisjoint("ｦ\\｢｣/")
    assert kana.BANK_NAME | set("().") == kana.PARTY_NAME
    assert kana.PARTY_NAME | set("ｦ\\｢｣/") == kana.EDI


def test_names_are_narrowed_as_in_the_oracle(oracle: dict[str, Any]) -> None:
    for case in oracle["narrowing"]:
        if "error" in case:
            with pytest.raises(NameCannotBeWritten) as refusal:
                narrow(case["input"])
            assert refusal.value.character in case["error"]
        else:
            written = narrow(case["input"])
            assert written == case["output"]
            assert written.encode("cp932").hex() == case["hex"]
            assert len(written) == case["bytes"]


def test_names_are_cut_as_in_the_oracle(oracle: dict[str, Any]) -> None:
    for case in oracle["truncation"]:
        written = narrow(case["input"])
        assert (written, len(written)) == (case["narrow"], case["narrow_bytes"])
        cut = truncate(written, width=case["field"])
        assert (cut, len(cut)) == (case["output"], case["output_bytes"])
        assert not has_parted_voicing(cut, width=case["field"])


def test_legal_forms_are_shortened_as_in_the_oracle(oracle: dict[str, Any]) -> None:
    table = oracle["legal_form_abbreviations"]["table"]
    assert table == LEGAL_FORMS
    for form, short in table.items():
        mark = narrow(short)
        assert narrow(f"{form}ホシ") == f"{mark})ﾎｼ"
        assert narrow(f"ホシ{form}ソラ") == f"ﾎｼ({mark})ｿﾗ"
        assert narrow(f"ホシ{form}") == f"ﾎｼ({mark}"


def test_account_types_are_those_of_the_oracle(oracle: dict[str, Any]) -> None:
    assert {str(account_type) for account_type in AccountType} == set(oracle["account_types"])


def oracle_order(oracle: dict[str, Any]) -> ZenginOrder:
    """Return the values behind the oracle's clean sample, taken from its text by column."""
    header, *payments = [record["text"] for record in oracle["sample_clean"]["records"][:-2]]

    def account(text: str, offset: int, type_offset: int) -> ZenginAccount:
        return ZenginAccount(
            bank_code=text[offset : offset + 4],
            bank_name_kana=text[offset + 4 : offset + 19].strip(),
            branch_code=text[offset + 19 : offset + 22],
            branch_name_kana=text[offset + 22 : offset + 37].strip(),
            account_type=AccountType(text[type_offset]),
            account_number=text[type_offset + 1 : type_offset + 8],
        )

    return ZenginOrder(
        client_code=header[4:14],
        client_name_kana=header[14:54].strip(),
        transfer_on=date(2026, int(header[54:56]), int(header[56:58])),
        source=account(header, 58, 95),
        payments=tuple(
            ZenginPayment(
                account=account(text, 1, 42),
                payee_name_kana=text[50:80].strip(),
                amount_yen=int(text[80:90]),
                reference=CustomerCodes(first=int(text[91:101]), second=int(text[101:111])),
                new_code=NewCode(text[90]),
            )
            for text in payments
        ),
    )


def test_the_clean_sample_of_the_oracle_is_made_to_the_byte(oracle: dict[str, Any]) -> None:
    sample = oracle["sample_clean"]
    content = plain(oracle_order(oracle))
    assert len(content) == sample["bytes"]
    assert content.hex() == "".join(record["hex"] for record in sample["records"])
    assert hashlib.sha256(content).hexdigest() == sample["sha256"]
    assert read(content, year=2026) == oracle_order(oracle)


#: The other program's number for a kind of fault, and what we call it.
KINDS = {
    "V-100": {FindingCode.RECORD_LENGTH, FindingCode.NOT_A_NUMBER},
    "V-202": {FindingCode.NOT_PERMITTED, FindingCode.NOT_FIXED},
    "V-302": {FindingCode.TRAILER_COUNT},
    "V-306": {FindingCode.PAID_TWICE},
    "V-502": {FindingCode.NOT_A_BANKING_DAY},
    "V-601": {FindingCode.VOICING_PARTED},
}


def mutated(oracle: dict[str, Any]) -> dict[str, bytes]:
    """Return the oracle's mutations of its sample, made here from their names."""
    texts = [record["text"] for record in oracle["sample_clean"]["records"]]

    def with_change(record: int, offset: int, text: str) -> bytes:
        other = texts[record][:offset] + text + texts[record][offset + len(text) :]
        return "".join([*texts[:record], other, *texts[record + 1 :]]).encode("cp932")

    whole = "".join(texts)
    first_amount = int(texts[1][80:90])
    trailer = f"8000005{int(texts[5][7:19]) + first_amount:012d}{' ' * 101}"
    return {
        "base (4 payments, clean)": whole.encode("cp932"),
        "base + EOF byte 0x1A": whole.encode("cp932") + b"\x1a",
        "small kana in payee name": with_change(1, 50, "ｶ)ﾏﾙﾏﾙｱﾆﾒ-ｼｮﾝ"),
        "lower-case Latin in payee name": with_change(2, 50, "yamada"),
        "name cut through voicing mark": with_change(4, 50, "ｾﾞﾂﾀｲﾆﾅｶﾞｽｷﾞﾙﾅﾏｴﾉｶﾌﾞｼｷｶﾞｲｼﾔｱｱﾄ"),
        "trailer count wrong": with_change(5, 1, "000005"),
        "record 119 bytes": whole.replace(texts[1], texts[1][:-1]).encode("cp932"),
        "amount padded with spaces": with_change(1, 80, f"{first_amount:10d}"),
        "value date holiday 1123 (2026-11-23 勤労感謝の日)": with_change(0, 54, "1123"),
        "two identical payments": "".join(
            [*texts[:2], texts[1], *texts[2:5], trailer, texts[6]]
        ).encode("cp932"),
        "type code 11 (payroll) layout kept": with_change(0, 1, "11"),
        "UTF-8 encoded": whole.encode("utf-8"),
    }


def test_every_mutation_of_the_oracle_is_found_with_its_severity(oracle: dict[str, Any]) -> None:
    contents = mutated(oracle)
    assert set(contents) == {case["case"] for case in oracle["mutations"]}
    for case in oracle["mutations"]:
        findings = verify(contents[case["case"]], year=2026, is_banking_day=is_open)
        expected = [text.split() for text in case["findings"]]
        severities = {finding.severity.upper() for finding in findings}
        assert severities == {severity for severity, _ in expected}, case["case"]
        permitted = {code for _, number in expected for code in KINDS[number]}
        assert {finding.code for finding in findings} <= permitted, case["case"]
