"""
Refusals as answers: one table from code to HTTP status, words from the catalogues.

Every error body is ``application/problem+json`` (RFC 9457) with a stable ``type`` and
``code``, a title and detail in the asked language, a JSON pointer where a field is at fault,
and the request's id. What is not in the table is our bug and says nothing about its cause.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from api.events import BodyUnreadable
from api.openapi import methods_at
from api.reasons import in_words
from api.words import detail_of, title_of
from ledger.core.refusal import Refusal
from ledger.store.database import DatabaseUnavailable
from locales.catalogues import languages, message

MEDIA_TYPE = "application/problem+json"

#: Statuses other than 422, which every refusal of a well-formed request has by default.
STATUS_OF = {
    "idempotency_key_malformed": 400,
    "idempotency_key_in_flight": 409,
    "idempotency_answer_lost": 409,
    "stripe_signature_wrong": 400,
    "stripe_event_stale": 400,
    "stripe_not_set_up": 404,
    "survey_subject_unknown": 404,
    "tried_subject_unknown": 404,
    "offer_changed_meanwhile": 409,
    "key_missing": 401,
    "key_unknown": 401,
    "key_revoked": 401,
    "key_expired": 401,
    "scope_missing": 403,
    "scope_not_held": 403,
    "key_of_another": 403,
    "live_key_needed": 403,
    "test_key_needed": 403,
    "not_a_licensee": 403,
    "house_only": 403,
    "not_found": 404,
    "license_not_found": 404,
    "invoice_not_found": 404,
    "invoice_not_owed": 404,
    "key_unheard_of": 404,
    "payment_not_offered": 404,
    "invoice_not_to_pay": 409,
    "stripe_event_unknown": 404,
    "offer_unknown": 404,
    "journal_export_unknown": 404,
    "journal_exported_meanwhile": 409,
    "document_not_found": 404,
    "notice_unknown": 404,
    "explanation_not_found": 404,
    "licensee_not_found": 404,
    "document_not_rendered": 404,
    "webhook_unknown": 404,
    "key_not_found": 404,
    "message_unknown": 404,
    "generation_not_recorded": 404,
    "draft_unknown": 404,
    "session_unknown": 404,
    "link_not_good": 410,
    "revenue_grant_unknown": 404,
    "confirmation_out_of_turn": 409,
    "reference_taken": 409,
    "offer_state_wrong": 409,
    "offer_version_not_in_force": 409,
    "offers_conflict": 409,
    "webhook_ended": 409,
    "key_ended": 409,
    "key_replaced": 409,
    "clock_goes_back": 409,
    "month_already_closed": 409,
    "month_not_over_yet": 409,
    "month_asked_otherwise": 409,
    "month_being_closed": 409,
    "declarations_differ": 409,
    "declarations_missing": 409,
    "earlier_month_not_closed": 409,
    "message_waiting": 409,
    "month_closed": 409,
    "declaration_too_late": 409,
    "generation_ambiguous": 409,
    "correction_conflict": 409,
    "revision_missing": 409,
    "already_void": 409,
    "nothing_to_correct": 409,
    "draft_has_refused": 409,
    "draft_outdated": 409,
    "draft_discarded": 409,
    "draft_committed": 409,
    "database_unavailable": 503,
    "database_busy": 503,
    "sandbox_not_allowed": 503,
}

#: What an answer of a status says beside its body.
_HEADERS_OF = {
    401: {"WWW-Authenticate": "Bearer"},
    413: {"Connection": "close"},  # What is left of the body is not waited for.
    503: {"Retry-After": "5"},
}

#: Refusals of fields that have a code of their own, by what pydantic calls them.
_FIELD_CODES = {"missing": "field_missing", "extra_forbidden": "field_unknown"}

#: How much of what cannot be taken is said back.
_SHOWN_MAX = 200

_log = logging.getLogger("genbo.api")


def asked_language(request: Request) -> str:
    """Return the first of our languages that Accept-Language prefers; English otherwise."""
    best, best_weight = "en", 0.0
    for part in ",".join(request.headers.getlist("accept-language")).split(","):
        tag, *parameters = part.split(";")
        language = tag.strip().lower().partition("-")[0]
        if language in languages() and (weight := _weight(parameters)) > best_weight:
            best, best_weight = language, weight
    return best


def problem_body(
    code: str,
    *,
    language: str,
    pointer: str | None = None,
    values: Mapping[str, str] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Return the members of a problem that do not depend on the request."""
    title = message(language, f"problem.{code}.title")
    told = dict(values or {})
    if "reason" in told:
        told["reason"] = in_words(told["reason"], language)
    detail = message(language, f"problem.{code}.detail", **told)
    return _members(code, title, detail, pointer) | more


