"""Read a foreign CAP 1.2 message: no document type, no entities, limited size; structure as in the schema. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

from binhyen.bulletins.cap.message import (
    DEFAULT_LANGUAGE,
    NAMESPACE,
    CapArea,
    CapInfo,
    CapMessage,
    CapResource,
)

ATOM_NAMESPACE = "http://www.w3.org/2005/Atom"
CAP_TYPE = "application/cap+xml"
MAX_BYTES = 1_000_000
MAX_ELEMENTS = 20_000
MAX_DEPTH = 12
_ANY = MAX_ELEMENTS
_PAIR = (("valueName", 1, 1), ("value", 1, 1))
# Element → its children in the order of the schema, each with its least and greatest number.
_SCHEMA: dict[str, tuple[tuple[str, int, int], ...]] = {
    "alert": (
        ("identifier", 1, 1),
        ("sender", 1, 1),
        ("sent", 1, 1),
        ("status", 1, 1),
        ("msgType", 1, 1),
        ("source", 0, 1),
        ("scope", 1, 1),
        ("restriction", 0, 1),
        ("addresses", 0, 1),
        ("code", 0, _ANY),
        ("note", 0, 1),
        ("references", 0, 1),
        ("incidents", 0, 1),
        ("info", 0, _ANY),
    ),
    "info": (
        ("language", 0, 1),
        ("category", 1, _ANY),
        ("event", 1, 1),
        ("responseType", 0, _ANY),
        ("urgency", 1, 1),
        ("severity", 1, 1),
        ("certainty", 1, 1),
        ("audience", 0, 1),
        ("eventCode", 0, _ANY),
        ("effective", 0, 1),
        ("onset", 0, 1),
        ("expires", 0, 1),
        ("senderName", 0, 1),
        ("headline", 0, 1),
        ("description", 0, 1),
        ("instruction", 0, 1),
        ("web", 0, 1),
        ("contact", 0, 1),
        ("parameter", 0, _ANY),
        ("resource", 0, _ANY),
        ("area", 0, _ANY),
    ),
    "resource": (
        ("resourceDesc", 1, 1),
        ("mimeType", 1, 1),
        ("size", 0, 1),
        ("uri", 0, 1),
        ("derefUri", 0, 1),
        ("digest", 0, 1),
    ),
    "area": (
        ("areaDesc", 1, 1),
        ("polygon", 0, _ANY),
        ("circle", 0, _ANY),
        ("geocode", 0, _ANY),
        ("altitude", 0, 1),
        ("ceiling", 0, 1),
    ),
    "eventCode": _PAIR,
    "parameter": _PAIR,
    "geocode": _PAIR,
}


class CapUnreadable(Exception):
    """The data is no CAP 1.2 message. `reason`: SIZE, DOCTYPE, XML, NAMESPACE, STRUCTURE or SIGNATURE."""

    def __init__(self, reason: str, path: str = "") -> None:
        super().__init__(f"{reason} {path}".strip())
        self.reason = reason
        self.path = path


@dataclass(slots=True)
class _Node:
    """An element of the message; `name` without its namespace, empty for elements of other namespaces."""

    name: str
    path: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    parts: list[str] = field(default_factory=list)
    children: "list[_Node]" = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.parts).strip()

    def list_texts(self, name: str) -> tuple[str, ...]:
        return tuple(child.text for child in self.children if child.name == name)

    def get_text(self, name: str) -> str:
        return next(iter(self.list_texts(name)), "")

    def list_children(self, name: str) -> "list[_Node]":
        return [child for child in self.children if child.name == name]

    def list_pairs(self, name: str) -> tuple[tuple[str, str], ...]:
        return tuple((child.get_text("valueName"), child.get_text("value")) for child in self.list_children(name))


def parse_message(data: bytes) -> CapMessage:
    """Parse a message. Raises CapUnreadable."""
    if len(data) > MAX_BYTES:
        raise CapUnreadable("SIZE")
    root = _parse_tree(data, {NAMESPACE})
    if root.name != "alert":
        raise CapUnreadable("NAMESPACE")
    _check_structure(root)
    return CapMessage(
        identifier=root.get_text("identifier"),
        sender=root.get_text("sender"),
        sent=root.get_text("sent"),
        status=root.get_text("status"),
        message_type=root.get_text("msgType"),
        scope=root.get_text("scope"),
        source=root.get_text("source"),
        restriction=root.get_text("restriction"),
        addresses=root.get_text("addresses"),
        codes=root.list_texts("code"),
        note=root.get_text("note"),
        references=root.get_text("references"),
        incidents=root.get_text("incidents"),
        infos=tuple(map(_to_info, root.list_children("info"))),
    )


def _to_info(node: _Node) -> CapInfo:
    return CapInfo(
        language=node.get_text("language") or DEFAULT_LANGUAGE,
        categories=node.list_texts("category"),
        event=node.get_text("event"),
        response_types=node.list_texts("responseType"),
        urgency=node.get_text("urgency"),
        severity=node.get_text("severity"),
        certainty=node.get_text("certainty"),
        event_codes=node.list_pairs("eventCode"),
        effective=node.get_text("effective"),
        onset=node.get_text("onset"),
        expires=node.get_text("expires"),
        sender_name=node.get_text("senderName"),
        headline=node.get_text("headline"),
        description=node.get_text("description"),
        instruction=node.get_text("instruction"),
        web=node.get_text("web"),
        contact=node.get_text("contact"),
        parameters=node.list_pairs("parameter"),
        resources=tuple(
            CapResource(
                item.get_text("resourceDesc"),
                item.get_text("mimeType"),
                item.get_text("uri"),
                bool(item.get_text("derefUri")),
            )
            for item in node.list_children("resource")
        ),
        areas=tuple(
            CapArea(
                item.get_text("areaDesc"),
                item.list_texts("polygon"),
                item.list_texts("circle"),
                item.list_pairs("geocode"),
                item.get_text("altitude"),
                item.get_text("ceiling"),
            )
            for item in node.list_children("area")
        ),
    )


@dataclass(frozen=True, slots=True)
class FeedLink:
    """An entry of a feed. `entry`: its id and time of change: a changed entry is another one."""

    entry: str
    url: str


def parse_feed(data: bytes) -> list[FeedLink]:
    """Return the links of an Atom or RSS feed to CAP messages, in its order. Raises CapUnreadable."""
    if len(data) > MAX_BYTES:
        raise CapUnreadable("SIZE")
    root = _parse_tree(data, {ATOM_NAMESPACE, ""})
    if root.name == "feed":
        links = [
            FeedLink(f"{entry.get_text('id')} {entry.get_text('updated')}", _choose_link(entry))
            for entry in root.list_children("entry")
        ]
    elif root.name == "rss":
        items = [item for channel in root.list_children("channel") for item in channel.list_children("item")]
        links = [
            FeedLink(f"{item.get_text('guid')} {item.get_text('pubDate')}", item.get_text("link")) for item in items
        ]
    else:
        raise CapUnreadable("NAMESPACE")
    return [link for link in links if link.url]


def _choose_link(entry: _Node) -> str:
    """Return the link that says it is CAP, else the first that is no enclosure."""
    links = [child.attributes for child in entry.list_children("link")]
    candidates = [link for link in links if link.get("rel", "alternate") == "alternate"]
    marked = [link for link in links if link.get("type") == CAP_TYPE]
    return next((link.get("href", "") for link in (*marked, *candidates)), "")


def _parse_tree(data: bytes, namespaces: Collection[str]) -> _Node:
    """Build the tree with expat itself: its handlers refuse a document type before anything of it is read.

    Elements of other namespaces than `namespaces` lose their name.
    """
    top = _Node("", "")
    open_nodes, count = [top], 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if count > MAX_ELEMENTS or len(open_nodes) > MAX_DEPTH:
            raise CapUnreadable("SIZE")
        namespace, _, local_name = tag.rpartition(" ")
        name = local_name if namespace in namespaces else ""
        node = _Node(name, f"{open_nodes[-1].path}/{name or local_name}", attributes)
        open_nodes[-1].children.append(node)
        open_nodes.append(node)

    def add_text(text: str) -> None:
        open_nodes[-1].parts.append(text)

    def refuse(*_arguments: object) -> NoReturn:
        raise CapUnreadable("DOCTYPE")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _tag: open_nodes.pop()
    parser.CharacterDataHandler = add_text
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError):  # LookupError: an unknown encoding
        raise CapUnreadable("XML") from None
    return top.children[0]


def _check_structure(node: _Node) -> None:
    """Check order and number of the children, as the schema does. Elements of other namespaces are signatures."""
    rules = _SCHEMA.get(node.name)
    if rules is None:
        if node.children:
            raise CapUnreadable("STRUCTURE", node.path)
        return
    children = [child for child in node.children if child.name]
    position = 0
    for name, lower, upper in rules:
        first = position
        while position < len(children) and children[position].name == name:
            position += 1
        if not lower <= position - first <= upper:
            raise CapUnreadable("STRUCTURE", f"{node.path}/{name}")
    if position < len(children):
        raise CapUnreadable("STRUCTURE", children[position].path)
    for child in children:
        _check_structure(child)
