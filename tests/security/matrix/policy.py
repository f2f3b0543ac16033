"""The written access matrix: the expected answer by role, address and owner, stated independently of the code.

Nothing here is derived from `binhyen.people`: it is a second, independent statement of the rules. An address without an
entry breaks the build.
"""

from enum import StrEnum

from binhyen.people.roles import Role
from tests.architecture.test_urls import OFFICERS
from tests.security.matrix.scene import CHILD, CONFLICT, OWN, PARENT, SIBLING, TASK


class Outcome(StrEnum):
    """An answer of an address."""

    IN = "lets in"
    SIGN_IN = "sends to the sign-in"
    FORBIDDEN = "403"
    MISSING = "404"
    METHOD = "405"
    TOKEN = "401"
    REFUSED = "422, and nothing happens"


TEAM, OFFICER, CHIEF = Role.VILLAGE_TEAM, Role.OFFICER, Role.CHIEF
DUTY, STAFF, OPERATOR = Role.PROVINCE_DUTY, Role.PROVINCE_STAFF, Role.OPERATOR
INSPECTOR, CUSTODIAN, DIRECTOR = Role.INSPECTOR, Role.CUSTODIAN, Role.DIRECTOR
UNIT = frozenset({OFFICER, CHIEF})
PROVINCE = frozenset({DUTY, STAFF})
EVERY = frozenset({OWN, CHILD, PARENT, SIBLING, CONFLICT, TASK})
_NONE: frozenset[str] = frozenset()


def _build_scope(
    unit: frozenset[str], team: frozenset[str] = _NONE, operator: frozenset[str] = _NONE
) -> dict[Role, frozenset[str]]:
    return {**dict.fromkeys(UNIT, unit), **dict.fromkeys(PROVINCE, EVERY), TEAM: team, OPERATOR: operator}


def _exclude_restricted(sight: dict[Role, frozenset[str]]) -> dict[Role, frozenset[str]]:
    """Return nothing: a complaint about police is restricted, so it is on no page and in no list. Its desks are in the
    custody process.
    """
    return {role: relations - {CONFLICT} for role, relations in sight.items()}


