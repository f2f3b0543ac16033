"""The village list of a province: parsing, errors, and all-or-nothing import."""

import datetime as dt
import unicodedata
from typing import Any

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from binhyen.areas import queries
from binhyen.areas.models import Alias, Area, AreaVersion, Succession
from binhyen.areas.rules.spreadsheet import MAX_FILE_BYTES, SheetRow, read_sheet
from binhyen.areas.rules.village_import import CommuneFact, ImportFacts, VillageAddition, VillageFact, plan_import
from binhyen.areas.services import ImportPreview, check_villages, close_village, import_villages, merge_villages
from binhyen.audit.models import AuditEntry
from binhyen.kit.text import to_name_key
from tests import rls

NOW = dt.datetime(2026, 11, 25, 3, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 25)
SINCE = dt.date(2025, 7, 1)
HEAD = "xa,ten,loai,ma,ten_khac,vi_do,kinh_do,tu_ngay,nhap_tu,den_ngay\n"
COMMUNES = {
    "18568": CommuneFact("18568", "Xã Lộc Hà", "Lộc Hà", "xa", SINCE),
    "18652": CommuneFact("18652", "Phường Hà Huy Tập", "Hà Huy Tập", "phuong", SINCE),
}
OLD = {to_name_key("Xã Thạch Bằng"): frozenset({"18568"}), to_name_key("Đại Nài"): frozenset({"18568", "18652"})}
VILLAGES = [
    VillageFact(1, "18568-001", "18568", "thon", "Phú Mậu", SINCE),
    VillageFact(2, "18568-002", "18568", "thon", "Yên Bình", SINCE, frozenset({"xom yen"})),
    VillageFact(3, "18652-001", "18652", "to_dan_pho", "Nam Thượng", SINCE),
]


def build_plan(*lines: str) -> Any:
    sheet = read_sheet((HEAD + "\n".join(lines)).encode())
    assert not sheet.problems, sheet.problems
    return plan_import(sheet.rows, ImportFacts(COMMUNES, OLD, VILLAGES), today=TODAY)


@pytest.mark.parametrize(
    ("line", "kind", "name", "commune"),
    [
        ("Xã Lộc Hà,Tân Phú", "thon", "Tân Phú", "18568"),
        ("lộc hà,Tân Phú", "thon", "Tân Phú", "18568"),
        ("18568,Tân Phú", "thon", "Tân Phú", "18568"),
        ("Hà Huy Tập,Tân Phú", "to_dan_pho", "Tân Phú", "18652"),
        ("18652,Thôn Tân Phú", "thon", "Tân Phú", "18652"),
        ("18568,TDP Tân Phú", "to_dan_pho", "Tân Phú", "18568"),
        ("18568,Tân Phú,tổ dân phố", "to_dan_pho", "Tân Phú", "18568"),
        ("18568,Tổ dân phố 5", "to_dan_pho", "5", "18568"),
        (unicodedata.normalize("NFD", "Lộc Hà,Tân Phú"), "thon", "Tân Phú", "18568"),
    ],
)
def test_ways_to_write_a_village(line: str, kind: str, name: str, commune: str) -> None:
    (add,) = build_plan(line).adds
    assert (add.type, add.name, add.commune, add.since) == (kind, name, commune, SINCE)


@pytest.mark.parametrize(
    ("line", "column", "text"),
    [
        (",Tân Phú", "xa", "Thiếu xã"),
        ("Xã Nào Đó,Tân Phú", "xa", "Không có xã"),
        ("99999,Tân Phú", "xa", "Không có xã"),
        ("Đại Nài,Tân Phú", "xa", "đã chia về"),
        ("18568,", "ten", "Thiếu tên"),
        ("18568,!!!", "ten", "phải có chữ"),
        ("18568," + "a" * 61, "ten", "dài hơn"),
        ("18568,Tân Phú,ấp", "loai", "Chỉ ghi"),
        ("18568,Tân Phú,,77777-001", "ma", "Không có thôn"),
        ("18568,Tân Phú,,18652-001", "ma", "không thuộc"),
        ("18568,Yên Bình,,18568-001", "ten", "đã là của"),
        ("18568,Tân Phú,,,,bốn,105", "vi_do", "Cần một số"),
        ("18568,Tân Phú,,,,18.4,", "kinh_do", "Cần một số"),
        ("18568,Tân Phú,,,,105.9,18.4", "vi_do", "Ngoài tỉnh"),
        ("18568,Tân Phú,,,,nan,105.9", "vi_do", "Ngoài tỉnh"),
        ("18568,Tân Phú,,,,,,31/02/2026", "tu_ngay", "Ngày phải viết"),
        ("18568,Tân Phú,,,,,,2020-01-01", "tu_ngay", "chỉ có từ"),
        ("18568,Tân Phú,,,,,,,,01/01/2026", "den_ngay", "chưa có"),
        ("18568,Tân Phú,,,,,,,Thôn Lạ", "nhap_tu", "Không có thôn"),
        ("18568,Phú Mậu,,,,,,,,01/07/2025", "den_ngay", "phải sau"),
        ("18568,Phú Mậu,tổ dân phố,,,,,01/07/2025", "tu_ngay", "phải sau"),
    ],
)
def test_each_mistake_is_reported_with_line_and_column(line: str, column: str, text: str) -> None:
    (error,) = build_plan(line).errors
    assert (error.line, error.column) == (2, column) and text in error.text


