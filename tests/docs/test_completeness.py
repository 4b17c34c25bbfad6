"""docs/completeness.md: its fields and states are those of the code, its examples are true."""

import json
import re

import msgspec

from api import problems
from api.month_reports import MonthReportBody
from api.routes.reports import DeclarationSent
from ledger.core.completeness import State
from locales.catalogues import keys
from tests.docs.pages import blocks, code, table, text

COMPLETENESS = "docs/completeness.md"


def test_the_fields_are_those_that_are_decoded() -> None:
    told = {code(row[0]) for row in table(COMPLETENESS, "field")}
    assert told == {each.encode_name for each in msgspec.structs.fields(DeclarationSent)}


def test_the_states_are_those_of_the_code() -> None:
    assert [code(row[0]) for row in table(COMPLETENESS, "state")] == [str(each) for each in State]


def test_the_request_of_the_example_is_taken() -> None:
    body = blocks(COMPLETENESS, "sh")[0].split("--data '")[1].split("'")[0]
    assert msgspec.json.decode(body, type=DeclarationSent).generation_count == 1284
    nil = re.findall(r'`(\{"nil": true\})`', text(COMPLETENESS))
    assert msgspec.json.decode(nil[0], type=DeclarationSent).is_nil


def test_the_answer_of_the_example_adds_up() -> None:
    told = json.loads(blocks(COMPLETENESS, "json")[0])
    answer = MonthReportBody.model_validate(told)
    assert told.keys() == MonthReportBody.model_fields.keys()
    counted = sum(
        each.generation_count
        for total in answer.reported
        for each in (total.accepted, total.held, total.refused)
    )
    assert counted == answer.generation_count
    assert answer.difference is not None
    assert answer.difference.generation_count == counted - answer.declarations[-1].generation_count


def test_the_problems_have_words_and_their_status() -> None:
    for status, codes, _ in table(COMPLETENESS, "HTTP", "code"):
        for name in re.findall(r"`(\w+)`", codes):
            assert f"problem.{name}.title" in keys("ja"), name
            assert problems.STATUS_OF.get(name, 422) == int(status), name
