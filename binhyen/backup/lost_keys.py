"""Command `binhyen keys_lost`: give up key files without any copy, after confirmation and with an audit entry."""

import os

from binhyen import settings
from binhyen.backup import key_inventory

CONFIRMATION_WORD = "mất hẳn"
_ASK = """Những tệp khóa này không có ở đây:
{lacking}
Tìm bản cất của chúng trước: mang về được thì không mất gì. Không còn bản nào thì gõ «{word}» rồi Enter.
"""
_DONE = """Đã làm khóa mới; những gì kể trên thì không lấy lại được. Có khóa của gateway hay sender trong đó thì nối
lại kênh: ./dev binhyen connect_zalo. Cất ngay thư mục khóa mới ({folder}) theo docs/operations.md."""


def main() -> int:
    needed = key_inventory.list_missing()
    if not needed:
        print("Không thiếu tệp khóa nào.")  # noqa: T201
        return 0
    print(_ASK.format(lacking=key_inventory.format_key_lines(needed), word=CONFIRMATION_WORD), end="", flush=True)  # noqa: T201
    if input().strip() != CONFIRMATION_WORD:
        print("Chưa làm gì.")  # noqa: T201
        return 1
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "binhyen.settings")
    import django

    django.setup()
    give_up_lost_keys(needed)
    print(_DONE.format(folder=settings.KEYS_DIR))  # noqa: T201
    return 0


def give_up_lost_keys(needed: list[key_inventory.KeyFile]) -> None:
    """Create a new key for each; data encrypted to the old one are lost."""
    from django.db import transaction

    from binhyen.audit.services import AuditAction, record_actions
    from binhyen.channels.services.channel_events import clear_secrets
    from binhyen.kit import clock
    from binhyen.vault.services import key_rotation

    now = clock.now()
    with transaction.atomic():
        if "DELIVERY" in key_rotation.replace_lost_keys(
            [key_file.key_id for key_file in needed if key_file.key_id], now=now
        ):
            clear_secrets()  # connect_zalo asks for them again
        names = [key_file.name for key_file in needed]
        record_actions([AuditAction("operator:command", "keys_given_up", detail={"keys": names})], now=now)
    ensure_key_files()


def ensure_key_files() -> None:
    """Create missing key files of those that every installation has (`list_missing_first_keys`)."""
    from binhyen.people.factors.secret_encryption import ensure_key
    from binhyen.tips import receipts
    from binhyen.vault import callback_numbers
    from binhyen.vault import group_keys as vault

    vault.create_hashing_keys()
    receipts.load_salts()
    ensure_key()
    callback_numbers.ensure_callback_key()
