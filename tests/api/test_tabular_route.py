"""Tables over HTTP: the same results as for JSON, or a problem that names the line."""

from tests.api.doors import Door, problem, statuses
from tests.api.reported import an_event
from tests.api.test_tabular import ONE_IMAGE, TSV, record, report, row, table


def test_the_server_takes_tables_and_names_the_line_of_a_fault(door: Door) -> None:
    rows = [row(id="1"), row(id="2", quantity="1,5")]
    response = door.report(table(*rows), "text/csv; charset=utf-8")
    assert response.status_code == 207
    assert statuses(response) == ["accepted", "invalid"]
    assert response.json()["results"][1]["problem"]["pointer"] == "/1/line/3/quantity"
    assert statuses(door.report(report(record(1, id="1"), summaries=ONE_IMAGE), TSV)) == [
        "duplicate"
    ]


def test_the_server_refuses_a_file_whose_totals_differ(door: Door) -> None:
    body = report(record(1), summaries=("GBSY\timage\timage\t1\t2",))
    told = problem(door.report(body, TSV), 422, "control_totals_differ")
    assert "Line 3" in told["detail"]
    assert statuses(door.report(an_event())) == ["accepted"]  # Nothing had been recorded.
