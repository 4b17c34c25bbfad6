"""Bodies that cannot be taken, as a whole or an event of them, and how each is to be answered."""

import gzip
import json

from api.events import BODY_BYTES_MAX, EVENTS_MAX
from tests.api.reported import CLOUD_EVENT, CLOUD_EVENTS, JSON, LINES, an_event, in_envelope

MIB = 1024 * 1024
CSV, TSV = "text/csv", "text/tab-separated-values"
GZIP = {"Content-Encoding": "gzip"}
DEEP = 100_000
ONE = an_event(id="one")


def spelled(**changes: str) -> bytes:
    """Return an event with some fields as they are spelled, be that JSON or not."""
    members = {name: json.dumps(value) for name, value in ONE.items()} | changes
    return ("{" + ",".join(f'"{name}":{value}' for name, value in members.items()) + "}").encode()


def filled(unit: bytes, *, head: bytes = b"", tail: bytes = b"") -> bytes:
    """Return a body of the largest size, of one thing again and again."""
    return head + unit * ((BODY_BYTES_MAX - len(head + tail)) // len(unit)) + tail


#: A body that is refused as a whole: body, media type, headers, status, code.
REFUSED_WHOLE: dict[str, tuple[bytes, str, dict[str, str], int, str]] = {
    "nothing": (b"", JSON, {}, 422, "no_events"),
    "spaces": (b" " * BODY_BYTES_MAX, JSON, {}, 422, "no_events"),
    "no list": (b'{"events":null}', JSON, {}, 422, "field_invalid"),
    "half a list": (json.dumps([ONE, ONE])[:-5].encode(), JSON, {}, 400, "body_not_json"),
    "and more": (json.dumps([ONE]).encode() + b"x", JSON, {}, 400, "body_not_json"),
    "10,001": (json.dumps([{}] * (EVENTS_MAX + 1)).encode(), JSON, {}, 413, "too_many_events"),
    "numbers": (filled(b"1,", head=b"[", tail=b"1]"), JSON, {}, 413, "too_many_events"),
    "objects": (filled(b"{},", head=b"[", tail=b"{}]"), JSON, {}, 413, "too_many_events"),
    "clouds": (filled(b"{},", head=b"[", tail=b"{}]"), CLOUD_EVENTS, {}, 413, "too_many_events"),
    "lines": (filled(b"1\n"), LINES, {}, 413, "too_many_events"),
    "packed numbers": (
        gzip.compress(filled(b"1,", head=b"[", tail=b"1]")),
        *(JSON, GZIP, 413, "too_many_events"),
    ),
    "columns": (filled(b","), CSV, {}, 400, "table_unreadable"),
    "cells": (filled(b"|", head=b"HEAD\nGBEV\t1\ts\ti\tt\tl\t"), TSV, {}, 400, "table_unreadable"),
    "totals": (
        b"HEAD\n" + b"".join(b"GBSY\t%d\tx\t1\t1\n" % number for number in range(500_000)),
        *(TSV, {}, 400, "table_unreadable"),
    ),
    "deep list": (b"[" * DEEP + b"]" * DEEP, JSON, {}, 400, "body_not_json"),
    "deeper": (filled(b"["), JSON, {}, 400, "body_not_json"),
    "deep in a list": (
        b'[{"a":' + b"[" * DEEP + b"]" * DEEP + b"}]",
        *(JSON, {}, 400, "body_not_json"),
    ),
    "a bomb": (gzip.compress(bytes(1_000 * MIB), 1), JSON, GZIP, 413, "body_too_large"),
    "a bomb of blanks": (gzip.compress(b" " * 1_000 * MIB, 1), LINES, GZIP, 413, "body_too_large"),
    "half a bomb": (
        gzip.compress(bytes(1_000 * MIB), 1)[:9_000],
        JSON,
        GZIP,
        400,
        "encoding_broken",
    ),
    "a claimed size": (
        gzip.compress(json.dumps(ONE).encode())[:-4] + b"\xff\xff\xff\x7f",
        *(JSON, GZIP, 400, "encoding_broken"),
    ),
    "not packed": (json.dumps(ONE).encode(), JSON, GZIP, 400, "encoding_broken"),
    "no type": (json.dumps(ONE).encode(), "", {}, 415, "media_type_unsupported"),
    "two types": (json.dumps(ONE).encode(), f"{JSON}, {JSON}", {}, 415, "media_type_unsupported"),
    "a form": (b"a=1", "application/x-www-form-urlencoded", {}, 415, "media_type_unsupported"),
    "a long type": (json.dumps(ONE).encode(), "a" * 9_000, {}, 415, "media_type_unsupported"),
    "packed twice": (
        gzip.compress(gzip.compress(json.dumps(ONE).encode())),
        *(JSON, {"Content-Encoding": "gzip, gzip"}, 415, "encoding_unsupported"),
    ),
    "brotli": (b"x", JSON, {"Content-Encoding": "br"}, 415, "encoding_unsupported"),
}

#: One event that is not taken: body, media type, code, pointer.
REFUSED_ALONE: dict[str, tuple[bytes, str, str, str]] = {
    "NaN": (spelled(quantity="NaN"), JSON, "event_not_json", "/0"),
    "Infinity": (spelled(quantity="-Infinity"), JSON, "event_not_json", "/0"),
    "a text NaN": (spelled(quantity='"NaN"'), JSON, "number_not_exact", "/0/quantity"),
    "1e999": (spelled(quantity="1e999"), JSON, "field_invalid", "/0/quantity"),
    "a text 1e999": (spelled(quantity='"1e999"'), JSON, "number_too_long", "/0/quantity"),
    "-0.0": (spelled(quantity="-0.0"), JSON, "number_not_exact", "/0/quantity"),
    "a huge exponent": (
        spelled(quantity='"1e999999999"'),
        *(JSON, "number_not_exact", "/0/quantity"),
    ),
    "0x10": (spelled(quantity="0x10"), JSON, "event_not_json", "/0"),
    "a text 0x10": (spelled(quantity='"0x10"'), JSON, "number_not_exact", "/0/quantity"),
    "Arabic digits": (spelled(quantity='"٣"'), JSON, "number_not_exact", "/0/quantity"),
    "5,000 digits": (spelled(quantity="9" * 5_000), JSON, "field_invalid", "/0/quantity"),
    "year 1": (spelled(time='"0001-01-01T00:00:00Z"'), JSON, "time_out_of_range", "/0/time"),
    "year 9999": (spelled(time='"9999-12-31T23:59:59Z"'), JSON, "time_out_of_range", "/0/time"),
    "year 10000": (spelled(time='"10000-01-01T00:00:00Z"'), JSON, "field_invalid", "/0/time"),
    "in the future": (spelled(time='"2199-01-01T00:00:00Z"'), JSON, "time_in_future", "/0/time"),
    "a leap second": (spelled(time='"2026-06-30T23:59:60Z"'), JSON, "field_invalid", "/0/time"),
    "an offset": (spelled(time='"2026-08-03T10:15:00+24:00"'), JSON, "field_invalid", "/0/time"),
    "no offset": (spelled(time='"2026-08-03T10:15:00"'), JSON, "field_invalid", "/0/time"),
    "half a character": (spelled(id='"a\\ud800b"'), JSON, "event_not_json", "/0"),
    "half in a name": (spelled(**{"\\ud800": "1"}), JSON, "event_not_json", "/0"),
    "NUL": (spelled(id='"a\\u0000b"'), JSON, "field_invalid", "/0/id"),
    "NUL in a title": (spelled(title='"a\\u0000b"'), JSON, "field_invalid", "/0/title"),
    "10 kB of id": (spelled(id=json.dumps("x" * 10_000)), JSON, "field_invalid", "/0/id"),
    "100 kB of id": (spelled(id=json.dumps("x" * 100_000)), JSON, "event_too_large", "/0"),
    "many fields": (
        filled(b'"a":1,', head=b"{", tail=b'"a":1}'),
        *(JSON, "event_too_large", "/0"),
    ),
    "one text": (filled(b"a", head=b'["', tail=b'"]'), JSON, "event_too_large", "/0"),
    "UTF-16": (spelled().decode().encode("utf-16"), JSON, "event_not_json", "/0"),
    "UTF-32": (spelled().decode().encode("utf-32"), JSON, "event_not_json", "/0"),
    "Shift_JIS": (spelled(title='"風"').decode().encode("cp932"), JSON, "event_not_json", "/0"),
    "not UTF-8": (spelled(id='"?"').replace(b"?", b"\xff"), JSON, "event_not_json", "/0"),
    "raw half": (
        spelled(id='"?"').replace(b"?", b"\xed\xa0\x80"),
        *(JSON, "event_not_json", "/0"),
    ),
    "deep field": (
        b'{"a":' + b"[" * 30_000 + b"]" * 30_000 + b"}",
        *(LINES, "field_unknown", "/0/a"),
    ),
    "deep objects": (b'{"a":' * DEEP + b"1" + b"}" * DEEP, LINES, "event_too_large", "/0"),
    "deep extension": (
        json.dumps(in_envelope(ONE)).encode()[:-1] + b',"x":' + b"[" * 9_000 + b"]" * 9_000 + b"}",
        *(CLOUD_EVENT, "event_not_json", "/0"),
    ),
    "null": (b"null", JSON, "field_invalid", "/0"),
    "packed twice": (gzip.compress(spelled()), JSON, "event_not_json", "/0"),
}