def install(app: FastAPI) -> None:
    """Answer every refusal of the application, and of its framework, with a problem."""
    app.add_exception_handler(Refusal, _refusal)
    app.add_exception_handler(BodyUnreadable, body_unreadable)
    app.add_exception_handler(DatabaseUnavailable, _unavailable)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http)


def respond(
    request: Request,
    code: str,
    status: int,
    *,
    pointer: str | None = None,
    values: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a whole problem answer in the asked language."""
    language = asked_language(request)
    body = problem_body(code, language=language, pointer=pointer, values=values)
    return _answer(request, body, status, headers)


def _refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    pointer = f"/{error.field.replace('.', '/')}" if error.field else None
    status = STATUS_OF.get(error.code, 422)
    language = asked_language(request)
    body = _members(error.code, title_of(error, language), detail_of(error, language), pointer)
    return _answer(request, body, status, _HEADERS_OF.get(status))


def body_unreadable(request: Request, error: Exception) -> Response:
    """Say why a body cannot be taken as a whole."""
    assert isinstance(error, BodyUnreadable)
    return respond(
        request,
        error.code,
        error.status,
        pointer=error.values.get("field"),
        values=error.values,
        headers=_HEADERS_OF.get(error.status),
    )


def _unavailable(request: Request, error: Exception) -> Response:
    _log.error("database unavailable: %s", error)
    return respond(request, "database_unavailable", 503, headers=_HEADERS_OF[503])


def _invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    location = [str(part) for part in first["loc"]]
    if location[0] == "body" and isinstance(error.body, bytes):  # Not read as JSON at all.
        media_type = request.headers.get("content-type", "")[:_SHOWN_MAX]
        return respond(request, "media_type_not_json", 415, values={"media_type": media_type})
    pointer = "/" + "/".join(location[1:] if len(location) > 1 else location)
    return respond(
        request,
        _FIELD_CODES.get(first["type"], "field_invalid"),
        422,
        pointer=pointer,
        values={"field": pointer, "reason": str(first["msg"])},
    )


def _http(request: Request, error: Exception) -> Response:
    """Word what the framework refuses: addresses, methods, bodies that it cannot read."""
    assert isinstance(error, HTTPException)
    status = error.status_code
    code, values, headers = "request_refused", {"reason": HTTPStatus(status).phrase}, error.headers
    if status == 404:
        code = "not_found"
    elif status == 405:
        code = "method_not_allowed"
        if methods := methods_at(request.app, request.url.path):
            headers = {"Allow": ", ".join(methods)}
    elif status == 400 and error.__cause__ is not None:
        code, values = "body_not_json", {"reason": str(error.__cause__)[:_SHOWN_MAX]}
    return respond(request, code, status, values=values, headers=headers)


def bug(request: Request, error: Exception) -> Response:
    """Log what nobody foresaw, once and with the request's id, and say nothing of its cause."""
    _log.error("request %s failed", getattr(request.state, "request_id", None), exc_info=error)
    return respond(request, "internal", 500)


def _weight(parameters: Sequence[str]) -> float:
    """Return the weight a language is given; what cannot be read is not wished for."""
    for parameter in parameters:
        name, _, value = parameter.strip().partition("=")
        if name.lower() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def _members(code: str, title: str, detail: str, pointer: str | None) -> dict[str, Any]:
    address = f"https://genbo.example/problems/{code.replace('_', '-')}"
    members: dict[str, Any] = {"type": address, "code": code, "title": title, "detail": detail}
    return members if pointer is None else members | {"pointer": pointer}


def _answer(
    request: Request,
    body: Mapping[str, Any],
    status: int,
    headers: Mapping[str, str] | None,
) -> Response:
    request_id = getattr(request.state, "request_id", None)
    content = json.dumps({**body, "status": status, "request_id": request_id}, ensure_ascii=False)
    return Response(
        # Half a character that was sent is shown by its number, not answered with a failure.
        content.encode("utf-8", "backslashreplace"),
        status_code=status,
        media_type=MEDIA_TYPE,
        headers={"Content-Language": asked_language(request), **(headers or {})},
    )
