"""Removal of courtesy from a message, so that greetings, thanks in advance and small talk hide no danger. Pure.

A feature counts by its share of the message, so polite words dilute the report: «Kính gửi công an xã, tôi xin trình
báo: … Tôi xin trân trọng cảm ơn» hid every second danger.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from binhyen.kit.text import fold_with_offsets, to_nfc
from binhyen.language.phrase_trie import word_set
from binhyen.language.tokenizer import DATA, HEAD, PLACE_MASK, TokenizedText, read_table, tokenize

MIN_RUN = 3
"""Minimum run of courtesy words, at the beginning or end of a sentence, that is removed."""
_MAX_GREETING = 120  # code points
COURTESY_SHARE = 0.75
"""Share of courtesy words from which a clause counts as empty."""
# Start of another subject, in folded text: «cho hỏi làm căn cước ở đâu, à mà …», «hôm trước cảm ơn, hôm nay lại …».
_TURN = r"\b(?:a ma|nhung ma|voi lai|voi ca|a quen|nhan tien|tien the|hom nay lai|nhu sau)\b|(?=\bcho (?:\w+ )?hoi\b)"
_CLAUSE = re.compile(rf"[.!?;:,\n]+(?=\s|$)|\n|{_TURN}")
_SENTENCE = re.compile(r"[.!?;:\n]+(?=\s|$)|\n")
_EXCEPTIONS = {
    row["word"]: frozenset(row["unlike"].split("/")) for row in read_table(DATA / "lexicon" / "courtesy.tsv")
}
# Every courtesy contains one of these, and «trông đợi các anh nhiều ạ» none.
_COURTESY_CORE = frozenset(("cam", "on", "chao", "chuc", "kinh", "tran", "thanks"))
_THANKS = re.compile(r"\b(?:thanks|(?:cam|biet|ghi|doi|mang|ta) on|cam ta|cam kich)\b")
# A current event after thanks for a past one: «cảm ơn các anh hôm trước, nay họ lại sang chửi».
_CURRENT_EVENT = re.compile(
    r"(?:[,;]\s*|\s(?=(?:mà|nhưng|vậy mà|thế mà|ma|nhung) ))(?:(?:à|mà|nhưng|thì|vậy|thế|ma|nhung) )*"
    r"(?:bây giờ|bay gio|giờ|gio|h[ôo]m (?:nay|ni)|b[ữựu]a (?:nay|ni)|nay|chừ|nh[âa]n (?:đây|day|tiện|tien|th[ểe]))\b"
)
_THANKS_REASON = re.compile(r"\b(?:da|vi|ve viec|hom truoc|hom qua|hom no|bua truoc|tuan truoc)\b")


_GREETING_WORDS = word_set("""
    da vang em con chau toi minh tui xin kinh thua gui den cac may anh chi chu bac co ong ba ad admin sep can bo cong an
    xa phuong huyen tinh dong chi lanh dao ca nha moi nguoi ba con buoi sang trua chieu ngay moi tot lanh vui ve
    suc khoe a oi nhe nha chao chuc alo lo hello hi truc ban thu truong chi huy
    """)
_GREETING = re.compile(
    rf"\W*(?:(?:{'|'.join(sorted(_GREETING_WORDS))})\b[ {PLACE_MASK}]*+)++"
    r"[,.!:;~\n…]+\s*+"
)
_GREETING_CORE = re.compile(r"\b(?:chao|alo|a lo|hello|hi|thua|kinh gui|chuc|oi|a)\b")
_MIN_WORDS_AFTER_GREETING = 3


def strip_greeting(text: str) -> str:
    """Return the text without a greeting at its begin that a stop or comma ends: it may hide the report."""
    head, origin = fold_with_offsets(text[:_MAX_GREETING])
    greeting = _GREETING.match(head)
    if greeting is None or not _GREETING_CORE.search(greeting[0]) or greeting.end() >= len(origin):
        return text
    remaining = text[origin[greeting.end()] :]
    return remaining if len(remaining.split(maxsplit=_MIN_WORDS_AFTER_GREETING)) >= _MIN_WORDS_AFTER_GREETING else text


def _compile_phrases(phrases: Iterable[str]) -> re.Pattern[str]:
    """Compile phrases: «a/b» either word, «*» up to three words between; no match after a negation."""
    patterns = (
        " ".join(rf"(?:{word.replace('/', '|')})" for word in phrase.split()).replace("(?:*) ", r"(?:\w+ ){0,3}?")
        for phrase in phrases
    )
    return re.compile(rf"(?<!khong )(?<!chua )\b(?:{'|'.join(patterns)})\b")


_GOOD_OUTCOME = _compile_phrases(row["phrase"] for row in read_table(DATA / "lexicon" / "mended.tsv"))


def remove_courtesy(text: str, idle: Callable[[str], bool]) -> str:
    """Return the text without `idle` sentences and without courtesy at the ends of the others.

    Return "" if that removes nothing or everything.
    """
    sentences = list(filter(None, map(str.strip, _SENTENCE.split(text[:HEAD]))))
    sentences_kept = [part for part in sentences if len(sentences) == 1 or not idle(part)]
    trimmed = list(filter(None, map(_trim_courtesy, sentences_kept)))
    return ". ".join(trimmed) if trimmed != sentences else ""


def list_candidate_reports(text: str, idle: Callable[[str], bool]) -> Iterator[str]:
    """Yield candidate reports beside thanks and greetings: the sentences without them, then the ones not `idle`.

    Yield nothing if there are none, or nothing else. A sentence of thanks for something («cảm ơn các anh đã tìm được
    xe») reports nothing but a current event after it.
    """
    sentences = list(filter(None, map(str.strip, _SENTENCE.split(text[:HEAD]))))
    reports = list(filter(None, map(_remove_courtesy_clauses, sentences)))
    if not reports or reports == sentences:
        return
    yield ". ".join(reports)
    busy = [part for part in reports if not idle(part)]
    if busy and busy != reports:
        yield ". ".join(busy)


def reports_good_outcome(text: str) -> bool:
    """Return True if the text mentions a good outcome, as thanks do."""
    return _GOOD_OUTCOME.search(" ".join(tokenize(text).tokens)) is not None


def _remove_courtesy_clauses(sentence: str) -> str:
    """Return a sentence without courtesy clauses, and without a run of courtesy at the end; "" for thanks."""
    folded_text = " ".join(tokenize(sentence).tokens)
    thanks = _THANKS.search(folded_text)
    if thanks and (
        _THANKS_REASON.search(" ".join(folded_text[thanks.end() :].split()[:10])) or _GOOD_OUTCOME.search(folded_text)
    ):
        return _current_event_after_thanks(sentence)
    if (
        thanks
        and folded_text[: thanks.start()].count(" ") < MIN_RUN
        and (current_event := _current_event_after_thanks(sentence))
    ):
        return current_event
    clauses = [clause for clause, _ in _split_clauses(sentence)]
    kept_clauses = [clause for clause in clauses if not (_is_polite(clause) and _has_courtesy_core(clause))]
    if not kept_clauses:
        return ""
    trimmed_clause = _trim_courtesy(kept_clauses[-1], begins=False)
    kept_clauses[-1] = (
        trimmed_clause if _has_courtesy_core(kept_clauses[-1][len(trimmed_clause) :]) else kept_clauses[-1]
    )
    return ", ".join(filter(None, kept_clauses)) if kept_clauses != clauses else sentence


def _current_event_after_thanks(sentence: str) -> str:
    """Return the current event beside thanks for a past one; "" if there is none, or if it is a good outcome."""
    written = to_nfc(sentence)
    match_now = next((match for match in _CURRENT_EVENT.finditer(written.lower()) if match.start()), None)
    event_text = (
        written[match_now.start() :].lstrip(" ,;") if match_now and len(written) == len(written.lower()) else ""
    )
    return "" if _GOOD_OUTCOME.search(" ".join(tokenize(event_text).tokens)) else event_text


def extract_core(text: str, calm: Callable[[str], bool], aside: Callable[[str], bool]) -> str:
    """Return the core: without leading `calm` clauses, trailing courtesy and a trailing other subject (`aside`).

    Return "" if that leaves all. Any other trailing clause stays, as it may end or deny the event.
    """
    clauses = _split_clauses(text[:HEAD])
    first, last = 0, len(clauses)
    while first < last - 1 and (_is_polite(clauses[first][0]) or calm(clauses[first][0])):
        first += 1
    while first < last - 1:
        if _is_polite(clauses[last - 1][0]):
            last -= 1
            continue
        subject_start = next((index for index in range(last - 1, first, -1) if clauses[index][1]), first)
        if subject_start == first or not (
            aside(clauses[subject_start][0])
            or aside(", ".join(clause_text for clause_text, _ in clauses[subject_start:last]))
        ):
            break
        last = subject_start
    if last - first == len(clauses):
        return ""
    return ", ".join(filter(None, (_trim_courtesy(clause) for clause, _ in clauses[first:last])))


def _split_clauses(text: str) -> list[tuple[str, bool]]:
    """Return each clause, and whether a sentence or another subject begins with it."""
    folded, origin = fold_with_offsets(text)
    parts, begin, opens = [], 0, True
    for gap in _CLAUSE.finditer(folded):
        parts.append((text[begin : origin[gap.start()]].strip(), opens))
        begin, opens = origin[gap.end()], gap[0].strip() != "," or (opens and not parts[-1][0])
    return [part for part in (*parts, (text[begin:].strip(), opens)) if part[0]]


def _mark_courtesy(tokenized: TokenizedText) -> list[bool]:
    """Return for each word whether it belongs to courtesy: «ơn» and «quan», not «ồn» and «quán»."""
    return [
        token in _EXCEPTIONS and tokenized.text[start:end].lower() not in _EXCEPTIONS[token]
        for token, (start, end) in zip(tokenized.tokens, tokenized.spans, strict=True)
    ]


def _is_polite(clause: str) -> bool:
    tokenized = tokenize(clause)
    return sum(_mark_courtesy(tokenized)) >= COURTESY_SHARE * len(tokenized.tokens)


def _has_courtesy_core(clause: str) -> bool:
    tokenized = tokenize(clause)
    return any(
        polite and token in _COURTESY_CORE
        for token, polite in zip(tokenized.tokens, _mark_courtesy(tokenized), strict=True)
    )


def _trim_courtesy(sentence: str, *, begins: bool = True) -> str:
    """Return a sentence without runs of courtesy at its end and, if it `begins` with one, at its beginning."""
    tokenized = tokenize(sentence)
    courteous = _mark_courtesy(tokenized)
    first, last = 0, len(courteous)
    while begins and first < last and courteous[first]:
        first += 1
    while first < last and courteous[last - 1]:
        last -= 1
    if first == last:
        return ""
    first = first if first >= MIN_RUN else 0
    last = last if len(tokenized.tokens) - last >= MIN_RUN else len(tokenized.tokens)
    if (first, last) == (0, len(tokenized.tokens)):
        return sentence
    return tokenized.text[tokenized.spans[first][0] : tokenized.spans[last - 1][1]]
