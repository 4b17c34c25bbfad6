"""The official example documents and what their own rules say of changes to them."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from invoices.electronic import Profile
from invoices.peppol_findings import FindingCode, findings

ORACLE = Path("oracles", "japan.json")
EXAMPLES = Path("data", "jp-pint-examples")
FILES = {
    "billing": "pint-jp-Japan_PINT_Invoice_UBL_Example1-minimum.xml",
    "sb": "pint-jp-sb-JP_BIS_Self_Billing_Invoice_UBL_Example.xml",
    "ntr": "pint-jp-ntr-JP_BIS_Invoice_for_Non-tax_Registered_Businesses_UBL_Example.xml",
}
PROFILES = {
    "billing": Profile.INVOICE,
    "sb": Profile.SELF_BILLING,
    "ntr": Profile.NON_REGISTERED,
}


def shared(part: Path) -> Path:
    beside = Path(__file__).resolve().parents[2].parent / "shared"
    path = Path(os.environ.get("GENBO_SHARED", beside)) / part
    if not path.exists():
        pytest.skip(f"no {part} in ../shared; set GENBO_SHARED to the folder that has it")
    return path


def swap(*pairs: tuple[str, str]) -> Callable[[str], str]:
    def change(text: str) -> str:
        for old, new in pairs:
            assert old in text, old
            text = text.replace(old, new)
        return text

    return change


#: How each case of the oracle is made from the example of its kind.
CHANGES: dict[str, Callable[[str], str]] = {
    "unchanged": swap(),
    "self-billing unchanged": swap(),
    "ntr unchanged": swap(),
    "T number without T": swap((">T1234567890123<", ">1234567890123<")),
    "tax 25250 -> 25249 + total adj (off by one yen)": swap(
        (">25250<", ">25249<"), (">281240<", ">281239<")
    ),
    "category Z instead of E": swap((">E<", ">Z<")),
    "wrong customization id": swap(("billing-1@jp-1", "billing-1@xx-1")),
    "type code 389 in billing": swap((">380<", ">389<")),
    "endpoint scheme missing": lambda text: text.replace(' schemeID="0188"', "", 1),
    "self-billing without supplier T number": lambda text: text.replace(
        "<cbc:CompanyID>T1234567890123</cbc:CompanyID>", "", 1
    ),
}


def test_every_official_example_has_nothing_wrong_but_its_check_digit() -> None:
    seen = 0
    for path in sorted(shared(EXAMPLES).glob("*.xml")):
        kind = next((each for each in ("ntr", "sb") if f"-{each}-" in path.name), "billing")
        found = findings(path.read_bytes(), profile=PROFILES[kind])
        assert {each.code for each in found} <= {FindingCode.CHECK_DIGIT}, path.name
        assert not [each for each in found if each.rules], path.name
        seen += 1
    assert seen


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_breaks_the_rules_that_the_oracle_names(name: str) -> None:
    cases = json.loads(shared(ORACLE).read_text(encoding="utf-8"))["jp_pint"]["mutations"]
    (case,) = (each for each in cases if each["case"] == name)
    text = shared(EXAMPLES / FILES[case["kind"]]).read_text(encoding="utf-8")
    found = findings(CHANGES[name](text).encode(), profile=PROFILES[case["kind"]])
    assert {rule for each in found for rule in each.rules} == set(case["fatal_rules"])


def test_an_invoice_is_no_self_billing() -> None:
    cases = json.loads(shared(ORACLE).read_text(encoding="utf-8"))["jp_pint"]["mutations"]
    (case,) = (each for each in cases if each["case"] == "billing validated as sb")
    text = shared(EXAMPLES / FILES["billing"]).read_bytes()
    found = findings(text, profile=Profile.SELF_BILLING)
    assert {rule for each in found for rule in each.rules} == set(case["fatal_rules"])


def test_the_identifiers_are_those_of_the_oracle() -> None:
    oracle = json.loads(shared(ORACLE).read_text(encoding="utf-8"))["jp_pint"]["ids"]
    for name, profile in (
        ("billing", Profile.INVOICE),
        ("self_billing", Profile.SELF_BILLING),
        ("non_tax_registered", Profile.NON_REGISTERED),
    ):
        specification, process, kinds = oracle[name]
        assert (profile.customization_id, profile.profile_id) == (specification, process)
        assert profile.type_code in {kind[:3] for kind in kinds}
