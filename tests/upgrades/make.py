"""Pack a small installation of this version for `tests/test_upgrade.py`: made at each release and kept.

    BINHYEN_VAR=/tmp/x python -m tests.upgrades.make tests/upgrades/VERSION.tgz

It holds made-up people, every kind of row that matters (reports, a photo, a sealed tip, a complaint, an open case, the
chained and signed audit log), and only the areas that units belong to. Its keys decrypt nothing else.
"""

import io
import os
import sys
import tarfile
from pathlib import Path

_TRIM = """
CREATE TEMP TABLE kept AS WITH RECURSIVE k(id) AS (
    SELECT area_id FROM areas_unit
    UNION SELECT v.parent_id FROM areas_areaversion v JOIN k ON v.area_id = k.id WHERE v.parent_id IS NOT NULL)
SELECT id FROM k;
DELETE FROM areas_succession WHERE old_id NOT IN (SELECT id FROM kept) OR new_id NOT IN (SELECT id FROM kept);
DELETE FROM areas_areaversion WHERE area_id NOT IN (SELECT id FROM kept);
DELETE FROM areas_area WHERE id NOT IN (SELECT id FROM kept)
"""
_PEOPLE = (
    ("loc-ha.truong", "Trần Văn Mẫu", "CHIEF", "CAX-18568"),
    ("loc-ha.canbo", "Lê Thị Mẫu", "OFFICER", "CAX-18568"),
    ("tinh.truc", "Phan Văn Mẫu", "PROVINCE_DUTY", "CAT-42"),
)
_TOLD = (
    "Có nhóm thanh niên cầm dao đánh nhau ở TDP Phú Mậu",
    "Tôi mất xe máy wave đỏ ở xã Lộc Hà tối qua",
    "Ống nước vỡ ở xã Lộc Hà",
    "Nhặt được ví ở xã Lộc Hà, trong có giấy tờ",
    "Cán bộ công an xã Lộc Hà đòi tiền tôi hai triệu",
)
_PASSWORD = "mat-khau-that-dai-2026\n"


def make_picture() -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, "JPEG", comment=b"GPS")
    return out.getvalue()


def fill_installation(folder: Path) -> None:
    from django.core.management import call_command

    from binhyen.audit import services
    from binhyen.audit.services import checkpoints
    from binhyen.cases.models import Case
    from binhyen.cases.services import officer_actions
    from binhyen.intake import web_reports
    from binhyen.kit import clock
    from binhyen.kit.ids import generate_token
    from binhyen.people.models import Officer
    from binhyen.stats import services as stats
    from binhyen.tips import services as tips
    from binhyen.vault import group_keys

    now = clock.now()
    group_keys.create_missing_keys(now=now)
    for username, name, role, unit in _PEOPLE:
        sys.stdin = io.StringIO(_PASSWORD)
        call_command("create_officer", username, name=name, role=role, unit=unit)
    for number, text in enumerate(_TOLD):
        photos = () if number else (web_reports.UploadedPhoto("a.jpg", make_picture()),)
        identity = {"phone": "0912345678", "name": "Người Mẫu"} if number == 1 else {}
        web_reports.send_report(
            sending=web_reports.Submission(key=generate_token(), text=text, photos=photos, **identity), now=now
        )
    tip = "Nhà cuối xóm bán ma túy ở xã Lộc Hà"
    receipt = tips.submit_tip(
        key=generate_token(), text=tip, place="", photos=[tips.UploadedTipFile("a.jpg", make_picture())], now=now
    )
    (folder / "receipt").write_text(receipt.code)
    chief = Officer.objects.get(username="loc-ha.truong")
    case = Case.objects.filter(unit=chief.unit).order_by("id").first()
    assert case is not None
    case = officer_actions.assign_to_self(code=case.code, officer=chief, version=case.version, now=now)
    case = officer_actions.add_note(code=case.code, officer=chief, text="Đã xuống nơi.", now=now)
    officer_actions.answer_reporters(
        code=case.code, officer=chief, text="Công an xã đang tới.", version=case.version, now=now
    )
    stats.update_counts()
    services.chain_waiting()
    checkpoints.sign_if_due(now=clock.now(), at_once=True)


def make_archive(target: Path) -> None:
    from binhyen.embedded_postgres import EmbeddedPostgres

    folder = Path(os.environ["BINHYEN_VAR"]).resolve()
    server = EmbeddedPostgres(folder / "postgresql")
    server.start()  # before the settings are read: they contain its password
    try:
        import django

        from binhyen import backup, run, settings

        run.prepare_installation(demo=False)
        django.setup()
        from django.db import connection

        fill_installation(folder)
        with connection.cursor() as cursor:
            cursor.execute(_TRIM)
        connection.close()
        dump = folder / "database.dump"
        backup.run_pg_tool("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={dump}")
        (folder / "secret_key").write_text(settings.SECRET_KEY)
        with tarfile.open(target, "w:gz") as archive:
            for name in ("database.dump", "secret_key", "receipt", "files", "keys"):
                archive.add(folder / name, name)
    finally:
        server.stop()


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "binhyen.settings"
    make_archive(Path(sys.argv[1]).resolve())