# Kind of object → role → relations in which the role may see it. Roles without an entry see none.
SCOPE_BY_ROLE: dict[str, dict[Role, frozenset[str]]] = {
    "case": _exclude_restricted(_build_scope(frozenset({OWN, TASK}), frozenset({TASK}))),
    "file": _exclude_restricted(_build_scope(frozenset({OWN, TASK}), frozenset({TASK}))),
    "sealed file": {},
    "aid": _exclude_restricted(_build_scope(frozenset({OWN, TASK}), frozenset({TASK}))),
    "found": _build_scope(frozenset({OWN})),
    "missing": _build_scope(frozenset({OWN})),
    "care": _build_scope(frozenset({OWN})),
    "weapons": _build_scope(frozenset({OWN})),
    "appointment": _build_scope(frozenset({OWN})),
    # Names and storage places: not even for a colleague of the officer of the record.
    "weapon receipt": _build_scope(frozenset({OWN})) | {OFFICER: frozenset()},
    "deed": _build_scope(frozenset({OWN})),
    "message": _build_scope(frozenset({OWN})),
    "group": _build_scope(frozenset({OWN})),
    "manual group": _build_scope(frozenset({OWN})),
    "flag": _build_scope(frozenset({OWN})),
    "held": _build_scope(frozenset({OWN})),
    "dead": _build_scope(frozenset({OWN}), operator=EVERY),
    "account": _exclude_restricted(_build_scope(frozenset({OWN, TASK}))),
    "indicator": _exclude_restricted(_build_scope(frozenset({OWN, TASK}))),
    "bulletin": _build_scope(frozenset({OWN})),  # unreleased: a released one is public
    "procedure": _build_scope(frozenset({OWN})),  # unapproved: an approved one is public
    "question": dict.fromkeys(PROVINCE, EVERY),
    "officer": {CHIEF: frozenset({OWN}), OPERATOR: EVERY},
    "checkpoint": {INSPECTOR: EVERY},
    # reporters of complaints about police: hidden from the staff
    "asked": {STAFF: frozenset({OWN}), CUSTODIAN: frozenset({OWN, CONFLICT})},
    "breach": {OPERATOR: EVERY, INSPECTOR: EVERY},
    "report": {**_build_scope(frozenset({OWN})), DIRECTOR: EVERY},
    # the province's question to a unit: only its chief answers; reading and chasing them is for the province
    "remark": {CHIEF: frozenset({OWN}), STAFF: frozenset({PARENT})},
    "asking": {STAFF: EVERY},
    "saved question": {},  # only its owner deletes it
    "mailing": {},  # only its owner deletes it
    "roster": {OFFICER: frozenset({OWN}), CHIEF: frozenset({OWN}), DUTY: EVERY, STAFF: EVERY},
}
# Address → the kind of object it leads to. Other addresses lead to no object of a person.
OWNERS_OF_ROUTE = {
    "vu-viec/<str:code>": "case",
    "vu-viec/<str:code>/phieu-chuyen": "case",
    "vu-viec/<str:code>/<slug:action>": "case",
    "vu-viec/<str:code>/danh-tinh": "case",
    "vu-viec/<str:code>/goi-lai": "case",
    "dong-y/<str:code>": "case",
    "dong-y/<str:code>/ghi": "case",
    "dong-y/<str:code>/rut": "case",
    "yeu-cau-du-lieu/<uuid:asked>": "asked",
    "yeu-cau-du-lieu/<uuid:asked>/tra-loi": "asked",
    "su-co-du-lieu/<uuid:breach>": "breach",
    "su-co-du-lieu/<uuid:breach>/them": "breach",
    "tin-nhan/<uuid:message>/mo-vu-viec": "message",
    "tin-nhan/<uuid:message>/gan": "message",
    "hoan-canh/<uuid:need>": "aid",
    "hoan-canh/<uuid:need>/bien-ban/<uuid:delivery>": "aid",
    "hoan-canh/<uuid:need>/thu-cam-on/<uuid:delivery>": "aid",
    "hoan-canh/<uuid:need>/<slug:action>": "aid",
    "nhat-duoc/<uuid:item>": "found",
    "nhat-duoc/<uuid:item>/bien-nhan": "found",
    "nhat-duoc/<uuid:item>/<slug:action>": "found",
    "nguoi-lac/dang-ky-truoc/<uuid:registration>": "care",
    "nguoi-lac/dang-ky-truoc/<uuid:registration>/anh": "care",
    "nguoi-lac/dang-ky-truoc/<uuid:registration>/<slug:action>": "care",
    "nguoi-lac/<uuid:record>": "missing",
    "nguoi-lac/<uuid:record>/anh": "missing",
    "nguoi-lac/<uuid:record>/anh/<uuid:sighting>": "missing",
    "nguoi-lac/<uuid:record>/the": "missing",
    "nguoi-lac/<uuid:record>/<slug:action>": "missing",
    "vu-khi/hen/<uuid:appointment>": "appointment",
    "vu-khi/<uuid:record>": "weapons",
    "vu-khi/<uuid:record>/bien-nhan": "weapon receipt",
    "vu-khi/<uuid:record>/<slug:action>": "weapons",
    "viec-tot/<uuid:deed>": "deed",
    "viec-tot/<uuid:deed>/thu-khen": "deed",
    "viec-tot/<uuid:deed>/<slug:action>": "deed",
    "nhom/<uuid:group>": "group",
    "nhom/<uuid:group>/dia-ban": "group",
    "do-phu/nhom/<uuid:group>/to-roi.pdf": "group",
    "dang-tay/<uuid:group>/chuyen": "manual group",
    "nhom/<uuid:group>/xin-vao": "group",
    "nhom/<uuid:group>/nhac/<uuid:flag>/gui": "flag",
    "nhom/<uuid:group>/nhac/<uuid:flag>/bo-qua": "flag",
    "cho-xem/<uuid:message>/sua": "held",
    "cho-xem/<uuid:message>/cho-gui": "held",
    "cho-xem/<uuid:message>/bo": "held",
    "hop-thu-di/<uuid:message>/gui-lai": "dead",
    "hop-thu-di/<uuid:message>/bo": "dead",
    "ban-tin/<str:code>": "bulletin",
    "ban-tin/<str:code>/to-roi": "bulletin",
    "ban-tin/<str:code>/to-roi.pdf": "bulletin",
    "ban-tin/<str:code>/ban-do.svg": "bulletin",
    "ban-tin/<str:code>/anh/<uuid:picture>": "bulletin",
    "ban-tin/<str:code>/tep/<uuid:document>": "bulletin",
    "ban-tin/<str:code>/do-luong": "bulletin",
    "ban-tin/<str:code>/dang-tay": "bulletin",
    "ban-tin/<str:code>/<slug:action>": "bulletin",
    "thu-vien-thu-tuc/<uuid:procedure>": "procedure",
    "thu-vien-thu-tuc/<uuid:procedure>/<slug:action>": "procedure",
    "thu-vien-thu-tuc/cau-hoi/<uuid:question>/xong": "question",
    "tep/<uuid:file>": "file",
    "bao-cao/<uuid:report>/<slug:format>": "report",
    "bao-cao/<uuid:report>/dinh-chinh": "report",
    "bao-cao/nhan-xet/<uuid:remark>": "remark",
    "bao-cao/nhan-xet/<uuid:asking>/nhac": "asking",
    "hoi-so-lieu/<uuid:question>/bo": "saved question",
    "gui-thu/<uuid:mailing>/bo": "mailing",
    "lua-dao/<uuid:indicator>": "indicator",
    "lua-dao/<uuid:indicator>/cong-van": "account",
    "lua-dao/<uuid:indicator>/<slug:decision>": "indicator",
    "nhat-ky/diem-kiem-tra/<int:size>": "checkpoint",
    "nhat-ky/diem-kiem-tra/<int:size>/da-nhan": "checkpoint",
    "can-bo/<uuid:officer>": "officer",
    "can-bo/<uuid:officer>/<slug:action>": "officer",
    "lich-truc": "roster",
    "lich-truc/them": "roster",
    "lich-truc/bo": "roster",
    "lich-truc/doi": "roster",
}
# Addresses that accept a form besides showing the object.
ALSO_POST = {
    "ban-tin/soan",
    "thu-vien-thu-tuc/soan",
    "ban-tin/<str:code>/dang-tay",
    "ban-tin/nhan-cap",
    "dang-tay",
    "dang-tay/tru-so",
    "dang-tay/bao-tin",
    "dang-tay/chia-se",
    "dang-tay/doan-chat",
    "dang-tay/lien-ket",
    "dang-tay/<uuid:group>/chuyen",
    "do-phu",
    "do-phu/noi-quy",
    "ban-tin/mau",
    "ban-tin/diem-tin",
    "bao-mat/them",
    "bao-mat/ma-du-phong",
    "bao-mat/xac-nhan",
    "dia-ban/nhap-thon",
    "dia-ban/sap-xep",
    "gui-thu",
    "bao-cao/mau",
    "lua-dao/ngan-chan",
    "lua-dao/ghi-them",
    "nguoi-lac/ghi",
    "nguoi-lac/dang-ky-truoc",
    "hoan-canh/ghi",
    "nhat-duoc/ghi",
    "viec-tot/soan",
    "vu-khi/dot-van-dong",
    "vu-khi/ghi",
    "mau-tra-loi",
    "vu-viec/<str:code>/danh-tinh",
}
# Addresses for POST only; a GET redirects a person with access to the object's page.
REDIRECTED = {"vu-viec/<str:code>/<slug:action>", "vu-viec/<str:code>/goi-lai"}
# Addresses with a name but no object, or with the same redirect to the list for own, foreign and missing objects, with
# a message.
WITHOUT_OBJECT = {
    "bao-cao/tai/<slug:format>",
    "ket-qua/<slug:metric>",
    "quan-he/<uuid:tie>/bo",
    "dia-ban/sap-xep/<uuid:plan>/bo",
    "luu-giu/<slug:hold>/thoi-giu",
    "hop-thu-di/kenh/<uuid:channel>/gui-tiep",
    "hop-thu-di/kenh/<uuid:channel>/ten-mien",
}
ROSTER_OUTCOME = Outcome.FORBIDDEN  # the unit is in a field, not in the address

