"""Tokenizer of the classifier: folded words with short forms written out and numbers replaced by their shape.

Accented, unaccented, NFC and NFD input give the same tokens, so a model trained on them cannot tell these apart. Pure.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from binhyen.kit.text import fold_with_offsets, to_nfc

DATA = Path(__file__).parent / "data"
HEAD = 3000
"""Code points read from the start of a message; of a longer one (a pasted article) the end is read too."""
TAIL = 1000
PLACE_MASK = "\u2e31"
"""Stands for the letters of a masked place name; not a word character, and never typed by people."""

_TLD = "com|vn|net|top|xyz|vip|shop|online|info|club|cc|link|site|app|me|org|io|live|win|fun|asia|ly|biz|tk|store"
_LABEL = "[a-z0-9-]{1,40}+"
_LINK = rf"(?P<url>https?://\S{{1,300}}|www\.\S{{1,300}}|{_LABEL}(?:\.{_LABEL}){{0,3}}\.(?:{_TLD})\b(?:/\S{{0,200}})?)|"
_WORD_BODY = (
    r"(?=[+\d])(?:"
    r"(?P<bien>\b\d\d ?-? ?[a-z]{1,2}\d? ?[-. ]? ?\d{3}\.?\d{2}\b)"
    r"|(?P<tel>(?<!\d)(?:\+ ?84|84|0)[ .-]?\d(?:[ .-]?\d){7,9}(?!\d))"
    r"|(?P<gio>\b\d{1,2} ?(?:h|g|gio)(?: ?\d\d)?\b)"
    r"|(?P<tien>\b\d[\d.,]{0,14} ?(?:trieu|tr|k|cu|ty|ti|dong|d|vnd|nghin|ngan|lit|usd|%)\b)"
    r"|(?P<so>\d[\d.,]{0,30})"
    r")"
    r"|(?P<w>[^\W\d_]+)"
    r"|(?P<hoi>\?+)|(?P<cam>!+)"
    r"|(?P<vui>[:;]\)+|=\)+|[\U0001F600-\U0001F60F\U0001F923\U0001F602\U0001F44D\u2764\U0001F64F\U0001F490\U0001F339])"
)
_HTML = r"(?P<html></?[a-z!][^<>]{0,300}>)|"
_TOKEN = re.compile(_HTML + _LINK + _WORD_BODY)
# Used for texts that cannot hold a link, so that the link pattern is not tried at every word.
_TOKEN_WITHOUT_LINK = re.compile(_HTML + _WORD_BODY)
_LONG_NUMBER = 9
_MARKS = frozenset(("hoi", "cam", "vui"))


@dataclass(frozen=True, slots=True)
class TokenizedText:
    """Tokens of a message: `tokens[i]` stands at `spans[i]` = (start, end) code points of `text` (NFC).

    `marks`: question marks, exclamation marks and smileys.
    """

    text: str
    tokens: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    marks: frozenset[str]

    def quote(self, first: int, last: int, limit: int = 60) -> str:
        """Return the original wording from token `first` to `last`, for a reason shown to an officer."""
        excerpt = self.text[self.spans[first][0] : self.spans[last][1]]
        return " ".join(excerpt.split())[:limit]


def read_table(path: Path) -> Iterator[dict[str, str]]:
    """Yield rows of a tab-separated file with a header; lines starting with # are comments, missing cells empty."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.reader((line for line in lines if not line.startswith("#")), delimiter="\t")
        header = next(rows, [])
        lacking = [""] * len(header)
        yield from (dict(zip(header, row + lacking, strict=False)) for row in rows if row)


@lru_cache(maxsize=1)
def _load_short_forms() -> Mapping[str, tuple[str, ...]]:
    table = read_table(DATA / "lexicon" / "shortforms.tsv")
    return {row["form"]: tuple(row["means"].split()) for row in table}


def expand_short_form(word: str) -> str:
    """Return the full form of a folded abbreviation («ko» → «khong»); other words are returned unchanged."""
    means = _load_short_forms().get(word, ())
    return means[0] if len(means) == 1 else word


@lru_cache(maxsize=32)  # a message is tokenized as a whole, without its courtesy, and for the event it reports
def tokenize(text: str) -> TokenizedText:
    """Tokenize a message. Constant work beyond HEAD + TAIL code points; never fails on any string."""
    if len(text) > HEAD + TAIL:
        text = text[:HEAD] + " " + text[-TAIL:]
    text = to_nfc(text)
    folded, origin = fold_with_offsets(text)
    short_forms = _load_short_forms()
    tokens: list[str] = []
    spans: list[tuple[int, int]] = []
    marks: set[str] = set()
    linked = "." in folded or "//" in folded
    for match in (_TOKEN if linked else _TOKEN_WITHOUT_LINK).finditer(folded):
        kind, word = match.lastgroup, match[0]
        if kind == "w":
            if word in short_forms:
                tokens += short_forms[word]
                spans += [match.span()] * len(short_forms[word])
            else:
                tokens.append(word[:24])
                spans.append(match.span())
        elif kind in _MARKS:
            marks.add(f"#{kind}")
        elif kind != "html":
            tokens.append(_format_number_token(word) if kind == "so" else f"#{kind}")
            spans.append(match.span())
    if not isinstance(origin, range):
        spans = [(origin[start], origin[end]) for start, end in spans]
    return TokenizedText(text, tuple(tokens), tuple(spans), frozenset(marks))


def _format_number_token(digits: str) -> str:
    if digits in {"113", "114", "115", "111"}:
        return digits
    return "#dai" if len(digits) >= _LONG_NUMBER else "#so"
