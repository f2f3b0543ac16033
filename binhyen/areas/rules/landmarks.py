"""How far a place name is believed that was learnt from cases. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

_SURE = 0.55  # share times trust, from which the name alone places a message (language/places/resolve.py)


@dataclass(frozen=True, slots=True)
class Learnt:
    """A name and where it lies. `communes`: those that cases confirmed, the most often first, with the share of each;
    `trust` 0..1 in the first of them; `cases`: how many confirmed any.
    """

    name: str
    folded: str
    communes: tuple[str, ...]
    shares: tuple[float, ...]
    trust: float
    cases: int

    @property
    def sure(self) -> bool:
        """The name alone places a message; else it is one more candidate for a person to choose."""
        return self.shares[0] * self.trust >= _SURE


def learnt(name: str, folded: str, counts: Mapping[str, int]) -> Learnt:
    """`counts`: commune code → cases that confirmed it. One case is a hint, two agree, and each that contradicts takes
    away: trust 0.5 after one, 0.67 after two, 0.75 after three; two against one 0.5, one against one 0.33.
    """
    total = sum(counts.values())
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    shares = tuple(count / total for _, count in ranked)
    return Learnt(name, folded, tuple(c for c, _ in ranked), shares, ranked[0][1] / (total + 1), total)
