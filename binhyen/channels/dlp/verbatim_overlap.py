"""Verbatim overlap with a confidential report: compared without blanks, diacritics, signs and abbreviations. Pure.

For a private reply, where the other reports of the case are available; texts to a group are compared by
`source_fingerprints`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from binhyen.channels.dlp.normalize import NormalizedText, join_separated_letters, normalize_characters, split_words
from binhyen.language.tokenizer import expand_short_form

SHINGLE_SIZE = 9  # letters of a shingle: about two and a half words
MIN_QUOTATION = 18  # letters in a row that count as a quotation
MIN_SHARE = 0.4  # share of the report that counts as a repetition
MIN_SHINGLES = 8  # shingles; shorter reports are compared by their names alone
# Phrases in everyday use are never a quotation.
_STOCK = (
    "nếu nguy hiểm đến tính mạng gọi ngay 113 công an 114 cháy cứu nạn 115 cấp cứu công an xã đã nhận được và đã báo "
    "cán bộ trực đang xem việc này xin nhắn riêng cho trang của công an cảm ơn bà con nhà văn hóa "
    "thôn tổ dân phố ủy ban nhân dân xã trưởng công an xã trên địa bàn xã đề nghị bà con nâng cao cảnh giác không "
    "chuyển tiền"
)


@dataclass(frozen=True, slots=True)
class ProtectedText:
    """A report to compare with: its letters without blanks."""

    letters: str

    @classmethod
    def of(cls, text: str) -> "ProtectedText":
        return cls(_extract_letters(join_separated_letters(normalize_characters(text)))[0])


def find_quotations(text: NormalizedText, protected_texts: Sequence[ProtectedText]) -> Iterator[tuple[int, int]]:
    """Find the spans of `text` that repeat a report."""
    letters, offsets = _extract_letters(text)
    positions_by_shingle: dict[str, list[int]] = {}
    for offset in range(len(letters) - SHINGLE_SIZE + 1):
        positions_by_shingle.setdefault(letters[offset : offset + SHINGLE_SIZE], []).append(offset)
    for protected in protected_texts:
        shingles = [
            protected.letters[offset : offset + SHINGLE_SIZE]
            for offset in range(len(protected.letters) - SHINGLE_SIZE + 1)
        ]
        own_shingles = [shingle for shingle in shingles if shingle not in _get_stock_shingles()]
        shared = sorted(
            {
                offset
                for shingle in own_shingles
                if shingle in positions_by_shingle
                for offset in positions_by_shingle[shingle]
            }
        )
        if not shared:
            continue
        share = sum(shingle in positions_by_shingle for shingle in own_shingles) / max(len(own_shingles), MIN_SHINGLES)
        longest = max(_group_consecutive(shared), key=lambda run: run[1] - run[0])
        if share >= MIN_SHARE or longest[1] - longest[0] + SHINGLE_SIZE - 1 >= MIN_QUOTATION:
            yield text.to_original_span(
                offsets[shared[0]][0], offsets[min(shared[-1] + SHINGLE_SIZE, len(offsets)) - 1][1]
            )


def _group_consecutive(places: Sequence[int]) -> list[tuple[int, int]]:
    runs = [[places[0], places[0] + 1]]
    for place in places[1:]:
        if place == runs[-1][1]:
            runs[-1][1] += 1
        else:
            runs.append([place, place + 1])
    return [(start, end) for start, end in runs]


def _extract_letters(text: NormalizedText) -> tuple[str, list[tuple[int, int]]]:
    """Return all letters in a row, abbreviations written out, with the offsets of their words."""
    parts: list[str] = []
    offsets: list[tuple[int, int]] = []
    for word in split_words(text):
        full_form = expand_short_form(word.folded)
        parts.append(full_form)
        offsets += [(word.start, word.end)] * len(full_form)
    return "".join(parts), offsets


_stock_cache: dict[str, frozenset[str]] = {}


def _get_stock_shingles() -> frozenset[str]:
    if not _stock_cache:
        letters = _extract_letters(normalize_characters(_STOCK))[0]
        _stock_cache["stock"] = frozenset(
            letters[offset : offset + SHINGLE_SIZE] for offset in range(len(letters) - SHINGLE_SIZE + 1)
        )
    return _stock_cache["stock"]
