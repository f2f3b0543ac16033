"""Detection of references to the reporter. Pure."""

import re
from collections.abc import Iterator

from binhyen.channels.dlp.normalize import NormalizedText, iter_person_matches

Span = tuple[int, int]

_SOURCE = re.compile(
    r"\b(?:nguoi|ban|anh|chi|ba con|chau)(?: dan| da| vua)* (?:bao(?: tin)?|to giac|mat bao|to cao|"
    r"cung cap(?: thong)?(?: tin)?)(?: vu viec| vu| viec)?(?: nay| do| kia| tren)?"
    r" (?:la|ten|o(?! day)|song|nha|ngu|hien|tru|so)\b"
    r"|\bnguon tin (?:la|tu (?:nguoi|anh|chi|ong|ba)|cua|do)\b|\btin bao cua (?:anh|chi|ong|ba|chau|mot)\b"
    r"|\btin (?:nay|do|ay|bao)(?: \w+){0,2}? (?:tu|do) (?:chinh )?(?:(?:ben )?trong|noi bo)(?: \w+){0,3}?"
    r" (?:ra|bao|mach|cung cap|noi|ke|gui)\b"
    r"|\bco nguoi (?:vua |da |moi )*(?:to giac|to cao|mat bao|bao tin kin|nhan tin kin|nhan rieng)\b"
)
# «Chị bán nước đầu thôn đã báo tin»: an identifiable person, and that this person reported. People in general, and a
# family that looks for its own, may be named as reporting.
_PLACED = (
    r"(?: (?:o|tai|song|ben|trong|ngay)){0,2} (?:xom|thon|to|ngo|ap|hem|ngach|kiet|khu|khoi|cong|dau|cuoi|gan"
    r"|canh|sat)\b"
)
_TITLED = (
    r"(?<!anh )chi(?! (?:bo|cuc|nhanh|tiet|hoi|doan|dao|phi|em)\b)|anh(?! (?:chi|chup|em|huong|hung)\b)|ong(?! ba\b)"
    r"|co(?! (?:nguoi|quan|so|the|chu|bac|gi|khi|nhieu|mot|bao|che|hoi|ba|anh|chi|ong)\b)"
    r"|chu(?! (?:tich|y|dong|nhat|yeu|de|truong|dau tu|xe|phuong tien|the|tai khoan)\b)"
    r"|bac(?! (?:si|son|ho|bo|ninh|trung)\b)|cu(?! the\b)|di(?! (?:dong|dan|lai)\b)|(?<!ong )ba(?! (?:ngay"
    r"|nguoi|vu)\b)"
    r"|(?<!anh )(?<!chi )(?<!con )(?<!tre )em(?! be\b)|cau|mo|thim|chau|(?<!ba )con|vo(?! chong\b)|chong"
)
_SOMEBODY = (
    rf"(?:mot |co |chinh |may |vai )?(?<!cac )(?P<who>(?:{_TITLED}|hang xom|dong nghiep|ban (?:hoc|gai|trai|cung|than)"
    r"|chu (?:quan|nha|tiem|tro|vuon|hang)|ho(?! (?:kinh|khau|chieu|tro)\b)|hoc sinh|bao ve(?! (?:an ninh|dan pho)\b)"
    r"|nhan vien(?! (?:ngan hang|dien luc|y te)\b)|tai xe|lai xe|cong nhan|phu xe|tho \w+|y ta|y si|bac si|giao vien"
    rf"|sinh vien|(?<=mot )thanh nien|nguoi dan{_PLACED}|nguoi (?:ban|hang xom|o|giup viec|lam thue|nha|trong|canh|gac"
    r"|chay|di|lai|quen|mua|thu|giu|nuoi|coi|than))\b(?! (?:em|con|nao|va)\b))"
)
# Village officials announce things every day: they count only in a relation that names them as reporting to the police.
_RELATED = _SOMEBODY.replace("(?P<who>(?:", "(?P<who>(?:to truong|to pho|truong (?:thon|xom|ap)|co giao|thay|", 1)
_INFORMS = (
    r"(?:bao(?: tin| ngay| cho (?:cong an|minh|cac anh|toi)| (?:len )?cong an| kin| vu| viec| len)|mach|to giac|to cao"
    r"|mat bao|trinh bao|chi diem|khai(?: ra)?|ke(?: lai)?|nhan(?: tin)? (?:bao|cho cong an|rieng)"
    r"|goi(?: dien)?(?: thoai)?(?: ngay)? (?:bao|(?:cho |len )?cong an)"
    r"|cung cap (?:(?:thong )?tin|cho)|gui (?:anh|clip|video|tin|(?:cho )?cong an))"
)
_REPORT_NOUN = (
    r"(?:nguon tin|tin(?: bao| mat| kin)|loi(?: ke| khai| mach| bao)|phan anh|to giac|to cao|chi diem|trinh bao"
    r"|mach bao)"
)
_SAID = r"(?:tin(?: nhan)?|thong tin|cuoc (?:goi|dien thoai|dien)|(?<!tra )loi(?: noi)?|don|clip|anh chup)"
_UNBIDDEN = r"(?: (?!(?:phai|nen|hay|xin|can|neu|thi)\b)\w+)"  # «chủ quán phải báo» is advice
_POLICE = r"(?:cong an|truc ban|(?:cho|voi) (?:minh|toi|anh em)|cac anh|to (?:tuan|cong tac))"
_FOUND_OUT = (
    r"(?:bat|pha|phat hien|thu giu|biet|loi ra|lan ra|tim ra|tim thay|triet|lo ra|ngan|tom|ap vao|den (?:kip"
    r"|ngay)|kip)"
)
# Insiders by kinship or work: any statement by them reveals its source.
_INSIDE = (
    r"(?:mot |chinh |co )?(?<!cac )(?P<who>vo(?! chong\b)|chong(?! (?:ruong|lua|gach|sach|hang|cheo)\b)"
    r"|con (?:dau|re|trai|gai|ruot|rieng|nuoi)"
    r"|(?:me|bo|em|anh|chi) (?:chong|vo|ruot|de|ho|dau|re|nuoi)|hang xom|dong nghiep"
    r"|nguoi (?:lam(?! (?:can cuoc|thu tuc|ho so|giay)\b)|giup viec|trong|ben trong|nha(?! nuoc\b)|than|o cung|thue"
    r"|canh)"
    r"|(?:nhan vien|bao ve|lai xe|tai xe|cong nhan|can bo)(?= (?:cua |o |tai )?(?:tram|quan|tiem|xuong|kho|nha|cong ty"
    r"|khach san|bai|lo|trai|benh|truong|thay|da|moi|biet|don|ben|trong|cung)\b)|phu xe|ke toan|thu kho|thu ngan|le tan"
    r"|phuc vu|hoc tro|chu (?:quan|tiem|tro|xuong|hang|vuon|tau|thuyen|bai|lo)"
    r"|(?:ho|nha) (?:lien ke|ben canh|sat vach|doi dien|canh do|ke ben)|tho (?:may|han|ho|kim|moc|xay|dien|sua|phu))\b"
)
_OF_ONE = (
    r"(?P<who>phu huynh|nguoi nha|nguoi than|than nhan|gia dinh|me|bo|cha)(?: cua)?"
    r" (?:mot|hai|ba|vai|\d) (?:chau|em|be|hoc sinh|nan nhan|nguoi|cong nhan|chi|anh|co)"
)
_SPOKE = (
    r"(?:len tieng|phan anh|tiet lo|he lo|xac nhan|chung kien|tan mat|lam chung|cho(?: cong an| xa| chung toi)? biet"
    r"|ke (?:het|lai|ra)|noi (?:ra|het|that)|khang dinh|bao(?! (?:hiem|ve|duong|tri|dam|cap|gio|nhieu|lau)\b))"
)
# People close to the subject of the report, or present there: no «đã» is needed.
_OF_WHOM = (
    r"(?:doi tuong|nghi (?:pham|can)|bi can|thu pham|hung thu|(?:ke|ten|thang|nguoi) (?:nay|do|trom|cuop|ban|xau|lua)"
    r"|chu (?:song|quan|bai|mo|hui|no|xuong|lo|de|chung)|ke|trum|con bac|con nghien)"
)
_BELONGING = (
    r"(?P<who>(?:con|chau|em|anh|chi|me|bo|cha|vo|chong|nguoi|ban|hang xom)(?: gai| trai| ruot| ho| re| dau| noi"
    r"| ngoai| yeu| nha| than| quen| nhau| hoc| cung \w+| gai| lam(?: cong| thue)?)?(?: cu)?)"
)
_PASSED_ON = (
    r"(?:nhan(?: tin)?(?: (?:to|bao|cho|ke|rieng))?|gui (?:tin|anh|clip|video|hinh|don|cho)|bao(?: tin| cho| voi)"
    r"|ke(?: cho| lai)|to (?:giac|cao)|mach|khai (?:het|ra|voi|cho|bao)|cung cap (?:so do|thong tin|anh|clip"
    r"|hinh|dia|chung)|chi (?:cho|diem)|cho biet|tiet lo|goi (?:bao|cho))"
)
# Ways of telling the police, with any words in between: no advice, no wish.
_ONE = _SOMEBODY.replace("(?P<who>(?:", "(?P<who>(?:thay(?= (?:giao|day|chu nhiem|hieu))|", 1)
_SOME = (
    r"(?:mot|hai|ba|bon|vai|may|\d) (?P<who>nguoi|em|chau|chi|anh|ba|ong|co|ban|hoc sinh|cong nhan)"
    r"(?= (?:di|lam|ban|o|hoc|trong|ngoi|chay|gan|cung|tap|cat|hai|danh|nuoi|coi)\b)"
)
_FREELY = r"(?: (?!(?:phai|nen(?! (?:da|moi|vua|lien|len))|hay|xin|can|neu|thi)\b)\w+)"
_US = (
    r"(?:cong an|truc ban|tru so|don|xa|phuong|113|duong day nong|(?:cho )?chung toi|minh|to (?:tuan|cong tac)"
    r"|cac anh)"
)
_CALLED_US = (
    rf"(?:dien|goi|nhan|alo|phone|bao|mach)(?: (?:dien|tin|thoai|rieng|ngay))?(?: (?:cho|len|ve|voi|toi))? {_US}"
)
_CAME_TO_US = (
    rf"(?:len|sang|den|ra|gap|tim|voi|cho) {_US}{_FREELY}{{0,3}}? (?:ke|trinh bay|noi(?! (?:chuyen|ve)\b)|khai|to|mach"
    r"|chi|giao nop)"
)
_PROVED = (
    r"(?:chi (?:cho|ro|ra|dung) (?:cho|noi|nha|nguoi)|(?:cho biet|noi ra|bay) (?:cho|noi) (?:giau|cat|o|ban|de|chon)"
    r"|(?:ghi|quay|chup)(?: (?:lai|duoc|lai duoc))? (?:hinh|clip|canh|anh|video|mat)"
    r"|(?:viet|gui|nop|lam) don(?! (?:xin|dang)\b)"
    r"|(?:cung cap|dua|giao|nop) (?:camera|clip|hinh|anh|video|so do|danh sach|ghi am|bang chung|chung cu))"
)
_TOLD_US = (
    *(
        rf"\b{who}{_FREELY}{{0,10}}? (?:da|vua|moi|lien|len){_FREELY}{{0,6}}? "
        rf"(?:{_CALLED_US}|{_CAME_TO_US}|(?:ke|khai|noi|to) (?:het|ro|that|ra het|sach))\b(?! (?:khi|neu|ngay|de)\b)"
        for who in (_ONE, _SOME)
    ),
    rf"\b{_ONE}{_FREELY}{{0,8}}? (?:da|vua|moi) {_CAME_TO_US}\b",
    rf"\bnguoi (?:da |vua )?(?:goi|dien|nhan|gui|viet|quay|chup|chi|ke|khai)(?: \w+){{0,8}}? (?:chinh )?la {_ONE}",
    rf"\b{_ONE}(?: \w+){{0,8}}? (?:la|lam) nhan chung\b",
    rf"\b(?:{_ONE}|(?P<whom>nguoi (?:phu nu|dan (?:ong|ba)|mac|deo|thanh nien))){_FREELY}{{0,8}}?"
    rf" (?:da|vua|moi|la nguoi)(?: \w+){{0,2}}? {_PROVED}\b",
    r"\bnhan chung(?: duy nhat)? (?:la|gom) (?:mot )?(?P<who>chi|anh|ong|ba|co|cu|chau|em|nguoi)\b",
)
_TELLERS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b{_SOMEBODY}(?: \w+){{0,9}}? (?:da|vua|moi|la nguoi|chinh la nguoi|len|len day"
        rf"|den)(?: \w+)?? {_INFORMS}\b",
        rf"\b{_SOMEBODY}{_UNBIDDEN}{{0,8}}? (?:{_INFORMS}|bao)(?: \w+){{0,3}}? (?:nen|ma|moi|nho do|nho vay|nho the)\b"
        r"(?! (?:bao|goi|noi|giu|de|xin|can|khai|nho|chuan|don|dung|tranh|cho|dan|kiem tra)\b)",
        rf"\b{_SOMEBODY}{_UNBIDDEN}{{0,10}}? (?:ke|noi|khai|bao|goi|to cao|to voi|phan anh|mach|cung cap"
        rf"|trinh bay|ra lam chung)"
        rf"{_UNBIDDEN}{{0,3}}? {_POLICE}\b(?! (?:khi|neu|ngay|de)\b)",
        rf"\b{_SOMEBODY}{_UNBIDDEN}{{0,6}}? (?:nop|gui|viet|lam) don (?:to|trinh bao|khai)\b",
        rf"\b(?:nguon tin|nguoi (?:bao|to|mach|khai|chi diem))(?: \w+){{0,4}}? (?:chinh )?la {_SOMEBODY}",
        rf"\b(?:do|nho|theo|tu|sau khi|duoc|boi|vi|bi)(?: co)? {_RELATED}(?: (?!(?:hay|phai|xin)\b)\w+){{0,7}}?"
        rf" {_INFORMS}\b",
        rf"\bnho(?: co)? {_SOMEBODY}(?: \w+){{0,8}}? (?:ma|nen)(?: \w+){{0,6}}? {_FOUND_OUT}\b",
        rf"\b{_SOMEBODY}{_UNBIDDEN}{{0,6}}? (?:thay|nghe|so|gap|buc|lo|thuong|biet){_UNBIDDEN}{{0,5}} nen"
        rf" (?:da |lien |moi )?(?:{_INFORMS}|bao|goi)\b",
        rf"\b{_REPORT_NOUN}(?: \w+){{0,3}}? (?:cua|tu|do) {_RELATED}",
        rf"\b(?:theo|nho|sau|qua|tu|(?:tiep |ghi )?nhan(?: duoc)?)(?: \w+){{0,3}}? {_SAID}(?: \w+){{0,2}}?"
        rf" (?:cua|tu|do) {_RELATED}"
        # … and no warning of fraud
        r"(?!(?: \w+){0,4} (?:bao con|doi tien|yeu cau|chuyen tien|chuyen khoan|cap cuu)\b)",
        rf"\b(?:theo|nho|sau|qua|tu)(?: co)? (?:{_REPORT_NOUN}|{_SAID}) {_RELATED}",
        r"\b(?:bao(?: tin)?|to giac|to cao|mach|mat bao) (?:vu|viec|tin)(?: \w+){0,3}? (?:chinh )?la"
        r" (?P<who>chi|anh|ong|ba|co|chu|bac|cu|vo|chong|hang xom|nguoi|chu)\b",
        # … insiders and their statements: no advice, no wish, no paperwork
        rf"\b{_INSIDE}{_UNBIDDEN}{{0,6}}? (?:(?:cung |da |vua |moi )+(?:\w+ )??(?:{_INFORMS}|{_SPOKE})"
        rf"|(?:chung kien|tan mat|tiet lo|he lo|cho(?: cong an| xa)? biet|xac nhan|lam chung|khang dinh"
        r"|khai(?! (?:bao|thac|truong|giang|mac|sinh)\b)))\b",
        rf"\b{_INSIDE}(?: \w+){{0,5}}? (?:tiep tuc|cu tiep tuc|nho tiep tuc)(?: \w+){{0,2}}?"
        r" (?:bao|phan anh|nhan|ke|cung cap|gui|to)\b(?! (?:ve|hiem|duong|tri)\b)",
        rf"\b{_BELONGING}(?: cua)? {_OF_WHOM}{_UNBIDDEN}{{0,5}}? {_PASSED_ON}\b",
        r"\b(?P<who>nguoi) (?:(?:da )?tung|lam (?:cong|thue)|choi|danh|mua|vay)(?: \w+){0,6}? "
        r"(?:gui (?:anh|clip|video|hinh|tin)|cung cap (?:so do|thong tin|anh|clip|hinh)|chi diem|mach"
        r"|to (?:giac|cao))\b",
        rf"\b{_OF_ONE}{_UNBIDDEN}{{0,4}}? (?:da|vua|moi|cung)(?: \w+)?? (?:{_INFORMS}|{_SPOKE})\b",
        r"\bco (?P<who>nguoi) (?:o |trong |ben |gan |canh )?(?:xom|thon|to|ngo|ap|hem|nha|quan|nhom)(?: \w+){0,4}?"
        rf" (?:{_INFORMS}|bao) (?:nen|ma|moi)\b",
        *_TOLD_US,
    )
)


def find_reporter_references(text: NormalizedText) -> Iterator[Span]:
    """Find statements about the reporter, or that a confidential report exists."""
    for match in _SOURCE.finditer(text.folded):
        yield text.to_original_span(*match.span())
    for pattern in _TELLERS:
        for match in iter_person_matches(pattern, text, 0, len(text.folded)):
            yield text.to_original_span(*match.span())