def test_all_mistakes_of_a_row_are_reported_at_once() -> None:
    errors = build_plan("18568,Tân Phú,ấp,77777-001,,bốn,105,31/02/2026,,hôm qua", "18568,Hòa Lạc").errors
    assert {error.column for error in errors} == {"loai", "ma", "vi_do", "tu_ngay", "den_ngay"}
    assert {error.line for error in errors} == {2} and len(errors) == 5
    (only,) = build_plan("18568,Tân Phú,ấp").errors
    assert only.column == "loai"
    both = build_plan("Xã Nào Đó,Tân Phú,ấp").errors
    assert {error.column for error in both} == {"xa", "loai"}


def test_the_same_village_twice() -> None:
    (error,) = build_plan("18568,Hòa Lạc", "18568,Thôn Hoà Lạc").errors
    assert (error.line, error.text) == (3, "Trùng với dòng 2.")
    assert not build_plan("18568,Hòa Lạc", "18568,Hóa Lạc").errors  # another name


@pytest.mark.parametrize("cell", ["X. Lộc Hà", "x.Lộc Hà", "X Lộc Hà"])
def test_a_commune_in_short(cell: str) -> None:
    (add,) = build_plan(f"{cell},Tân Phú").adds
    assert add.commune == "18568"


@pytest.mark.parametrize("lost", ["T?n Ph?", "T\ufffdn Ph\ufffd"])
def test_letters_that_excel_lost_are_no_name(lost: str) -> None:
    """Pure ASCII passed for UTF-8, so «Ph? M?u» became a village."""
    (problem,) = read_sheet(f"STT,xa,ten\n1,18568,Tân Phú\n2,18568,{lost}\n".encode()).problems
    assert (problem.line, problem.column) == (3, "ten") and "Mất dấu" in problem.text


def test_an_old_commune_is_understood_with_a_warning() -> None:
    wanted = build_plan("Xã Thạch Bằng,Tân Phú")
    assert wanted.adds[0].commune == "18568" and wanted.warnings[0].text == "«Xã Thạch Bằng» nay thuộc Xã Lộc Hà."


def test_known_rows_are_unchanged_and_new_values_are_imported() -> None:
    assert build_plan("18568,Phú Mậu").unchanged == 1
    (change,) = build_plan("18568,Yên Bình,,,xóm Yên|Yên Mới").changes
    assert change.aliases == ("Yên Mới",) and not change.renamed
    (renamed,) = build_plan("18568,Phú Mậu Mới,,18568-001,,,,01/01/2026").changes
    assert renamed.renamed and renamed.since == dt.date(2026, 1, 1) and renamed.type == "thon"
    (closed,) = build_plan("18568,Phú Mậu,,,,,,,,01/01/2026").changes
    assert closed.until == dt.date(2026, 1, 1)