# Actions on a case and the roles that may take them on a visible case; others are refused beside the form.
_WORK = frozenset({OFFICER, CHIEF, DUTY})
ACTION_ROLES: dict[str, tuple[frozenset[Role], dict[str, str]]] = {
    "da-nhan": (_WORK, {}),
    "da-biet-han": (_WORK | {STAFF, TEAM}, {}),
    "gia-han": (frozenset({DUTY}), {"clock": "decide", "reason": "Vụ phức tạp, QĐ số 12"}),
    "nhan-viec": (_WORK, {}),
    "trang-thai": (_WORK, {"state": "WORKING"}),
    "giao": (_WORK | {STAFF}, {"to": "don-vi:{unit}", "reason": "Việc của đơn vị khác", "elsewhere": "yes"}),
    "lay-lai": (_WORK | {STAFF}, {}),
    "tra-loi": (_WORK, {"text": "Đã nhận tin"}),
    "hoi-lai": (_WORK, {"text": "Lúc mấy giờ?"}),
    "ghi-chu": (_WORK | {TEAM}, {"text": "Đã xem"}),
    "phan-loai": (_WORK, {"category": "environment_noise", "urgency": "1"}),
    "sua-noi": (_WORK, {"place": "chợ Lộc Hà"}),
    "ghim": (_WORK, {"point": "18.48357, 105.87920"}),
    "danh-gia": (_WORK, {"grade": "VALUABLE"}),
    "cam-on": (_WORK, {"reward": "THANKS"}),
    "xuat-phat": (_WORK, {}),
    "den-noi": (_WORK, {}),
    "ket-thuc": (_WORK, {"outcome": "HANDLED_ON_SITE", "answer": "Đã xử lý xong", "evidence": "Biên bản"}),
    "chung-cu": (_WORK | {TEAM}, {"text": "Biên bản số 1"}),
    "mo-lai": (_WORK, {"reason": "Có tin mới"}),
    "gop": (_WORK, {"into": "{other}"}),
    "gop-ve": (_WORK, {"into": "{other}"}),
    "tach": (_WORK, {}),
    "lien-ket": (_WORK, {"into": "{other}"}),
    "bo-noi": (_WORK, {"into": "{other}"}),
    "nhan-ben-kia": (_WORK, {"into": "{other}", "text": "Mang ví sang giúp"}),
    "gan-tin": (_WORK, {"tin": "{loose}"}),
    "tach-rieng": (_WORK, {"tin": "{message}"}),
    "go-tin": (_WORK, {"tin": "{message}"}),
}
# Properties that the scene's case lacks: closed, merged, linked, handed on, with several messages. Every other action
# succeeds.
REFUSED_BY_STATE = {
    "cam-on",
    "xuat-phat",
    "den-noi",
    "mo-lai",
    "tach",
    "bo-noi",
    "nhan-ben-kia",
    "lay-lai",
    "go-tin",
    "tach-rieng",
}
# Addresses that some roles with access to the object may not use: refused beside the form.
WORKERS_ONLY = {
    "tin-nhan/<uuid:message>/mo-vu-viec",
    "tin-nhan/<uuid:message>/gan",
    "lua-dao/<uuid:indicator>/<slug:decision>",
    "viec-tot/<uuid:deed>/<slug:action>",  # the letter to the school
}
# Lists: address → kinds of objects. Each shows the marks of all visible objects and no other.
LISTS: dict[str, tuple[str, ...]] = {
    "/ban-truc?xem=tat-ca": ("case",),
    "/ban-truc.csv?xem=tat-ca": ("case",),
    "/tim?q=zqchung": ("case", "message", "flag"),
    "/tin-nhan": ("message", "flag"),
    "/nhom": ("group",),
    "/do-phu/nhom": ("group",),
    "/lua-dao": ("indicator",),
    "/nguoi-lac/dang-ky-truoc": ("care",),
    "/ban-tin": ("bulletin",),
    "/thu-vien-thu-tuc": ("procedure",),
    "/hop-thu-di": ("dead",),
    "/ket-qua/reports": ("case",),
}
# A list shows to these roles other relations than the objects' own pages: texts of a dead message, never to operators.
UNSEEN_WORDS = {("/hop-thu-di", OPERATOR)}

