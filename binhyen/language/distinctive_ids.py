"""Distinctive identifiers: a shared number or link that links two reports to one fraud, one bicycle, one dog.

Common identifiers distinguish nothing: links of a network, of the state or a bank, hotlines, the land line of a police
station. The lists are in `data/everybodys.tsv`. Pure.
"""

import re
from functools import lru_cache
from typing import Final

from binhyen.language.entities.gazetteers import rows
from binhyen.language.reading import Entity

_NUMBERS: Final = frozenset(("PLATE", "ID_NUMBER", "BANK_ACCOUNT"))
_SHORTEST_PHONE: Final = 9  # 113 and five-digit hotlines are common knowledge
_LONGEST_PHONE: Final = 11
_AFTER_HOST: Final = re.compile(r"[/?#:]")
_QUERY: Final = re.compile(r"[?&](\w+)=(\w[^&#]+)")
_LEAST_NAME: Final = 2  # «/d/», «/e/» and the like are only prefixes of a path


def tells_one(entity: Entity) -> bool:
    """Return True if this number or link identifies one thing."""
    norm = str(entity.norm or "")
    if entity.type == "PHONE":
        return len(norm) >= _SHORTEST_PHONE and not everybodys_phone(norm)
    if entity.type == "URL":
        return _names_something(norm)
    return entity.type in _NUMBERS and bool(norm)


def everybodys_phone(digits: str) -> bool:
    """Return True for hotlines, ministry lines and land lines of the province: many people call them about anything."""
    return len(digits) <= _LONGEST_PHONE and digits.startswith(tuple(_everybodys("phone")))


def harmless(link: Entity) -> bool:
    """Return True for a site of the state, a bank, a newspaper or of video clips: the link alone is no bait."""
    return _leads_to(_address(link), "host", "shown")


def of_the_state(link: Entity) -> bool:
    """Return True if `gov.vn` is the end of the host, not only a part of it."""
    host = _AFTER_HOST.split(_address(link), maxsplit=1)[0]
    return host == "gov.vn" or host.endswith(".gov.vn")


def _address(link: Entity) -> str:
    return str(link.norm or link.text).lower().removeprefix("https://").removeprefix("http://")


def _leads_to(link: str, *kinds: str) -> bool:
    """Return True if the host is one of the sites of these kinds, or a subdomain of one."""
    labels = _AFTER_HOST.split(link, maxsplit=1)[0].strip(".").split(".")
    return any(".".join(labels[first:]) in _everybodys(kind) for first in range(len(labels)) for kind in kinds)


def _names_something(link: str) -> bool:
    """Return True for a site of its own; for a network only if the path leads to a profile, post, group or file."""
    if _leads_to(link, "host"):
        return False
    if not _leads_to(link, "network"):
        return True
    host = _AFTER_HOST.split(link, maxsplit=1)[0]
    rest = link[len(host) :]
    path = re.split(r"[?#]", rest, maxsplit=1)[0]
    return any(map(_name, path.split("/"))) or any(key in _everybodys("query") for key, _ in _QUERY.findall(rest))


def _name(part: str) -> bool:
    """Return True if a part of a path is personal, not the network's: the number in «zalo.me/0912345678»."""
    if part.isdecimal() and everybodys_phone(part):
        return False
    return len(part) >= _LEAST_NAME and part not in _everybodys("path")


@lru_cache
def _everybodys(kind: str) -> frozenset[str]:
    return frozenset(word for row in rows("everybodys.tsv") if row[0] == kind for word in row[1].split())
