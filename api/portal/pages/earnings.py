"""What works earn: by work, character, firm, territory, modality, month and day; and its lines."""

from starlette.responses import Response

from api.portal.options import PREFIX
from api.portal.rendering import page
from api.portal.surveys import THROUGH_TIME, Row, Wish, read_wish, rows_of
from api.portal.table import Page, PageNotThere
from api.portal.visits import Visit
from invoices.charts import Chart, ranked_chart
from invoices.earnings_sheet import earnings_csv
from invoices.screen_charts import SCREENS, WIDE, Screen, bars_svg, columns_svg
from ledger.core.breakdown import Dimension
from ledger.core.membership import Right
from ledger.core.period import Month, tokyo_day
from ledger.core.usage import Modality
from ledger.services import surveying
from ledger.services.surveying import MONTHS_MAX, Survey
from locales import formats
from locales.catalogues import message

#: Most rows of a page; the CSV has all.
_SHOWN = 200
_LINES_SHOWN = 50

#: Most bars of a chart, and columns.
_BARS_MAX = 8
_COLUMNS_MAX = 100

#: Where a row leads: the same earnings, closer.
_CLOSER = {
    Dimension.WORK: Dimension.SUBJECT,
    Dimension.SUBJECT: Dimension.LICENSEE,
    Dimension.LICENSEE: Dimension.WORK,
    Dimension.TERRITORY: Dimension.WORK,
    Dimension.MODALITY: Dimension.WORK,
}


def show_earnings(visit: Visit) -> Response:
    """Show earnings as a chart and a table."""
    wish = read_wish(visit)
    found = _survey(visit, wish)
    rows = [] if wish.faults else rows_of(visit, wish, found.rows, found.known)
    charts = _charts(visit, wish, rows)
    return page(
        visit,
        "earnings.html",
        wish=wish,
        survey=found,
        rows=rows[:_SHOWN],
        row_count=len(rows),
        totals=_totals(rows),
        links={row.reference: _closer(wish, row) for row in rows[:_SHOWN] if row.reference},
        drawings=[_drawn(wish, chart, screen) for chart in charts for screen in SCREENS],
        charts=charts,
        months=_months(visit),
        dimensions=tuple(Dimension),
        modalities=tuple(Modality),
        is_filtered=any(
            wish.typed[name] for name in ("subject", "licensee", "modality", "territory", "q")
        ),
    )


