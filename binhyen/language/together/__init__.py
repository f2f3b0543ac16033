"""Deduplication: are two reports about one incident? Report features, pair features and trained weights."""

from binhyen.language.together.pair import LONGEST, Joined, Pair, exact, shipped
from binhyen.language.together.signs import other_matter
from binhyen.language.together.told import WINDOWS, Told, told

__all__ = ["LONGEST", "WINDOWS", "Joined", "Pair", "Told", "exact", "other_matter", "shipped", "told"]