# The API: address → scope, and the roles that may use it on a visible case. Other roles: 403 for every case.
READ, WRITE, LEDGER = "read", "write", "ledger"
_LEDGER = frozenset({OFFICER, CHIEF, DUTY, STAFF})
EITHER = f"{READ} {LEDGER}"  # filter values are for both
API: dict[str, tuple[str, str, frozenset[Role], dict[str, object]]] = {
    "api/v1/cases": ("GET", READ, frozenset(Role), {}),
    "api/v1/cases/<code>": ("GET", READ, frozenset(Role), {}),
    "api/v1/ledger": ("GET", LEDGER, _LEDGER, {}),
    "api/v1/units": ("GET", EITHER, frozenset(Role), {}),
    "api/v1/villages": ("GET", EITHER, frozenset(Role), {"commune": "of the own case"}),
    "api/v1/cases/<code>/acknowledge": ("POST", WRITE, _WORK, {}),
    "api/v1/cases/<code>/take": ("POST", WRITE, _WORK, {"version": 0}),
    "api/v1/cases/<code>/reply": ("POST", WRITE, _WORK, {"text": "Đã nhận", "version": 0}),
    "api/v1/cases/<code>/ask": ("POST", WRITE, _WORK, {"text": "Ở đâu?", "version": 0}),
    "api/v1/cases/<code>/note": ("POST", WRITE, _WORK | {TEAM}, {"text": "Đã xem"}),
    "api/v1/cases/<code>/state": ("POST", WRITE, _WORK, {"state": "WORKING", "version": 0}),
    "api/v1/cases/<code>/close": (
        "POST",
        WRITE,
        _WORK,
        {"outcome": "HANDLED_ON_SITE", "result": "Đã xử lý xong", "evidence": "Biên bản", "version": 0},
    ),
}

