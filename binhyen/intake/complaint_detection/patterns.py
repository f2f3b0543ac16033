"""Patterns that recognise a complaint about police, from data/lexicon/police.tsv. Pure.

All match folded text with its punctuation separated by blanks: `to_pattern_text`.
"""

import re

from binhyen.kit.text import fold_text, to_nfc
from binhyen.language.lexicon import FOLDER
from binhyen.language.tokenizer import read_table

_UPPERCASE_CA = re.compile(r"\bC\.?A\b(?!\d)")
_LOWERCASE_CA = re.compile(r"\bc\.?a\.?x?(?= (?:x\w|ph\w\wng|huy\wn|t\wnh|th\w tr\wn)\b)|\bcax\b")
# Words that only their accents distinguish, and their reading: hushed up and not «em», «đen» as a nickname and not
# «đến», slapped, kicked, offered, lucky and not «hèn», a net and not «lười», crushed and not «nạt», asking for money.
_ACCENTED_WORDS = tuple(
    (re.compile(to_nfc(pattern)), read)
    for pattern, read in (
        (r"\b[éỉ]m\b", "em nhem"),
        (r"\bđen\b", ""),
        (r"(?<!vất )\bvả\b(?! lại)", "tat vao"),
        (r"\bđá\b(?= (?:xe|vào|vô|người|em|tui|tôi|con|thằng|cháu|mẹ|bố) )", "dam vao"),
        (r"\bcúng\b(?= (?:cho|mấy|các) )", "dut lot"),
        (r"\bhên\b", "may man"),
        (r"\blưới\b", "vot"),
        (r"\bnát\b", "vun"),
        (r"\bvòi\b(?! (?:nước|xịt|phun|chữa|rồng|sen|hoa|tưới|bơm))", "voi vinh"),
    )
)
_TOKEN = re.compile(r"[a-z]+|[0-9]+|[.!?;\n,:]+")
_NUMBER_WORDS = "mot|hai|ba|bon|nam|sau|bay|tam|chin|muoi|may|vai|chuc"
PUNCTUATION = re.compile(r" [.!?;\n,:]+")
ROWS = list(read_table(FOLDER / "police.tsv"))


def to_pattern_text(text: str) -> str:
    """Return the folded words and punctuation, separated by blanks; «CA» written out."""
    text = to_nfc(text)
    if not text.isupper():
        text = _UPPERCASE_CA.sub("cong an", text)
    text = _LOWERCASE_CA.sub("cong an", text.lower())
    for word, replacement in _ACCENTED_WORDS:
        text = word.sub(replacement, text)
    return " ".join(_TOKEN.findall(fold_text(text)))


def _build_alternatives(*parts: str) -> str:
    """Return a pattern of all phrases of these parts of the table, whole words, longest phrases first."""
    rows = sorted(
        (table_row for table_row in ROWS if table_row["part"] in parts),
        key=lambda table_row: table_row["phrase"].count(" "),
        reverse=True,
    )
    return rf"\b(?:{'|'.join(_build_phrase_pattern(row['phrase'], row['unless']) for row in rows)})\b"


def _build_phrase_pattern(phrase: str, unless: str) -> str:
    """Return one pattern for «dap/danh nhau»: written out, those of money took a third of a second to compile."""
    pattern = " ".join(f"(?:{word.replace('/', '|')})" if "/" in word else word for word in phrase.split())
    pattern = pattern.replace(" #", rf"(?: (?:\d+|{_NUMBER_WORDS})){{0,3}}")
    return rf"{pattern}(?! (?:{unless.replace('/', '|')})\b)" if unless else pattern


