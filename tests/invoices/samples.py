"""One builder for an invoice, with invented parties, works and numbers as defaults."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from ledger.core.capacity import Capacity
from ledger.core.exchange import RateCopy
from ledger.core.invoice import (
    BankAccountCopy,
    CorrectedText,
    Corrects,
    Invoice,
    InvoiceLine,
    PartyCopy,
    SupplierCopy,
    Taxed,
    TaxLine,
    tax_lines,
)
from ledger.core.money import Rounding
from ledger.core.tax_in_yen import tax_yen
from ledger.core.terms import Basis
from ledger.core.usage import Modality, UseClass

INPUT_HASH = "9f2c4e71d05b8a36c1f7e2904bd86a53e07c1f9828d4b6a15c3e90f7724bd861"

FIRM = PartyCopy(
    reference="PTY-0001",
    kind="company",
    name_ja="株式会社みなとAI研究所",
    name_en="Minato AI Laboratory Inc.",
    postal_code="108-0075",
    address_ja="東京都港区架空一丁目2番3号 みなとビル7階",
    address_en="7F Minato Building, 1-2-3 Kaku, Minato-ku, Tokyo 108-0075, Japan",
    country="JP",
    registration_number="T8700110005901",
    language="ja",
)
FIRM_ABROAD = replace(
    FIRM,
    reference="PTY-0002",
    name_ja="Northlight Generative Systems, Inc.",
    name_en="Northlight Generative Systems, Inc.",
    postal_code="",
    address_ja="",
    address_en="480 Imaginary Avenue, Suite 12, San Mateo, CA 94401, United States",
    country="US",
    registration_number=None,
    language="en",
)
HOUSE = replace(
    FIRM,
    reference="HOUSE",
    name_ja="一般社団法人生成利用権管理機構",
    name_en="Generative Use Rights Office (GURO)",
    postal_code="101-0051",
    address_ja="東京都千代田区架空町二丁目5番8号 原簿会館3階",
    address_en="3F Genbo Hall, 2-5-8 Kaku-cho, Chiyoda-ku, Tokyo 101-0051, Japan",
    registration_number="T1123456789018",
)
PERFORMER = replace(
    FIRM,
    reference="PTY-0042",
    kind="individual",
    name_ja="白瀬 ひより",
    name_en="Hiyori Shirase",
    postal_code="606-0000",
    address_ja="京都府京都市左京区架空町11番地",
    address_en="11 Kaku-cho, Sakyo-ku, Kyoto 606-0000, Japan",
    registration_number="T8810987654321",
)
PUBLISHER = replace(
    FIRM,
    reference="PTY-0043",
    name_ja="株式会社砂時計書房",
    name_en="Sunadokei Shobo Co., Ltd.",
    registration_number="T2012345678905",
)
ACCOUNT = BankAccountCopy(
    bank_code="9998",
    bank_name_ja="架空銀行",
    bank_name_en="Kaku Bank",
    branch_code="101",
    branch_name_ja="神田支店",
    branch_name_en="Kanda Branch",
    account_type="ordinary",
    number="1234567",
    holder_kana="ｼﾔ)ｾｲｾｲﾘﾖｳｹﾝｶﾝﾘｷｺｳ",
)

LINE = InvoiceLine(
    number=1,
    subject_reference="WRK-000101",
    title_ja="潮騒のオルゴール",
    title_en="Music Box of the Tides",
    license_reference="LIC-2026-014",
    clause_reference="第5条第1項",
    rate_line_id=1,
    basis=Basis.PER_IMAGE,
    modality=Modality.IMAGE,
    use_class=UseClass.GENERATION,
    generation_count=37415,
    quantity=Decimal(37415),
    rate=Decimal(12),
    is_tiered=True,
    exact="389470",
    amount_minor=389470,
)

#: Names that are long, of mixed width, and hold characters that are easily lost.
LONG_NAMES = (
    ("夜", "Night"),
    (
        "転生した宮廷図書係は、失われた千の物語を一頁ずつ取り戻しながら辺境の町でのんびり暮らしたいだけなのに、なぜか王国一の賢者と呼ばれています！",
        "The Reborn Court Librarian Only Wanted to Recover a Thousand Lost Stories in Peace",
    ),
    ("ＳＯＲＡ≠ｿﾗ：髙﨑﨑ノ章【完全版】", "SORA≠SORA: The Takasaki Chapter [Complete Edition]"),
    (
        "GOODNIGHT, STARLIGHT EXPRESS ── A Story Told in Seven Letters ♪",
        "Goodnight, Starlight Express — A Story Told in Seven Letters",
    ),
)


def line(number: int, title_ja: str, title_en: str, **changes: Any) -> InvoiceLine:
    """Return a charge at a plain rate."""
    named = replace(LINE, number=number, title_ja=title_ja, title_en=title_en, is_tiered=False)
    return replace(named, **changes)


def invoice_lines() -> tuple[InvoiceLine, ...]:
    """Return six lines, one for each common way of charging; the first three are DOMAIN E1."""
    video: Any = {"modality": Modality.VIDEO, "use_class": UseClass.REFERENCE_INPUT}
    voice: Any = {"modality": Modality.AUDIO, "use_class": UseClass.VOICE_SYNTHESIS}
    text: Any = {"modality": Modality.TEXT, "use_class": UseClass.RETRIEVAL}
    nothing: Any = {"modality": None, "use_class": None, "generation_count": 0}
    ways: tuple[tuple[str, str, Basis, dict[str, Any], str, str, int], ...] = (
        ("機巧探偵ヨミカゲ　劇場版「月のない夜会」", "Yomikage the Clockwork Detective: A Soirée",
         Basis.PER_SECOND, video, "26997", "90", 2429730),
        ("声：白瀬ひより（ナレーション）", "Voice: Hiyori Shirase (narration)",
         Basis.PER_1K_CHARS, voice, "1284560", "35", 44959),
        ("髙﨑家の猫たち♪ Ⅱ", "The Cats of the Takasaki House II",
         Basis.PCT_REVENUE, text, "1534200", "3.5", 53697),
        ("ﾒﾄﾛﾎﾟﾘｽ★ﾊﾟﾗﾀﾞｲｽ", "Metropolis Paradise",
         Basis.PER_CLIP, video, "412", "150.5", 62006),
        ("砂時計書房アーカイブ", "Sunadokei Shobo Archive",
         Basis.FIXED_MONTH, nothing, "1", "80000", 80000),
    )  # fmt: skip
    others = (
        line(number, ja, en, basis=basis, quantity=Decimal(quantity), rate=Decimal(rate),
             amount_minor=amount, **{"generation_count": 1000 * number + 127, **what})
        for number, (ja, en, basis, what, quantity, rate, amount) in enumerate(ways, start=2)
    )  # fmt: skip
    return (LINE, *others)


def long_lines(count: int) -> tuple[InvoiceLine, ...]:
    """Return many lines under :data:`LONG_NAMES`."""
    return tuple(
        line(
            number,
            *LONG_NAMES[number % len(LONG_NAMES)],
            subject_reference=f"WRK-{number:06d}",
            generation_count=1000 + number,
            quantity=Decimal(1000 + number),
            amount_minor=12 * (1000 + number),
        )
        for number in range(1, count + 1)
    )


def tax_line(lines: tuple[InvoiceLine, ...], **changes: Any) -> TaxLine:
    """Return the standard tax on lines, cut to whole yen."""
    taxable = sum(line.amount_minor for line in lines)
    default = TaxLine(
        treatment="standard", rate_bp=1000, taxable_minor=taxable, tax_minor=taxable // 10
    )
    return replace(default, **changes)


def invoice(**changes: Any) -> Invoice:
    """Return a domestic invoice of six lines; ``taxes`` follow ``lines`` unless given."""
    lines = changes.get("lines", invoice_lines())
    default = Invoice(
        number="INV-2026-000123",
        issuer=HOUSE,
        recipient=FIRM,
        issued_on=date(2026, 12, 1),
        due_on=date(2026, 12, 30),
        period_start=date(2026, 11, 1),
        period_end=date(2026, 11, 30),
        currency="JPY",
        lines=lines,
        taxes=(tax_line(lines),),
        tax_rounding=Rounding.TRUNCATE,
        pay_to=ACCOUNT,
        on_behalf=True,
        calculation_version=1,
        input_hash=INPUT_HASH,
    )
    return replace(default, **changes)


def mixed_invoice(**changes: Any) -> Invoice:
    """Return an invoice for works of registered, unregistered and foreign rights holders."""
    ways = (
        Taxed(treatment="standard", rate_bp=1000),
        Taxed(treatment="standard", rate_bp=1000, is_qualified=False),
        Taxed(treatment="outside_scope", rate_bp=0),
    )
    lines = tuple(
        replace(each, taxed=ways[index // 2]) for index, each in enumerate(invoice_lines())
    )
    taxes = tax_lines(lines=lines, otherwise=ways[0], rounding=Rounding.TRUNCATE)
    return replace(invoice(lines=lines, taxes=taxes), **changes)


def unregistered_invoice() -> Invoice:
    """Return an invoice of a house that has no registration, and so is no qualified one."""
    way = Taxed(treatment="standard", rate_bp=1000, is_qualified=False)
    lines = tuple(replace(each, taxed=way) for each in invoice_lines())
    house = replace(HOUSE, registration_number=None, corporate_number="1123456789018")
    taxes = tax_lines(lines=lines, otherwise=way, rounding=Rounding.TRUNCATE)
    return invoice(lines=lines, taxes=taxes, issuer=house, on_behalf=False)


def corrected_invoice() -> Invoice:
    """Return an invoice in the place of one with a wrong name, number and title."""
    texts = (
        ("issuer", "registration_number", None, "T5123456789014", "T1123456789018"),
        ("recipient", "name_ja", None, "株式会社港AI研究所", "株式会社みなとAI研究所"),
        ("line", "title_en", 1, "", "Music Box of the Tides"),
    )
    corrects = Corrects(
        number="INV-2026-000123",
        issued_on=date(2026, 12, 1),
        reason="貴社名及び登録番号の誤記のため",
        corrected_by="経理 佐藤",
        texts=tuple(
            CorrectedText(part=part, field=field, number=number, before=before, after=after)
            for part, field, number, before, after in texts
        ),
    )
    return invoice(number="INV-2026-000123-r2", issued_on=date(2026, 12, 8), corrects=corrects)


def export_invoice(**changes: Any) -> Invoice:
    """Return an invoice to a firm abroad, exempt from tax as an export."""
    lines = invoice_lines()[:3]
    exempt = tax_line(lines, treatment="export_exempt", rate_bp=0, tax_minor=0)
    default = invoice(lines=lines, taxes=(exempt,), recipient=FIRM_ABROAD, on_behalf=False)
    return replace(default, **changes)


def dollar_invoice(**changes: Any) -> Invoice:
    """Return a domestic invoice in dollars, its tax in yen at the last rate before the day."""
    lines = invoice_lines()
    rate = RateCopy(
        source="ecb",
        currency="USD",
        asked_on=date(2026, 11, 30),
        rate_on=date(2026, 11, 27),
        rate=Fraction("175.68") / Fraction("1.1172"),
    )
    taxable = sum(line.amount_minor for line in lines)
    yen = tax_yen(taxable, 1000, currency="USD", rate=rate.rate, rounding=Rounding.TRUNCATE)
    taxes = (tax_line(lines, tax_yen=yen),)
    default = invoice(lines=lines, taxes=taxes, currency="USD", yen_rate=rate)
    return replace(default, **changes)


def agent_invoice(**changes: Any) -> Invoice:
    """
    Return an invoice of the house as agent: of a publisher, a person who is not registered, and a
    committee of two.
    """
    person = replace(PERFORMER, registration_number=None)
    committee = replace(
        PUBLISHER,
        reference="PTY-0044",
        kind="committee",
        name_ja="機巧探偵ヨミカゲ製作委員会",
        name_en="Yomikage Production Committee",
        registration_number=None,
    )
    suppliers = (
        SupplierCopy(party=PUBLISHER),
        SupplierCopy(party=person),
        SupplierCopy(party=committee, members=(PUBLISHER, replace(HOUSE, reference="PTY-0045"))),
    )
    given = changes.pop("lines", invoice_lines())
    per_supplier = -(-len(given) // len(suppliers))
    lines = tuple(
        replace(each, taxed=each.taxed or _supplied(suppliers[index // per_supplier]))
        for index, each in enumerate(given)
    )
    taxes = tax_lines(lines=lines, otherwise=Taxed(treatment="standard", rate_bp=1000),
                      rounding=Rounding.TRUNCATE)  # fmt: skip
    default = invoice(
        lines=lines,
        taxes=taxes,
        capacity=Capacity.AGENT,
        suppliers=suppliers,
        on_behalf=False,
    )
    return replace(default, **changes)


def _supplied(supplier: SupplierCopy) -> Taxed:
    return Taxed(
        treatment="standard",
        rate_bp=1000,
        is_qualified=supplier.is_registered,
        supplier=supplier.party.reference,
    )
