"""Contexts of the sign-in and account screens."""

# One record per line reads better than one value per line.
# fmt: off

from typing import Any

from binhyen.people.factors import totp
from binhyen.ui.context import PageFrame
from binhyen.ui.tests.samples import NOW, OFFICER, make_options, make_past_time

PUBLIC = PageFrame()
KEY = '{"publicKey": {"challenge": "AAAA", "rpId": "localhost", "allowCredentials": []}}'
SECRET = "BINHYENBINHYENBINHYENBINHYENBINH"


def build_account_pages() -> dict[str, tuple[str, dict[str, Any]]]:
    """Return screen name → (template, context)."""
    second = {"action_url": "/dang-nhap/buoc-hai", "name": "Nguyễn Thị Hằng", "code": True, "spare": True, "error": ""}
    adding = {"action_url": "/bao-mat/them", "passkey": KEY, "error": "", "back_url": "/bao-mat"}
    qr = {"totp": True, "qr": totp.build_qr_code(totp.format_otpauth_uri(SECRET, name="loc-ha.canbo1")), "secret": "BINH YENB INHY ENBI NHYE NBIN HYEN BINH"}
    urls = {"more": "/m", "codes": "/c", "remove": "/r", "password": "/p", "end": "/e"}
    factors = [{"id": "a", "label": "Ứng dụng tạo mã", "name": "", "added": make_past_time(hours=300), "used": make_past_time(minutes=9)}, {"id": "b", "label": "Khóa bảo mật", "name": "Khóa USB", "added": make_past_time(hours=30), "used": None}]
    sessions = [{"id": "1", "browser": "Chrome trên Windows", "since": make_past_time(minutes=9), "own": True, "locked": False}, {"id": "2", "browser": "Safari trên iPhone", "since": make_past_time(hours=5), "own": False, "locked": True}]
    person = {"officer": {"name": "Lê Quang Dũng", "username": "loc-ha.canbo2"}, "unit": {"name": "Công an xã Lộc Hà"}, "role": "Cán bộ công an xã", "list_url": "/can-bo"}
    bell = {f"{name}_url": f"/chuong/{name}" for name in ("worker", "scope", "on", "off", "test", "phone")}
    return {
        "second": ("account/second.html", {"shell": PUBLIC, **second, "passkey": KEY, "demo_code": "123456"}),
        "second-error": ("account/second.html", {"shell": PUBLIC, **second, "error": "Mã không đúng, hoặc mã này đã dùng rồi."}),
        "confirm": ("account/confirm.html", {"shell": OFFICER, **second, "next": "/ban-truc.csv", "passkey": KEY, "insist": True}),
        "confirm-none": ("account/confirm.html", {"shell": OFFICER, "action_url": "/x", "insist": True, "more_url": "/bao-mat/them"}),
        "activation": ("account/activation.html", {"shell": PUBLIC, "action_url": "/x", "name": "Lê Quang Dũng", "new_password": True, "errors": ["Mã kích hoạt không đúng hoặc đã hết hạn."]}),
        "adding": ("account/adding.html", {"shell": OFFICER, **adding, **qr, "error": "Mã không đúng."}),
        "adding-key": ("account/adding.html", {"shell": PUBLIC, **adding, "back_url": "", "insist": True}),
        "codes": ("account/codes.html", {"shell": OFFICER, "codes": [f"{n}2345 67890" for n in range(10)], "back_url": "/bao-mat"}),
        "codes-seen": ("account/codes.html", {"shell": OFFICER, "codes": [], "back_url": "/bao-mat"}),
        "account": ("account/account.html", {"shell": OFFICER, "now": NOW, "urls": urls, "factors": factors, "sessions": sessions, "spare": True, "spare_possible": True, "bell_url": "/chuong"}),
        "bell": ("account/bell.html", {"shell": OFFICER, "now": NOW, **bell, "key": "BElw", "devices": [{"public_id": "1", "browser": "Chrome trên Android", "made_at": make_past_time(hours=5)}], "phone": "0912345678", "reach": [{"name": "Lê Quang Dũng", "role": "Cán bộ công an xã", "is_on_duty": True, "has_device": False, "phone": ""}, {"name": "Nguyễn Thị Hằng", "role": "Trưởng công an xã", "is_on_duty": False, "has_device": True, "phone": "0912345678"}], "silent": ["Lê Quang Dũng"]}),
        "bell-off": ("account/bell.html", {"shell": OFFICER, "now": NOW, **bell, "key": "", "devices": [], "reach": [], "silent": []}),
        "people": ("account/people.html", {"shell": OFFICER, "unit": {"name": "Công an xã Lộc Hà", "code": "CAX-18568"}, "units": [{"name": "Công an xã Lộc Hà", "code": "CAX-18568"}], "unsure": [{"name": "Phan Đình Lý", "unit": "Công an xã Lộc Hà", "url": "/can-bo/2"}], "rows": [{"name": "Lê Quang Dũng", "username": "loc-ha.canbo2", "role": "Cán bộ công an xã", "url": "/can-bo/1", "locked": True}, {"name": "Phan Đình Lý", "username": "loc-ha.to", "role": "Tổ bảo vệ ANTT", "url": "/can-bo/2", "waiting": True, "unsure": True}]}),
        "person": ("account/person.html", {"shell": OFFICER, **person, "ready": True, "confirm_url": "/x", "lock_url": "/k", "reset_url": "/d", "move_url": "/c", "units": make_options("Công an xã Lộc Hà", "Công an xã Can Lộc"), "roles": make_options("Cán bộ công an xã", "Trưởng công an xã")}),
        "person-code": ("account/person.html", {"shell": OFFICER, **person, "code": "K7M2-9QXD-4B6T", "code_url": "/m", "lock_url": "/k"}),
        "person-locked": ("account/person.html", {"shell": OFFICER, **person, "unlock_url": "/m"}),
    }