# Only such words may stand between the phrase and police, whose words begin or end there.
_BEFORE, _AFTER = rf"(?: {_build_alternatives('before')})*$", rf"(?: {_build_alternatives('after')})* "
# «gặp trưởng công an» may well complain about him, so it is no call.
_RANK = rf"(?: {_build_alternatives('before', 'rank')})*$"
POLICE_MENTION = re.compile(_build_alternatives("police", "office"))
POLICE_STATION = re.compile(_build_alternatives("office"))
POLICE_HINT = re.compile(_build_alternatives("hint"))
SCAM = re.compile(_build_alternatives("scam"))
CALL_BEFORE = re.compile(r"(?<!tru )" + _build_alternatives("called") + _BEFORE)  # «trụ sở công an» is a place
CALL_AFTER = re.compile(_AFTER + _build_alternatives("asked"))
WHERE_AFTER = re.compile(_AFTER + r"(?:o )?dau(?: (?:roi|het|ca|nhi|vay|a|ta|the))*[ .!?]*$")  # «công an đâu rồi?»
PRETENDED_BEFORE = re.compile(_build_alternatives("played") + _BEFORE)
ATTACK_BEFORE = re.compile(_build_alternatives("against") + _BEFORE)
POLICE_WORK_AFTER = re.compile(_AFTER + _build_alternatives("work"))
OTHER_ACTORS = re.compile(_build_alternatives("others"))
POLICE_ACT = re.compile(rf"(?<!khong )(?<!ko )(?<!phat ){_build_alternatives('hit', 'money', 'shield')}")
HITTING = re.compile(_build_alternatives("hit"))
HITTING_OR_MONEY = re.compile(_build_alternatives("hit", "money"))
NEGLECT = re.compile(_build_alternatives("neglect"))
# Reversed order: «nhờ sự bảo kê của công an», «đút lót cho công an», «chồng nó là công an».
ACT_OF_POLICE = re.compile(
    rf"(?:{_build_alternatives('shield')}(?: \w+){{0,3}}? (?:la|cua|boi|tu|do)"
    rf"|{_build_alternatives('bribed')}(?: \w+){{0,3}}?){_RANK}"
)
KIN_IS_POLICE = re.compile(rf"{_build_alternatives('kin')}(?: \w+){{0,3}} (?:la|lam){_RANK}")
CULPRIT_BEFORE = re.compile(rf"\b{_build_alternatives('who')}{_RANK}")
KIN_OF = re.compile(
    r"^(?: \w+){0,3}? la (?:anh em|anh|chi|em|chu|bac|cau|di|ba con|ho hang|nguoi nha|ban|con|chau)"
    r"(?: (?:ruot|than|ho|re|dau))? (?:voi|cua) "
)
# «đừng cho chú ấy biết»: such a request excludes a reader.
KEEP_SECRET = re.compile(
    r"\b(?:dung|khong|xin dung) (?:cho|de|noi cho|noi voi|bao cho)(?: (?:chu|anh|ong|ba|chi|co|chau|chu em))?"
    r" (?:ay|do|no|ta|kia) (?:biet|hay)\b"
)
_POLICE_NOUN = r"(?:công an|côn an|cảnh sát|csgt|cscđ|cskv|cớm|áo vàng|cong an|canh sat|cscd)"
# In talk: abuse beside police («bọn công an»), another's claim («lại bảo công an đánh dân»), and a fault of police.
ABUSE_OF_POLICE = re.compile(
    r"\b(?:bọn|lũ|tụi|bầy|đám|thằng|chó|mấy cha|địt mẹ|con mẹ|may thang|may cha|lu|tui)(?: (?:chó|mẹ|ngu|mặt))?"
    rf"(?: (?:này|kia))? {_POLICE_NOUN}|\b(?:địt|đụ|đcm|đm|dm)(?: \w+){{0,5}} {_POLICE_NOUN}"
)
CLAIMED_BEFORE = re.compile(_build_alternatives("claimed") + "$")
FAULT = re.compile(r"(?<!khong )(?<!ko )(?<!dinh )(?<!xe )" + _build_alternatives("fault", "hit"))
DISLIKED_BEFORE = re.compile(_build_alternatives("disliked") + _RANK)
WRONGED = re.compile(_build_alternatives("wronged"))
BURIED = re.compile(_build_alternatives("buried"))
PAID = re.compile(_build_alternatives("paid"))
UNDONE = re.compile(_build_alternatives("undone"))
REPROACH = re.compile(_build_alternatives("told"))
WISH = re.compile(_build_alternatives("wish"))
PRESSED = re.compile(_build_alternatives("pressed"))
PAID_SOLUTION = re.compile(rf"{_build_alternatives('sweet')}(?: \w+){{0,6}}? {_build_alternatives('done')}")
# Allusions to powerful people without their name: two halves in any order.
POWERFUL_PEOPLE = re.compile(_build_alternatives("mighty"))
ALLUSION_PAIRS = (
    (re.compile(_build_alternatives("untouched")), POWERFUL_PEOPLE),
    (re.compile(_build_alternatives("rich")), POWERFUL_PEOPLE),
    (re.compile(_build_alternatives("fined")), re.compile(_build_alternatives("unpapered"))),
)
BLIND_EYE = re.compile(rf"{_build_alternatives('blind')}(?: \w+){{0,4}}? {_build_alternatives('unseeing')}")
GOSSIP = re.compile(_build_alternatives("gossip"))
INSIDER = re.compile(_build_alternatives("insider"))
INSIDE_DEED = re.compile(_build_alternatives("shield", "bribed"))
OFFICIAL_CAR_USE = re.compile(
    rf"{_build_alternatives('car')}(?: (?!bi|dam vao)\w+){{0,8}}? {_build_alternatives('road')}"
)
HURT_IN_CUSTODY = re.compile(
    rf"{_build_alternatives('fetched')}(?: \w+){{0,5}}? {_build_alternatives('taken')}(?: \w+){{0,8}}? ve"
    rf"(?: (?!xe|lai|danh (?:em|toi|tui|vo|me|con|chau))\w+){{0,8}}? {_build_alternatives('hurt')}"
)
HELD_IN_CUSTODY = re.compile(
    rf"(?:giu|nhot|cong)(?: \w+){{0,6}}? {_build_alternatives('taken')}(?: \w+){{0,10}}? {_build_alternatives('kept')}"
)
