"""Vietnamese forms of place and unit names. They are names: not translated into any language. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

# Confidence of a place name learned from cases. Pure.

_MIN_CONFIDENCE = 0.55  # share times trust from which the name alone locates a message (language/places/resolve.py)


@dataclass(frozen=True, slots=True)
class LearnedName:
    """A learned name and its location. `communes`: confirmed by cases, most frequent first, with the share of each.

    `trust`: 0..1 for the first of them; `cases`: number of confirming cases.
    """

    name: str
    folded: str
    communes: tuple[str, ...]
    shares: tuple[float, ...]
    trust: float
    cases: int

    @property
    def is_certain(self) -> bool:
        """Tell whether the name alone locates a message; else it is one more candidate for a person to choose."""
        return self.shares[0] * self.trust >= _MIN_CONFIDENCE


def build_learned_name(name: str, folded: str, counts: Mapping[str, int]) -> LearnedName:
    """Compute the trust in a name. `counts`: commune code → cases that confirmed it.

    One case is a hint, a second agreement confirms, each contradiction lowers it: trust 0.5 after one, 0.67 after two,
    0.75 after three; two against one 0.5, one against one 0.33.
    """
    total = sum(counts.values())
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    shares = tuple(count / total for _, count in ranked)
    return LearnedName(name, folded, tuple(code for code, _ in ranked), shares, ranked[0][1] / (total + 1), total)


POLICE = "Công an "  # before the name of the place: «Công an xã Lộc Hà»
KINDS = {"thon": "Thôn", "to_dan_pho": "Tổ dân phố"}
KIND_WORDS = {"thon": "thon", "to dan pho": "to_dan_pho", "tdp": "to_dan_pho", "to_dan_pho": "to_dan_pho"}
PREFIX = re.compile(r"^(thôn|thon|tổ dân phố|to dan pho|tdp)\s+(?=\S)", re.IGNORECASE)

_SHORT = re.compile(r"^(x|p|tt)(?:\.\s*|\s+)(?=\S)", re.IGNORECASE)
_SHORT_FOR = {"x": "xã ", "p": "phường ", "tt": "thị trấn "}


def expand_abbreviation(name: str) -> str:
    """Expand an abbreviation: «P. Thành Sen» → «phường Thành Sen»; other names stay unchanged."""
    return _SHORT.sub(lambda match: _SHORT_FOR[match[1].lower()], name)


def format_full_name(kind: str, name: str) -> str:
    """Return the full name: «Thôn Phú Mậu»."""
    return f"{KINDS.get(kind, KINDS['thon'])} {name}"


# Type of a commune → its word in the full name.
COMMUNE_TYPES = {"xa": "Xã", "phuong": "Phường", "dac_khu": "Đặc khu"}


def format_unit_name(full_name: str) -> str:
    """Return the name of the police unit of a commune: «Công an xã Lộc Hà»."""
    return f"Công an {full_name[:1].lower()}{full_name[1:]}"