def give_table(visit: Visit) -> Response:
    """Give what the same question shows, all of it, as CSV."""
    wish = read_wish(visit)
    if wish.faults:
        return show_earnings(visit)
    found = _survey(visit, wish)
    by, asked = wish.asked.by, wish.asked
    content = earnings_csv(
        (
            by,
            row.reference or "",
            row.label,
            str(asked.first),
            str(asked.last),
            row.sum.currency,
            row.sum.generation_count,
            row.sum.amount_minor,
        )
        for row in rows_of(visit, wish, found.rows, found.known)
    )
    name = f"earnings-{by}-{asked.first}-{asked.last}.csv"
    return Response(
        b"".join(content),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def give_chart(visit: Visit) -> Response:
    """Give the chart by itself, to be saved."""
    wish = read_wish(visit)
    found = _survey(visit, wish)
    charts = (
        [] if wish.faults else _charts(visit, wish, rows_of(visit, wish, found.rows, found.known))
    )
    if not charts:
        raise PageNotThere
    name = f"earnings-{wish.asked.by}-{wish.asked.first}-{wish.asked.last}.svg"
    return Response(
        _drawn(wish, charts[0], WIDE),
        media_type="image/svg+xml",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def show_lines(visit: Visit) -> Response:
    """List the royalty lines of closed months, each with its way to the explanation."""
    wish = read_wish(visit)
    lines, known = surveying.list_lines(
        visit.database, asked=wish.asked, before=_before(visit), limit=_LINES_SHOWN + 1
    )
    following = lines[_LINES_SHOWN - 1].id if len(lines) > _LINES_SHOWN else None
    return page(
        visit,
        "earning_lines.html",
        wish=wish,
        known=known,
        lines=() if wish.faults else lines[:_LINES_SHOWN],
        following=following,
        months=_months(visit),
    )


def _survey(visit: Visit, wish: Wish) -> Survey:
    return surveying.survey(
        visit.book,
        visit.database,
        book_id=visit.given.book_id,
        owner_id=visit.session.owner_id,
        asked=wish.asked,
    )


def _charts(visit: Visit, wish: Wish, rows: list[Row]) -> list[Chart]:
    """Return a chart for each currency that has more than one row."""
    by, language = wish.asked.by, visit.language
    through_time = by in THROUGH_TIME
    charts = []
    for currency in sorted({row.sum.currency for row in rows}):
        of_currency = [row for row in rows if row.sum.currency == currency]
        if through_time:
            of_currency = [row for row in of_currency if row.reference]
            of_currency.sort(key=lambda row: row.reference or "")
        else:
            of_currency.sort(key=lambda row: -row.sum.amount_minor)
        chart = ranked_chart(
            [
                (_short(language, by, row), row.sum.amount_minor, _money(language, row))
                for row in of_currency
            ],
            title=message(language, f"portal.earnings.chart.{by}", currency=currency),
            language=language,
            most=_COLUMNS_MAX if through_time else _BARS_MAX,
            told="chart.in_order" if through_time else "chart.told",
        )
        if chart is not None:
            charts.append(chart)
    return charts


def _short(language: str, by: Dimension, row: Row) -> str:
    if by is Dimension.DAY and row.reference:
        return f"{int(row.reference[5:7])}/{int(row.reference[8:])}"
    if by is Dimension.MONTH and row.reference:
        return formats.short_month(language=language, of=Month.parse(row.reference).first_day)
    return row.label


def _money(language: str, row: Row) -> str:
    return formats.money(
        language=language, amount_minor=row.sum.amount_minor, currency=row.sum.currency
    )


def _drawn(wish: Wish, chart: Chart, screen: Screen) -> str:
    draw = columns_svg if wish.asked.by in THROUGH_TIME else bars_svg
    return draw(chart, screen)


def _totals(rows: list[Row]) -> dict[str, tuple[int, int]]:
    """Return amount and count of what is shown, by currency."""
    totals: dict[str, tuple[int, int]] = {}
    for row in rows:
        amount, count = totals.get(row.sum.currency, (0, 0))
        totals[row.sum.currency] = (amount + row.sum.amount_minor, count + row.sum.generation_count)
    return dict(sorted(totals.items()))


def _closer(wish: Wish, row: Row) -> str | None:
    """Return where a row leads: to what it is made of."""
    by, named = wish.asked.by, row.reference
    match by:
        case Dimension.WORK | Dimension.SUBJECT:
            return "?" + wish.link(by=_CLOSER[by], subject=named, q=None, sort=None)
        case Dimension.LICENSEE | Dimension.TERRITORY | Dimension.MODALITY:
            changes = {str(by): named, "by": _CLOSER[by], "q": None, "sort": None}
            return "?" + wish.link(**changes)
        case Dimension.MONTH:
            return "?" + wish.link(by=Dimension.DAY, from_=named, to=named, q=None, sort=None)
        case Dimension.DAY:
            month = (named or "")[:7]
            fields = wish.link(by=None, from_=None, to=month, q=None, sort=None, territory=None)
            return f"{PREFIX}/earnings/generations?{fields}&day={named}"
    return None


def _months(visit: Visit) -> list[Month]:
    """Return the months that can be chosen, the latest first."""
    now = Month.of_day(tokyo_day(visit.now))
    return [now.before(back) for back in range(MONTHS_MAX)]


def _before(visit: Visit) -> int | None:
    text = visit.request.query_params.get("before")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise PageNotThere
    return int(text)


PAGES = (
    Page(path="/earnings", handler=show_earnings, right=Right.SEE_EARNINGS),
    Page(path="/earnings/table.csv", handler=give_table, right=Right.SEE_EARNINGS),
    Page(path="/earnings/chart.svg", handler=give_chart, right=Right.SEE_EARNINGS),
    Page(path="/earnings/lines", handler=show_lines, right=Right.SEE_EARNINGS),
)
