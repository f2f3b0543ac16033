"""In doubt upwards: what may complain of police is read as such, whatever the reader takes it for. Pure.

The desk of the unit that is meant must not read it first. The reader weighs the whole message, and «công an làm ngơ cho
sòng bạc» is much of gambling and little of police; so the words are asked too: is police the one who does it? Too much
goes up on purpose, and a handler who reads it passes it down again.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from binhyen.cases.words import NEVER_DOWN
from binhyen.intake.rules import CERTAIN, DOUBT
from binhyen.kit.text import fold, nfc
from binhyen.kit.wording import N_
from binhyen.language.reading import Reading
from binhyen.language.words import HEAD

HINT = 0.12  # what the reader must give a complaint where police is mentioned
_NEAR, _FAR = 9, 18  # words between who does it and what is done; from «là công an», across sentences
_REACH = 300  # characters after police that are looked at
_COMPLAINT = next(iter(NEVER_DOWN))
NAMED = N_("có thể phản ánh công an: «{words}»")
HINTED = N_("nhắc đến công an, có thể là phản ánh")

_CAPITALS = re.compile(r"\bC\.?A\b(?!\d)")
_SHORT = re.compile(r"\bc\.?a\.?x?(?= (?:x\w|ph\w\wng|huy\wn|t\wnh|th\w tr\wn)\b)|\bcax\b")
_TOKEN = re.compile(r"[a-z0-9]+|[.!?;\n,:]+")
_POLICE = re.compile(
    r"\b(?:cong an(?: vien)?|csgt|cshs|cskv|canh sat(?! bien)|to (?:bao ve|an ninh|tuan tra|antt)|bao ve (?:thon"
    r"|dan pho)"
    r"|dan phong|luc luong (?:an ninh|bao ve)|an ninh (?:thon|co so))\b"
)
# Police without the word: places, clothes, ranks, and what only they do.
_HINTED_AT = re.compile(
    r"\b(?:(?:o|trong|ve|len|tai|cong|sau|ra|ngoai|duoi) don|don (?:truong|pho)|sep don|tru so|truc ban|quan phuc"
    r"|ao xanh|ao vang|bien xanh|dieu tra vien|thanh tra|can bo|nguoi trong nganh|trong (?:ay|do) co|chong lung|o du"
    r"|tin bao|nha tam giu|tam giu|hoi cung|lay loi khai|lay cung|doi truong|pho phong|truong phong|lien ngan"
    r"|bien lai|can cuoc)\b"
)
# «Báo công an», «công an ơi», «kính gửi công an»: police is called, not accused.
_CALLED = re.compile(
    r"\b(?:bao|goi|nho|gui|gap|moi|tin|kinh thua|thua|chao|alo|de nghi|kien nghi|mong|xin|yeu cau|cam on|biet on"
    r"|trinh|trinh bao"
    r"|trinh voi|len|den|ra|vao|so|cung|keu|nhan|hoi|lay|dua|giao|nop|cho|voi|quen|nhan voi)"
    r"(?: (?:cho|voi|len|den|toi|ra|ngay|giup|cac|may|anh|chu|chi|bac|dong chi|can bo|so|luon|ca))*$"
)
_ASKED = re.compile(
    r"(?: (?:xa|phuong|huyen|tinh|oi|a|minh|ta|loc|ha|cac|anh|chu))* (?:oi|cho (?:hoi|em|toi|con|chau|minh) "
    r"|giup|xem|xuong dum)"
)
# Somebody plays police: a scam, and as such for everybody.
_PLAYED = re.compile(
    r"\b(?:gia|gia danh|mao danh|xung|xung la|xung danh|tu nhan|tu nhan la|(?:noi|bao|keu|bao minh|noi minh"
    r"|keu minh) la|mac do"
    r"|lay danh|dong vai|bien thanh|dang vai|dong gia|gia lam|gia dang|deu|doi lot|xung la ben|danh nghia)"
    r"(?: (?:la|lam|danh|can bo|mot|may|ten|anh|chu|ong|ben|nguoi|cua|quan))* ?$"
)
_SCAM = re.compile(
    r"\b(?:gia danh|mao danh|gia mao|xung danh|gia cong an|cong an gia|cong an (?:dom|rom|ao|online|dien tu)"
    r"|lua dao|cuoc goi"
    r"|goi video|video call|so la|dau so|otp|vneid|dinh danh|duong link|ung dung|phan mem|tai app|chieu lua"
    r"|bi lua|goi dien)\b"
)
# Between police and the deed: somebody else comes in, or police does its work.
_OTHERS = re.compile(
    r"\b(?:bat(?! tay| vo co| nat| oan)|vay bat|tom (?:duoc|gon)|xu ly|xu phat|xu|giai quyet|dieu tra|kiem tra"
    r"|trieu tap|moi|tam giu|biet|giup|hoi|tuyen truyen"
    r"|canh bao|khuyen cao|triet pha|pha|dep|can|ngan|can ngan|xem|vao cuoc|can thiep|lap bien ban|giu|ho tro"
    r"|cuu|bao ve dan|lam ro"
    r"|thang|con|bon|nhom|dam|dua|doi tuong|thanh nien|hang xom|vo|ke|may nguoi|hai nguoi|nguoi ta|nguoi dan"
    r"|khong dan|de dan|co nguoi"
    r"|nguoi nao|chung no|chung|ho|no|bi|oi|nho|neu|thi|roi|vi|khong the|chong (?:em|toi|con|tui|no))\b"
)
_AGAINST = re.compile(r"\b(?:danh|chui|chong|tan cong|vao truong|xe)(?: (?:lai|anh|chu|may|cac|ca|mot|hai))*$")
_WORK = re.compile(
    r"(?: (?:xa|phuong|huyen|tinh|thon|ta|da|dang|vua|nhac|nhan dan))*"
    r" (?:bat|giai cuu|cuu|nhac|tuyen|phan luong|ho tro|giup|dieu tra|khoi to|canh bao|thong bao|keu goi|tra lai)\b"
)
_PLAIN = frozenset({"fire", "found_item", "found_person"})  # nothing to hide: only what the words say counts
_HITS = (
    r"danh(?! (?:nhau|gia|roi|may|mat|sach|du|hieu|nghia|van|dau|so|tinh|tieng|chinh)\b)"
    r"|hanh hung|danh dap|bao hanh|bat nat|nhot|dui cui|dam (?:vao|thang|toi|em|con)|dap (?:toi|em|vo|con|vao)"
    r"|tat (?:vao|tai|toi|em|con|chau|vo|may)|chui|doa|de doa|mang (?:chui|toi|em|con|dan|me)|nat|bop co|tra tan"
    r"|quat"
)
_MONEY = (
    r"(?:an|nhan|doi|voi|lay|thu|xin|vet|moi|keo|cam) (?:tien|tine|hoi lo|hong bao|phong bi|chia|day|cua dut"
    r"|lot tay)|voi vinh"
    r"|(?:an|nhan) hoi lo|mai lo|nhan lot"
)
_SHIELDS = (
    r"bao ke|baoke|lam ngo|nga?o lo|lo di cho|nham mat|dung (?:sau|dang sau|phia sau|ra bao)|dang sau|chong lung"
    r"|bao che|dung tung|tiep tay"
    r"|cam dau|thong dong|cau ket|bat tay|che chan|che cho|bo qua cho|chia chac|an chia|o du|hach dich|hach sach"
    r"|nhung nhieu"
    r"|lam quyen|cua quyen|lo tay|danh bac|co bac|nhau (?:say|nhet)|say (?:ruou|xin)|bat (?:oan|vo co)"
    r"|vu (?:khong|oan)|ep cung"
    r"|mo (?:song|quan|so)|goi y|tuon tin|bao truoc|lo tin|lo ten|dinh (?:vao|liu|lieu|dang)|do dau|gop von"
    r"|hun von|co (?:co )?phan|bo tui|em vu|em nhem|xin deu|nha nghi|benh (?:vuc|thang|cho|nguoi|ben)|to tom"
    r"|ga gam|sam so|quay roi|hiep"
)
_DEED = re.compile(rf"(?<!khong )(?<!ko )\b(?:{_HITS}|{_MONEY}|{_SHIELDS})(?!\w)")
_ROUGH = re.compile(rf"(?:{_HITS}|{_MONEY})(?!\w)")
# The other way round: «nhờ sự bảo kê của công an», «đút lót cho công an».
_OF_POLICE = re.compile(
    rf"\b(?:(?:{_SHIELDS})(?: \w+){{0,3}}? (?:la|cua|boi|tu|do)|(?:chung chi|dut lot|dut tien|dut|hoi lo|lo lot"
    rf"|chung tien|bom tien|lot tay|(?:dua|bien|cong|nop)(?: \d+)? (?:trieu|tr|chai|cu|lit|nghin|k))"
    rf"(?: \w+){{0,3}}?(?: cho)?)(?: (?:cac|may|anh|chu|ong|thang|can bo|nguoi|mot|ben|dong chi|sep|truong|pho))*$"
)
_IS_POLICE = re.compile(
    r"\b(?:chong|vo|bo|cha|ba|me|anh|em|con|chu|bac|cau|chau|ong|di|co|duong|thang|ban trai|nguoi yeu|hang xom"
    r"|ruot|re|ho|toi|tui"
    r"|minh|ay|no)(?: \w+){0,3} (?:la|lam)(?: (?:can bo|mot|truong|pho|sep))*$"
)


def up(reading: Reading, text: str) -> Reading:
    """The reading as it is, or of a complaint about police where the words may be one."""
    if reading.category in NEVER_DOWN:
        return reading
    said = _plain(text[:HEAD])
    seen = [m for m in _POLICE.finditer(said) if not _PLAYED.search(said[: m.start()].rstrip()[-60:])]
    chance = dict(reading.top).get(_COMPLAINT, 0.0)
    if deed := next(_deeds(said, seen), None):
        return _raised(reading, max(chance, CERTAIN), NAMED.format(words=deed))
    # Where life is at stake a mere hint takes nothing away from those who are near.
    vague = chance >= HINT and reading.category not in _PLAIN and reading.urgency < 3 and not _SCAM.search(said)
    if vague and (_accused(said, seen) or (not seen and _HINTED_AT.search(said))):
        return _raised(reading, max(chance, DOUBT), HINTED)
    return reading


def _raised(reading: Reading, chance: float, why: str) -> Reading:
    rest = tuple(one for one in reading.top if one[0] != _COMPLAINT)
    return replace(
        reading, category=_COMPLAINT, confidence=chance, top=((_COMPLAINT, chance), *rest)[:3], sensitive=True,
        reasons=(why, *reading.reasons),
    )  # fmt: skip


def _plain(text: str) -> str:
    """Folded words and the stops between them, each after a blank; «CA» written out."""
    text = nfc(text)
    if not text.isupper():
        text = _CAPITALS.sub("cong an", text)
    return " ".join(_TOKEN.findall(fold(_SHORT.sub("cong an", text.lower()))))


def _accused(said: str, seen: list[re.Match[str]]) -> bool:
    """Is police spoken of, not only called, thanked, hit or seen at work?"""
    for police in seen:
        before, after = said[: police.start()].rstrip()[-60:], said[police.end() :][:_REACH]
        if not (_called(before, after) or _AGAINST.search(before) or _WORK.match(after)):
            return True
    return False


def _called(before: str, after: str) -> bool:
    return _CALLED.search(before) is not None or _ASKED.match(after) is not None


def _deeds(said: str, seen: list[re.Match[str]]) -> Iterator[str]:
    """What police is said to have done, in the folded words."""
    scam = _SCAM.search(said) is not None
    for police in seen:
        before, after = said[: police.start()].rstrip(), said[police.end() :][:_REACH]
        found = _OF_POLICE.search(before[-120:])
        if found is not None:
            yield f"{found[0]} {police[0]}"
            continue
        whose = _IS_POLICE.search(before[-80:]) is not None
        if not whose and _called(before[-60:], after):
            continue
        reach = after if whose else re.split(r"[.!?;\n]", after, maxsplit=1)[0]
        for deed in _DEED.finditer(" ".join(reach.split()[: _FAR if whose else _NEAR])):
            gap = deed.string[: deed.start()]
            if _OTHERS.search(gap) or (scam and _ROUGH.match(deed[0])):
                continue
            yield f"{police[0]} … {deed[0]}"
            break
