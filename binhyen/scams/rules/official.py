"""Official sites and numbers, which are never indicators, and names that forged sites imitate. Pure.

Hosts are those that each body publishes on its own site; a host covers its subdomains.
"""

from typing import Final

from binhyen.kit.i18n_markers import N_
from binhyen.kit.text import fold_text

# Host → the name of its owner as people know it.
OFFICIAL_HOSTS: Final[dict[str, str]] = {
    "gov.vn": N_("cơ quan nhà nước"),
    "chinhphu.vn": N_("Chính phủ"),
    "vietcombank.com.vn": "Vietcombank",
    "bidv.com.vn": "BIDV",
    "vietinbank.vn": "VietinBank",
    "agribank.com.vn": "Agribank",
    "techcombank.com": "Techcombank",
    "techcombank.com.vn": "Techcombank",
    "mbbank.com.vn": "MB Bank",
    "acb.com.vn": "ACB",
    "sacombank.com.vn": "Sacombank",
    "vpbank.com.vn": "VPBank",
    "tpb.vn": "TPBank",
    "hdbank.com.vn": "HDBank",
    "vib.com.vn": "VIB",
    "shb.com.vn": "SHB",
    "lpbank.com.vn": "LPBank",
    "seabank.com.vn": "SeABank",
    "momo.vn": "MoMo",
    "napas.com.vn": "NAPAS",
    "zalo.vn": "Zalo",
    "zalopay.vn": "ZaloPay",
    "viettel.com.vn": "Viettel",
    "vnpt.com.vn": "VNPT",
    "vnpost.vn": N_("Bưu điện Việt Nam"),
    "evn.com.vn": "EVN",
}
# Platforms where everybody may publish: an indicator is one page of theirs, never the platform.
SHARED_HOSTS: Final = frozenset(
    [
        "zalo.me",
        "facebook.com",
        "fb.com",
        "fb.me",
        "m.me",
        "messenger.com",
        "youtube.com",
        "youtu.be",
        "tiktok.com",
        "instagram.com",
        "t.me",
        "telegram.me",
        "telegra.ph",
        "viber.com",
        "google.com",
        "goo.gl",
        "gle",
        "blogspot.com",
        "github.io",
        "github.com",
        "wordpress.com",
        "weebly.com",
        "wixsite.com",
        "netlify.app",
        "vercel.app",
        "pages.dev",
        "web.app",
        "firebaseapp.com",
        "workers.dev",
        "herokuapp.com",
        "ngrok.io",
        "apple.com",
        "icloud.com",
        "shopee.vn",
        "lazada.vn",
        "tiki.vn",
        "sendo.vn",
        "chotot.com",
        "bit.ly",
        "tinyurl.com",
        "cutt.ly",
        "shorturl.at",
        "is.gd",
        "s.id",
        "rb.gy",
        "dropbox.com",
        "onedrive.live.com",
        "live.com",
        "microsoft.com",
        "linktr.ee",
        "discord.gg",
        "discord.com",
        "twitter.com",
        "x.com",
        "vnexpress.net",
        "tuoitre.vn",
        "thanhnien.vn",
        "vtv.vn",
        "baohatinh.vn",
    ]
)
SHOP_HOSTS: Final = frozenset(
    [
        "shopee.vn",
        "lazada.vn",
        "tiki.vn",
        "sendo.vn",
        "chotot.com",
        "facebook.com",
        "fb.com",
        "tiktok.com",
        "instagram.com",
    ]
)
APP_HOSTS: Final = frozenset(["play.google.com", "apps.apple.com"])
# Words in the name of a site that only their owner uses honestly.
IMITATED_NAMES: Final[dict[str, str]] = {
    "vietcombank": "Vietcombank",
    "bidv": "BIDV",
    "vietinbank": "VietinBank",
    "agribank": "Agribank",
    "techcombank": "Techcombank",
    "mbbank": "MB Bank",
    "sacombank": "Sacombank",
    "vpbank": "VPBank",
    "tpbank": "TPBank",
    "hdbank": "HDBank",
    "seabank": "SeABank",
    "lpbank": "LPBank",
    "vneid": "VNeID",
    "dichvucong": N_("Cổng dịch vụ công"),
    "bocongan": N_("Bộ Công an"),
    "congan": N_("công an"),
    "chinhphu": N_("Chính phủ"),
    "zalopay": "ZaloPay",
    "vnpost": N_("Bưu điện Việt Nam"),
}
# Service numbers of the police, rescue and the state, and of banks; a forger may still show one of them as the caller.
OFFICIAL_PHONES: Final[dict[str, str]] = {
    "+841900545413": "Vietcombank",
    "+8419009247": "BIDV",
    "+841900558868": "VietinBank",
    "+841900558818": "Agribank",
    "+841800588822": "Techcombank",
    "+841900545426": "MB Bank",
    "+841900545486": "ACB",
    "+841900545415": "VPBank",
    "+841900561558": "Zalo",
}
_MAX_LABELS: Final = 12


def find_host_owner(host: str) -> str:
    """Return the owner of an official host, or ""."""
    return next((OFFICIAL_HOSTS[suffix] for suffix in list_suffixes(host) if suffix in OFFICIAL_HOSTS), "")


def is_shared_host(host: str) -> bool:
    return any(suffix in SHARED_HOSTS for suffix in list_suffixes(host))


def find_imitated_name(host: str) -> str:
    """Return the name that a host which is not its owner's contains, or ""; the host in ASCII or with diacritics."""
    if find_host_owner(host) or is_shared_host(host):
        return ""
    plain = fold_text(_decode_host(host)).replace("-", "").replace(".", " ")
    return next((name for word, name in IMITATED_NAMES.items() if word in plain), "")


def list_suffixes(host: str) -> list[str]:
    labels = host.split(".")[-_MAX_LABELS:]
    return [".".join(labels[start:]) for start in range(len(labels))]


def _decode_host(host: str) -> str:
    try:
        return host.encode("ascii").decode("idna")
    except UnicodeError:
        return host
