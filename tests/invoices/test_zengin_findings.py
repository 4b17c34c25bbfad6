"""What is wrong with a transfer file is found from its bytes, and such a file is not read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.zengin import Framing, UnreadableFile, read, write
from invoices.zengin_findings import Finding, FindingCode, Severity, verify
from tests.invoices.zengin_orders import a_payment, an_order, is_open, plain


def found(content: bytes) -> list[tuple[str, int]]:
    findings = verify(content, year=2026, is_banking_day=is_open)
    return [(finding.code.value, finding.record) for finding in findings]


BASE = plain(an_order(payments=(a_payment(), a_payment(amount_yen=1))))


def changed(record: int, offset: int, text: str) -> bytes:
    """Return the base file with other bytes in one place."""
    start = (record - 1) * 120 + offset
    new = text.encode("cp932")
    return BASE[:start] + new + BASE[start + len(new) :]


@pytest.mark.parametrize(
    ("content", "findings"),
    [
        (BASE, []),
        (BASE + b"\x1a", []),
        (BASE[:-1], [("record_length", 5)]),
        (b"", [("record_length", 1)]),
        (BASE[:120] + BASE[240:], [("trailer_count", 3), ("trailer_total", 3)]),
        (BASE[:120] + BASE[360:], [("record_order", 2), ("record_order", 3), ("record_order", 4)]),
        (BASE[120:], [("record_order", 1)]),
        (BASE[:-120], [("record_order", 3), ("record_order", 4)]),
        (changed(1, 1, "11"), [("not_fixed", 1)]),  # Payroll.
        (changed(1, 54, "1131"), [("not_a_date", 1)]),
        (changed(1, 54, "1123"), [("not_a_banking_day", 1)]),
        (changed(1, 95, "3"), [("not_a_number", 1)]),  # No such type of account.
        (changed(2, 50, "ｶ)ﾎｼｿﾞﾂ,"), [("not_permitted", 2)]),
        (changed(2, 50, "ｶ)山"), [("not_permitted", 2)]),  # Two bytes in the room of two kana.
        (changed(2, 50, " " * 30), [("name_missing", 2)]),
        (changed(2, 5, "A.B"), [("not_permitted", 2)]),  # No full stop in the name of a bank.
        (changed(2, 80, "     50326"), [("not_a_number", 2)]),
        (changed(2, 80, "0" * 10), [("amount_zero", 2), ("trailer_total", 4)]),
        (changed(2, 113, "X"), [("not_permitted", 2)]),  # Something in the filler.
        (changed(3, 80, "0000250326"), [("paid_twice", 3), ("trailer_total", 4)]),
        (changed(3, 50, "ﾞ"), [("voicing_parted", 3)]),
        (changed(3, 5, "ﾅｼﾖﾅﾙ ｵ-ｽﾄﾗﾘｱ ﾊ"), []),  # The register itself cuts names of banks short.
        (changed(4, 1, "000003"), [("trailer_count", 4)]),
        (changed(4, 7, "000000250328"), [("trailer_total", 4)]),
    ],
)
def test_what_is_wrong_with_a_file_is_found(
    content: bytes, findings: list[tuple[str, int]]
) -> None:
    assert found(content) == findings


def test_a_finding_names_the_record_the_field_and_what_stands_there() -> None:
    (finding,) = verify(changed(2, 80, "     50326"), year=2026, is_banking_day=is_open)
    assert finding == Finding(
        code=FindingCode.NOT_A_NUMBER, record=2, field="amount_yen", value="     50326"
    )
    assert finding.severity is Severity.ERROR


def test_a_file_with_an_error_is_not_read() -> None:
    with pytest.raises(UnreadableFile) as refusal:
        read(changed(4, 1, "000003"), year=2026)
    assert [finding.code for finding in refusal.value.findings] == [FindingCode.TRAILER_COUNT]


def test_a_warning_does_not_keep_a_file_from_being_read() -> None:
    twice = an_order(payments=(a_payment(), a_payment()))
    assert found(plain(twice)) == [("paid_twice", 3)]
    assert read(plain(twice), year=2026) == twice


@given(content=st.one_of(st.binary(max_size=300), st.binary(min_size=480, max_size=480)))
def test_no_bytes_at_all_bring_the_check_down(content: bytes) -> None:
    assert found(content)


@given(place=st.integers(min_value=0, max_value=len(BASE) - 1), byte=st.integers(0, 255))
def test_a_file_with_one_other_byte_is_either_refused_or_an_order_still(
    place: int, byte: int
) -> None:
    content = BASE[:place] + bytes([byte]) + BASE[place + 1 :]
    try:
        order = read(content, year=2026)
    except UnreadableFile:
        return
    assert write(order, is_banking_day=lambda _: True, framing=Framing.PLAIN) == content
