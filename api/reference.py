"""``/docs``: the reference of the API as a page, with its script and style from this server."""

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

_PAGE = "/docs"
_FILES = f"{_PAGE}/files"

#: A package that carries Swagger UI as files; none of its code is run.
_CARRIER = ("fastapi_swagger", "resources")


def install(app: FastAPI) -> None:
    """Let an application show its reference to a browser that reaches nothing else."""
    address = app.openapi_url
    assert address is not None, "there is a description to be shown"

    def page() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url=address,
            title=app.title,
            swagger_js_url=f"{_FILES}/swagger-ui-bundle.js",
            swagger_css_url=f"{_FILES}/swagger-ui.css",
            swagger_favicon_url=f"{_FILES}/favicon-32x32.png",
        )

    app.mount(_FILES, StaticFiles(packages=[_CARRIER]), name="reference")
    app.add_api_route(_PAGE, page, include_in_schema=False)
