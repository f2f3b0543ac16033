"""Every address has a written access policy; an address without one breaks the build.

This test decides who may open a page at all. The contents that they see are the subject of `people/access.py` and
tested there.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from binhyen.people.roles import Role, role_allowed_in_unit

ADMIN = "quan-tri/"
CITIZENS = {
    "",
    "bao-tin",
    "da-gui/<str:link>",
    "tra-cuu",
    "bao-kin",
    "kiem-tra-lua-dao",
    "theo-doi/<str:link>",
    "theo-doi/<str:link>/danh-gia",
    "theo-doi/<str:link>/anh/<uuid:photo>",
    "theo-doi/<str:link>/du-lieu",
    "du-lieu-ca-nhan",
    "giao-nop-vu-khi",
    "guong-tot",
    "thu-truong/<str:link>",
    "do-nhat-duoc",
    "do-nhat-duoc/<str:code>",
    "tim-nguoi",
    "tim-nguoi/<str:code>",
    "tim-nguoi/<str:code>/anh",
    "tim-nguoi.pfif",
    "vong-tay/<str:code>",
    "nhan-do/<str:link>",
    "giup-do",
    "giup-do/<str:code>",
    "loi-hua/<str:link>",
    "thong-bao",
    "huong-dan",
    "huong-dan/<slug:slug>",
    "huong-dan/<slug:slug>/ban-in",
    "thu-tuc",
    "thu-tuc/<slug:key>",
    "du-lieu-mo",
    "du-lieu-mo/<str:month>.<slug:format>",
    "zalo_verifier<slug:code>.html",
    "thong-bao.atom",
    "thong-bao.cap.atom",
    "diem-tin.rss",
    "dang-tay/ung-dung.webmanifest",
    "xa-phuong",
    "xa-phuong-lua-dao.json",
    "canh-bao-lua-dao.json",
    "xa-phuong/ngoai-tuyen.js",
    "bao-tin/ngoai-tuyen.js",
    "xa-phuong/<str:code>",
    "bang/<slug:board>/ung-dung.webmanifest",
    "xa-phuong/<str:code>/ung-dung.webmanifest",
    "thong-bao/<str:code>",
    "thong-bao/<str:code>/cap",
    "thong-bao/<str:code>/anh/<uuid:picture>",
    "thong-bao/<str:code>/tep/<uuid:document>",
    "nhan-tin",
    "nhan-tin/thoi",
    "nhan-tin/thu",
    "nhan-tin/thu/<str:token>",
    "nhan-tin/thu/<str:token>/thoi",
    "chuong/nhan",
    "chuong/doi",
    "chuong/ung-dung.js",
    "chuong/ung-dung.webmanifest",
}
OPEN_TO_ALL = {"dang-nhap", "dang-xuat", "tro-giup/phim-tat", "api/v1/openapi.json"}
ELSEWHERE = {"dang-nhap/dinh-danh", "dang-nhap/tro-ve"}  # 404 unless the installation has an identity service
# Between the password and the second step; people/tests/test_second_step.py requests them as every other person.
SIGNING_IN = {"dang-nhap/buoc-hai", "dang-nhap/kich-hoat", "dang-nhap/them"}
NOT_FOUND_ROUTES = {"api/v1/", "^api/"}  # a JSON 404 for any other address
TOKEN = {
    "api/v1/cases": "GET",
    "api/v1/cases/<code>": "GET",
    "api/v1/cases/<code>/acknowledge": "POST",
    "api/v1/cases/<code>/take": "POST",
    "api/v1/cases/<code>/reply": "POST",
    "api/v1/cases/<code>/ask": "POST",
    "api/v1/cases/<code>/note": "POST",
    "api/v1/cases/<code>/state": "POST",
    "api/v1/cases/<code>/close": "POST",
    "api/v1/ledger": "GET",
    "api/v1/units": "GET",
    "api/v1/villages": "GET",
}
_TEAM, _OFFICER, _CHIEF = Role.VILLAGE_TEAM, Role.OFFICER, Role.CHIEF
_DUTY, _STAFF, _OPERATOR = Role.PROVINCE_DUTY, Role.PROVINCE_STAFF, Role.OPERATOR
_CASES = {_TEAM, _OFFICER, _CHIEF, _DUTY, _STAFF}
_WORKERS = {_OFFICER, _CHIEF, _DUTY}
_UNIT_AND_PROVINCE = {_OFFICER, _CHIEF, _DUTY, _STAFF}
# Route → method of the page, and the roles that may open it.
OFFICERS: dict[str, tuple[str, set[Role]]] = {
    "so-viec": ("GET", {*_CASES, Role.INSPECTOR, Role.DIRECTOR}),
    "ban-truc.csv": ("GET", _UNIT_AND_PROVINCE),
    # these four are redirected
    "ban-truc": ("GET", {*_CASES, _OPERATOR, Role.INSPECTOR, Role.CUSTODIAN, Role.DIRECTOR}),
    "vu-viec/<str:code>": ("GET", _CASES),
    "vu-viec/<str:code>/danh-tinh": ("GET", {_OFFICER, _CHIEF, _DUTY}),
    "vu-viec/<str:code>/goi-lai": ("POST", _WORKERS),
    "mau-tra-loi": ("GET", _WORKERS),
    "vu-viec/<str:code>/phieu-chuyen": ("GET", _WORKERS),
    "danh-gia-phuc-vu": ("GET", {_DUTY, _STAFF}),
    "vu-viec/<str:code>/<slug:action>": ("POST", _CASES),
    "tin-nhan": ("GET", _CASES),
    "tin-nhan/chon": ("POST", _CASES),
    "tin-nhan/<uuid:message>/mo-vu-viec": ("POST", _CASES),
    "tin-nhan/<uuid:message>/gan": ("POST", _CASES),
    "tim": ("GET", _CASES),
    "hoan-canh": ("GET", {_TEAM, *_WORKERS}),
    "hoan-canh/ghi": ("GET", {_TEAM, *_WORKERS}),
    "hoan-canh/<uuid:need>": ("GET", {_TEAM, *_WORKERS}),
    "hoan-canh/<uuid:need>/bien-ban/<uuid:delivery>": ("GET", _WORKERS),
    "hoan-canh/<uuid:need>/thu-cam-on/<uuid:delivery>": ("GET", _WORKERS),
    "hoan-canh/<uuid:need>/<slug:action>": ("POST", _WORKERS),
    "nhat-duoc": ("GET", _WORKERS),
    "nhat-duoc/ghi": ("GET", _WORKERS),
    "nhat-duoc/<uuid:item>": ("GET", _WORKERS),
    "nhat-duoc/<uuid:item>/bien-nhan": ("GET", _WORKERS),
    "nhat-duoc/<uuid:item>/<slug:action>": ("POST", _WORKERS),
    "nguoi-lac": ("GET", _WORKERS),
    "nguoi-lac/ghi": ("GET", _WORKERS),
    "nguoi-lac/dang-ky-truoc": ("GET", _WORKERS),
    "nguoi-lac/dang-ky-truoc/<uuid:registration>": ("GET", _WORKERS),
    "nguoi-lac/dang-ky-truoc/<uuid:registration>/anh": ("GET", _WORKERS),
    "nguoi-lac/dang-ky-truoc/<uuid:registration>/<slug:action>": ("POST", _WORKERS),
    "nguoi-lac/<uuid:record>": ("GET", _WORKERS),
    "nguoi-lac/<uuid:record>/anh": ("GET", _WORKERS),
    "nguoi-lac/<uuid:record>/anh/<uuid:sighting>": ("GET", _WORKERS),
    "nguoi-lac/<uuid:record>/the": ("GET", _WORKERS),
    "nguoi-lac/<uuid:record>/<slug:action>": ("POST", _WORKERS),
    "vu-khi": ("GET", _WORKERS),
    "vu-khi/ghi": ("GET", _WORKERS),
    "vu-khi/dot-van-dong": ("GET", _UNIT_AND_PROVINCE),
    "vu-khi/hen/<uuid:appointment>": ("POST", _WORKERS),
    "vu-khi/<uuid:record>": ("GET", _WORKERS),
    "vu-khi/<uuid:record>/bien-nhan": ("GET", _WORKERS),
    "vu-khi/<uuid:record>/<slug:action>": ("POST", _WORKERS),
    "viec-tot": ("GET", _UNIT_AND_PROVINCE),
    "viec-tot/soan": ("GET", _WORKERS),
    "viec-tot/<uuid:deed>": ("GET", _UNIT_AND_PROVINCE),
    "viec-tot/<uuid:deed>/thu-khen": ("GET", _UNIT_AND_PROVINCE),
    "viec-tot/<uuid:deed>/<slug:action>": ("POST", _UNIT_AND_PROVINCE),
    "nhom": ("GET", _UNIT_AND_PROVINCE),
    "nhom/<uuid:group>": ("GET", _UNIT_AND_PROVINCE),
    "nhom/mo": ("POST", {_OFFICER, _CHIEF, _STAFF}),
    "nhom/<uuid:group>/dia-ban": ("POST", {_OFFICER, _CHIEF, _STAFF}),
    "nhom/<uuid:group>/xin-vao": ("POST", {_OFFICER, _CHIEF, _STAFF}),
    "nhom/<uuid:group>/nhac/<uuid:flag>/gui": ("POST", {_OFFICER, _CHIEF, _STAFF}),
    "nhom/<uuid:group>/nhac/<uuid:flag>/bo-qua": ("POST", {_OFFICER, _CHIEF, _STAFF}),
    "cho-xem/<uuid:message>/sua": ("POST", {_OFFICER, _CHIEF, _DUTY, _STAFF}),
    "cho-xem/<uuid:message>/cho-gui": ("POST", {_OFFICER, _CHIEF, _DUTY, _STAFF}),
    "cho-xem/<uuid:message>/bo": ("POST", {_OFFICER, _CHIEF, _DUTY, _STAFF}),
    "van-hanh": ("GET", {_OPERATOR}),
    "hop-thu-di": ("GET", {_OFFICER, _CHIEF, _DUTY, _OPERATOR}),
    "hop-thu-di/<uuid:message>/gui-lai": ("POST", {_OFFICER, _CHIEF, _DUTY, _OPERATOR}),
    "hop-thu-di/<uuid:message>/bo": ("POST", {_OFFICER, _CHIEF, _DUTY, _OPERATOR}),
    "hop-thu-di/kenh/<uuid:channel>/gui-tiep": ("POST", {_OPERATOR}),
    "hop-thu-di/kenh/<uuid:channel>/ten-mien": ("POST", {_OPERATOR}),
    "hop-thu-di/doc-lai": ("POST", {_OPERATOR}),
    "tep/<uuid:file>": ("GET", _CASES),
    "ban-tin": ("GET", _UNIT_AND_PROVINCE),
    "ban-tin/soan": ("GET", _UNIT_AND_PROVINCE),
    "ban-tin/nhan-cap": ("GET", _UNIT_AND_PROVINCE),
    "ban-tin/diem-tin": ("GET", _UNIT_AND_PROVINCE),
    "ban-tin/mau": ("GET", _UNIT_AND_PROVINCE),
    "ban-tin/<str:code>": ("GET", _UNIT_AND_PROVINCE),
    "ban-tin/<str:code>/to-roi": ("GET", _UNIT_AND_PROVINCE),
    "ban-tin/<str:code>/to-roi.pdf": ("GET", _UNIT_AND_PROVINCE),
    "ban-tin/<str:code>/ban-do.svg": ("GET", _UNIT_AND_PROVINCE),
    "ban-tin/<str:code>/anh/<uuid:picture>": ("GET", _UNIT_AND_PROVINCE),
    "ban-tin/<str:code>/tep/<uuid:document>": ("GET", _UNIT_AND_PROVINCE),
    "ban-tin/<str:code>/do-luong": ("GET", _UNIT_AND_PROVINCE),
    "ban-tin/<str:code>/dang-tay": ("GET", _UNIT_AND_PROVINCE),
    "dang-tay/bao-tin": ("GET", {_OFFICER, _CHIEF, _DUTY}),
    "dang-tay/chia-se": ("GET", {_OFFICER, _CHIEF, _DUTY}),
    "dang-tay/doan-chat": ("GET", {_OFFICER, _CHIEF, _DUTY}),
    "dang-tay/lien-ket": ("GET", {_OFFICER, _CHIEF, _DUTY}),
    "dang-tay/<uuid:group>/chuyen": ("GET", _UNIT_AND_PROVINCE),
    "do-phu": ("GET", _UNIT_AND_PROVINCE),
    "do-phu/ban-do.svg": ("GET", _UNIT_AND_PROVINCE),
    "do-phu/nhom": ("GET", _UNIT_AND_PROVINCE),
    "do-phu/noi-quy": ("GET", _UNIT_AND_PROVINCE),
    "do-phu/nhom/<uuid:group>/to-roi.pdf": ("GET", _UNIT_AND_PROVINCE),
    "dang-tay": ("GET", _UNIT_AND_PROVINCE),
    "dang-tay/tru-so": ("GET", {_CHIEF, _DUTY, _STAFF}),
    "ban-tin/<str:code>/<slug:action>": ("POST", _UNIT_AND_PROVINCE),
    "thu-vien-thu-tuc": ("GET", _UNIT_AND_PROVINCE),
    "thu-vien-thu-tuc/soan": ("GET", _UNIT_AND_PROVINCE),
    "thu-vien-thu-tuc/cau-hoi": ("GET", {_DUTY, _STAFF}),
    "thu-vien-thu-tuc/cau-hoi/<uuid:question>/xong": ("POST", {_DUTY, _STAFF}),
    "thu-vien-thu-tuc/<uuid:procedure>": ("GET", _UNIT_AND_PROVINCE),
    "thu-vien-thu-tuc/<uuid:procedure>/<slug:action>": ("POST", _UNIT_AND_PROVINCE),
    "tong-quan": ("GET", {*_UNIT_AND_PROVINCE, Role.DIRECTOR}),
    "ban-do": ("GET", {*_UNIT_AND_PROVINCE, Role.DIRECTOR}),
    "ca-nuoc": ("GET", {_DUTY, _STAFF, Role.DIRECTOR}),
    "moi-quan-tam": ("GET", {*_UNIT_AND_PROVINCE, Role.DIRECTOR}),
    "bao-cao": ("GET", {*_UNIT_AND_PROVINCE, Role.DIRECTOR}),
    "bao-cao/tai/<slug:format>": ("GET", {*_UNIT_AND_PROVINCE, Role.DIRECTOR}),
    "bao-cao/mau": ("GET", {_CHIEF, _STAFF}),
    "bao-cao/mau/tep": ("GET", {_CHIEF, _STAFF}),
    "bao-cao/nhan-xet": ("POST", {_STAFF}),
    "bao-cao/nhan-xet/<uuid:asking>/nhac": ("POST", {_STAFF}),
    "bao-cao/nhan-xet/<uuid:remark>": ("POST", {_CHIEF, _STAFF}),
    "bao-cao/du-lieu-mo": ("POST", {_STAFF}),
    "bao-cao/phat-hanh": ("POST", {_CHIEF, _STAFF}),
    "bao-cao/<uuid:report>/<slug:format>": ("GET", {*_UNIT_AND_PROVINCE, Role.DIRECTOR}),
    "bao-cao/<uuid:report>/dinh-chinh": ("POST", {_CHIEF, _STAFF}),
    "gui-thu": ("GET", {*_UNIT_AND_PROVINCE, Role.DIRECTOR}),
    "gui-thu/<uuid:mailing>/bo": ("POST", {*_UNIT_AND_PROVINCE, Role.DIRECTOR}),
    "hoi-so-lieu": ("GET", _UNIT_AND_PROVINCE),
    "hoi-so-lieu/bang.csv": ("GET", _UNIT_AND_PROVINCE),
    "hoi-so-lieu/vu-viec.csv": ("GET", _UNIT_AND_PROVINCE),
    "hoi-so-lieu/vu-viec.parquet": ("GET", _UNIT_AND_PROVINCE),
    "hoi-so-lieu/luu": ("POST", _UNIT_AND_PROVINCE),
    "hoi-so-lieu/<uuid:question>/bo": ("POST", _UNIT_AND_PROVINCE),
    "ket-qua": ("GET", {*_UNIT_AND_PROVINCE, Role.DIRECTOR}),
    "ket-qua/<slug:metric>": ("GET", _UNIT_AND_PROVINCE),
    "lua-dao": ("GET", _UNIT_AND_PROVINCE),
    "lua-dao/ngan-chan": ("GET", {_OFFICER, _CHIEF, _DUTY}),
    "lua-dao/ghi-them": ("GET", {_OFFICER, _CHIEF, _DUTY}),
    "lua-dao/<uuid:indicator>": ("GET", _UNIT_AND_PROVINCE),
    "lua-dao/<uuid:indicator>/cong-van": ("GET", {_OFFICER, _CHIEF, _DUTY}),
    "lua-dao/<uuid:indicator>/<slug:decision>": ("POST", _UNIT_AND_PROVINCE),
    "hoc-may": ("GET", {_STAFF, _OPERATOR}),
    "nhat-ky": ("GET", {Role.INSPECTOR}),
    "nhat-ky.csv": ("GET", {Role.INSPECTOR}),
    "nhat-ky/diem-kiem-tra": ("GET", {Role.INSPECTOR}),
    "nhat-ky/diem-kiem-tra/<int:size>": ("GET", {Role.INSPECTOR}),
    "nhat-ky/diem-kiem-tra/<int:size>/da-nhan": ("POST", {Role.INSPECTOR}),
    "yeu-cau-du-lieu": ("GET", {_STAFF, Role.CUSTODIAN}),
    "yeu-cau-du-lieu/<uuid:asked>": ("GET", {_STAFF, Role.CUSTODIAN}),
    "yeu-cau-du-lieu/<uuid:asked>/tra-loi": ("POST", {_STAFF, Role.CUSTODIAN}),
    "luu-giu": ("GET", {_STAFF, Role.CUSTODIAN, _OPERATOR, Role.INSPECTOR}),
    "luu-giu/giu-lai": ("POST", {_STAFF, Role.CUSTODIAN}),
    "luu-giu/<slug:hold>/thoi-giu": ("POST", {_STAFF, Role.CUSTODIAN}),
    "dong-y": ("GET", _UNIT_AND_PROVINCE),
    "dong-y/<str:code>": ("GET", _UNIT_AND_PROVINCE),
    "dong-y/<str:code>/ghi": ("POST", _UNIT_AND_PROVINCE),
    "dong-y/<str:code>/rut": ("POST", _UNIT_AND_PROVINCE),
    "su-co-du-lieu": ("GET", {_OPERATOR, Role.INSPECTOR}),
    "su-co-du-lieu/ghi": ("POST", {_OPERATOR, Role.INSPECTOR}),
    "su-co-du-lieu/<uuid:breach>": ("GET", {_OPERATOR, Role.INSPECTOR}),
    "su-co-du-lieu/<uuid:breach>/them": ("POST", {_OPERATOR, Role.INSPECTOR}),
    "vet-cua-toi": ("GET", set(Role)),
    "bao-mat": ("GET", set(Role)),
    "bao-mat/them": ("GET", set(Role)),
    "bao-mat/bo": ("POST", set(Role)),
    "huong-dan/bat-dau": ("GET", set(Role)),
    "bao-mat/ma-du-phong": ("GET", set(Role)),
    "bao-mat/mat-khau": ("POST", set(Role)),
    "bao-mat/ket-thuc-phien": ("POST", set(Role)),
    "bao-mat/xac-nhan": ("GET", set(Role)),
    "bao-mat/dang-lam": ("GET", set(Role)),
    "can-bo": ("GET", {_CHIEF, _OPERATOR}),
    "can-bo/<uuid:officer>": ("GET", {_CHIEF, _OPERATOR}),
    "can-bo/<uuid:officer>/<slug:action>": ("POST", {_CHIEF, _OPERATOR}),
    "quan-he": ("GET", {_CHIEF, _STAFF, _DUTY, Role.DIRECTOR, Role.INSPECTOR}),
    "quan-he/khai": ("POST", {_CHIEF, _STAFF, _DUTY, Role.DIRECTOR, Role.INSPECTOR}),
    "quan-he/quyen-truong": ("POST", {_CHIEF, _STAFF, Role.INSPECTOR}),
    "quan-he/<uuid:tie>/bo": ("POST", {_CHIEF, _STAFF, Role.INSPECTOR}),
    "chuong": ("GET", _WORKERS),
    "chuong/bat": ("POST", _WORKERS),
    "chuong/tat": ("POST", _WORKERS),
    "chuong/thu": ("POST", _WORKERS),
    "chuong/so": ("POST", _WORKERS),
    "lich-truc": ("GET", _UNIT_AND_PROVINCE),
    "lich-truc/them": ("POST", {_CHIEF, _STAFF}),
    "lich-truc/bo": ("POST", {_CHIEF, _STAFF}),
    "lich-truc/doi": ("POST", {_CHIEF, _STAFF}),
    "dia-ban/nen.svg": ("GET", set(Role)),
    "dia-ban/nhap-thon": ("GET", {_OPERATOR}),
    "dia-ban/nhap-thon/mau": ("GET", {_OPERATOR}),
    "dia-ban/sap-xep": ("GET", {_OPERATOR}),
    "dia-ban/sap-xep/<uuid:plan>/bo": ("POST", {_OPERATOR}),
    "dia-ban/ten-da-hoc": ("GET", {_OPERATOR}),
    "dia-ban/ten-da-hoc/sua": ("POST", {_OPERATOR}),
}
_SAMPLES = {
    "<str:link>": "A" * 43,
    "<str:code>": "ZZZZZZZZ",
    "<code>": "ZZZZZZZZ",
    "<slug:action>": "ghi-chu",
    "<slug:key>": "khong-co",
    "<slug:slug>": "khong-co",
    "<slug:board>": "khong-co",
    "<slug:decision>": "de-nghi",
    "<slug:metric>": "reports",
    "<slug:hold>": "khong-co",
    "<slug:format>": "json",
    "<str:month>": "2026-10",
    "<str:token>": "khong-co",
    "zalo_verifier<slug:code>.html": "zalo_verifierkhong-co.html",
    "<int:size>": "7",
    "<uuid:": "0198c0de-0000-7000-8000-000000000000",
}


@dataclass(frozen=True, slots=True)
class Address:
    route: str
    name: str


def walk_patterns(patterns: list[Any], before: str = "") -> Iterator[Address]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from walk_patterns(pattern.url_patterns, route)
        else:
            assert isinstance(pattern, URLPattern)
            yield Address(route, pattern.name or "")


ADDRESSES = list(walk_patterns(get_resolver().url_patterns))
ADMIN_ADDRESSES = [a for a in ADDRESSES if a.route.startswith(ADMIN)]


def get_missing_path(route: str) -> str:
    """Return an address of this shape that leads to nothing."""
    parts = []
    for part in route.split("/"):
        sample = next((value for shape, value in _SAMPLES.items() if part.startswith(shape)), None)
        assert sample or "<" not in part, f"no sample for {part}"
        parts.append(sample or part)
    return "/" + "/".join(parts)


def send_request(client: Client, route: str, method: str) -> HttpResponse:
    answer: HttpResponse = getattr(client, method.lower())(get_missing_path(route))
    return answer


def is_redirected(answer: HttpResponse) -> bool:
    return answer.status_code in {302, 303} and answer["Location"].startswith(settings.LOGIN_URL)


def test_every_address_has_exactly_one_policy() -> None:
    policies = [CITIZENS, OPEN_TO_ALL, ELSEWHERE, SIGNING_IN, NOT_FOUND_ROUTES, set(TOKEN), set(OFFICERS)]
    written = set().union(*policies)
    assert sum(map(len, policies)) == len(written)
    real = {a.route for a in ADDRESSES if a not in ADMIN_ADDRESSES}
    assert real - written == set(), "a new address: add its access policy to this file"
    assert written - real == set(), "these no longer exist"


def test_pages_leave_the_gateways_addresses_alone() -> None:
    """`/webhooks/…` and `/live` are answered by binhyen/gateway.py: a page there would be unreachable."""
    assert not [a for a in ADDRESSES if get_sample_path(a.route).startswith(("/webhooks", "/live"))]


def get_sample_path(route: str) -> str:
    return "/" + route.lstrip("^/")


POSTED_BY_SCRIPTS = {"nhan-tin/thoi", "chuong/nhan", "chuong/doi"}


@pytest.mark.django_db
@pytest.mark.parametrize("route", sorted(CITIZENS | {"dang-nhap", "tro-giup/phim-tat", "api/v1/openapi.json"}))
def test_open_pages_ask_for_no_sign_in(client: Client, route: str) -> None:
    answer = send_request(client, route, "POST" if route.endswith("danh-gia") else "GET")
    expected = {405} if route in POSTED_BY_SCRIPTS else {200, 404}
    assert answer.status_code in expected and not is_redirected(answer)


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("route", sorted(SIGNING_IN))
def test_pages_of_signing_in_start_with_the_password(
    client: Client, officer: Callable[..., Any], route: str, method: str
) -> None:
    assert is_redirected(send_request(client, route, method))
    client.force_login(officer("CHIEF"))
    assert is_redirected(send_request(client, route, method))  # a session does not count as a password just entered


@pytest.mark.django_db
@pytest.mark.parametrize("route", sorted(OFFICERS))
def test_officers_pages_send_the_signed_out_to_the_sign_in(client: Client, route: str) -> None:
    method, _ = OFFICERS[route]
    assert is_redirected(send_request(client, route, method))


@pytest.mark.django_db
@pytest.mark.parametrize("route", [r for r, (method, _) in sorted(OFFICERS.items()) if method == "POST"])
def test_what_writes_is_not_reached_by_a_link(client: Client, officer: Callable[..., Any], route: str) -> None:
    client.force_login(officer("CHIEF"))
    assert send_request(client, route, "GET").status_code == (
        404 if route in ("vu-viec/<str:code>/<slug:action>", "vu-viec/<str:code>/goi-lai") else 405
    )


@pytest.mark.django_db
@pytest.mark.parametrize("role", list(Role))
def test_officers_pages_let_in_the_roles_written_down(officer: Callable[..., Any], role: Role) -> None:
    client = Client()
    client.force_login(officer(role, "18568" if role_allowed_in_unit(role, "COMMUNE") else "42"))
    for route, (method, roles) in OFFICERS.items():
        answer = send_request(client, route, method)
        assert not is_redirected(answer), route
        assert (answer.status_code != 403) is (role in roles), f"{route}: {answer.status_code}"
        assert answer.status_code < 500, route


@pytest.mark.django_db
@pytest.mark.parametrize("route", sorted(OFFICERS))
def test_a_locked_account_is_a_stranger(client: Client, officer: Callable[..., Any], route: str) -> None:
    person = officer("CHIEF")
    client.force_login(person)
    type(person).objects.filter(pk=person.pk).update(is_active=False)
    assert is_redirected(send_request(client, route, OFFICERS[route][0]))


@pytest.mark.django_db
@pytest.mark.parametrize("route", sorted(TOKEN))
def test_the_api_answers_tokens_only(client: Client, officer: Callable[..., Any], route: str) -> None:
    client.force_login(officer("CHIEF"))  # a session grants no access here
    for header in ({}, {"Authorization": "Bearer nobody"}):
        answer = (
            getattr(client, TOKEN[route].lower())(
                get_missing_path(route), data="{}", content_type="application/json", headers=header
            )
            if TOKEN[route] == "POST"
            else client.get(get_missing_path(route), headers=header)
        )
        assert answer.status_code == 401


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/v1/", "/api/", "/api/v1/khong-co", "/api/v2/cases"])
def test_the_rest_of_the_api_is_nowhere(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("role", [None, *(r for r in Role if r is not _OPERATOR)])
def test_the_admin_is_for_operators(client: Client, officer: Callable[..., Any], role: Role | None) -> None:
    if role is not None:
        client.force_login(officer(role, "18568" if role_allowed_in_unit(role, "COMMUNE") else "42"))
    for address in ADMIN_ADDRESSES:
        route = address.route.replace("^", "").replace("(?P<app_label>people)", "people")
        if "(" in route or address.name == "login":
            continue
        for shape in ("<path:object_id>", "<path:content_type_id>", "<int:content_type_id>"):
            route = route.replace(shape, "1")
        answer = client.get("/" + route)
        assert is_redirected(answer) if role is None else answer.status_code == 403, f"{route}: {answer.status_code}"


@pytest.mark.django_db
def test_an_operator_reads_the_admin_and_changes_nothing(client: Client, officer: Callable[..., Any]) -> None:
    client.force_login(officer("OPERATOR", "42"))
    assert client.get("/quan-tri/").status_code == 200
    for address in ADMIN_ADDRESSES:
        if address.name.endswith("_add"):
            assert client.get("/" + address.route).status_code == 403, address.route


COUNTED = {
    "nhat-ky/diem-kiem-tra/<int:size>",
    "nhat-ky/diem-kiem-tra/<int:size>/da-nhan",
}  # the size of the audit log: signed


def list_numbered(patterns: Iterator[Address]) -> set[str]:
    """Return our addresses that contain a number: a sequential number would reveal how many there are."""
    return {
        address.route for address in patterns if "<int:" in address.route and not address.route.startswith(ADMIN)
    } - COUNTED


def test_no_address_has_a_rows_number() -> None:
    assert list_numbered(iter(ADDRESSES)) == set()


def test_control_an_address_with_a_rows_number_is_found() -> None:
    assert list_numbered(iter([Address("luu-giu/<int:size>/thoi-giu", "x")])) == {"luu-giu/<int:size>/thoi-giu"}
