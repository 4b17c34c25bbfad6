"""An advance is never used up by more than there is of it, and what it pays adds up."""

from datetime import date

import pytest
from psycopg import errors

from tests.store import prepaid, wholes
from tests.store.scene import Connection, Scene, add, add_license, refused


@pytest.mark.parametrize(
    ("uses", "is_taken"),
    [
        ((100,), True),
        ((60, 40), True),
        ((101,), False),
        ((60, 41), False),  # Each is less than there is, and both are more.
        ((-1,), False),  # A line that is taken back gives back no more than lines took.
    ],
)
def test_no_more_of_a_prepayment_is_used_than_there_is(
    writer: Connection, scene: Scene, uses: tuple[int, ...], is_taken: bool
) -> None:
    def use() -> None:
        with writer.transaction():
            group = prepaid.write_recouped_group(writer, scene)
            for amount in uses:
                prepaid.write_use(writer, scene, group, amount)

    if is_taken:
        use()
        return
    with refused("prepayment_overdrawn"):
        use()


@pytest.mark.parametrize(
    "changes",
    [
        {"payable_minor": 1},  # More than was earned.
        {"recouped_minor": 13, "payable_minor": 1, "carried_out_minor": -1},
        {"carried_in_minor": 1, "payable_minor": 1},  # What is carried is never above zero.
        {"recouped_minor": -1, "payable_minor": 13},
    ],
)
def test_a_source_whose_figures_do_not_add_up_is_refused(
    writer: Connection, scene: Scene, changes: dict[str, int]
) -> None:
    with writer.transaction():
        group = prepaid.write_recouped_group(writer, scene)
        with pytest.raises(errors.CheckViolation), writer.transaction():
            prepaid.write_recouped_source(writer, scene, group, **changes)


def test_a_shortfall_needs_the_closing_that_measured_it(writer: Connection, scene: Scene) -> None:
    with writer.transaction():
        group = prepaid.write_license_with_group(writer, scene)
        with pytest.raises(errors.CheckViolation), writer.transaction():
            prepaid.write_advance(writer, scene, group, kind="shortfall")


@pytest.mark.parametrize(("total", "is_sum"), [(100, True), (99, False), (0, False)])
def test_an_invoice_asks_for_its_prepayments(
    writer: Connection, scene: Scene, total: int, is_sum: bool
) -> None:
    def write() -> None:
        with writer.transaction():
            group = prepaid.write_license_with_group(writer, scene)
            prepaid.write_advance(writer, scene, group)
            document = wholes.write_document(writer, scene)
            wholes.write_invoice_of_document(writer, scene, document, total, kind="advance")
            prepaid.write_billed_advance(writer, scene, document)

    if is_sum:
        write()
        return
    with refused("invoice_differs_from_lines"):
        write()


@pytest.mark.parametrize(("recouped", "is_what_was_set_off"), [(12, True), (11, False), (0, False)])
def test_a_line_says_what_was_set_off_against_it(
    writer: Connection, scene: Scene, recouped: int, is_what_was_set_off: bool
) -> None:
    def write() -> None:
        with writer.transaction():
            group = prepaid.write_recouped_group(writer, scene)
            prepaid.write_set_off(writer, scene, group)
            document = wholes.write_document(writer, scene)
            wholes.write_invoice_of_document(writer, scene, document, 12 - recouped)
            wholes.write_invoice_line(writer, scene, document, recouped_minor=recouped)

    if is_what_was_set_off:
        write()
        return
    with refused("invoice_differs_from_lines"):
        write()


def test_an_advance_belongs_to_the_licensee_of_its_group(writer: Connection, scene: Scene) -> None:
    with writer.transaction():
        group = prepaid.write_license_with_group(writer, scene)
        with pytest.raises(errors.ForeignKeyViolation), writer.transaction():
            prepaid.write_advance(writer, scene, group, licensee_id=scene.rival)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"version": 3}, "recoup_terms_not_later"),  # Two is missing.
        ({"effective_from": date(2026, 10, 1)}, "month_closed"),
    ],
)
def test_a_group_changes_version_by_version_in_open_months(
    writer: Connection, scene: Scene, changes: dict[str, object], code: str
) -> None:
    with refused(code), writer.transaction():
        group = prepaid.write_license_with_group(writer, scene)
        wholes.write_closing(writer, scene)
        prepaid.write_amendment(writer, scene, group, **changes)


def test_a_later_version_takes_effect_later(writer: Connection, scene: Scene) -> None:
    with refused("recoup_terms_not_later"), writer.transaction():
        group = prepaid.write_amended(writer, scene)
        earlier = {"version": 3, "effective_from": date(2026, 9, 1)}
        prepaid.write_amendment(writer, scene, group, **earlier)


@pytest.mark.parametrize("changes", [{"version": 1}, {"effective_from": date(2026, 11, 2)}])
def test_a_version_is_not_the_first_and_begins_with_a_month(
    writer: Connection, scene: Scene, changes: dict[str, object]
) -> None:
    with writer.transaction():
        group = prepaid.write_license_with_group(writer, scene)
        with pytest.raises(errors.CheckViolation), writer.transaction():
            prepaid.write_amendment(writer, scene, group, **changes)


def test_a_grant_is_in_one_group_on_any_day(writer: Connection, scene: Scene) -> None:
    with refused("grant_in_two_groups"), writer.transaction():
        other = prepaid.write_license_with_group(writer, scene)
        prepaid.write_source(writer, scene, other)
        keys = {"license_id": add_license(writer, scene.licensee, "lic-beside"), "position": 0}
        told = {"licensee_id": scene.licensee, "reference": "group", "crossing": "cross"}
        group = int(add(writer, "recoup_group", **keys, **told))
        prepaid.write_amendment(writer, scene, group)
        prepaid.write_amended_source(writer, scene, group)


def test_an_advance_comes_with_the_version_that_brings_it(writer: Connection, scene: Scene) -> None:
    with writer.transaction():
        group = prepaid.write_license_with_group(writer, scene)
    with writer.transaction():
        prepaid.write_amendment(writer, scene, group)
        prepaid.write_advance(writer, scene, group, version=2)
        prepaid.write_guarantee(writer, scene, group, version=2)
    with refused("late_part"), writer.transaction():
        prepaid.write_advance(writer, scene, group, version=2, reference="late")
    with refused("late_part"), writer.transaction():
        prepaid.write_guarantee(writer, scene, group, version=2, reference="late", position=1)
