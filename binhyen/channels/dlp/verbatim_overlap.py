"""Verbatim overlap with a confidential report: compared without blanks, diacritics, signs and abbreviations. Pure.

For a private reply, where the other reports of the case are available; texts to a group are compared by
`source_fingerprints`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from binhyen.channels.dlp.normalize import Plain, plain, split, words
from binhyen.language.tokenizer import short_form

SIZE = 9  # letters of a shingle: about two and a half words
RUN = 18  # letters in a row that count as a quotation
SHARE = 0.4  # share of the report that counts as a repetition
LEAST = 8  # shingles; shorter reports are compared by their names alone
# Phrases in everyday use are never a quotation.
_STOCK = (
    "nếu nguy hiểm đến tính mạng gọi ngay 113 công an 114 cháy cứu nạn 115 cấp cứu công an xã đã nhận được và đã báo "
    "cán bộ trực đang xem việc này xin nhắn riêng cho trang của công an cảm ơn bà con nhà văn hóa "
    "thôn tổ dân phố ủy ban nhân dân xã trưởng công an xã trên địa bàn xã đề nghị bà con nâng cao cảnh giác không "
    "chuyển tiền"
)


@dataclass(frozen=True, slots=True)
class Told:
    """A report to compare with: its letters without blanks."""

    letters: str

    @classmethod
    def of(cls, text: str) -> "Told":
        return cls(_letters(words(plain(text)))[0])


def quoted(text: Plain, told: Sequence[Told]) -> Iterator[tuple[int, int]]:
    """Find the spans of `text` that repeat a report."""
    letters, at = _letters(text)
    here: dict[str, list[int]] = {}
    for i in range(len(letters) - SIZE + 1):
        here.setdefault(letters[i : i + SIZE], []).append(i)
    for telling in told:
        shingles = [telling.letters[i : i + SIZE] for i in range(len(telling.letters) - SIZE + 1)]
        own = [s for s in shingles if s not in _stock()]
        shared = sorted({i for s in own if s in here for i in here[s]})
        if not shared:
            continue
        share = sum(s in here for s in own) / max(len(own), LEAST)
        longest = max(_runs(shared), key=lambda r: r[1] - r[0])
        if share >= SHARE or longest[1] - longest[0] + SIZE - 1 >= RUN:
            yield text.span(at[shared[0]][0], at[min(shared[-1] + SIZE, len(at)) - 1][1])


def _runs(places: Sequence[int]) -> list[tuple[int, int]]:
    runs = [[places[0], places[0] + 1]]
    for place in places[1:]:
        if place == runs[-1][1]:
            runs[-1][1] += 1
        else:
            runs.append([place, place + 1])
    return [(a, b) for a, b in runs]


def _letters(text: Plain) -> tuple[str, list[tuple[int, int]]]:
    """Return all letters in a row, abbreviations written out, with the offsets of their words."""
    out: list[str] = []
    at: list[tuple[int, int]] = []
    for word in split(text):
        whole = short_form(word.folded)
        out.append(whole)
        at += [(word.start, word.end)] * len(whole)
    return "".join(out), at


_seen: dict[str, frozenset[str]] = {}


def _stock() -> frozenset[str]:
    if not _seen:
        letters = _letters(plain(_STOCK))[0]
        _seen["stock"] = frozenset(letters[i : i + SIZE] for i in range(len(letters) - SIZE + 1))
    return _seen["stock"]
