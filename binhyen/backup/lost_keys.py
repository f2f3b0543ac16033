"""Command `binhyen keys_lost`: give up key files without any copy, after confirmation and with an audit entry."""

import os

from binhyen import settings
from binhyen.backup import key_inventory

WORD = "mất hẳn"
_ASK = """Những tệp khóa này không có ở đây:
{lacking}
Tìm bản cất của chúng trước: mang về được thì không mất gì. Không còn bản nào thì gõ «{word}» rồi Enter.
"""
_DONE = """Đã làm khóa mới; những gì kể trên thì không lấy lại được. Có khóa của door hay courier trong đó thì nối
lại kênh: ./dev binhyen connect_zalo. Cất ngay thư mục khóa mới ({folder}) theo docs/operations.md."""


def main() -> int:
    needed = key_inventory.lacking()
    if not needed:
        print("Không thiếu tệp khóa nào.")  # noqa: T201
        return 0
    print(_ASK.format(lacking=key_inventory.lines(needed), word=WORD), end="", flush=True)  # noqa: T201
    if input().strip() != WORD:
        print("Chưa làm gì.")  # noqa: T201
        return 1
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "binhyen.settings")
    import django

    django.setup()
    give_up(needed)
    print(_DONE.format(folder=settings.KEYS_DIR))  # noqa: T201
    return 0


def give_up(needed: list[key_inventory.Needed]) -> None:
    """Create a new key for each; data encrypted to the old one are lost."""
    from django.db import transaction

    from binhyen.audit.services import Act, record
    from binhyen.channels.services.channel_state import forget_secrets
    from binhyen.kit import clock
    from binhyen.vault.services import key_rotation

    now = clock.now()
    with transaction.atomic():
        if "DELIVERY" in key_rotation.give_up([need.key_id for need in needed if need.key_id], now=now):
            forget_secrets()  # connect_zalo asks for them again
        names = [need.name for need in needed]
        record([Act("operator:command", "keys_given_up", detail={"keys": names})], now=now)
    make()


def make() -> None:
    """Create missing key files of those that every installation has (`list_missing_first_keys`)."""
    from binhyen.people.factors.secret_encryption import ensure_key
    from binhyen.tips import receipts
    from binhyen.vault import group_keys as vault

    vault.hashing_keys()
    receipts.salts()
    ensure_key()
