"""Card of a missing person, official papers, the public board of 20,000 found things, and deadlines against the oracle."""

import datetime as dt
import io
import time
from collections.abc import Callable
from pathlib import Path

from bench.lab import compute_percentile, delete_data, print_figure, scale_size

ITEMS = scale_size(20_000, 200)
ROUNDS = scale_size(100, 10)
_ORACLE = Path(__file__).parents[1] / "binhyen/kit/tests/working_hours.tsv"
_SEED_ITEMS = """
INSERT INTO found_founditem (public_id, code, case_id, kind, description, brand, colour, place, found_on, holder,
    is_free_roaming, ground, search_text, is_public, officer_id, at)
SELECT gen_random_uuid(), lpad(to_hex(c.id), 8, '0'), c.id, 'BAG', 'Ví da số ' || c.id, '', 'nâu', 'chợ Nghèn',
    current_date, 'POLICE', false, 'DROPPED', 'vi da so ' || c.id || ' nau cho nghen', true,
    (SELECT min(id) FROM people_officer), c.opened_at
FROM cases_case AS c WHERE c.is_open ORDER BY c.id LIMIT {size}
"""


def main() -> None:
    card()
    paper()
    deadlines()
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

    seed_cases(ITEMS)
    home = Unit.objects.get(level=Unit.Level.PROVINCE, valid_to=None)
    Officer.objects.get_or_create(username="bench-registers", defaults={"name": "Bench", "unit": home})
    try:
        with connection.cursor() as cursor:
            cursor.execute(_SEED_ITEMS.format(size=ITEMS))
            cursor.execute("VACUUM ANALYZE found_founditem, cases_case")
        client = Client(SERVER_NAME="127.0.0.1")
        for name, query in (("first", {}), ("search", {"q": "vi da nau"})):
            page = client.get("/do-nhat-duoc", query)
            assert page.status_code == 200, page.status_code
            durations = _measure(lambda _n, query=query: client.get("/do-nhat-duoc", query))
            _print(f"registers.board.{name}", durations, ITEMS, bytes=len(page.content))
    finally:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE found_founditem CASCADE")
        delete_data()


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