# The custody process: address → method, kind of object.
# roles that may have a key of their own
KEYS = frozenset({OFFICER, CHIEF, DUTY, STAFF, INSPECTOR, CUSTODIAN, DIRECTOR})
CUSTODY: dict[str, tuple[str, str]] = {
    "giu-kin": ("GET", ""),
    "giu-kin/khoa": ("POST", ""),
    "giu-kin/mo": ("POST", ""),
    "giu-kin/dong": ("POST", ""),
    "giu-kin/chuyen-khoa": ("POST", ""),
    "giu-kin/trao-khoa": ("POST", ""),
    "giu-kin/khoa-ngoai": ("POST", ""),
    "giu-kin/doi-cum": ("POST", ""),
    "giu-kin/doi-khoa": ("POST", ""),
    "giu-kin/tra-loi-ngoai": ("POST", "approval"),
    "giu-kin/xin": ("GET", ""),
    "giu-kin/xin/<uuid:public_id>/goi": ("POST", "approval"),
    "giu-kin/xin/<uuid:public_id>": ("GET", "opening"),
    "giu-kin/xin/<uuid:public_id>/dong-y": ("POST", "approval"),
    "giu-kin/xin/<uuid:public_id>/tu-choi": ("POST", "approval"),
    "giu-kin/xin/<uuid:public_id>/xem": ("POST", "opening"),
    "giu-kin/xin/<uuid:public_id>/ban-goc": ("POST", "opening"),
    "giu-kin/tin": ("GET", ""),
    "giu-kin/tin/<slug:desk>/<uuid:ref>": ("GET", "talk"),
    "giu-kin/tin/<slug:desk>/<uuid:ref>/goi": ("POST", "talk"),
    "giu-kin/tin/<slug:desk>/<uuid:ref>/anh/<uuid:file>": ("GET", "talk"),
    "giu-kin/tin/<slug:desk>/<uuid:ref>/goc/<uuid:file>": ("POST", "talk"),
    "giu-kin/tin/<slug:desk>/<uuid:ref>/viec/<slug:deed>": ("POST", "talk"),
    "giu-kin/tin/<slug:desk>/<uuid:ref>/xin-goc": ("POST", "talk"),
    "giu-kin/tin/<slug:desk>/<uuid:ref>/tra-loi": ("POST", "talk"),
    "giu-kin/tin/<slug:desk>/<uuid:ref>/chuyen": ("POST", "talk"),
}
CONVERSATION_ROLES = {
    "tip": frozenset({DUTY, STAFF}),
    "nhom": frozenset({DUTY}),
}  # desk → roles that can open its conversations

