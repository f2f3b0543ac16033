"""Set up an installation: keys, the web page as a channel, the first version of the group rules."""

from typing import Any

from django.core.management.base import BaseCommand

from binhyen.channels.models import Channel, GroupRules
from binhyen.kit import clock
from binhyen.vault import group_keys
from binhyen.vault.services import key_ceremony

RULES = """Nội quy nhóm
1. Nhóm do Công an mở để báo tin an ninh trật tự, tìm đồ thất lạc, cảnh báo lừa đảo.
2. Khẩn cấp: gọi 113 (công an), 114 (cháy, cứu nạn), 115 (cấp cứu) trước, rồi hãy nhắn.
3. Tố giác, tin có tên người, biển số, ảnh người khác: xin nhắn riêng cho trang của Công an, đừng viết trong nhóm.
4. Không đăng số căn cước, số tài khoản, bệnh tật, ảnh trẻ em.
5. Không quảng cáo, không chửi bới, không chuyển tiếp tin chưa kiểm chứng.
6. Tin nhắn trong nhóm được hệ thống đọc để lập vụ việc; chuyện thường ngày tự xóa sau 30 ngày."""


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        group_keys.create_missing_keys(now=clock.now())
        key_ceremony.run_start_tasks(now=clock.now())
        Channel.objects.get_or_create(kind="web", defaults={"name": "Trang báo tin"})
        GroupRules.objects.get_or_create(version=1, defaults={"text": RULES, "at": clock.now()})
