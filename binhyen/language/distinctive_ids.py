"""Distinctive identifiers: a shared number or link that links two reports to one fraud, one bicycle, one dog.

Common identifiers distinguish nothing: links of a network, of the state or a bank, hotlines, the land line of a police
station. The lists are in `data/everybodys.tsv`. Pure.
"""

import re
from functools import lru_cache
from typing import Final

from binhyen.language.entities.gazetteers import read_rows_of
from binhyen.language.reading import Entity

_NUMBERS: Final = frozenset(("PLATE", "ID_NUMBER", "BANK_ACCOUNT"))
_SHORTEST_PHONE: Final = 9  # 113 and five-digit hotlines are common knowledge
_LONGEST_PHONE: Final = 11
_AFTER_HOST: Final = re.compile(r"[/?#:]")
_QUERY: Final = re.compile(r"[?&](\w+)=(\w[^&#]+)")
_MIN_NAME_LENGTH: Final = 2  # «/d/», «/e/» and the like are only prefixes of a path


def is_distinctive(entity: Entity) -> bool:
    """Return True if this number or link identifies one thing."""
    norm = str(entity.norm or "")
    if entity.type == "PHONE":
        return len(norm) >= _SHORTEST_PHONE and not is_public_phone(norm)
    if entity.type == "URL":
        return _has_distinctive_path(norm)
    return entity.type in _NUMBERS and bool(norm)


def is_public_phone(digits: str) -> bool:
    """Return True for hotlines, ministry lines and land lines of the province: many people call them about anything."""
    return len(digits) <= _LONGEST_PHONE and digits.startswith(tuple(_load_public_identifiers("phone")))


def is_harmless_link(link: Entity) -> bool:
    """Return True for a site of the state, a bank, a newspaper or of video clips: the link alone is no bait."""
    return _is_site_of_kind(_normalize_url(link), "host", "shown")


def is_government_link(link: Entity) -> bool:
    """Return True if `gov.vn` is the end of the host, not only a part of it."""
    host = _AFTER_HOST.split(_normalize_url(link), maxsplit=1)[0]
    return host == "gov.vn" or host.endswith(".gov.vn")


def _normalize_url(link: Entity) -> str:
    return str(link.norm or link.text).lower().removeprefix("https://").removeprefix("http://")


def _is_site_of_kind(link: str, *kinds: str) -> bool:
    """Return True if the host is one of the sites of these kinds, or a subdomain of one."""
    labels = _AFTER_HOST.split(link, maxsplit=1)[0].strip(".").split(".")
    return any(
        ".".join(labels[first:]) in _load_public_identifiers(kind) for first in range(len(labels)) for kind in kinds
    )


def _has_distinctive_path(link: str) -> bool:
    """Return True for a site of its own; for a network only if the path leads to a profile, post, group or file."""
    if _is_site_of_kind(link, "host"):
        return False
    if not _is_site_of_kind(link, "network"):
        return True
    host = _AFTER_HOST.split(link, maxsplit=1)[0]
    path_and_query = link[len(host) :]
    path = re.split(r"[?#]", path_and_query, maxsplit=1)[0]
    return any(map(_is_distinctive_segment, path.split("/"))) or any(
        key in _load_public_identifiers("query") for key, _ in _QUERY.findall(path_and_query)
    )


def _is_distinctive_segment(part: str) -> bool:
    """Return True if a part of a path is personal, not the network's: the number in «zalo.me/0912345678»."""
    if part.isdecimal() and is_public_phone(part):
        return False
    return len(part) >= _MIN_NAME_LENGTH and part not in _load_public_identifiers("path")


@lru_cache
def _load_public_identifiers(kind: str) -> frozenset[str]:
    return frozenset(word for row in read_rows_of("everybodys.tsv") if row[0] == kind for word in row[1].split())
