"""Photo card, official papers, deadlines against the oracle, matching of things and names, the board of found things."""

import datetime as dt
import io
import time
from collections.abc import Callable
from pathlib import Path

from bench.lab import compute_percentile, delete_data, print_figure, scale_size

ITEMS = scale_size(20_000, 200)
ROUNDS = scale_size(100, 10)
OPEN_POSTS = scale_size(100_000, 500)
NEW_POSTS = scale_size(400, 40)
PAIRS = scale_size(1_000, 20)
NAME_PAIRS = scale_size(2_000, 50)
_THINGS = (
    "ví da|ví|bóp|chùm chìa khóa xe Vision|chùm chìa khóa xe Wave|chìa khóa xe máy|điện thoại Samsung|điện thoại Oppo|"
    "iPhone 12|balo học sinh|túi xách|túi vải|xe đạp mini|xe đạp thể thao|đồng hồ|dây chuyền vàng|nhẫn vàng|lắc bạc|"
    "thẻ ATM Agribank|thẻ ATM Vietcombank|căn cước|giấy phép lái xe|đăng ký xe|con bò|con trâu|con chó|con mèo|"
    "máy tính xách tay Dell|tai nghe|mũ bảo hiểm|áo khoác|ô đi mưa|bao lúa|xe rùa|máy khoan|cần câu|kính cận"
)
_COLOURS = "đen|nâu|đỏ|xanh|trắng|vàng|xám|hồng|tím|bạc"
_MARKS = (
    "có móc khóa hình gấu|có dán hình con mèo|bị xước góc|có dây buộc màu đỏ|bên trong có ảnh thẻ|có chữ «Hải»|"
    "đứt quai bên trái|còn mới|đã cũ|có mấy trăm nghìn|có giấy tờ xe|kèm tai nghe|nứt màn hình|có ốp lưng|không có khóa"
)
_NAMES = "Nguyễn Văn|Trần Thị|Lê Văn|Phạm Thị|Hoàng Văn|Bùi Thị|Võ Văn|Phan Thị|Đặng Văn|Hồ Thị"
_GIVEN = "An|Bình|Cúc|Dũng|Hạnh|Hùng|Lan|Mai|Nam|Oanh|Phúc|Quý|Sơn|Tâm|Thảo|Tuấn|Vinh|Yến|Đức|Giang"
_SPOTS = "chợ|trường học|trạm xá|cây xăng|ngã ba|bến xe|nhà văn hóa|sân bóng|cổng chùa|quán nước"
_ORACLE = Path(__file__).parents[1] / "binhyen/kit/tests/working_hours.tsv"
_SEED_ITEMS = """
UPDATE cases_case SET state = 'NEW', closed_at = NULL, outcome = '', category = 'found_item';
INSERT INTO found_founditem (public_id, code, case_id, kind, description, brand, colour, place, commune_id, found_on,
    holder, is_free_roaming, ground, search_text, is_public, officer_id, at)
SELECT gen_random_uuid(), lpad(to_hex(c.id), 8, '0'), c.id, k.kind, k.thing || ' số ' || c.id, '', 'nâu', 'chợ Nghèn',
    c.commune_id, current_date, 'POLICE', false, 'DROPPED', k.words || ' so ' || c.id || ' nau cho nghen', true,
    (SELECT min(id) FROM people_officer), c.opened_at
FROM cases_case AS c
JOIN (VALUES (0, 'BAG', 'Ví da', 'vi da'), (1, 'PHONE', 'Điện thoại', 'dien thoai'), (2, 'PAPERS', 'Căn cước', 'can cuoc'))
    AS k (number, kind, thing, words) ON k.number = c.id % 3
"""


def main() -> None:
    card()
    paper()
    deadlines()
    matching()
    pairs()
    names()
    board()