def test_merging_villages() -> None:
    (add,) = build_plan("18568,Phú Bình,,,,,,01/10/2026,Phú Mậu|18568-002").adds
    assert add.absorbs == (1, 2) and add.since == dt.date(2026, 10, 1)
    twice = build_plan("18568,A1,,,,,,,Phú Mậu", "18568,A2,,,,,,,Phú Mậu")
    assert twice.errors[0].column == "nhap_tu"
    clash = build_plan("18568,A1,,,,,,,Phú Mậu", "18568,Phú Mậu,tổ dân phố")
    assert "lại được ghi ở dòng 3" in clash.errors[0].text


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "trống"),
        (b"PK\x03\x04 an Excel file", "không phải tệp CSV"),
        (b"\xff\xfex\x00a\x00", "không phải tệp CSV"),
        ("xa,ten\nLộc Hà,Thôn".encode("cp1258", "replace") + b"\xd0\xff", "UTF-8"),
        (b"x" * (MAX_FILE_BYTES + 1), "1 MB"),
        (b"xa\nLoc Ha\n", "Thiếu cột"),
        ("xa,ten,màu\n1,2,3\n".encode(), "Không có cột này"),
        (b"xa,ten,xa\n", "hai lần"),
        (b"xa,ten\n", "chưa có thôn nào"),
        (b'xa,ten\n18568,"a\n', "ngoặc kép"),
        (b"xa,ten\n18568,a,b,c\n", "ô, tên cột"),
        (b'xa,ten\n18568,=HYPERLINK("http://x")\n', "công thức"),
        (b"xa,ten\n18568,@SUM(A1)\n", "công thức"),
        (b"xa,ten\n18568," + b"a" * 200_000 + b"\n", "dài"),
    ],
)
def test_files_that_are_not_the_list(data: bytes, text: str) -> None:
    sheet = read_sheet(data)
    assert any(text in problem.text for problem in sheet.problems), sheet.problems


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_files_written_by_excel(delimiter: str, mark: str, end: str) -> None:
    lines = [["Xã", "Tên thôn", "Tên khác"], ["Lộc Hà", "Phú Mậu", "Mậu"], ["", "", ""], ["Lộc Hà", "Yên", ""]]
    data = (mark + end.join(delimiter.join(line) for line in lines)).encode()
    sheet = read_sheet(data)
    assert not sheet.problems
    assert [(row.line, row["xa"], row["ten"], row["ten_khac"]) for row in sheet.rows] == [
        (2, "Lộc Hà", "Phú Mậu", "Mậu"),
        (4, "Lộc Hà", "Yên", ""),
    ]


@given(st.binary(max_size=400))
def test_any_bytes_get_an_answer(data: bytes) -> None:
    sheet = read_sheet(data)
    assert sheet.rows or sheet.problems


@given(st.lists(st.dictionaries(st.sampled_from(HEAD.strip().split(",")), st.text(max_size=20)), max_size=5))
def test_any_cells_get_a_plan(cells: list[dict[str, str]]) -> None:
    rows = [SheetRow(number, cell) for number, cell in enumerate(cells, 2)]
    wanted = plan_import(rows, ImportFacts(COMMUNES, OLD, VILLAGES), today=TODAY)
    bad = {error.line for error in wanted.errors}
    done = [row for row in (*wanted.adds, *wanted.changes) if row.line not in bad]
    assert len(done) + wanted.unchanged + len(bad) >= len(rows)
    assert all(isinstance(add, VillageAddition) and add.commune in COMMUNES for add in wanted.adds)


# With the database, as the login of the pages: the rows of the import are written by no other path.


def import_list(text: str) -> ImportPreview:
    with rls.acting_as("pages"):
        return import_villages(text.encode(), actor="test", now=NOW)


@pytest.mark.django_db
def test_a_list_is_imported_and_importing_it_again_changes_nothing() -> None:
    data = HEAD + "Lộc Hà,Xuân Khánh Mới,,,Khánh Mới|cồn Khánh,18.46,105.89\nIch Hau,x\nXã Ích Hậu,Thống Nhất Mới\n"
    refused = import_list(data)
    assert [e.line for e in refused.errors] == [3] and not refused.saved
    assert not AreaVersion.objects.filter(name="Xuân Khánh Mới").exists()
    assert not AuditEntry.objects.filter(verb="villages_imported").exists()
    good = data.replace("Ich Hau,x\n", "")
    assert check_villages(good.encode(), now=NOW).added == 2
    assert not AreaVersion.objects.filter(name="Xuân Khánh Mới").exists()
    saved = import_list(good)
    assert (saved.saved, saved.added, len(saved.warnings)) == (True, 2, 1)
    version = AreaVersion.objects.get(name="Xuân Khánh Mới")
    assert (version.code, version.full_name) == ("18568-029", "Thôn Xuân Khánh Mới")
    assert queries.get_directory().villages["18568", to_name_key("cồn Khánh")] == version.area_id
    assert any(p.kind == "thon" for p in queries.get_gazetteer().find_by_name("xuan khanh moi"))
    assert AuditEntry.objects.get(verb="villages_imported").detail == {
        "added": 2,
        "changed": 0,
        "closed": 0,
        "communes": ["18568", "18586"],
    }
    again = import_list(good)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 2)
    assert AuditEntry.objects.filter(verb="villages_imported").count() == 1


