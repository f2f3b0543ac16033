"""The citizen's page of an area: bulletins and warnings, the station, size, manifest and service worker."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from binhyen.bulletins import coverage_services
from binhyen.bulletins.area_views import BOARD_NAMES
from binhyen.bulletins.models import Station
from binhyen.bulletins.rules import parse_station_phone
from binhyen.bulletins.tests.scene import create_bulletin, create_group, release_bulletin
from binhyen.channels.models import PublishedText
from binhyen.kit import clock
from binhyen.people.services import RuleViolation

pytestmark = pytest.mark.django_db


def sign_in(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_what_is_in_force_here_with_the_station(officer: Any, unit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = clock.now().replace(hour=3, minute=0)
    monkeypatch.setattr(clock, "now", lambda: moment)
    author, chief = officer("OFFICER"), officer("CHIEF")
    create_group(unit("18568"))
    release_bulletin(author, chief, now=moment)
    storm = release_bulletin(author, chief, now=moment, topic="WEATHER", title="Bão số 9 sắp vào bờ")
    answer = sign_in(chief).post("/dang-tay/tru-so", {"phone": "0239 384 6113", "address": "Tổ dân phố Phú Mậu"})
    assert answer.status_code == 303
    page = Client().get("/xa-phuong/18568").content.decode()
    assert page.index("Bão số 9") < page.index("tel:02393846113") < page.index("Giả danh điện lực")
    assert "Không đọc mã OTP cho ai." in page and "Tổ dân phố Phú Mậu" in page and 'rel="manifest"' in page
    assert storm.title not in Client().get("/xa-phuong/18073").content.decode()
    assert "Xã Lộc Hà" in Client().get("/xa-phuong").content.decode()
    assert Client().get("/xa-phuong/99999").status_code == 404


def test_first_load_is_below_100_kb(officer: Any, unit: Any) -> None:
    """The page with everything that it names, uncompressed; fonts are those of the phone."""
    page = Client().get("/xa-phuong/18568").content
    assets = set(re.findall(r'(?:href|src)="/static/([^"#?]+)', page.decode()))
    files = [finders.find(name) for name in assets]
    assert all(files) and len(files) >= 6
    sizes = sum(Path(str(path)).stat().st_size for path in files)
    assert len(page) + sizes < 100_000, (len(page), sizes)
    assert 'class="public"' in page.decode(), "its font is the phone's"


def test_manifest_and_worker(unit: Any) -> None:
    answer = Client().get("/xa-phuong/18568/ung-dung.webmanifest")
    manifest = json.loads(answer.content)
    assert answer["Content-Type"] == "application/manifest+json"
    assert manifest["start_url"] == "/xa-phuong/18568" and manifest["scope"] == "/xa-phuong"
    for board, name in BOARD_NAMES.items():
        page = Client().get(f"/{board}").content.decode()
        assert f'href="/bang/{board}/ung-dung.webmanifest"' in page
        installed = json.loads(Client().get(f"/bang/{board}/ung-dung.webmanifest").content)
        assert (installed["start_url"], installed["name"]) == (f"/{board}", name)
    assert Client().get("/bang/ban-truc/ung-dung.webmanifest").status_code == 404
    worker = Client().get("/xa-phuong/ngoai-tuyen.js")
    assert worker["Content-Type"].startswith("text/javascript") and b"/xa-phuong" in worker.content
    assert worker["Cache-Control"] == "no-cache"


def test_who_may_change_the_station(officer: Any, unit: Any) -> None:
    client = sign_in(officer("OFFICER"))
    assert client.get("/dang-tay/tru-so").status_code == 403
    with pytest.raises(RuleViolation):
        coverage_services.change_station(
            phone="02393846113", address="Phú Mậu", officer=officer("OFFICER"), now=clock.now()
        )
    chief = sign_in(officer("CHIEF"))
    for form in ({"phone": "113", "address": "Phú Mậu"}, {"phone": "02393846113", "address": "x"}, {}):
        assert chief.post("/dang-tay/tru-so", form).status_code == 422
    assert not Station.objects.exists()
    chief.post("/dang-tay/tru-so", {"phone": "0239.384.6113", "address": "Tổ dân phố Phú Mậu"})
    assert Station.objects.get().unit == unit("18568")
    assert PublishedText.objects.get().value == "02393846113"
    row = create_bulletin(officer("OFFICER"), now=clock.now(), text="Ai thấy xin gọi trực ban 0239 384 6113 nhé.")
    assert "0239 384 6113</mark>" not in sign_in(row.author).get(f"/ban-tin/{row.code}").content.decode()
    assert [parse_station_phone(text) for text in ("(0239) 3846113", "84239384611", "o239")] == ["02393846113", "", ""]
