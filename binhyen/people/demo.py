"""Accounts of a demo: fixed names, one fixed password, one fixed secret of the second step.

Only where the installation is configured as a demo: elsewhere their codes are refused whatever the database holds.
"""

import datetime as dt
from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from django.conf import settings

from binhyen.kit.ids import generate_uuid7
from binhyen.people.auth_policy import Factor
from binhyen.people.factors import secret_encryption, totp
from binhyen.people.models import Officer
from binhyen.people.queries import list_factors
from binhyen.people.roles import LABELS, Role

DEMO_PASSWORD = "binh-yen-demo"  # noqa: S105 - shown on the sign-in page of a demo


DEMO_SECRET = "BINHYENBINHYENBINHYENBINHYENBINH"  # noqa: S105 - its code is shown on the page that asks for it


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """Demo account. `unit_code`: «CAX-18568», «CAT-42». `unit`: name for the list."""

    username: str
    name: str
    role: str
    unit_code: str
    unit: str

    @property
    def role_label(self) -> str:
        return LABELS[Role(self.role)]


_COMMUNES = (
    ("18568", "loc-ha", "Công an xã Lộc Hà", ("Trần Văn Bình", "Nguyễn Thị Hạnh", "Lê Quang Dũng", "Phan Đình Lý")),
    ("18073", "thanh-sen", "Công an phường Thành Sen", ("Võ Tá Thắng", "Hồ Thị Mai", "Đặng Quốc Khánh", "Bùi Văn Tứ")),
    ("18406", "can-loc", "Công an xã Can Lộc", ("Nguyễn Huy Cường", "Trần Thị Ngà", "Phạm Văn Đức", "Võ Hữu Lam")),
    (
        "18652",
        "ha-huy-tap",
        "Công an phường Hà Huy Tập",
        ("Lê Viết Hòa", "Dương Thị Thu", "Hoàng Văn Nam", "Trương Văn Sáu"),
    ),
    ("18586", "dong-kinh", "Công an xã Đông Kinh", ("Phan Văn Sơn", "Nguyễn Thị Lan", "Lê Hữu Phước", "Trần Đình Quý")),
)
_SEATS = ((Role.CHIEF, "truong"), (Role.OFFICER, "canbo1"), (Role.OFFICER, "canbo2"), (Role.VILLAGE_TEAM, "to"))
_PROVINCE = (
    ("tinh.trucban", "Đinh Văn Long", Role.PROVINCE_DUTY),
    ("tinh.trucban2", "Nguyễn Thị Phương", Role.PROVINCE_DUTY),
    ("tinh.thammuu", "Hà Văn Trọng", Role.PROVINCE_STAFF),
    ("tinh.vanhanh", "Lê Minh Tuấn", Role.OPERATOR),
    ("tinh.thanhtra", "Nguyễn Đình Hải", Role.INSPECTOR),
    ("tinh.thanhtra2", "Trần Thị Oanh", Role.INSPECTOR),
    ("tinh.giamdoc", "Võ Trọng Hải", Role.DIRECTOR),
    ("tinh.giukin", "Phạm Thị Hiền", Role.CUSTODIAN),
    ("tinh.giukin2", "Hoàng Văn Tâm", Role.CUSTODIAN),
    ("tinh.giukin3", "Lê Thị Thảo", Role.CUSTODIAN),
)


def list_demo_accounts() -> tuple[DemoAccount, ...]:
    """Return every demo account, grouped by commune, then the province."""
    of_communes = tuple(
        DemoAccount(f"{slug}.{seat}", name, role.value, f"CAX-{code}", unit)
        for code, slug, unit, names in _COMMUNES
        for (role, seat), name in zip(_SEATS, names, strict=True)
    )
    return of_communes + tuple(
        DemoAccount(username, name, role.value, "CAT-42", "Công an tỉnh Hà Tĩnh") for username, name, role in _PROVINCE
    )


def build_demo_factor(officer: Officer, *, now: dt.datetime) -> Authenticator:
    """Return the fixed second step, not yet saved."""
    ciphertext = secret_encryption.encrypt_secret(secret_encryption.bind_to_owner(officer.public_id, DEMO_SECRET))
    data = {"id": generate_uuid7().hex, "secret": ciphertext, "last": 0, "demo": True}
    return Authenticator(user=officer, type=Factor.TOTP.value, data=data, created_at=now)


def get_demo_code(officer: Officer, *, now: dt.datetime) -> str:
    """Return a code valid now for this officer, for a demo page; "" everywhere else."""
    for row in list_factors(officer) if settings.DEMO else ():
        if row.type == Factor.TOTP and row.data.get("demo"):
            return totp.next_code(DEMO_SECRET, seconds=now.timestamp(), last_step=row.data["last"])
    return ""
