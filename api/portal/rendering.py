"""
Pages out of templates: words and figures in the reader's language, static files by their hash.

Everything is escaped. There is no script, and nothing comes from another host; the headers say
so to the browser, too.
"""

import json
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from api.portal.browsers import browser_name
from api.portal.navigation import places
from api.portal.options import PREFIX
from api.portal.visits import Visit
from ledger.core.period import TOKYO, Month, tokyo_day
from ledger.core.terms import Basis
from locales import cldr, formats
from locales.catalogues import languages, message
from locales.cldr import name_of

_FOLDER = Path(__file__).parent
_STATIC = _FOLDER / "static"
_TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
_FOR_EVER = "public, max-age=31536000, immutable"

#: What a page may load: our own style and pictures. No script at all.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "frame-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

#: What every page says beside its words.
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


def page(visit: Visit, template: str, *, status: int = 200, **values: Any) -> Response:
    """Return a page of a template, in the language of the visit."""
    language = visit.language

    def t(key: str, **of: object) -> str:
        return message(language, key, **of)

    text = (
        _environment()
        .get_template(template)
        .render(
            visit=visit,
            found=visit.found,
            language=language,
            languages=languages(),
            t=t,
            places=places(visit),
            **values,
        )
    )
    return HTMLResponse(text, status_code=status, headers={"Content-Language": language})


def static_file(name: str) -> Response | None:
    """Return a static file by its hashed name, None when there is none."""
    found = _hashed().get(name)
    if found is None:
        return None
    content, kind = found
    headers = {"Cache-Control": _FOR_EVER, "X-Content-Type-Options": "nosniff"}
    return Response(content, media_type=kind, headers=headers)


def static_address(name: str) -> str:
    """Return the address of a static file; it changes with what is in it."""
    stem, _, ending = name.rpartition(".")
    digest = sha256((_STATIC / name).read_bytes()).hexdigest()[:12]
    return f"{PREFIX}/static/{stem}.{digest}.{ending}"


def organisation_of(language: str, thing: Any) -> str:
    """Return an organisation's name in a language; in the other where it has none."""
    japanese, english = thing.organisation_ja, thing.organisation_en
    return str((japanese or english) if language == "ja" else (english or japanese))


def instant(language: str, at: datetime) -> str:
    """Write an instant as people in Japan read their clocks."""
    local = at.astimezone(TOKYO)
    return f"{formats.day(language=language, on=local.date())} {local:%H:%M}"


@cache
def _hashed() -> dict[str, tuple[bytes, str]]:
    return {
        static_address(file.name).rpartition("/")[2]: (file.read_bytes(), _TYPES[file.suffix])
        for file in sorted(_STATIC.iterdir())
        if file.suffix in _TYPES
    }


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["tokyo_day"] = tokyo_day
    environment.globals.update(
        prefix=PREFIX,
        static=cache(static_address),
        browser_name=browser_name,
        money=_money,
        figure=_figure,
        quantity=_quantity,
        day=_day,
        month_name=_month,
        percent=_percent,
        share=_share,
        percent_text=_percent_text,
        percent_bp=_percent_bp,
        span=_span,
        instant=instant,
        organisation_of=organisation_of,
        language_name=name_of,
        territory_name=cldr.territory,
        months_span=_months,
        rate=_rate,
        markup=Markup,
        dumps=json.dumps,
    )
    return environment


def _money(language: str, amount_minor: int, currency: str) -> str:
    return formats.money(language=language, amount_minor=amount_minor, currency=currency)


def _figure(language: str, amount_minor: int, currency: str) -> str:
    return formats.figure(language=language, amount_minor=amount_minor, currency=currency)


def _quantity(language: str, value: Any) -> str:
    return formats.quantity(language=language, value=value)


def _day(language: str, on: date) -> str:
    return formats.day(language=language, on=on)


def _percent(language: str, rate: Decimal) -> str:
    return formats.percent(language=language, rate=rate)


def _percent_bp(language: str, rate_bp: int) -> str:
    return formats.percent_from_bp(language=language, rate_bp=rate_bp)


def _months(language: str, first: Month, last: Month) -> str:
    return formats.span(language=language, first=first.first_day, last=last.last_day)


def _rate(language: str, line: Any) -> str:
    """Write the rate of whatever has a basis, a rate and a currency."""
    return formats.rate(
        language=language, basis=Basis(line.basis), rate=line.rate, currency=line.currency
    )


def _share(language: str, rate_bp: int) -> str:
    return formats.percent_from_bp(language=language, rate_bp=rate_bp)


def _percent_text(rate_bp: int) -> str:
    """Return basis points as they are typed, in percent: "12.5"."""
    return f"{(Decimal(rate_bp) / 100).normalize():f}"


def _month(language: str, of: date) -> str:
    return formats.month(language=language, of=of)


def _span(language: str, first: date, last: date) -> str:
    if first == last:
        return formats.day(language=language, on=first)
    return formats.span(language=language, first=first, last=last)
