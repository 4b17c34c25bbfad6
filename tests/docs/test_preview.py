"""docs/preview.md: its answer has the fields that are given, its warnings are those of the code."""

import json

from api import preview_answers
from api.preview_answers import PreviewAnswer, PreviewedLine, PreviewedResult, PreviewedSubject
from ledger.core.receipt import Status
from tests.docs.pages import blocks, code, table

PREVIEW = "docs/preview.md"


def test_the_answer_of_the_example_has_the_fields_that_are_given() -> None:
    told = json.loads(blocks(PREVIEW, "json")[0])
    PreviewAnswer.model_validate(told)
    assert told.keys() == PreviewAnswer.model_fields.keys()
    assert told["counts"].keys() == {str(status) for status in Status}
    (result,) = told["results"]
    assert result.keys() <= PreviewedResult.model_fields.keys()
    assert result["subjects"][0].keys() == PreviewedSubject.model_fields.keys()
    assert told["lines"][0].keys() == PreviewedLine.model_fields.keys()


def test_the_figures_of_the_example_add_up() -> None:
    answer = PreviewAnswer.model_validate_json(blocks(PREVIEW, "json")[0])
    assert [line.amount_minor for line in answer.lines] == [answer.totals[0].amount_minor]
    (share,) = answer.shares
    assert share.admin_fee_minor == share.amount_minor * share.admin_fee_bp // 10_000
    assert share.holder_minor + share.admin_fee_minor == share.amount_minor


def test_the_warnings_are_those_of_the_code() -> None:
    told = {code(row[0]) for row in table(PREVIEW, "warning")}
    own = {preview_answers.COUNTER_MOVES, preview_answers.CHARGED_IN_PART}
    assert told == own | {"late"}  # The one that a report is told, too.
