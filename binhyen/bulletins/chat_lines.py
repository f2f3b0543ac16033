"""Split a pasted or exported stretch of chat into messages with author and time, and find repeated ones. Pure."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from binhyen.kit.text import fold_text, to_nfc

MAX_CHARS = 60_000
MAX_MESSAGES = 200
MAX_MESSAGE_CHARS = 5000
_MIN_CONTAINED = 25  # characters: a shorter text inside a longer one is chance
_DATE = r"(?:\d{1,2}[/.-]\d{1,2}(?:[/.-]\d{2,4})?)"
_TIME = r"(?:\d{1,2}[:h]\d{2}(?::\d{2})?(?:\s?[AP]M)?)"
_WHEN = rf"(?:{_TIME}(?:[,\s]+{_DATE})?|{_DATE}(?:[,\s]+{_TIME}))"
_AUTHOR = r"[^\n:\[\]]{1,60}?"
# «[10:32, 01/12/2026] Tên: lời» · «01/12/2026, 10:32 - Tên: lời» · «Tên, [01/12/2026 10:32]: lời»
_ONE_LINE = (
    re.compile(rf"^\[\s*(?P<when>{_WHEN})\s*\]\s*(?P<author>{_AUTHOR})\s*:\s*(?P<text>.*)$", re.IGNORECASE),
    re.compile(rf"^(?P<when>{_WHEN})\s*[-–]\s*(?P<author>{_AUTHOR})\s*:\s*(?P<text>.*)$", re.IGNORECASE),
    re.compile(rf"^(?P<author>{_AUTHOR})\s*,?\s*\[\s*(?P<when>{_WHEN})\s*\]\s*:?\s*(?P<text>.*)$", re.IGNORECASE),
)
_HEADER = re.compile(rf"^(?P<author>{_AUTHOR})\s*[,|·-]?\s+(?P<when>{_WHEN})$", re.IGNORECASE)  # «Tên 10:32»
_TIME_ONLY = re.compile(rf"^{_WHEN}$", re.IGNORECASE)
_UPPER = "A-ZĐÀ-ÖØ-ÝĂĨŨƠƯẠ-Ỹ"
_NAME = re.compile(rf"^(?:[{_UPPER}][\w.]*)(?:\s+[{_UPPER}][\w.]*){{1,4}}$")
_NAME_LINE = re.compile(r"^(?P<author>[^:\n]{3,50}):\s+(?P<text>\S.*)$")
_MEDIA = re.compile(
    r"^[\[(<]?\s*(?:hình ảnh|ảnh|sticker|video|tin nhắn thoại|file|tệp|image|photo)\s*[\])>]?$", re.IGNORECASE
)
_SYSTEM = re.compile(
    r"(đã tham gia nhóm|đã rời nhóm|đã thêm .* vào nhóm|đã đổi tên nhóm|joined the group|left the group)\s*\.?$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """A message of a pasted chat. `author`, `when`: as written there, empty where unknown."""

    author: str
    when: str
    text: str


def split_chat(text: str) -> list[ChatMessage]:
    """Return the messages in their order. A line without a known beginning continues the message above it.

    Without any known beginning each line is a message of its own.
    """
    lines = [line.strip() for line in to_nfc(text)[:MAX_CHARS].replace("\r\n", "\n").split("\n")]
    has_headers = any(_find_start(line, following) for line, following in _pair_lines(lines))
    messages: list[ChatMessage] = []
    skip_time = False
    for line, following in _pair_lines(lines):
        if skip_time:
            skip_time = False
            continue
        start = _find_start(line, following)
        if start is not None:
            skip_time = start.when == following and bool(_TIME_ONLY.match(following)) and not start.text
            messages.append(start)
        elif line and (not has_headers or not messages):
            messages.append(ChatMessage("", "", line))
        elif line and not _TIME_ONLY.match(line):
            last = messages[-1]
            messages[-1] = ChatMessage(last.author, last.when, f"{last.text}\n{line}".strip())
    relevant = (message for message in messages if message.text and not _is_noise(message.text))
    return [ChatMessage(item.author, item.when, item.text[:MAX_MESSAGE_CHARS]) for item in relevant][:MAX_MESSAGES]


def _pair_lines(lines: Sequence[str]) -> list[tuple[str, str]]:
    return list(zip(lines, [*lines[1:], ""], strict=True))


def _find_start(line: str, following: str) -> ChatMessage | None:
    """Return the message that begins on this line; None where it continues another."""
    for pattern in _ONE_LINE:
        if match := pattern.match(line):
            return ChatMessage(match["author"].strip(), match["when"].strip(), match["text"].strip())
    if match := _HEADER.match(line):
        return ChatMessage(match["author"].strip(), match["when"].strip(), "")
    if _NAME.match(line) and _TIME_ONLY.match(following):
        return ChatMessage(line, following, "")
    if (match := _NAME_LINE.match(line)) and _NAME.match(match["author"].strip()):
        return ChatMessage(match["author"].strip(), "", match["text"].strip())
    return None


def _is_noise(text: str) -> bool:
    return bool(_MEDIA.match(text) or _SYSTEM.search(text))


def fold_message(text: str) -> str:
    """Return the text for comparison: without accents, signs and repeated blanks."""
    return " ".join("".join(char if char.isalnum() else " " for char in fold_text(text)).split())


def find_doubles(texts: Sequence[str], known: Collection[str] = ()) -> list[int | None]:
    """Return, for each text, the position of an earlier one that says the same; -1 where it is known already.

    `known`: folded texts. The same: equal when folded, or one contains the other.
    """
    folded = [fold_message(text) for text in texts]
    result: list[int | None] = []
    for position, text in enumerate(folded):
        if text in known:
            result.append(-1)
            continue
        earlier = (number for number in range(position) if _is_same(folded[number], text))
        result.append(next(earlier, None))
    return result


def _is_same(first: str, second: str) -> bool:
    shorter, longer = sorted((first, second), key=len)
    return shorter == longer or (len(shorter) >= _MIN_CONTAINED and shorter in longer)
