"""Generated pairs of a lost and a found post about one item, each written by another person.

The facts are written in other words, other places of one journey and with typing errors; some are left out. The words
were chosen without looking at the word lists of the matcher; the seed decides every pair.
"""

import datetime as dt
import random
import re
import unicodedata
from dataclasses import dataclass

from binhyen.language.lostfound.match import FOUND, LOST, Post
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.missing.tests.people_pairs import GIVEN, MIDDLES, SURNAMES, change_letters

START = dt.datetime(2026, 9, 1, 7, tzinfo=dt.timezone(dt.timedelta(hours=7)))
DAYS = 60
# Words of the owner | words of the finder; then marks of the kind, in two wordings
_KINDS: tuple[tuple[str, str, str], ...] = (
    ("cái ví|ví tiền|chiếc ví da|bóp", "bóp|chiếc ví|ví da|cái bóp tiền", "WALLET"),
    ("điện thoại Samsung A12|đt samsung a12", "máy Samsung|điện thoại sam sung A12", "PHONE"),
    ("điện thoại Oppo|đt oppo reno", "máy oppo|con Oppo Reno", "PHONE"),
    ("iphone 11|điện thoại Iphone 11", "ip 11|máy iPhone", "PHONE"),
    ("chùm chìa khóa xe Vision|chìa khoá xe vision", "xâu chìa có chìa xe Vision|chìa khóa Vision", "KEYS"),
    ("chìa khóa xe Wave|chùm chìa khoá wave", "bộ chìa xe wave|xâu chìa khóa xe Wave", "KEYS"),
    ("chìa khóa ô tô|chìa khoá ôtô", "chìa khóa xe hơi|cái chìa ô tô", "KEYS"),
    ("căn cước|thẻ căn cước công dân|cccd", "cccd|căn cước công dân|thẻ căn cước", "PAPER"),
    ("bằng lái xe|giấy phép lái xe", "gplx|bằng lái|giấy phép lái xe", "PAPER"),
    ("thẻ bảo hiểm y tế|thẻ bhyt", "thẻ BHYT|bảo hiểm y tế", "PAPER"),
    ("thẻ atm Agribank|thẻ ngân hàng Agribank", "thẻ Agribank|thẻ atm agribank", "PAPER"),
    ("thẻ Vietcombank|thẻ atm vietcombank", "thẻ ngân hàng Vietcombank|atm Vietcombank", "PAPER"),
    ("giấy đăng ký xe|cà vẹt xe", "đăng ký xe máy|giấy đăng kí xe", "PAPER"),
    ("balo|ba lô đi học", "ba lô|cặp balo học sinh", "BAG"),
    ("túi xách nữ|túi xách", "giỏ xách|cái túi xách nữ", "BAG"),
    ("túi ni lông đựng quần áo|bọc quần áo", "bịch quần áo|túi quần áo", "BAG"),
    ("xe đạp mini|xe đạp", "chiếc xe đạp|xe đạp mini", "BIKE"),
    ("xe đạp điện|xe điện", "chiếc xe đạp điện|xe đạp điện", "BIKE"),
    ("lắc tay vàng|vòng tay vàng", "lắc vàng|chiếc vòng tay bằng vàng", "JEWEL"),
    ("dây chuyền vàng|sợi dây chuyền", "dây chuyền|sợi dây vàng", "JEWEL"),
    ("nhẫn cưới|nhẫn vàng", "chiếc nhẫn|nhẫn vàng", "JEWEL"),
    ("đồng hồ đeo tay|đồng hồ", "đồng hồ|cái đồng hồ đeo tay", "WATCH"),
    ("con bò cái|bò cái", "con bò|một con bò cái", "CATTLE"),
    ("con trâu đực|trâu", "con trâu|một con trâu đực", "CATTLE"),
    ("con chó phốc|chó phốc", "em cún phốc|con chó giống phốc", "PET"),
    ("con chó cỏ|chó nhà", "con chó ta|một chú chó", "PET"),
    ("con mèo mướp|mèo mướp", "bé mèo mướp|con mèo", "PET"),
    ("mũ bảo hiểm|nón bảo hiểm", "mũ bảo hiểm|cái mũ bảo hiểm", "HELMET"),
    ("kính cận|cặp kính cận", "mắt kính|cái kính cận", "GLASSES"),
    ("tai nghe bluetooth|tai nghe không dây", "hộp tai nghe|tai nghe bluetooth", "EARPHONES"),
    ("áo khoác gió|áo gió", "áo khoác|cái áo gió", "COAT"),
    ("laptop Dell|máy tính xách tay dell", "máy tính Dell|laptop dell", "LAPTOP"),
    ("máy khoan cầm tay|máy khoan", "cái máy khoan|máy khoan pin", "TOOL"),
    ("thùng hàng|kiện hàng", "thùng các tông|kiện hàng bọc giấy", "PARCEL"),
)
_MARKS: dict[str, tuple[tuple[str, str], ...]] = {
    "WALLET": (
        ("trong có tấm ảnh thẻ của con gái", "trong có ảnh thẻ một bé gái"),
        ("có mấy tờ vé số với {sum} nghìn", "bên trong {sum} nghìn và ít vé số"),
        ("kiểu gập ba, sờn mép", "loại gập ba, mép đã sờn"),
        ("có tờ giấy siêu âm gấp nhỏ", "trong có giấy siêu âm"),
        ("đựng bùa đỏ và {sum}k", "có lá bùa, tiền {sum}k"),
    ),
    "PHONE": (
        ("nứt góc trên màn hình", "màn hình nứt một góc"),
        ("ốp lưng hình mèo Kitty", "có ốp in mèo kitty"),
        ("hình nền em bé mặc áo dài", "màn hình chờ là em bé áo dài"),
        ("ốp dẻo trong, kẹp tờ {sum} nghìn sau lưng", "sau ốp có kẹp {sum} nghìn"),
        ("mất nút nguồn", "không còn nút nguồn"),
    ),
    "KEYS": (
        ("móc khóa hình con gấu bông", "có treo gấu bông nhỏ"),
        ("móc hình quả bóng", "móc khóa quả bóng đá"),
        ("kèm thẻ gửi xe số {number}", "có thẻ gửi xe ghi số {number}"),
        ("buộc dây dù màu cam", "có sợi dây dù cam"),
        ("có cái bấm móng tay", "gắn kèm bấm móng tay"),
        ("có 3 chìa nhà với 1 chìa két", "ba chìa nhà, một chìa két"),
    ),
    "PAPER": (("", ""),),
    "BAG": (
        ("bên trong có sách toán lớp 8", "có vở và sách toán lớp 8"),
        ("có hộp cơm với bình nước", "trong có bình nước, hộp cơm"),
        ("khóa kéo hỏng một bên", "một bên khóa kéo bị hỏng"),
        ("đựng đồ bầu và khăn sữa", "có khăn sữa, đồ bà bầu"),
        ("treo con thỏ bông", "có móc thỏ bông"),
        ("có bộ hồ sơ xin việc", "trong là hồ sơ xin việc"),
    ),
    "BIKE": (
        ("giỏ trước bị móp", "cái giỏ trước móp"),
        ("yên bọc vải hoa", "yên có bọc vải hoa"),
        ("dán hình siêu nhân ở sườn", "sườn xe dán siêu nhân"),
        ("mất chuông, chắn bùn gãy", "chắn bùn bị gãy, không có chuông"),
        ("có ghế trẻ em phía sau", "sau có gắn ghế ngồi trẻ em"),
    ),
    "JEWEL": (
        ("khắc chữ H và ngày cưới", "bên trong khắc chữ H"),
        ("có đính viên đá đỏ nhỏ", "gắn một viên đá đỏ"),
        ("mặt hình con chuột", "có mặt con chuột"),
        ("khoảng 2 chỉ, móc bị lỏng", "cỡ hai chỉ, cái móc lỏng"),
        ("mặt hình trái tim", "mặt trái tim"),
    ),
    "WATCH": (
        ("hiệu Casio, mặt vuông", "đồng hồ casio mặt vuông"),
        ("dây da bị nối chỉ", "dây da có chỗ khâu chỉ"),
        ("mặt kính trầy, kim giây gãy", "gãy kim giây, kính trầy"),
        ("hiệu Orient dây thép", "Orient dây kim loại"),
    ),
    "CATTLE": (
        ("cụt đuôi", "đuôi bị cụt"),
        ("một sừng quặp xuống", "có cái sừng quặp"),
        ("bấm lỗ tai trái", "tai trái có lỗ bấm"),
        ("đang chửa, cổ đeo chuông", "cổ có chuông, bụng chửa"),
        ("có đốm trắng giữa trán", "giữa trán đốm trắng"),
        ("xỏ mũi bằng dây dù xanh", "dây mũi là dây dù xanh"),
    ),
    "PET": (
        ("đeo vòng cổ có lục lạc", "cổ có vòng lục lạc"),
        ("cụt một bên tai", "bị cụt tai"),
        ("chân sau bên phải đi khập khiễng", "khập khiễng chân sau phải"),
        ("mới triệt sản, còn băng bụng", "bụng còn băng"),
        ("mặc áo len sọc", "mặc cái áo len sọc"),
        ("đuôi xoắn, mù một mắt", "mù một bên mắt, đuôi xoắn"),
    ),
    "HELMET": (
        ("dán hình doremon", "có dán doremon"),
        ("có chữ Grab", "mũ in chữ grab"),
        ("vỡ kính chắn", "kính chắn bị vỡ"),
        ("loại nửa đầu, quai đứt", "nửa đầu, đứt quai"),
    ),
    "GLASSES": (
        ("gọng tròn, càng buộc chỉ", "gọng tròn có buộc chỉ ở càng"),
        ("đựng trong hộp da cá sấu", "để trong hộp giả da cá sấu"),
        ("trầy mắt bên trái", "tròng trái bị trầy"),
        ("gọng vuông không viền", "kính vuông không viền"),
    ),
    "EARPHONES": (
        ("hộp dán hình con ếch", "trên hộp có con ếch"),
        ("chỉ còn một bên", "hộp chỉ có một bên tai"),
        ("hộp có chữ khắc Tuấn", "hộp khắc chữ Tuấn"),
        ("hiệu JBL", "tai nghe jbl"),
    ),
    "COAT": (
        ("sau lưng in chữ Viettel", "lưng in viettel"),
        ("túi trong có {sum} nghìn", "trong túi có {sum} nghìn"),
        ("rách khuỷu tay đã vá", "khuỷu tay có miếng vá"),
        ("mũ viền lông", "mũ áo có viền lông"),
    ),
    "LAPTOP": (
        ("dán nhãn thanh lý của trường", "có tem thanh lý trường học"),
        ("mất phím F5", "thiếu phím F5"),
        ("nắp máy dán hình Naruto", "mặt nắp dán naruto"),
        ("kèm sạc với chuột không dây", "có chuột không dây và sạc"),
    ),
    "TOOL": (
        ("hiệu Makita, hộp nhựa", "makita, đựng hộp nhựa"),
        ("tay cầm quấn băng keo", "quấn băng keo ở tay cầm"),
        ("hiệu Bosch kèm hai pin", "bosch, có hai cục pin"),
    ),
    "PARCEL": (
        ("ghi người nhận ở Kỳ Anh, trong có chăn", "nhãn gửi đi Kỳ Anh, hình như là chăn"),
        ("đựng 12 hộp sữa Ensure", "bên trong sữa ensure"),
        ("đựng cá khô", "mùi cá khô"),
        ("là phụ tùng xe máy", "có phụ tùng xe máy"),
        ("đựng mật ong Vũ Quang", "mấy chai mật ong vũ quang"),
    ),
}
_COLOURS = (
    ("đen", "đen|đen tuyền|den"),
    ("nâu", "nâu|nâu cà phê|nâu đất"),
    ("đỏ", "đỏ|đỏ đô|đỏ tươi"),
    ("xanh dương", "xanh nước biển|xanh dương|xanh da trời"),
    ("xanh lá", "xanh lá cây|xanh lá"),
    ("trắng", "trắng|trắng sữa"),
    ("hồng", "hồng|hồng phấn"),
    ("xám", "ghi|xám|xám tro"),
    ("tím", "tím|tím than"),
    ("vàng", "vàng|vàng nhạt"),
)
_UNCOLOURED = {"PAPER", "JEWEL", "PARCEL", "TOOL", "LAPTOP"}
_SPOTS = (
    ("chợ", "gần chợ|ở cổng chợ|trong chợ"),
    ("trường tiểu học", "cổng trường tiểu học|trước trường tiểu học"),
    ("trạm y tế", "trạm y tế|trạm xá"),
    ("cây xăng", "cây xăng|chỗ đổ xăng"),
    ("ngã tư", "ngã tư|chỗ ngã tư đèn đỏ"),
    ("bưu điện", "bưu điện|trước cửa bưu điện"),
    ("nhà văn hóa", "nhà văn hóa|sân nhà văn hoá"),
    ("ủy ban", "ủy ban xã|trước ubnd xã"),
    ("sân bóng", "sân bóng|sân vận động"),
    ("cầu", "chân cầu|đầu cầu"),
)
_LOST = (
    "Em đánh rơi|Mình bị mất|Tôi làm rơi|Nhà tôi mất|cháu làm mất|Bà con ơi nhà em lạc mất",
    "Cần tìm|Ai nhặt được",
)
_FOUND = ("Nhặt được|Em vừa nhặt được|Sáng nay có nhặt được|Tôi có nhặt|Bắt gặp|ai mất|Của ai rơi",)
_PAPER_SIGNS = ("mang tên", "tên", "của", "tên trên giấy là")
_MAX_ACCIDENTS = 40


