"""Key inventory: the key files this database refers to, and the missing ones. Backups have none (docs/operations.md).

Without its file a key would be created anew at the next start without notice: known people become strangers, receipts
open nothing. So a restore and `doctor` list the missing files, and `run` replaces no key in use.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg

from binhyen import settings
from binhyen.vault import process_keys

_MISSING_MESSAGE = """Cơ sở dữ liệu này cần những tệp khóa không có ở đây; thiếu tệp nào thì mất gì:
{lacking}
Hint: {way}"""
_RECOVERY_HINT = (
    "mang chúng từ bản cài cũ hay nơi cất về {folder}, đúng thư mục, quyền 0400. Mất hẳn: ./dev binhyen keys_lost"
)

_NEVER_USED_HINT = "Chưa có gì dưới khóa ấy (keys_lost nói không thiếu): ./dev binhyen prepare làm khóa mới."


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A key file in use. `name`: «worker/lookup». `without`: the loss without it. `key_id`: of a group's key.

    `replaced`: a retired machine key; its successor may not cover all data encrypted under it.
    """

    name: str
    loss: str
    key_id: bytes = b""
    replaced: bool = False

    def is_missing(self) -> bool:
        """Tell whether the file is missing; False if it is in another user's folder that this process may not read."""
        names = [self.name, self.name.replace(process_keys.CEREMONY_FOLDER, process_keys.LEGACY_FOLDER, 1)]
        try:
            return not any((settings.KEYS_DIR / f"{name}.key").exists() for name in names)
        except PermissionError:
            return False


_AUDIT_KEY = "worker/audit"
# Key → the table with a row that needs it, and the loss without it.
_BY_TABLE = (
    ("worker/lookup", "vault_contact", "người quen viết lại thành người lạ"),
    ("worker/prints", "channels_textfingerprint", "tin gửi nhóm không còn được so với lời kể kín trước đây"),
    ("pages/tip-lookup-salt", "tips_tip", "biên nhận tin kín không mở được tin nào"),
    ("pages/tip-wrap-salt", "tips_tip", "biên nhận tin kín không mở được tin nào"),
    ("pages/factors", "mfa_authenticator WHERE type <> 'webauthn'", "mã bước hai thôi dùng được (passkey vẫn dùng)"),
    (_AUDIT_KEY, "audit_checkpoint", "nhật ký kiểm tra không ký tiếp được; audit key --new mở nhật ký mới"),
)
_LOSS_BY_GROUP = {
    "GATEWAY": "webhook của kênh bị từ chối, cho tới khi nối lại kênh",
    "INTAKE": "tin đến chưa kịp đọc không đọc được nữa",
    "DELIVERY": "không trả lời được người đã nhắn trên kênh; kênh phải nối lại",
}
_LOSS_OF_PEOPLE_KEY = "chưa làm lễ trao khóa: những gì niêm phong cho nhóm này không ai mở được nữa"
_REPLACED = " (những gì chưa chuyển sang khóa mới)"
# A machine's key until it is destroyed; a first key of people as long as data are encrypted under it or to it. Later
# keys of people are no files.
_GROUPS = (
    'SELECT k."group", k.key_id, k.retired_at IS NOT NULL FROM vault_groupkey k WHERE k.destroyed_at IS NULL '
    'AND (k."group" = ANY (%s) OR (k.founding AND k.retired_at IS NULL) OR (k.founding AND EXISTS '
    # nosemgrep: vault-in-sql  existence check before Django is set up, for a dump of any version
    "(SELECT 1 FROM vault_wrappedkey c WHERE c.group_key_id = k.id))) ORDER BY k.id"
)


def list_missing() -> list[KeyFile]:
    """List missing key files that the database refers to. Needs the database; a recreated key is not detected."""
    with psycopg.connect(settings.get_database_url(), connect_timeout=10) as connection:
        return [key_file for key_file in _iter_needed(connection) if key_file.is_missing()]


def _iter_needed(connection: "psycopg.Connection[Any]") -> Iterator[KeyFile]:
    for name, table, loss in _BY_TABLE:
        if _has_rows(connection, table):
            yield KeyFile(name, loss)
    if not _has_rows(connection, "vault_groupkey"):
        return
    for group, key_id, replaced in connection.execute(_GROUPS, [list(process_keys.PROCESS_FOLDERS)]).fetchall():
        folder, loss = (
            process_keys.PROCESS_FOLDERS.get(group, process_keys.CEREMONY_FOLDER),
            _LOSS_BY_GROUP.get(group, _LOSS_OF_PEOPLE_KEY),
        )
        is_machine_key = replaced and group in process_keys.PROCESS_FOLDERS
        loss += _REPLACED if is_machine_key else ""
        yield KeyFile(f"{folder}/{group.lower()}-{key_id.hex()}", loss, key_id, is_machine_key)


def _has_rows(connection: "psycopg.Connection[Any]", table: str) -> bool:
    """Tell whether the table has rows; a dump of an older version may not have the table."""
    if connection.execute("SELECT to_regclass(%s)", [f"public.{table.split(maxsplit=1)[0]}"]).fetchone() == (None,):
        return False
    # nosemgrep: sql-from-text  a name of the list above
    return connection.execute(f"SELECT EXISTS (SELECT 1 FROM {table})").fetchone() == (True,)  # noqa: S608  of the list above


def list_missing_first_keys(prefix: str = "") -> list[KeyFile]:
    """List missing files among those that every first start creates, whatever the database holds; `of` a process."""
    first_keys = [
        KeyFile(name, loss) for name, _table, loss in _BY_TABLE if name != _AUDIT_KEY and name.startswith(prefix)
    ]
    return [key_file for key_file in first_keys if key_file.is_missing()]


def require_own_keys(process: str) -> None:
    """Require the key files of a process that starts alone, after `prepare`. Raises SystemExit.

    It would create them anew and may not ask the database whether data depend on the old ones.
    """
    if needed := list_missing_first_keys(f"{process}/"):
        raise SystemExit(format_missing_message(needed) + "\n" + _NEVER_USED_HINT)


def format_missing_message(needed: list[KeyFile]) -> str:
    return _MISSING_MESSAGE.format(lacking=format_key_lines(needed), way=format_recovery_hint())


def format_recovery_hint() -> str:
    return _RECOVERY_HINT.format(folder=settings.KEYS_DIR)


def format_key_lines(needed: list[KeyFile]) -> str:
    return "\n".join(f"  {key_file.name}.key: {key_file.loss}" for key_file in needed)


def require_keys() -> None:
    """Require the key files before any is created. Raises SystemExit.

    The audit log's key may be missing: it is never replaced silently; also one that was replaced.
    """
    if needed := [key_file for key_file in list_missing() if key_file.name != _AUDIT_KEY and not key_file.replaced]:
        raise SystemExit(format_missing_message(needed))
