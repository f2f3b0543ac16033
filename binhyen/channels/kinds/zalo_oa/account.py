"""The account itself: its name, its package, and the rest of its quota."""

import datetime as dt
from collections.abc import Sequence

from binhyen.channels.adapter import AccountPlan, ChannelAccount, GroupSlot
from binhyen.channels.kinds.zalo_oa import errors
from binhyen.channels.kinds.zalo_oa.client import ZaloClient
from binhyen.channels.kinds.zalo_oa.groups import list_assets
from binhyen.channels.kinds.zalo_oa.payloads import AccountInfo, HistoryRow, MessageQuota
from binhyen.channels.types import SendFailed
from binhyen.kit.text import collapse_spaces, to_nfc

_INCLUDED = "sub_quota"  # in the package; anything else was bought on top
_FREE, _USED = "available", "used"
_CODE_PAGES = 3  # pages of ten recent chats that are searched for an administrator's code


async def fetch_account_info(client: ZaloClient, account: ChannelAccount) -> AccountInfo:
    """Return the account that the access token belongs to. Raises `SendFailed`."""
    data = await client.get(account, "/v2.0/oa/getoa", {})
    try:
        return AccountInfo.model_validate(data)
    except ValueError as error:
        raise errors.to_unreadable_failure(has_effect=False) from error


async def fetch_plan(client: ZaloClient, account: ChannelAccount) -> AccountPlan:
    """Return package, message quota and the rights to groups. Raises `SendFailed` where the account is not readable.

    An account without the right to groups, or without a quota, has none; that is no error.
    """
    info = await fetch_account_info(client, account)
    quotas = await _fetch_message_quotas(client, account)
    package_quota = next((row for row in quotas if row.quota_type == _INCLUDED), MessageQuota())
    try:
        assets = await list_assets(client, account)
    except SendFailed as error:
        if not error.is_permanent:
            raise
        assets = ()
    return AccountPlan(
        account_id=info.account_id,
        name=collapse_spaces(to_nfc(info.name)),
        package=collapse_spaces(to_nfc(info.package_name)),
        ends_on=parse_package_day(info.package_valid_through_date),
        renews=bool(info.package_auto_renew_date),
        messages_left=package_quota.remain,
        messages_total=package_quota.total,
        slots=tuple(
            GroupSlot(
                size=asset.size,
                is_included=asset.quota_type == _INCLUDED,
                is_lapsed=not (asset.is_free or asset.used_by) or asset.status not in (_FREE, _USED),
                group=asset.used_by,
                ends_on=parse_package_day(asset.valid_through),
                renews=asset.auto_renew,
            )
            for asset in assets
        ),
    )


async def _fetch_message_quotas(client: ZaloClient, account: ChannelAccount) -> Sequence[MessageQuota]:
    body = {"quota_owner": "OA", "product_type": "cs", "quota_type": _INCLUDED}
    try:
        data = await client.post(account, "/v3.0/oa/quota/message", body, has_effect=False)
        return [MessageQuota.model_validate(row) for row in data] if isinstance(data, list) else []
    except ValueError as error:
        raise errors.to_unreadable_failure(has_effect=False) from error
    except SendFailed as error:
        if not error.is_permanent:
            raise
        return []


def parse_package_day(text: str) -> dt.date | None:
    """Return a day written as dd/mm/yyyy; None for anything else."""
    day, _, rest = text.partition("/")
    month, _, year = rest.partition("/")
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        return None


async def find_sender_of(client: ZaloClient, account: ChannelAccount, text: str) -> str:
    """Return the id of the person whose last private message to the account is exactly this text, or "".

    Raises `SendFailed`.
    """
    for page in range(_CODE_PAGES):
        query = {"offset": page * 10, "count": 10}
        data = await client.get_json_query(account, "/v2.0/oa/listrecentchat", query)
        rows = [HistoryRow.model_validate(row) for row in data] if isinstance(data, list) else []
        for row in rows:
            if row.src == 1 and collapse_spaces(to_nfc(row.message)).casefold() == text.casefold():
                return row.from_id
        if len(rows) < 10:
            break
    return ""
