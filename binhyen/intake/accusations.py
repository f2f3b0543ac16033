"""Detection of accusations and person references: «thằng Hùng», «nhà ông Bảy», «mấy đứa con mụ Thìn». Pure.

In a group a false alarm costs a private invitation; a miss endangers the author.
"""

import re
from collections.abc import Sequence

from binhyen.kit.text import fold_text, to_nfc
from binhyen.language.reading import Entity

_ACCENTED_REFERENCE = re.compile(
    r"\b(?:thằng|thg|thag|mụ|gã|lão|vợ chồng|mẹ con|"
    r"(?:nhà|con|do|là|của) (?:ông|bà|anh|chị|chú|cô|bác|thằng|mụ|o|mệ|c|a)) "
    r"(?!con\b|nào|ai\b|em\b|mình|này|ấy|ta\b)\w+"
)
_CAPITALIZED_REFERENCE = re.compile(r"\b[Tt]ay [A-ZĐ]\w+|\bnhà [A-ZĐ]\w+|\banh em (?:nhà )?[A-ZĐ]\w+")
# Without accents «thang» is also «tháng», «mu» is also «mũ».
_UNACCENTED_REFERENCE = re.compile(
    r"\b(?:thag|thg|thang(?! \d| nay| truoc| sau| toi| gieng| chap)|mu(?! bao| coi)|vo chong|anh em nha|me con|"
    r"(?:nha|con|do|la|cua) (?:ong|ba|anh|chi|chu|bac|thang|mu|tay|vo chong|hai anh em|nha))"
    r" (?!con\b|nao|ai\b|em\b|minh|ay\b|ta\b|nguoi\b)[a-z]+"
    r"|\b(?:ong|anh) (?!em|oi|nao|ai|ay|ta|hung bi|ba\b)[a-z]{2,}"
)
# Unnamed offenders: a gang, strangers; a shop, a house or neighbours, identifiable for all locals. Also phrases
# that only a witness uses. In folded text.
_IDENTIFIABLE = (
    r"quan|tiem|xuong|lo mo|kho(?! lua)|bai xe|co so|cong ty|hang xom|dai ly|nha may|ga ?ra|garage"
    r"|trai (?:lon|heo|ga|bo)|(?:co|mot|may|nhieu) ho"
    r"|nha (?:ben|canh|doi dien|sau|truoc|hang xom|nghi|tro|tren|duoi)"
    r"|chu (?:quan|tiem|xuong|tro|nha|xe|bai|lo|dai ly)"
)
_OFFENDERS = (
    r"bon|tui no|tui thanh nien|chung no|may (?:thang|dua|ten|ong|ba|anh|thanh nien)"
    r"|(?:nhom|dam|lu|toan) (?:thanh nien|nguoi|con trai|choi|trai)|thanh nien|thang nao|dua nao"
    rf"|(?:mot|hai|ba|bon|\d+) (?:thang|ten|doi tuong|thanh nien)|{_IDENTIFIABLE}|tay choi|con nghien|nguoi la|ke la|no"
)
_HIDDEN_ACTS = (
    r"danh(?! gia| rang| may)|chem|dap pha|pha|dot|trom|an cap|lay cap|moc tui|gian|len lut|len|buon"
    r"|ban(?! ghe| be| dem| ngay)|mua|(?<!cong )nhan|chua|tang tru|giau|che|choi|huc|hut|chich|ca do|lo de|cho vay"
    r"|doi no|lua|doa|xa(?= (?:thang|nuoc|thai|khoi|rac|phan|bui|ra|xuong|trom|len)\b)"  # «xả»; without it «xã»
    r"|do (?:rac|trom|thai)|khai thac|chat cay|san ban"
    r"|rinh|ru re|du do|canh me|chuan bi|sap sua|dinh|sang chiet|luoc xe|chan xe|xin deu|bao ke|gom nap"
    r"|tron (?:hoa chat|thuoc|bot|hang)|dung (?:hoa chat|han the|chat cam)"
)
_AUDIBLE_ACTS = (
    r"hat|mo (?:nhac|loa)|quay (?:lua|nhac)|lan chiem|dua xe|net po|boc dau"  # heard by all people on the road
)
_ACTS = rf"{_HIDDEN_ACTS}|{_AUDIBLE_ACTS}"
# Damage to a shop or a house, or an event beside it, accuses no person there.
_IDENTIFIABLE_OFFENDER = re.compile(
    r"(?<!\bo )(?<!\btai )(?<!\btrong )(?<!\bvao )(?<!\btruoc )(?<!\bngoai )(?<!\bcanh )(?<!\bgan )"
    rf"\b(?:{_IDENTIFIABLE})\b(?:\W+(?!(?:bi|mat)\b)\w+){{0,8}}?"
    rf"\W+(?!(?:bi|mat)\b)(?<!\bbi )(?<!\bmat )(?:{_HIDDEN_ACTS})\b"
)
# Deliberate acts of a vehicle; a collision, breakdown or overturning is no accusation.
_VEHICLE_ACTS = (
    r"trom|lay cap|gom (?:nap|do)|do (?:trom|thai|rac|dat)|xa thai|hut cat|cho (?:lau|hang lau|hang cam|go lau)"
)
_UNLAWFUL_WORDS = r"trai phep|bat hop phap|phi phap|khong (?:co )?giay phep|hang (?:lau|cam|gian)"
_ACCUSATION = re.compile(
    rf"\b(?:{_OFFENDERS})\b(?:\W+\w+){{0,8}}?\W+(?:{_ACTS})\b|\b(?:tan mat|chinh mat|lo mat|bat qua tang)\b"
    rf"|\bxe (?:ba banh|ban tai|tai|ben|bon|la|khach|o to)\b(?:\W+\w+){{0,8}}?\W+(?:{_VEHICLE_ACTS})\b"
    rf"|\b(?:{_UNLAWFUL_WORDS})\b"
)
# A group known to the readers commits hidden acts; an unknown offender is not pointed at («thằng nào», «ai», «mấy
# đứa»).
_KNOWN_GROUP_ACT = re.compile(
    r"\b(?:bon (?:han|chung|no|kia)|tui (?:no|han)|chung no|han|may (?:cha|mu|ong|ba))\b"
    rf"(?:\W+(?!(?:bi|mat)\b)\w+){{0,6}}?\W+(?!(?:bi|mat)\b)(?<!\bbi )(?<!\bmat )(?:{_HIDDEN_ACTS})\b"
)
# Clear wrongdoing, regardless of the accused person and wording. A harm suffered («bị»), a warning or a ban is none,
# and a theft by unknown people stays a theft. Without accents only where none are written.
_SICK_ANIMAL = r"(?:heo|lợn|gà|vịt|thịt|bò|trâu)(?: \w+)? (?:chết|bệnh|dịch|thối|ốm)"
_WRONGDOING_PATTERN = (
    r"\b(?:(?:gầy|mở|lập|tổ chức|chơi)(?: cái| lại)? (?:sòng|sới|chiếu bạc|xóc đĩa)|sới bạc|sòng bạc"
    r"|ghi (?:lô|đề)(?! nghị)"
    r"|đánh bạc|ăn (?:chặn|chia|hối lộ)|bảo kê|chống lưng|đút lót|lót tay|nhận tiền (?:của|để)|bỏ túi riêng|gạch tên"
    r"|lấy tiền (?:công đức|riêng|quỹ)|(?:thu|lấy|đòi|đóng|nộp) tiền (?:đen|riêng|ngoài|hộ nghèo|luật)"
    r"|bắt (?:học sinh|phụ huynh|công nhân|dân|bà con|thợ|người ta) (?:nộp|đóng|ký|làm)|cân (?:điêu|thiếu)"
    r"|xiết (?:nhà|đồ|xe|nợ)|cho vay (?:nóng|nặng|lãi)|(?:bán|mang|chở|đem|giết|mổ)(?: \w+){0,2}? "
    rf"{_SICK_ANIMAL}|{_SICK_ANIMAL}(?: \w+){{0,3}}? (?:đi bán|về|xuống|vô|vào|làm)"
    r"|(?:bỏ|dùng|trộn|pha|ngâm|tẩm|bơm)(?: \w+){0,2}? (?:hàn the|h(?:óa|oá) chất|bột đá|phoóc môn|tạp chất"
    r"|(?:thuốc|chất) (?:cấm|kích thích|diệt))"
    r"|(?:bán|mang|chở|đem)(?: \w+){0,2}? (?:hàng|thuốc|phân|đồ|rượu|gạo)"
    r"(?: \w+)? (?:giả|dỏm|nhái|lậu|cấm|quá hạn|hết hạn)"
    r"|đồ dỏm|không giấy(?: tờ)? về bán|không (?:cần|có) (?:toa|phép mô|phép đâu)|không phép|tiếp khách"
    r"|bán (?:đất mồ|đất công|thuốc ngủ|thuốc lắc|dâm)"
    r"|(?:dẫn|dắt|chở|gọi) (?:gái|con bé|bé gái|mấy em)(?: \w+){0,4}? (?:vào|vô|về)"
    r"|sờ (?:soạng|mó)|sàm sỡ|dâm ô|hãm hiếp|(?:đánh|đập|quất)(?: \w+)? (?:vợ|con riêng|mẹ già)"
    r"|lôi (?:vợ|thím|con|mẹ) ra"
    r"|(?:bẻ|phá) kh(?:óa|oá)|cạy (?:cửa|kh(?:óa|oá)|két)|bỏ bả|thuốc phiện|hút (?:chích|cỏ|cần|đá)|chơi đá"
    r"|(?:chơi|đập|bay) (?:ke|lắc)"
    r"|mã tấu|súng tự chế|(?:nổ|dùng|với|bằng) mìn|kích điện|xung điện|(?:múc|hút) cát|(?:chở|chặt|cưa) gỗ|gỗ lậu"
    r"|rào (?:luôn )?(?:lối|đường)|thả chó cắn|lén (?:thải|xả|đổ|chôn)|vứt xuống|vứt ra (?:sông|kênh|mương)"
    r"|khuân (?:hàng|đồ)(?: \w+)? ra|dọa (?:đốt|giết|chém|đánh)|lừa (?:\w+ ){0,2}(?:bà|ông|già|dân|người)"
    r"|ôm (?:tiền|hụi)|giật hụi|xin đểu|trấn lột"
    r"|cắt lưới|cá độ|cá cược|giấu (?:xe|hàng|súng|dao|thuốc|ma t(?:úy|uý)|sổ)|ma t(?:úy|uý)|thuốc lắc|hàng trắng)\b"
)
_WRONGDOING, _UNACCENTED_WRONGDOING = re.compile(_WRONGDOING_PATTERN), re.compile(fold_text(_WRONGDOING_PATTERN))
_NO_WRONGDOING_BEFORE = re.compile(r"\b(?:bị|cấm|đừng|chớ|không(?: được)?|chống|phòng|khỏi)(?: \w+)? $")
# Contemptuous references to people.
_CONTEMPTUOUS_PRONOUN = re.compile(
    r"\b(?:bọn (?:hắn|chúng|nó|ấy|kia)|chúng nó|tụi (?:nó|hắn)|hắn|mấy (?:cha|mụ|lão)"
    r"|(?:mụ|lão|gã|thằng) (?:ấy|nớ|kia|ta)|(?:ông|bà|o) nớ|bon han|chung no|tui no|may cha)\b"
)
_REPEATED_LETTERS = re.compile(r"([^\W\d_])\1+")


