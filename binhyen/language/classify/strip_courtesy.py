"""Removal of courtesy from a message, so that greetings, thanks in advance and small talk hide no danger. Pure.

A feature counts by its share of the message, so polite words dilute the report: «Kính gửi công an xã, tôi xin trình
báo: … Tôi xin trân trọng cảm ơn» hid every second danger.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from binhyen.kit.text import fold_with_offsets, nfc
from binhyen.language.tokenizer import DATA, HEAD, Words, read_table, words

RUN = 3
"""Minimum run of courtesy words, at the beginning or end of a sentence, that is removed."""
COURTEOUS = 0.75
"""Share of courtesy words from which a clause counts as empty."""
# Start of another subject, in folded text: «cho hỏi làm căn cước ở đâu, à mà …», «hôm trước cảm ơn, hôm nay lại …».
_TURN = r"\b(?:a ma|nhung ma|voi lai|voi ca|a quen|nhan tien|tien the|hom nay lai|nhu sau)\b|(?=\bcho (?:\w+ )?hoi\b)"
_CLAUSE = re.compile(rf"[.!?;:,\n]+(?=\s|$)|\n|{_TURN}")
_SENTENCE = re.compile(r"[.!?;:\n]+(?=\s|$)|\n")
_UNLIKE = {row["word"]: frozenset(row["unlike"].split("/")) for row in read_table(DATA / "lexicon" / "courtesy.tsv")}
# Every courtesy contains one of these, and «trông đợi các anh nhiều ạ» none.
_KIND = frozenset(("cam", "on", "chao", "chuc", "kinh", "tran", "thanks"))
_THANKS = re.compile(r"\b(?:thanks|(?:cam|biet|ghi|doi|mang|ta) on|cam ta|cam kich)\b")
# A current event after thanks for a past one: «cảm ơn các anh hôm trước, nay họ lại sang chửi».
_NOW = re.compile(
    r"(?:[,;]\s*|\s(?=(?:mà|nhưng|vậy mà|thế mà|ma|nhung) ))(?:(?:à|mà|nhưng|thì|vậy|thế|ma|nhung) )*"
    r"(?:bây giờ|bay gio|giờ|gio|h[ôo]m (?:nay|ni)|b[ữựu]a (?:nay|ni)|nay|chừ|nh[âa]n (?:đây|day|tiện|tien|th[ểe]))\b"
)
_FOR = re.compile(r"\b(?:da|vi|ve viec|hom truoc|hom qua|hom no|bua truoc|tuan truoc)\b")


def _one_of(phrases: Iterable[str]) -> re.Pattern[str]:
    """Compile phrases: «a/b» either word, «*» up to three words between; no match after a negation."""
    said = (
        " ".join(rf"(?:{word.replace('/', '|')})" for word in phrase.split()).replace("(?:*) ", r"(?:\w+ ){0,3}?")
        for phrase in phrases
    )
    return re.compile(rf"(?<!khong )(?<!chua )\b(?:{'|'.join(said)})\b")


_MENDED = _one_of(row["phrase"] for row in read_table(DATA / "lexicon" / "mended.tsv"))


def rest(text: str, idle: Callable[[str], bool]) -> str:
    """Return the text without `idle` sentences and without courtesy at the ends of the others.

    Return "" if that removes nothing or everything.
    """
    sentences = list(filter(None, map(str.strip, _SENTENCE.split(text[:HEAD]))))
    told = [part for part in sentences if len(sentences) == 1 or not idle(part)]
    trimmed = list(filter(None, map(_trimmed, told)))
    return ". ".join(trimmed) if trimmed != sentences else ""


def matters(text: str, idle: Callable[[str], bool]) -> Iterator[str]:
    """Yield candidate reports beside thanks and greetings: the sentences without them, then the ones not `idle`.

    Yield nothing if there are none, or nothing else. A sentence of thanks for something («cảm ơn các anh đã tìm được
    xe») reports nothing but a current event after it.
    """
    sentences = list(filter(None, map(str.strip, _SENTENCE.split(text[:HEAD]))))
    told = list(filter(None, map(_told, sentences)))
    if not told or told == sentences:
        return
    yield ". ".join(told)
    busy = [part for part in told if not idle(part)]
    if busy and busy != told:
        yield ". ".join(busy)


def mended(text: str) -> bool:
    """Return True if the text mentions a good outcome, as thanks do."""
    return _MENDED.search(" ".join(words(text).tokens)) is not None


def _told(sentence: str) -> str:
    """Return a sentence without courtesy clauses, and without a run of courtesy at the end; "" for thanks."""
    said = " ".join(words(sentence).tokens)
    thanks = _THANKS.search(said)
    if thanks and (_FOR.search(" ".join(said[thanks.end() :].split()[:10])) or _MENDED.search(said)):
        return _since(sentence)
    if thanks and said[: thanks.start()].count(" ") < RUN and (now := _since(sentence)):
        return now
    clauses = [clause for clause, _ in _clauses(sentence)]
    told = [clause for clause in clauses if not (_polite(clause) and _kind(clause))]
    if not told:
        return ""
    short = _trimmed(told[-1], begins=False)
    told[-1] = short if _kind(told[-1][len(short) :]) else told[-1]
    return ", ".join(filter(None, told)) if told != clauses else sentence


def _since(sentence: str) -> str:
    """Return the current event beside thanks for a past one; "" if there is none, or if it is a good outcome."""
    written = nfc(sentence)
    now = next((m for m in _NOW.finditer(written.lower()) if m.start()), None)
    told = written[now.start() :].lstrip(" ,;") if now and len(written) == len(written.lower()) else ""
    return "" if _MENDED.search(" ".join(words(told).tokens)) else told


def comes_to(text: str, calm: Callable[[str], bool], aside: Callable[[str], bool]) -> str:
    """Return the core: without leading `calm` clauses, trailing courtesy and a trailing other subject (`aside`).

    Return "" if that leaves all. Any other trailing clause stays, as it may end or deny the event.
    """
    clauses = _clauses(text[:HEAD])
    first, last = 0, len(clauses)
    while first < last - 1 and (_polite(clauses[first][0]) or calm(clauses[first][0])):
        first += 1
    while first < last - 1:
        if _polite(clauses[last - 1][0]):
            last -= 1
            continue
        begun = next((at for at in range(last - 1, first, -1) if clauses[at][1]), first)
        if begun == first or not (aside(clauses[begun][0]) or aside(", ".join(c for c, _ in clauses[begun:last]))):
            break
        last = begun
    if last - first == len(clauses):
        return ""
    return ", ".join(filter(None, (_trimmed(clause) for clause, _ in clauses[first:last])))


def _clauses(text: str) -> list[tuple[str, bool]]:
    """Return each clause, and whether a sentence or another subject begins with it."""
    folded, origin = fold_with_offsets(text)
    parts, begin, opens = [], 0, True
    for gap in _CLAUSE.finditer(folded):
        parts.append((text[begin : origin[gap.start()]].strip(), opens))
        begin, opens = origin[gap.end()], gap[0].strip() != "," or (opens and not parts[-1][0])
    return [part for part in (*parts, (text[begin:].strip(), opens)) if part[0]]


def _courteous(said: Words) -> list[bool]:
    """Return for each word whether it belongs to courtesy: «ơn» and «quan», not «ồn» and «quán»."""
    return [
        token in _UNLIKE and said.text[start:end].lower() not in _UNLIKE[token]
        for token, (start, end) in zip(said.tokens, said.spans, strict=True)
    ]


def _polite(clause: str) -> bool:
    said = words(clause)
    return sum(_courteous(said)) >= COURTEOUS * len(said.tokens)


def _kind(clause: str) -> bool:
    said = words(clause)
    return any(polite and token in _KIND for token, polite in zip(said.tokens, _courteous(said), strict=True))


def _trimmed(sentence: str, *, begins: bool = True) -> str:
    """Return a sentence without runs of courtesy at its end and, if it `begins` with one, at its beginning."""
    said = words(sentence)
    courteous = _courteous(said)
    first, last = 0, len(courteous)
    while begins and first < last and courteous[first]:
        first += 1
    while first < last and courteous[last - 1]:
        last -= 1
    if first == last:
        return ""
    first = first if first >= RUN else 0
    last = last if len(said.tokens) - last >= RUN else len(said.tokens)
    if (first, last) == (0, len(said.tokens)):
        return sentence
    return said.text[said.spans[first][0] : said.spans[last - 1][1]]