@dataclass(frozen=True, slots=True)
class ItemPair:
    """Two posts about one item."""

    lost_post: Post
    found_post: Post


def build_item_pairs(count: int, *, seed: int, gazetteer: Gazetteer) -> list[ItemPair]:
    """Return pairs over two months and the whole province."""
    rng, communes = random.Random(seed), sorted(gazetteer.communes)
    return [_build_pair(rng, number, communes, gazetteer) for number in range(count)]


def _build_pair(rng: random.Random, number: int, communes: list[str], gazetteer: Gazetteer) -> ItemPair:
    owner_words, finder_words, kind = rng.choice(_KINDS)
    commune = rng.choice(communes)
    near = [code for code in communes if code != commune and gazetteer.is_adjoining(code, commune)]
    home = commune if not near or rng.random() < 0.75 else rng.choice(near)
    mark = rng.choice(_MARKS[kind])
    values = {"sum": rng.randrange(5, 190) * 10, "number": rng.randrange(10, 400)}
    name = " ".join((rng.choice(SURNAMES), rng.choice(MIDDLES), rng.choice(GIVEN)))
    colour, hues = rng.choice(_COLOURS)
    spot, spots = rng.choice(_SPOTS)
    lost_facts, found_facts = {}, {}
    if kind == "PAPER" or (kind in ("WALLET", "BAG") and rng.random() < 0.5):
        paper = "" if kind == "PAPER" else "có căn cước "
        lost_facts["name"] = f"{paper}{rng.choice(_PAPER_SIGNS)} {name}"
        found_facts["name"] = f"{paper}{rng.choice(_PAPER_SIGNS)} {_shorten(rng, name)}"
    if kind not in _UNCOLOURED:
        lost_facts["colour"] = f"màu {rng.choice((colour, *hues.split('|')))}"
        found_facts["colour"] = f"màu {rng.choice((colour, *hues.split('|')))}"
    if mark[0]:
        lost_facts["mark"], found_facts["mark"] = (text.format(**values) for text in mark)
    place, home_name = gazetteer.commune_name(commune), gazetteer.commune_name(home)
    found_facts["place"] = f"{rng.choice(spots.split('|'))} {place}"
    lost_facts["place"] = (
        f"đoạn từ {home_name} đến {spot} {place}"
        if home != commune
        else f"{rng.choice(('khu', 'gần', 'tầm', 'ở'))} {spot} {place}"
    )
    _leave_out(rng, lost_facts, found_facts)
    lost_at = START + dt.timedelta(days=rng.randrange(DAYS), hours=rng.randrange(15), minutes=rng.randrange(60))
    found_at = lost_at + dt.timedelta(hours=rng.choice((1, 2, 5, 12, 24, 48, 96)))
    lost_text = _write(rng, rng.choice(_LOST[0].split("|")), rng.choice(owner_words.split("|")), lost_facts)
    found_text = _write(rng, rng.choice(_FOUND[0].split("|")), rng.choice(finder_words.split("|")), found_facts)
    return ItemPair(
        Post(f"L{number}", LOST, lost_text, lost_at, home), Post(f"F{number}", FOUND, found_text, found_at, commune)
    )


