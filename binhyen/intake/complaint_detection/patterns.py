"""Patterns that recognise a complaint about police, from data/lexicon/police.tsv. Pure.

All match folded text with its punctuation separated by blanks: `to_pattern_text`.
"""

import re

from binhyen.kit.text import fold, nfc
from binhyen.language.lexicon import FOLDER
from binhyen.language.tokenizer import read_table

_CAPITALS = re.compile(r"\bC\.?A\b(?!\d)")
_SHORT = re.compile(r"\bc\.?a\.?x?(?= (?:x\w|ph\w\wng|huy\wn|t\wnh|th\w tr\wn)\b)|\bcax\b")
# Words that only their accents distinguish, and their reading: hushed up and not «em», «đen» as a nickname and not
# «đến», slapped, kicked, offered, asking for money.
_MARKED = tuple(
    (re.compile(nfc(pattern)), read)
    for pattern, read in (
        (r"\b[éỉ]m\b", "em nhem"),
        (r"\bđen\b", ""),
        (r"(?<!vất )\bvả\b(?! lại)", "tat vao"),
        (r"\bđá\b(?= (?:xe|vào|vô|người|em|tui|tôi|con|thằng|cháu|mẹ|bố) )", "dam vao"),
        (r"\bcúng\b(?= (?:cho|mấy|các) )", "dut lot"),
        (r"\bvòi\b(?! (?:nước|xịt|phun|chữa|rồng|sen|hoa|tưới|bơm))", "voi vinh"),
    )
)
_TOKEN = re.compile(r"[a-z]+|[0-9]+|[.!?;\n,:]+")
_DIGITS = "mot|hai|ba|bon|nam|sau|bay|tam|chin|muoi|may|vai|chuc"
STOPS = re.compile(r" [.!?;\n,:]+")
TABLE = list(read_table(FOLDER / "police.tsv"))


def plain(text: str) -> str:
    """Return the folded words and punctuation, separated by blanks; «CA» written out."""
    text = nfc(text)
    if not text.isupper():
        text = _CAPITALS.sub("cong an", text)
    text = _SHORT.sub("cong an", text.lower())
    for word, read in _MARKED:
        text = word.sub(read, text)
    return " ".join(_TOKEN.findall(fold(text)))


def _one_of(*parts: str) -> str:
    """Return a pattern of all phrases of these parts of the table, whole words, longest phrases first."""
    rows = sorted((r for r in TABLE if r["part"] in parts), key=lambda r: r["phrase"].count(" "), reverse=True)
    return rf"\b(?:{'|'.join(_pattern(row['phrase'], row['unless']) for row in rows)})\b"


def _pattern(phrase: str, unless: str) -> str:
    """Return one pattern for «dap/danh nhau»: written out, those of money took a third of a second to compile."""
    said = " ".join(f"(?:{word.replace('/', '|')})" if "/" in word else word for word in phrase.split())
    said = said.replace(" #", rf"(?: (?:\d+|{_DIGITS})){{0,3}}")
    return rf"{said}(?! (?:{unless.replace('/', '|')})\b)" if unless else said


# Only such words may stand between the phrase and police, whose words begin or end there.
_BEFORE, _AFTER = rf"(?: {_one_of('before')})*$", rf"(?: {_one_of('after')})* "
_RANK = rf"(?: {_one_of('before', 'rank')})*$"  # «gặp trưởng công an» may well complain about him, so it is no call
POLICE = re.compile(_one_of("police", "office"))
OFFICE = re.compile(_one_of("office"))
HINTED_AT = re.compile(_one_of("hint"))
SCAM = re.compile(_one_of("scam"))
CALLED = re.compile(r"(?<!tru )" + _one_of("called") + _BEFORE)  # «trụ sở công an» is a place
ASKED = re.compile(_AFTER + _one_of("asked"))
PLAYED = re.compile(_one_of("played") + _BEFORE)
AGAINST = re.compile(_one_of("against") + _BEFORE)
WORK = re.compile(_AFTER + _one_of("work"))
OTHERS = re.compile(_one_of("others"))
DEED = re.compile(rf"(?<!khong )(?<!ko )(?<!phat ){_one_of('hit', 'money', 'shield')}")
HIT = re.compile(_one_of("hit"))
ROUGH = re.compile(_one_of("hit", "money"))
NEGLECT = re.compile(_one_of("neglect"))
# Reversed order: «nhờ sự bảo kê của công an», «đút lót cho công an», «chồng nó là công an».
OF_POLICE = re.compile(
    rf"(?:{_one_of('shield')}(?: \w+){{0,3}}? (?:la|cua|boi|tu|do)|{_one_of('bribed')}(?: \w+){{0,3}}?){_RANK}"
)
IS_POLICE = re.compile(rf"{_one_of('kin')}(?: \w+){{0,3}} (?:la|lam){_RANK}")
WHO = re.compile(rf"\b{_one_of('who')}{_RANK}")
KIN_OF = re.compile(
    r"^(?: \w+){0,3}? la (?:anh em|anh|chi|em|chu|bac|cau|di|ba con|ho hang|nguoi nha|ban|con|chau)"
    r"(?: (?:ruot|than|ho|re|dau))? (?:voi|cua) "
)
# «đừng cho chú ấy biết»: such a request excludes a reader.
KEEP_FROM = re.compile(
    r"\b(?:dung|khong|xin dung) (?:cho|de|noi cho|noi voi|bao cho)(?: (?:chu|anh|ong|ba|chi|co|chau|chu em))?"
    r" (?:ay|do|no|ta|kia) (?:biet|hay)\b"
)
BURIED = re.compile(_one_of("buried"))
PAID = re.compile(_one_of("paid"))
UNDONE = re.compile(_one_of("undone"))
TOLD = re.compile(_one_of("told"))
WISH = re.compile(_one_of("wish"))
PRESSED = re.compile(_one_of("pressed"))
PRICED = re.compile(rf"{_one_of('sweet')}(?: \w+){{0,6}}? {_one_of('done')}")
# Allusions to powerful people without their name: two halves in any order.
MIGHTY = re.compile(_one_of("mighty"))
PAIRS = (
    (re.compile(_one_of("untouched")), MIGHTY),
    (re.compile(_one_of("rich")), MIGHTY),
    (re.compile(_one_of("fined")), re.compile(_one_of("unpapered"))),
)
BLIND = re.compile(rf"{_one_of('blind')}(?: \w+){{0,4}}? {_one_of('unseeing')}")
GOSSIP = re.compile(_one_of("gossip"))
INSIDER = re.compile(_one_of("insider"))
INSIDE_DEED = re.compile(_one_of("shield", "bribed"))
DRIVEN = re.compile(rf"{_one_of('car')}(?: (?!bi|dam vao)\w+){{0,8}}? {_one_of('road')}")
HURT_THERE = re.compile(
    rf"{_one_of('fetched')}(?: \w+){{0,5}}? {_one_of('taken')}(?: \w+){{0,8}}? ve"
    rf"(?: (?!xe|lai|danh (?:em|toi|tui|vo|me|con|chau))\w+){{0,8}}? {_one_of('hurt')}"
)
HELD_THERE = re.compile(rf"(?:giu|nhot|cong)(?: \w+){{0,6}}? {_one_of('taken')}(?: \w+){{0,10}}? {_one_of('kept')}")
