"""Every address of the program, from the resolver, and requests to each of them."""

import re
from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

SAMPLES = {
    "<str:link>": "A" * 43,
    "<str:code>": "ZZZZZZZZ",
    "<code>": "ZZZZZZZZ",
    "<slug:action>": "ghi-chu",
    "<slug:metric>": "reports",
    "<slug:format>": "json",
    "<path:": "1",
    "<int:": "1",
    "<uuid:": "0198c0de-0000-7000-8000-000000000000",
    "(?P<app_label>": "people",
    "<str:": "khong-co",
    "<slug:": "khong-co",
}


def list_routes(patterns: list[Any] | None = None, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from list_routes(pattern.url_patterns, route)
        else:
            yield route, pattern


def get_path(route: str, known_parts: dict[str, str] | None = None) -> str:
    """Return an address of this shape; `known` fills parts with existing objects."""
    samples = {
        **(known_parts or {}),
        **{shape: value for shape, value in SAMPLES.items() if shape not in (known_parts or {})},
    }
    route = route.replace("^", "").replace("$", "")
    route = route.replace("(?P<url>.*)", "gi-do").replace("\\", "")
    parts = []
    for part in route.split("/"):
        if "<" not in part:
            parts.append(part)
            continue
        if ">." in part:
            parts.append(_fill_file_name(part, samples))
            continue
        sample = next((value for shape, value in samples.items() if part.startswith(shape)), None)
        assert sample is not None, f"tests/security/routes.py: no sample for {part}"
        parts.append(sample)
    return "/" + "/".join(parts)


def _fill_file_name(part: str, samples: dict[str, str]) -> str:
    """Fill the converters of a part like `<str:month>.<slug:format>` or `name<slug:code>.html` one by one."""
    return re.sub(r"<[^>]+>", lambda converter: next(v for k, v in samples.items() if converter[0].startswith(k)), part)


def list_paths() -> list[str]:
    return sorted({get_path(route) for route, _ in list_routes()})
