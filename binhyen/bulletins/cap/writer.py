"""Write a CAP 1.2 message as XML, elements in the order of the schema. Pure."""

from collections.abc import Iterable, Iterator
from html import escape

from binhyen.bulletins.cap.message import NAMESPACE, CapArea, CapInfo, CapMessage, CapResource

_FORBIDDEN = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF])


def format_message(message: CapMessage) -> str:
    """Return the message as XML."""
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<alert xmlns="{NAMESPACE}">',
        *_element("identifier", message.identifier),
        *_element("sender", message.sender),
        *_element("sent", message.sent),
        *_element("status", message.status),
        *_element("msgType", message.message_type),
        *_element("source", message.source),
        *_element("scope", message.scope),
        *_element("restriction", message.restriction),
        *_element("addresses", message.addresses),
        *_elements("code", message.codes),
        *_element("note", message.note),
        *_element("references", message.references),
        *_element("incidents", message.incidents),
    ]
    for info in message.infos:
        lines += _format_info(info)
    return "\n".join([*lines, "</alert>"]) + "\n"


def _format_info(info: CapInfo) -> Iterator[str]:
    yield "<info>"
    yield from _element("language", info.language)
    yield from _elements("category", info.categories)
    yield from _element("event", info.event)
    yield from _elements("responseType", info.response_types)
    yield from _element("urgency", info.urgency)
    yield from _element("severity", info.severity)
    yield from _element("certainty", info.certainty)
    yield from _pairs("eventCode", info.event_codes)
    yield from _element("effective", info.effective)
    yield from _element("onset", info.onset)
    yield from _element("expires", info.expires)
    yield from _element("senderName", info.sender_name)
    yield from _element("headline", info.headline)
    yield from _element("description", info.description)
    yield from _element("instruction", info.instruction)
    yield from _element("web", info.web)
    yield from _element("contact", info.contact)
    yield from _pairs("parameter", info.parameters)
    for resource in info.resources:
        yield from _format_resource(resource)
    for area in info.areas:
        yield from _format_area(area)
    yield "</info>"


def _format_resource(resource: CapResource) -> Iterator[str]:
    yield "<resource>"
    yield from _element("resourceDesc", resource.description)
    yield from _element("mimeType", resource.mime_type)
    yield from _element("uri", resource.uri)
    yield "</resource>"


def _format_area(area: CapArea) -> Iterator[str]:
    yield "<area>"
    yield from _element("areaDesc", area.description)
    yield from _elements("polygon", area.polygons)
    yield from _elements("circle", area.circles)
    yield from _pairs("geocode", area.geocodes)
    yield from _element("altitude", area.altitude)
    yield from _element("ceiling", area.ceiling)
    yield "</area>"


def _element(name: str, text: str) -> Iterator[str]:
    if text:
        yield f"<{name}>{escape(text.translate(_FORBIDDEN))}</{name}>"


def _elements(name: str, texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from _element(name, text)


def _pairs(name: str, pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    for value_name, value in pairs:
        yield f"<{name}>"
        yield from _element("valueName", value_name)
        yield from _element("value", value)
        yield f"</{name}>"