def has_person_reference(text: str, entities: Sequence[Entity]) -> bool:
    """Return whether a person is named, or identifiable: a shop, a house or a neighbour with hidden acts."""
    if any(entity.type == "PERSON" for entity in entities):
        return True
    normalized = _REPEATED_LETTERS.sub(r"\1", " ".join(to_nfc(text).split()))  # «thằằng Dũng», «anh Tưưư»
    lower = normalized.lower()
    if _ACCENTED_REFERENCE.search(lower) or _CAPITALIZED_REFERENCE.search(normalized):
        return True
    folded = fold_text(lower)
    if _IDENTIFIABLE_OFFENDER.search(folded) or _KNOWN_GROUP_ACT.search(folded):
        return True
    return folded == lower and _UNACCENTED_REFERENCE.search(folded) is not None


def has_accusation(text: str) -> bool:
    """Return whether it describes acts or plans of unnamed people: «bọn thanh niên xóm Trung chế bom xăng».

    Also «quán cầm đồ nhận xe gian». A fire, a fallen tree, a collision or a lost wallet accuses no person.
    """
    return (
        _ACCUSATION.search(_normalize_folded(text)) is not None
        or _CONTEMPTUOUS_PRONOUN.search(to_nfc(text).lower()) is not None
    )


def describes_wrongdoing(text: str) -> bool:
    """Return whether the text describes clear wrongdoing: «o Lài bỏ hàn the», «xóm dưới gầy sòng»."""
    normalized = _REPEATED_LETTERS.sub(r"\1", " ".join(to_nfc(text).split())).lower()
    matches = (_UNACCENTED_WRONGDOING if fold_text(normalized) == normalized else _WRONGDOING).finditer(normalized)
    return any(not _NO_WRONGDOING_BEFORE.search(normalized[: match.start()]) for match in matches)


def _normalize_folded(text: str) -> str:
    return fold_text(_REPEATED_LETTERS.sub(r"\1", " ".join(to_nfc(text).split())).lower())