def card() -> None:
    """Measure the photo card as picture and as page, from the fields and a photo of a phone."""
    from PIL import Image

    from binhyen.missing.photo_card import Card, render_card_pdf, render_card_png

    photo = io.BytesIO()
    Image.effect_noise((1600, 1200), 60).convert("RGB").save(photo, "JPEG")
    facts = (("Thấy lần cuối", "16:30, chợ Lộc Hà"), ("Quần áo", "áo len xanh, quần đen, nón lá"))
    person = Card(
        "Tìm cụ Mận, 78 tuổi", facts, "Báo công an", "https://binhyen.vn/tim-nguoi/K7M2", "Xóa", photo.getvalue()
    )
    for name, render in (("png", render_card_png), ("pdf", render_card_pdf)):
        _print(f"registers.card.{name}", _measure(lambda _n, render=render: render(person)), 1)


def paper() -> None:
    """Measure minutes with a table and two signatures in both formats."""
    from binhyen.kit.official_papers import PAPER_FORMATS, LabelledLine, Paper, PaperHead, PaperTable, Signature

    head = PaperHead("CÔNG AN TỈNH HÀ TĨNH", "CÔNG AN XÃ LỘC HÀ", "3/BB-CAX", "Lộc Hà", dt.date(2026, 12, 1))
    table = PaperTable(("TT", "Tên"), [(str(number), "Súng kíp tự chế") for number in range(10)], (20, 80))
    minutes = Paper(
        "bien-ban", head, ["Căn cứ", LabelledLine("Người giao", "A"), table], [Signature("A"), Signature("B")], "BB"
    )
    for name, paper_format in PAPER_FORMATS.items():
        durations = _measure(lambda _n, render=paper_format.render: render(minutes))
        _print(f"registers.paper.{name}", durations, 1)


def deadlines() -> None:
    """Count the deadlines in office hours that equal the independent calendar."""
    from binhyen.kit.business_days import add_working_hours

    lines = _ORACLE.read_text().splitlines()
    named = dict(line[1:].split("\t") for line in lines if line.startswith("#") and "\t" in line)
    free, worked = (frozenset(map(dt.date.fromisoformat, named[name].split(","))) for name in ("free", "worked"))
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    equal = sum(
        add_working_hours(dt.datetime.fromisoformat(start), float(hours), extra=free, worked=worked)
        == dt.datetime.fromisoformat(due)
        for start, hours, due in rows
    )
    print_figure("registers.deadlines.equal", equal, "moments", len(rows))


def board() -> None:
    """Measure the public board of a province: first page and a search."""
    from django.db import connection
    from django.test import Client

    from bench.seed import seed_cases
    from binhyen.areas.models import Unit
    from binhyen.people.models import Officer

    delete_data()
    seed_cases(ITEMS)
    home = Unit.objects.get(level=Unit.Level.PROVINCE, valid_to=None)
    Officer.objects.get_or_create(username="bench-registers", defaults={"name": "Bench", "unit": home})
    try:
        with connection.cursor() as cursor:
            for statement in _SEED_ITEMS.split(";"):
                cursor.execute(statement)
            cursor.execute("SELECT count(*) FROM found_founditem JOIN cases_case c ON c.id = case_id AND c.is_open")
            (count,) = cursor.fetchone()
            cursor.execute("VACUUM ANALYZE found_founditem, cases_case")
        client = Client(SERVER_NAME="127.0.0.1")
        searches = {"first": {}, "search": {"q": "vi da nau"}, "nothing": {"q": "xyz"}, "commune": {"xa": "18568"}}
        for name, query in searches.items():
            page = client.get("/do-nhat-duoc", query)
            assert page.status_code == 200, page.status_code
            cpu_start = time.process_time()
            durations = _measure(lambda _n, query=query: client.get("/do-nhat-duoc", query))
            cpu_ms = round((time.process_time() - cpu_start) * 1000 / len(durations))
            _print(f"registers.board.{name}", durations, count, bytes=len(page.content), cpu_ms=cpu_ms)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE found_founditem CASCADE")
        delete_data()


