"""Detection of vulnerable people: children, old or ill people, victims of those close to them; and of the harm done.

Pure.
"""

import re

from binhyen.channels.dlp.normalize import NormalizedText

# Marks of a report and of a text about a child, a weak or harmed person, and of the harm: with them fewer shared
# particulars are enough.
VULNERABLE_MARK, HARM_MARK = "m:tender", "m:deed"
_TENDER = re.compile(
    r"\b(?:chau|be|tre(?: em| con| nho| so sinh)|dua (?:nho|be|tre|con)|con (?:be|nho|gai|trai|rieng)|thang be|chu tieu"
    r"|(?:cac )?em(?: gai| trai| be| nho)?|hoc (?:sinh|tro)|nu sinh|nam sinh|thieu nu|vi thanh nien|(?:\d|1[0-7]) tuoi"
    r"|lop (?:\d{1,2}|mam|choi|la|mot|hai|ba|bon|nam|sau|bay|tam|chin|muoi)|mang thai|giup viec|phu huynh|cha me"
    r"|(?:danh|dam|tat|trut|troi|nhot|xich|ep|de|dot|loi|keo|bop|giat)(?: \w+){0,2} (?:vo|toc|co)"
    r"|(?:chong|duong|cha|bo)(?: \w+){0,2} (?:danh|dap|troi|nhot|tat|trut|giet)|vo(?: \w+)? bi|bi chong|chi em|phu nu"
    r"|bao (?:luc|hanh)|hanh ha|xam hai|hiep|so (?:mo|soang)|dam o|sam so|lam nhuc|quay (?:len|clip)|anh nong|quay roi"
    r"|nu cong nhan|gioi nuoc|nuoc soi"
    r"|nguoi (?:gia|cao tuoi|khuyet tat|tan tat|tam than|benh|liet)|cu (?:gia|ba|ong)"
    r"|(?:ba|ong) (?:cu|gia|lao|noi|ngoai)|(?:me|bo|cha) (?:gia|chong|vo|ke|de|nuoi)|tam than|tan tat"
    r"|khuyet tat|ong ba)\b"
)
_DEED = re.compile(
    r"\b(?:du (?:be|tre|chau|con|em|do|may|cac)|so (?:mo|soang)|dam o|sam so|xam hai|hiep|nhot|troi|xich|luon tay"
    r"|bop co|om (?:hon|chau|be|con|may|chat)|(?:keo|loi) (?:tay|toc|vo|con|chau|be|vao)|lot (?:ao|quan|do)"
    r"|quay (?:len|clip)|bi ep|ep (?:tre|chau|con|em)|tung anh|doa|danh(?! sach| hieu| du| gia)|dap (?:dau|vo|con)|dot"
    r"|bit mieng|hanh ha|bao hanh)\b"
)


def get_vulnerability_marks(text: NormalizedText) -> list[str]:
    """Return the marks that are fingerprinted with the particulars of a text."""
    folded = text.folded
    if not _TENDER.search(folded):
        return []
    return [VULNERABLE_MARK, HARM_MARK] if _DEED.search(folded) else [VULNERABLE_MARK]