@pytest.mark.django_db
def test_a_village_merger_in_a_running_system_keeps_the_past_and_the_names() -> None:
    mau = queries.get_directory().villages["18568", to_name_key("Phú Mậu")]
    other = AreaVersion.objects.filter(code="18568-002", current=True).get()
    line = f"18568,Mậu Bình,,,,,,01/10/2026,Phú Mậu|{other.code}"
    assert import_list(HEAD + line).closed == 2
    new = AreaVersion.objects.get(name="Mậu Bình").area_id
    today = queries.get_directory()
    assert today.villages["18568", to_name_key("Phú Mậu")] == new
    assert Succession.objects.filter(old_id__in=[mau, other.area_id], new_id=new, share="WHOLE").count() == 2
    assert queries.build_labels([mau], dt.date(2026, 9, 30)) == {mau: "Tổ dân phố Phú Mậu, Xã Lộc Hà"}
    assert queries.build_labels([mau], dt.date(2026, 10, 1)) == {}
    assert queries.get_responsible_unit(mau, TODAY).code == "CAX-18568"
    assert queries.search_places("phu mau", today=TODAY)[0].today == ("18568",)
    assert set(Alias.objects.filter(area_id=new).values_list("name", flat=True)) >= {"Phú Mậu", "TDP Phú Mậu"}
    # The number of a removed village is never reused.
    import_list(HEAD + "18568,Tân Lập Mới")
    assert AreaVersion.objects.get(name="Tân Lập Mới").code == "18568-030"


@pytest.mark.django_db
def test_renaming_and_closing_keep_the_identity() -> None:
    mau = queries.get_directory().villages["18568", to_name_key("Phú Mậu")]
    code = AreaVersion.objects.get(area_id=mau, current=True).code
    renamed = import_list(HEAD + f"18568,Phú Mậu Đông,thôn,{code}")
    assert renamed.changed == 1 and not Area.objects.get(pk=mau).demo
    assert queries.build_labels([mau], TODAY) == {mau: "Thôn Phú Mậu Đông, Xã Lộc Hà"}
    assert queries.build_labels([mau], dt.date(2026, 1, 1)) == {mau: "Tổ dân phố Phú Mậu, Xã Lộc Hà"}
    import_list(HEAD + "18568,Phú Mậu Đông,,,,,,,,01/12/2026")
    assert queries.build_labels([mau], dt.date(2026, 12, 1)) == {}
    assert queries.get_responsible_unit(mau, dt.date(2026, 12, 2)).code == "CAX-18568"


@pytest.mark.django_db
def test_merging_manually() -> None:
    ids = list(
        AreaVersion.objects.filter(code__in=["18568-004", "18568-005"], current=True).values_list("area_id", flat=True)
    )
    day = dt.date(2026, 11, 1)
    with rls.acting_as("pages"):
        made = merge_villages(
            area_ids=ids, name="Hợp Nhất", type="thon", commune="18568", day=day, actor="test", now=NOW
        )
        assert queries.build_labels([made], TODAY) == {made: "Thôn Hợp Nhất, Xã Lộc Hà"}
        close_village(area_id=made, day=TODAY, actor="test", now=NOW)
        assert queries.build_labels([made], TODAY) == {}


@pytest.mark.django_db
def test_a_list_of_a_whole_province_is_quick(django_assert_max_num_queries: Any) -> None:
    lines = [f"{code},Thôn Thử {n}" for code in queries.get_directory().communes for n in range(28)]
    with django_assert_max_num_queries(40):
        assert import_list("xa,ten\n" + "\n".join(lines)).added == 1932


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "status"), [("", 302), ("OFFICER", 403), ("CHIEF", 403), ("PROVINCE_STAFF", 403), ("OPERATOR", 200)]
)
def test_only_operators_reach_the_page(client: Any, officer: Any, role: str, status: int) -> None:
    if role:
        client.force_login(officer(role, "18568" if role in {"OFFICER", "CHIEF"} else "42"))
    for name in ("village_import", "village_sample"):
        assert client.get(reverse(name)).status_code == status


@pytest.mark.django_db
def test_the_page_checks_refuses_and_saves(client: Any, officer: Any) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    client.force_login(officer("OPERATOR", "42"))

    def post(text: str, **fields: str) -> Any:
        file = SimpleUploadedFile("thon.csv", text.encode(), "text/csv")
        return client.post(reverse("village_import"), {"file": file} | fields)

    sample = client.get(reverse("village_sample")).content.decode()
    assert "giữ nguyên" in post(sample, check_only="1").content.decode()
    assert "Đã nạp" in post(sample).content.decode(), "the program's own sample, with all its columns"
    wrong = post(HEAD + "Xã Nào Đó,Tân Phú Mới")
    assert wrong.status_code == 422 and "Không có xã, phường nào tên này." in wrong.content.decode()
    assert "Chưa nạp dòng nào: 1 chỗ sai" in wrong.content.decode()
    assert "Tệp đúng, chưa ghi gì: 1 thôn mới" in post(HEAD + "18568,Tân Phú Mới", check_only="1").content.decode()
    assert not AreaVersion.objects.filter(name="Tân Phú Mới").exists()
    assert "Đã nạp 1 dòng mới" in post(HEAD + "18568,Tân Phú Mới").content.decode()
    assert AreaVersion.objects.filter(name="Tân Phú Mới").exists()
    assert client.post(reverse("village_import")).status_code == 422
