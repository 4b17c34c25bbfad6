"""Bodies that are read by hand: as much of them as could be taken, decoded into one shape."""

from collections.abc import Mapping
from email.message import Message
from typing import Any, TypeVar

import msgspec
from fastapi import Request

from api.events import BodyUnreadable
from api.places import refused_field

#: What a body that is one thing may take; a report of thousands has a limit of its own.
SMALL_BODY_BYTES_MAX = 64 * 1024

_Shape = TypeVar("_Shape")


def media_type(request: Request) -> str:
    """Parse the content type; parameters such as charset are allowed."""
    header = Message()
    header["content-type"] = request.headers.get("content-type", "")
    return header.get_content_type()


async def read_body(request: Request, *, limit: int) -> bytes:
    """
    Read a body, keeping no more of it than could be taken.

    One that is too large is read on for a while, because most senders listen for an answer only
    when they have sent everything; one that goes on and on is cut off.

    :raises BodyUnreadable: it has more bytes than the limit.
    """
    chunks = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= limit:
            chunks.append(chunk)
        elif size > 4 * limit:
            break
    if size > limit:
        raise BodyUnreadable("body_too_large", 413, limit=limit)
    return b"".join(chunks)


async def read_json(request: Request, decoder: msgspec.json.Decoder[_Shape]) -> _Shape:
    """
    Read a small JSON body as a shape.

    :raises BodyUnreadable: it is too large, compressed, not JSON or called something else.
    :raises FieldRefused: a field is missing, unknown or of another kind.
    """
    if (sent_as := media_type(request)) != "application/json":
        raise BodyUnreadable("media_type_unsupported", 415, media_type=sent_as)
    if (encoding := request.headers.get("content-encoding", "identity")) != "identity":
        raise BodyUnreadable("encoding_unsupported", 415, encoding=encoding)
    body = await read_body(request, limit=SMALL_BODY_BYTES_MAX)
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise refused_field(str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BodyUnreadable("body_not_json", 400, reason=error) from None


def described(kind: type[msgspec.Struct], examples: Mapping[str, Any]) -> dict[str, Any]:
    """Return what OpenAPI says of such a body: its shape in one piece, and named examples."""
    _, parts = msgspec.json.schema_components([kind])
    content = {
        "schema": _whole(parts[kind.__name__], parts),
        "examples": {name: {"value": example} for name, example in examples.items()},
    }
    return {"requestBody": {"required": True, "content": {"application/json": content}}}


def _whole(part: Any, parts: Mapping[str, Any]) -> Any:
    """Put every shape that is referred to in its place."""
    if isinstance(part, dict):
        if "$ref" in part:
            return _whole(parts[part["$ref"].rpartition("/")[2]], parts)
        return {name: _whole(each, parts) for name, each in part.items()}
    return [_whole(each, parts) for each in part] if isinstance(part, list) else part
