"""docs/corrections.md: its fields, reasons, examples and problems are those of the code."""

import json
from datetime import date
from typing import Any

from api.corrections import CorrectionBody, read_correction, read_corrections
from api.problems import STATUS_OF
from ledger.core.correction import Correction, CorrectionReason, Identity
from ledger.core.correction_draft import RefusedCorrection
from locales.catalogues import keys
from tests.docs.pages import blocks, code, table

PAGE = "docs/corrections.md"


def test_the_fields_and_reasons_are_those_that_are_taken() -> None:
    fields = {code(row[0]) for row in table(PAGE, "field")}
    assert fields == set(CorrectionBody.__struct_fields__)
    assert [code(row[0]) for row in table(PAGE, "reason")] == list(CorrectionReason)


def test_the_examples_are_taken() -> None:
    replace, _, batch = blocks(PAGE, "json")
    assert read_correction(replace.encode(), event_id="01K6Z3N8S2-0").replacement is not None
    assert all(isinstance(each, Correction) for each in read_corrections(batch.encode()))
    assert not any(isinstance(each, RefusedCorrection) for each in read_corrections(batch.encode()))
    answer = json.loads(blocks(PAGE, "json")[1])
    assert answer["status"] == "recorded"


def test_the_leaf_is_the_one_of_a_receipt() -> None:
    names: dict[str, Any] = {}
    exec(blocks(PAGE, "python")[0], names)  # noqa: S102
    identity = Identity(date(2026, 11, 1), "studio-a/images", "01K6Z3N8S2-0")
    body = b'{"kind":"void","reason":"not_generated","source":"studio-a/images"}'
    correction = read_correction(body, event_id=identity.event_id)
    assert names["leaf"] == correction.content_hash(identity)


def test_the_problems_are_those_that_are_answered() -> None:
    known = keys("en")
    for status, named, _ in table(PAGE, "HTTP"):
        name = code(named)
        assert f"problem.{name}.title" in known, name
        if name not in {"no_corrections", "too_many_corrections"}:  # Of the body as a whole.
            assert STATUS_OF.get(name, 422) == int(status), name
