"""Deduplication: are two reports about one incident? Report features, pair features and trained weights."""

from binhyen.language.dedup.pair_features import has_different_topic
from binhyen.language.dedup.pair_model import MAX_WINDOW, JoinDecision, PairModel, share_identifier, shipped_pair_model
from binhyen.language.dedup.report_features import WINDOWS, ReportFeatures, extract_report_features

__all__ = [
    "MAX_WINDOW",
    "WINDOWS",
    "JoinDecision",
    "PairModel",
    "ReportFeatures",
    "extract_report_features",
    "has_different_topic",
    "share_identifier",
    "shipped_pair_model",
]
