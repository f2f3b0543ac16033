"""Warm-up: read all word lists and models from disk before the first message waits for them.

Each word list stays in memory from its first use on, so a few invented messages that use all of them are read.
"""

from datetime import UTC, datetime
from typing import Final

from binhyen.language.classify.classifier import MessageClassification
from binhyen.language.dedup.pair_model import shipped_pair_model
from binhyen.language.dedup.report_features import extract_report_features
from binhyen.language.lostfound.match import FOUND, LOST, Post, rank_posts
from binhyen.language.moderation import moderate
from binhyen.language.reader import Reader

_POSTS: Final = (
    "Em rơi cái ví màu đen hiệu Levis ở chợ Nghèn tối qua lúc 19h, trong có 500k và căn cước, ai nhặt được gọi số 113",
    "Nhặt được cái ba lô nâu ở chợ Nghèn sáng nay, ai mất tới nhận",
    "Nhặt được cái ví đen ở chợ Nghèn sáng nay, ai mất tới nhận",
)
_REPORTS: Final = (
    "Cháy lớn ở xã Thạch Đài, có người mắc kẹt, xe 38A-123.45 đậu gần đó",
    "Chúng nó đánh bạc ở xã Thạch Đài, vay nhanh nhắn zalo, vào abc.com nhận quà ngay kẻo lỡ đồ khốn",
    "Please help, there is a fire in my house",
    "cháy rồi chú ơi",
    "cha\u0301\u0301\u0301y",  # marks piled on one letter
)


def preload_language(reader: Reader) -> None:
    """Load word lists, patterns and weights for all language functions; about half a second, once."""
    timestamp = datetime(2026, 1, 1, tzinfo=UTC)
    reports = []
    for text in (*_REPORTS, *_POSTS):
        reading = reader.understand(text)
        moderate(
            text,
            reading.entities,
            MessageClassification(
                reading.category, reading.confidence, reading.top, reading.urgency, reading.sensitive, reading.reasons
            ),
        )
        reports.append(
            extract_report_features(text, timestamp, None, dict(reading.top), reading.entities, reader.gazetteer)
        )
    for report in reports[1:]:
        shipped_pair_model().probability_with_reason(reports[0], report)
    lost, *founds = (Post(text, FOUND if is_found else LOST, text, timestamp) for is_found, text in enumerate(_POSTS))
    rank_posts(lost, founds, reader.gazetteer)
