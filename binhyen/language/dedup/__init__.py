"""Deduplication: are two reports about one incident? Report features, pair features and trained weights."""

from binhyen.language.dedup.pair_features import other_matter
from binhyen.language.dedup.pair_model import LONGEST, Joined, Pair, exact, shipped
from binhyen.language.dedup.report_features import WINDOWS, Told, told

__all__ = ["LONGEST", "WINDOWS", "Joined", "Pair", "Told", "exact", "other_matter", "shipped", "told"]