def _leave_out(rng: random.Random, owner: dict[str, str], finder: dict[str, str]) -> None:
    """Leave facts out of either post; two in common stay, of which one tells the item itself."""
    for facts in (owner, finder):
        for field in tuple(facts):
            rest = facts.keys() - {field}
            shared = rest & owner.keys() & finder.keys()
            if rng.random() < 0.15 and len(shared) >= 2 and shared & {"name", "mark"}:
                del facts[field]


def _write(rng: random.Random, verb: str, item: str, facts: dict[str, str]) -> str:
    """Write a post as people do: order, typing errors, abbreviations, no marks."""
    item = f"{item} {facts['colour']}" if "colour" in facts else item
    details = [facts[field] for field in ("mark", "name") if field in facts]
    rng.shuffle(details)
    parts = [f"{verb} {item}", *details]
    parts.insert(rng.choice((1, len(parts))), facts.get("place", ""))
    text = ", ".join(part for part in parts if part)
    if rng.random() < 0.35:
        words = text.split()
        place = rng.randrange(len(words))
        words[place] = change_letters(words[place], rng)
        text = " ".join(words)
    if rng.random() < 0.3:
        text = re.sub(r"\bđược\b", "dc", text).replace("không", "ko").replace("điện thoại", "đt")
    if rng.random() < 0.3:
        text = "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))
        text = text.replace("đ", "d").replace("Đ", "D")
    return text if rng.random() < 0.8 else text.lower()


def _shorten(rng: random.Random, name: str) -> str:
    """Write a name as on the papers, or as a careful finder does: «N.T. Mận», «Thị Mận»."""
    family, middle, given = name.split()
    return rng.choice((name, name, name, name.upper(), f"{family[0]}.{middle[0]}.{given}", f"{middle} {given}"))