def matching() -> None:
    """Measure a new lost thing against found ones, with its reasons, and how often its pair is the first."""
    import random

    from binhyen.language.lostfound.match import FOUND, LOST, Matcher, Post
    from binhyen.language.places.gazetteer import Gazetteer

    chance, gazetteer = random.Random(11), Gazetteer.load_default()
    things, colours, marks, names, given, spots = (
        words.split("|") for words in (_THINGS, _COLOURS, _MARKS, _NAMES, _GIVEN, _SPOTS)
    )
    communes = sorted(gazetteer.communes)
    moment = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)

    def draw() -> tuple[str, str, str, str, str, str]:
        name = f"{chance.choice(names)} {chance.choice(given)}" if chance.random() < 0.4 else ""
        number = f"38N1-{chance.randrange(100, 999)}.{chance.randrange(10, 99)}" if chance.random() < 0.1 else ""
        parts = (chance.choice(values) for values in (things, colours, marks, communes))
        return (*parts, name, number)

    def write(facts: tuple[str, ...], kind: str, id: str, hours: float) -> Post:
        item, colour, mark, commune, name, number = facts
        spot = f"{chance.choice(spots)} {gazetteer.commune_name(commune)}"
        parts = [f"{item} màu {colour}", mark, f"tên {name}" if name else "", f"biển {number}" if number else ""]
        if kind == LOST and chance.random() < 0.3:
            parts[1] = ""  # the owner mentions less
        verb = "Em đánh rơi" if kind == LOST else "Nhặt được"
        return Post(
            id, kind, f"{verb} {', '.join(filter(None, parts))} ở {spot}", moment + dt.timedelta(hours=hours), commune
        )

    matcher, facts = Matcher(gazetteer), [draw() for _number in range(OPEN_POSTS)]
    for number, item in enumerate(facts):
        matcher.add(write(item, FOUND, str(number), 6 + number % 700))
    asked = [chance.randrange(OPEN_POSTS) for _number in range(NEW_POSTS)]
    durations, cpu = [], []
    for number in asked:
        post = write(facts[number], LOST, "new", number % 700)
        start, cpu_start = time.perf_counter(), time.process_time()
        matcher.find_candidates(post, limit=5)
        durations.append((time.perf_counter() - start) * 1000)
        cpu.append((time.process_time() - cpu_start) * 1000)
    _print("registers.match", durations, OPEN_POSTS, cpu_ms=round(compute_percentile(cpu, 0.95)))


def pairs() -> None:
    """Measure how often the found post of a generated pair comes first, and in the first five, among all of them."""
    from bench.item_pairs import build_item_pairs
    from binhyen.language.lostfound.match import Matcher
    from binhyen.language.places.gazetteer import Gazetteer

    gazetteer, ranks = Gazetteer.load_default(), []
    for seed in (101, 102):  # other seeds than those the words of the pairs were checked with
        matcher, item_pairs = Matcher(gazetteer), build_item_pairs(PAIRS, seed=seed, gazetteer=gazetteer)
        for pair in item_pairs:
            matcher.add(pair.found_post)
        for pair in item_pairs:
            ids = [candidate.id for candidate in matcher.find_candidates(pair.lost_post, limit=5)]
            ranks.append(ids.index(pair.found_post.id) if pair.found_post.id in ids else 5)
    for limit in (1, 5):
        recall = sum(rank < limit for rank in ranks) / len(ranks)
        print_figure(f"registers.pairs.recall{limit}", recall, "of 1", len(ranks), open=PAIRS)


def names() -> None:
    """Measure how often a name as another person writes it finds the person among the first three."""
    from binhyen.missing.rules.names import NameIndex
    from binhyen.missing.tests.people_pairs import build_pairs

    name_pairs, index = build_pairs(NAME_PAIRS, seed=17), NameIndex()
    for number, (name, _typed) in enumerate(name_pairs):
        index.add(str(number), name)
    hits = sum(
        str(number) in [candidate for candidate, _score in index.find(typed, limit=3)]
        for number, (_name, typed) in enumerate(name_pairs)
    )
    print_figure("registers.names.recall3", hits / len(name_pairs), "of 1", len(name_pairs))


def _print(name: str, durations: list[float], count: int, **extra: int) -> None:
    print_figure(f"{name}.p95", compute_percentile(durations, 0.95), "ms", count, **extra)


def _measure(action: Callable[[int], object]) -> list[float]:
    action(0)
    durations = []
    for number in range(ROUNDS):
        start = time.perf_counter()
        action(number)
        durations.append((time.perf_counter() - start) * 1000)
    return durations
