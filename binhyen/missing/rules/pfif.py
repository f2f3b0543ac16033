"""PFIF 1.4 (zesty.ca/pfif/1.4): current appeals with tombstones out, person records of others in. Pure."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape
from xml.parsers import expat

from binhyen.kit.text import collapse_spaces, to_nfc

NAMESPACE = "http://zesty.ca/pfif/1.4"
MAX_BYTES = 1_000_000
MAX_RECORDS = 1_000
_MAX_LENGTH = 500
_XML_FORBIDDEN = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF])
_SEXES = {"FEMALE": "female", "MALE": "male"}


class BadPfif(ValueError):
    """The file is no PFIF that is accepted."""


@dataclass(frozen=True, slots=True)
class PfifPerson:
    """A person record. Only ids and dates remain after `expires_at` (a tombstone, so that mirrors delete it too)."""

    record_id: str  # domain/local
    entered_at: dt.datetime
    changed_at: dt.datetime
    expires_at: dt.datetime
    is_expired: bool = False
    source_name: str = ""
    source_url: str = ""
    full_name: str = ""
    alternate_names: tuple[str, ...] = ()
    description: str = ""
    sex: str = ""
    age: str = ""
    photo_url: str = ""


def format_pfif(people: Iterable[PfifPerson]) -> str:
    """Return the records as XML; fields in the order of the specification."""
    lines = ['<?xml version="1.0" encoding="utf-8"?>', f'<pfif:pfif xmlns:pfif="{NAMESPACE}">']
    for person in people:
        lines += ["<pfif:person>", *_format_fields(_list_fields(person)), "</pfif:person>"]
    return "\n".join([*lines, "</pfif:pfif>"]) + "\n"


def _list_fields(person: PfifPerson) -> list[tuple[str, str]]:
    """Return the fields; of an expired record the placeholder alone: both dates are the time of the expiry."""
    changed_at = person.expires_at if person.is_expired else person.changed_at
    fields = [
        ("person_record_id", person.record_id),
        ("entry_date", _format_time(changed_at if person.is_expired else person.entered_at)),
        ("expiry_date", _format_time(person.expires_at)),
    ]
    if person.is_expired:
        return [*fields, ("source_date", _format_time(changed_at))]
    return [
        *fields,
        ("source_name", person.source_name),
        ("source_date", _format_time(changed_at)),
        ("source_url", person.source_url),
        ("full_name", person.full_name or "?"),
        ("alternate_names", "\n".join(person.alternate_names)),
        ("description", person.description),
        ("sex", _SEXES.get(person.sex, "")),
        ("age", person.age),
        ("photo_url", person.photo_url),
    ]


def _format_fields(fields: Iterable[tuple[str, str]]) -> list[str]:
    return [f"<pfif:{name}>{escape(value.translate(_XML_FORBIDDEN))}</pfif:{name}>" for name, value in fields if value]


def _format_time(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(slots=True)
class _Reader:
    """State of the parser: the open person, the open field."""

    people: list[dict[str, str]] = field(default_factory=list)
    person: dict[str, str] | None = None
    name: str = ""

    def start(self, tag: str, _attributes: dict[str, str]) -> None:
        namespace, _, name = tag.rpartition(" ")
        if namespace and not namespace.startswith("http://zesty.ca/pfif/"):
            return
        if name == "person":
            self.person = {}
        elif self.person is not None:
            self.name = "" if name == "note" else name

    def end(self, tag: str) -> None:
        name = tag.rpartition(" ")[2]
        if name == "person" and self.person is not None:
            if len(self.people) >= MAX_RECORDS:
                raise BadPfif("too many records")
            self.people.append(self.person)
            self.person = None
        self.name = ""

    def text(self, data: str) -> None:
        if self.person is not None and self.name:
            self.person[self.name] = (self.person.get(self.name, "") + data)[:_MAX_LENGTH]


def parse_people(data: bytes) -> list[dict[str, str]]:
    """Return the person records of a file, field → text, without placeholders. Raises BadPfif."""
    if len(data) > MAX_BYTES:
        raise BadPfif("too large")
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refuse_declaration
    parser.EntityDeclHandler = _refuse_declaration
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, UnicodeError, LookupError) as error:
        raise BadPfif("not well formed") from error
    people = [{name: collapse_spaces(to_nfc(text)) for name, text in person.items()} for person in reader.people]
    return [person for person in people if person.get("person_record_id") and person.get("full_name")]


def _refuse_declaration(*_arguments: object) -> None:
    raise BadPfif("declarations of types and entities are refused")


def to_form_fields(person: dict[str, str]) -> dict[str, str]:
    """Return the fields of the entry form that a record fills."""
    sex = {text: code for code, text in _SEXES.items()}.get(person.get("sex", ""), "UNKNOWN")
    low, _, high = person.get("age", "").partition("-")
    is_age = low.isascii() and low.isdigit() and (not high or (high.isascii() and high.isdigit()))
    age = f"{low}-{high}" if high else low
    is_child = is_age and int(low) < 16
    return {
        "name": person.get("full_name", "").strip("?")[:80],
        "other_names": person.get("alternate_names", "")[:120],
        "age": age if is_age else "",
        "kind": "CHILD" if is_child else "",
        "sex": sex,
        "marks": person.get("description", "")[:160],
    }