# The same with desks of complaints: one about a commune's officer, which a higher level may take over.
SECOND_OBJECTS = CONVERSATION_ROLES | {"phan-anh": frozenset({DUTY, STAFF}), "giam-doc": frozenset({DIRECTOR})}


def is_visible(kind: str, role: Role, relation: str) -> bool:
    return relation in SCOPE_BY_ROLE[kind].get(role, _NONE)


def is_served(route: str, method: str) -> bool:
    """Return whether an officers' page is served by this method, to whomever."""
    served = OFFICERS[route][0]
    led = method in {"GET", "HEAD"} and (served == "GET" or route in REDIRECTED)
    return method == served or led or (method == "POST" and route in ALSO_POST)


def decide_page(route: str, method: str, role: Role | None, relation: str, kind: str = "") -> Outcome:
    """Return the expected answer of an officers' page. `role`: None for an anonymous visitor, a locked account, an
    unknown role. `kind`: overrides the table.
    """
    if not is_served(route, method):
        return Outcome.METHOD
    if role is None:
        return Outcome.SIGN_IN
    if role not in OFFICERS[route][1]:
        return Outcome.FORBIDDEN
    kind = kind or OWNERS_OF_ROUTE.get(route, "")
    if kind and not is_visible(kind, role, relation):
        return ROSTER_OUTCOME if kind == "roster" else Outcome.MISSING
    return Outcome.REFUSED if route in WORKERS_ONLY and role not in _WORK else Outcome.IN


def decide_deed(action: str, role: Role | None, relation: str) -> Outcome:
    """Return the expected answer of `POST vu-viec/<code>/<action>` with a complete form."""
    plain = decide_page("vu-viec/<str:code>/<slug:action>", "POST", role, relation)
    if plain is not Outcome.IN:
        return plain
    return Outcome.IN if role in ACTION_ROLES[action][0] else Outcome.REFUSED


def decide_api(route: str, method: str, role: Role | None, scopes: frozenset[str], relation: str) -> Outcome:
    """Return the expected answer for a token of an officer of that role; None: no token, or an expired one."""
    served, scope, roles, _ = API[route]
    if method != served:
        return Outcome.METHOD
    if role is None:
        return Outcome.TOKEN
    if scopes.isdisjoint(scope.split()) or role not in roles:
        return Outcome.FORBIDDEN
    if "<code>" in route and not is_visible("case", role, relation):
        return Outcome.MISSING
    if route == "api/v1/villages" and role not in _LEDGER:  # a role without a unit in scope
        return Outcome.MISSING
    return Outcome.IN
