"""Warm-up: read all word lists and models from disk before the first message waits for them.

Each word list stays in memory from its first use on, so a few invented messages that use all of them are read.
"""

from datetime import UTC, datetime
from typing import Final

from binhyen.language import dedup
from binhyen.language.classify import Classified
from binhyen.language.lostfound import FOUND, LOST, Post, rank
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
)


def load(reader: Reader) -> None:
    """Load word lists, patterns and weights for all language functions; about half a second, once."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    told = []
    for text in (*_REPORTS, *_POSTS):
        r = reader.understand(text)
        moderate(text, r.entities, Classified(r.category, r.confidence, r.top, r.urgency, r.sensitive, r.reasons))
        told.append(dedup.told(text, at, None, dict(r.top), r.entities, reader.gazetteer))
    for other in told[1:]:
        dedup.shipped().judge(told[0], other)
    lost, *founds = (Post(text, FOUND if n else LOST, text, at) for n, text in enumerate(_POSTS))
    rank(lost, founds, reader.gazetteer)
