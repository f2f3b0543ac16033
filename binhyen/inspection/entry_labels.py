"""Audit log entries as Vietnamese text: actor, action, object. A verb without a label shows as it is stored."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from binhyen.areas.queries import AreasNotLoadedError, get_directory
from binhyen.audit.queries.entries import EntryLine
from binhyen.audit.rules.action_families import ReadKind, is_refusal
from binhyen.cases.choices import EVENT_LABELS
from binhyen.kit.clock import VIETNAM
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import format_code
from binhyen.people.models import Officer
from binhyen.people.queries import get_officers_by_public_ids
from binhyen.ui.formatting import format_full_time
from binhyen.vault.queries import get_group_label

_VERBS = {
    ReadKind.CASE: N_("Xem vụ việc"),
    "case.callback_shown": N_("Xem số để gọi lại người báo"),
    ReadKind.CASE_BY_API: N_("Máy khác đọc vụ việc"),
    ReadKind.LIST_BY_API: N_("Máy khác đọc danh sách vụ"),
    ReadKind.MESSAGES: N_("Xem tin nhắn nhạy cảm"),
    ReadKind.PHOTO: N_("Xem ảnh"),
    ReadKind.ORIGINAL: N_("Tải bản gốc chứng cứ"),
    ReadKind.SEARCH: N_("Tìm kiếm"),
    ReadKind.EXPORT: N_("Tải danh sách vụ việc"),
    ReadKind.BOOK: N_("Xem nhật ký kiểm tra"),
    ReadKind.BOOK_EXPORT: N_("Tải nhật ký kiểm tra"),
    "reply_template.added": N_("Thêm mẫu trả lời"),
    "reply_template.removed": N_("Xóa mẫu trả lời"),
    "sign_in": N_("Đăng nhập"),
    "sign_out": N_("Đăng xuất"),
    "sign_in_failed": N_("Đăng nhập không được"),
    "password_changed": N_("Đổi mật khẩu"),
    "officer_created": N_("Thêm cán bộ"),
    "officer_transferred": N_("Chuyển cán bộ"),
    "officer_deactivated": N_("Khóa tài khoản"),
    "duty_added": N_("Thêm ca trực"),
    "duty_phone_set": N_("Ghi số gọi khi trực"),
    "duty_phone_removed": N_("Xóa số gọi khi trực"),
    "duty_removed": N_("Bỏ ca trực"),
    "duty_swapped": N_("Đổi ca trực"),
    "token.created": N_("Cấp mã cho máy khác"),
    "token.revoked": N_("Thu mã của máy khác"),
    "group.asked": N_("Xin mở nhóm"),
    "group.opened": N_("Mở nhóm"),
    "group.reminded": N_("Nhắc trong nhóm"),
    "group.gone": N_("Nhóm không còn"),
    "group.placed": N_("Gắn địa bàn cho nhóm"),
    "group.let_in": N_("Cho người vào nhóm"),
    "group.turned_away": N_("Không nhận người vào nhóm"),
    "group.flag_dismissed": N_("Bỏ qua tin trong nhóm"),
    "outgoing.retried": N_("Gửi lại tin"),
    "outgoing.cancelled": N_("Bỏ tin chờ gửi"),
    "reorganisation_planned": N_("Lên lịch sắp xếp xã, phường"),
    "reorganisation_cancelled": N_("Bỏ lịch sắp xếp xã, phường"),
    "reorganisation_applied": N_("Sắp xếp xã, phường"),
    "report.issued": N_("Phát hành báo cáo"),
    "report.corrected": N_("Đính chính báo cáo"),
    "opendata.released": N_("Công bố dữ liệu mở"),
    "report.template_changed": N_("Đổi mẫu báo cáo"),
    "report.remarks_asked": N_("Xin nhận xét của các đơn vị"),
    "report.remarks_reminded": N_("Nhắc các đơn vị gửi nhận xét"),
    "report.remark_given": N_("Gửi nhận xét cho báo cáo"),
    "found.registered": N_("Ghi sổ đồ nhặt được"),
    "found.published": N_("Đăng đồ nhặt được"),
    "found.unpublished": N_("Bỏ đăng đồ nhặt được"),
    "found.custody": N_("Bàn giao đồ nhặt được"),
    "found.claimed": N_("Nhận là đồ của mình"),
    "found.accepted": N_("Chấp nhận người nhận đồ"),
    "found.refused": N_("Từ chối người nhận đồ"),
    "found.receipt": N_("Lập biên nhận trả đồ"),
    "found.returned": N_("Trả đồ nhặt được"),
    "found.ended": N_("Kết thúc việc đồ nhặt được"),
    "missing.registered": N_("Ghi hồ sơ người đi lạc"),
    "missing.photo": N_("Thay ảnh người đi lạc"),
    "missing.released": N_("Đăng tin tìm người"),
    "missing.reviewed": N_("Soát lại tin tìm người"),
    "missing.recalled": N_("Gỡ tin tìm người"),
    "missing.sighted": N_("Báo thấy người đi lạc"),
    "missing.judged": N_("Xét tin có người thấy người đi lạc"),
    "missing.searched": N_("Ghi nơi đã tìm"),
    "missing.matched": N_("Nối hồ sơ người"),
    "missing.ended": N_("Kết thúc tìm người"),
    "missing.care_registered": N_("Đăng ký trước người hay đi lạc"),
    "missing.care_renewed": N_("Gia hạn đăng ký trước"),
    "missing.care_photo": N_("Lưu ảnh người đăng ký trước"),
    "missing.care_ended": N_("Rút đăng ký trước"),
    "missing.care_searched": N_("Mở hồ sơ từ đăng ký trước"),
    "case.scored": N_("Người dân chấm điểm"),
    "deed.drafted": N_("Soạn biểu dương"),
    "deed.approved": N_("Duyệt biểu dương"),
    "deed.refused": N_("Không duyệt biểu dương"),
    "deed.sent": N_("Lập thư gửi trường"),
    "deed.praised": N_("Trường đã biểu dương"),
    "weapon.registered": N_("Ghi sổ vũ khí"),
    "weapon.added": N_("Thêm vật vào sổ vũ khí"),
    "weapon.receipt": N_("Lập biên nhận vũ khí"),
    "weapon.signed": N_("Ký nhận vũ khí"),
    "weapon.custody": N_("Ghi sổ giữ vũ khí"),
    "weapon.appointment": N_("Hẹn giao nộp vũ khí"),
    "weapon.campaign": N_("Mở đợt vận động giao nộp"),
    "aid.entered": N_("Ghi hoàn cảnh khó khăn"),
    "aid.verified": N_("Xác minh hoàn cảnh khó khăn"),
    "aid.published": N_("Đăng hoàn cảnh khó khăn"),
    "aid.unpublished": N_("Bỏ đăng hoàn cảnh khó khăn"),
    "aid.pledged": N_("Hứa giúp hoàn cảnh khó khăn"),
    "aid.answered": N_("Trả lời người hứa giúp"),
    "aid.cancelled": N_("Hủy lời hứa giúp"),
    "aid.delivered": N_("Trao phần giúp đỡ"),
    "aid.helped": N_("Ghi đã giúp hoàn cảnh"),
    "scam.propose": N_("Đề nghị xác nhận lừa đảo"),
    "scam.confirm": N_("Xác nhận lừa đảo"),
    "scam.reject": N_("Bỏ cảnh báo lừa đảo"),
    "scam.keep": N_("Giữ cảnh báo lừa đảo"),
    "scam.stopped": N_("Ghi đã ngăn chặn lừa đảo"),
    "scam.details": N_("Ghi tiền mất, số trong ảnh lừa đảo"),
    "activated": N_("Kích hoạt tài khoản"),
    "activation_given": N_("Cấp mã kích hoạt"),
    "activation_failed": N_("Kích hoạt không được"),
    "confirmed": N_("Xác nhận lại bước hai"),
    "factors_reset": N_("Xóa bước hai"),
    "second_step_failed": N_("Bước hai không đúng"),
    "session_ended": N_("Kết thúc phiên"),
    "officer_unlocked": N_("Mở khóa tài khoản"),
    "channel.host_allowed": N_("Cho phép tải tệp từ một máy chủ"),
    "message.dismissed": N_("Bỏ qua tin nhắn"),
    "message.restored": N_("Đưa tin nhắn trở lại"),
    "channel.connected": N_("Nối kênh"),
    "channel.resumed": N_("Cho kênh gửi tiếp"),
    "channel.site_code": N_("Đặt mã xác thực tên miền của Zalo"),
    "channel.read_again": N_("Cho đọc lại tin không đọc được"),
    "channel.live": N_("Nối lại các kênh sau khi khôi phục"),
    "villages_imported": N_("Nhập danh sách thôn"),
    "villages_merged": N_("Gộp thôn"),
    "landmark_taken_off": N_("Bỏ địa điểm máy học được"),
    "landmark_put_back": N_("Dùng lại địa điểm máy học được"),
    "village_closed": N_("Đóng thôn"),
    "area_name_added": N_("Thêm tên gọi địa bàn"),
    "area_name_removed": N_("Bỏ tên gọi địa bàn"),
    "audit.paper": N_("Nhận bản in điểm kiểm tra"),
    "data.asked": N_("Người dân hỏi về dữ liệu của mình"),
    "data.granted": N_("Đồng ý yêu cầu về dữ liệu"),
    "data.refused": N_("Không làm yêu cầu về dữ liệu"),
    "data.done": N_("Làm xong yêu cầu về dữ liệu"),
    "bulletin.created": N_("Soạn bản tin"),
    "bulletin.submitted": N_("Gửi duyệt bản tin"),
    "bulletin.returned": N_("Trả lại bản tin"),
    "bulletin.approved": N_("Duyệt bản tin"),
    "bulletin.released": N_("Phát bản tin"),
    "bulletin.released_urgently": N_("Phát ngay bản tin khẩn"),
    "bulletin.reviewed": N_("Soát lại bản tin khẩn"),
    "bulletin.withdrawn": N_("Rút bản tin"),
    "bulletin.withdrawn_in_part": N_("Rút bản tin ở một số xã, phường"),
    "bulletin.expired": N_("Bản tin hết hiệu lực"),
    "cap_alert.dismissed": N_("Bỏ qua cảnh báo của hệ thống khác"),
    "procedure.shipped": N_("Nạp thủ tục có sẵn"),
    "procedure.created": N_("Soạn thủ tục"),
    "procedure.submitted": N_("Gửi duyệt thủ tục"),
    "procedure.returned": N_("Trả lại thủ tục"),
    "procedure.approved": N_("Duyệt thủ tục"),
    "procedure.replaced": N_("Thay bản thủ tục"),
    "procedure.withdrawn": N_("Rút thủ tục"),
    "procedure.settled": N_("Bỏ câu hỏi chưa có lời đáp"),
    "bulletin.posted_by_hand": N_("Đã đăng tay bản tin"),
    "station.changed": N_("Sửa số điện thoại, trụ sở"),
    "manual_group.added": N_("Thêm nhóm tự đăng"),
    "manual_group.changed": N_("Sửa nhóm tự đăng"),
    "manual_group.taken_over": N_("Nhận đăng ở một nhóm"),
    "manual_group.closed": N_("Bỏ nhóm tự đăng"),
    "group_rules.written": N_("Viết nội quy nhóm"),
    "manual_group.moving": N_("Chuyển nhóm tự đăng sang nhóm chính thức"),
    "message.passed_on": N_("Chuyển tin từ nhóm tự đăng"),
    "officer_chat.code_created": N_("Lấy mã liên kết Zalo của cán bộ"),
    "officer_chat.linked": N_("Liên kết Zalo của cán bộ"),
    "officer_chat.unlinked": N_("Bỏ liên kết Zalo của cán bộ"),
    "population.saved": N_("Nhập số dân"),
    "template.saved": N_("Lưu mẫu bản tin"),
    "template.deleted": N_("Xóa mẫu bản tin"),
    "consent.given": N_("Ghi đồng ý"),
    "consent.withdrawn": N_("Ghi rút đồng ý"),
    "retention.deleted": N_("Xóa phần quá hạn"),
    "retention.held": N_("Giữ lại quá hạn"),
    "retention.released": N_("Thôi giữ lại"),
    "breach.recorded": N_("Ghi sự cố dữ liệu"),
    "breach.step": N_("Ghi thêm về sự cố dữ liệu"),
    "data.soon": N_("Yêu cầu về dữ liệu sắp quá hạn, đã nhắc"),
    "data.late": N_("Yêu cầu về dữ liệu quá hạn, đã báo lên"),
    "breach.soon": N_("Sự cố dữ liệu sắp hết 72 giờ, đã nhắc"),
    "breach.late": N_("Sự cố dữ liệu quá 72 giờ, đã báo lên"),
    "backup.restored_old": N_("Phục hồi bản sao quá hạn"),
    "backup.access_ended": N_("Phục hồi bản sao: kết thúc mọi phiên và mã"),
    "officer_confirmed": N_("Xác nhận tài khoản sau phục hồi"),
    "identity_asked": N_("Xin mở danh tính"),
    "identity_approved": N_("Đồng ý mở danh tính"),
    "identity_opened": N_("Mở danh tính"),
    "identity_refused": N_("Không đồng ý mở danh tính"),
    "identity_read": N_("Xem danh tính"),
    "identity_carried": N_("Mang gói danh tính sang máy cô lập"),
    "original_asked": N_("Xin mở bản gốc"),
    "original_approved": N_("Đồng ý mở bản gốc"),
    "original_opened": N_("Mở bản gốc"),
    "original_sealed": N_("Niêm phong lại bản gốc"),
    "original_refused": N_("Không đồng ý mở bản gốc"),
    "sealed_read": N_("Đọc tin kín"),
    "sealed_original": N_("Tải bản gốc"),
    "sealed_carried": N_("Mang gói tin kín sang máy cô lập"),
    "key_made": N_("Tạo khóa"),
    "key_retired": N_("Bỏ khóa"),
    "key_shared": N_("Trao khóa"),
    "key_renewed": N_("Thay khóa"),
    "key_destroyed": N_("Hủy khóa cũ"),
    "key_recovered": N_("Khôi phục khóa"),
    "key_taken_back": N_("Thu lại khóa"),
    "identity_ended": N_("Hết hiệu lực mở danh tính"),
    "original_ended": N_("Hết hiệu lực mở bản gốc"),
    "keys_given_up": N_("Bỏ khóa đã mất"),
    "seat_given": N_("Giao phần khóa giữ danh tính"),
    "acting_chief": N_("Đặt quyền trưởng"),
    "passphrase_changed": N_("Đổi cụm mật khẩu"),
    "identity_linked": N_("Nối với dịch vụ định danh"),
    "demo_officers_created": N_("Tạo cán bộ trình diễn"),
    "demo_year_simulated": N_("Dựng một năm mô phỏng"),
    "tie.declared": N_("Khai báo quan hệ thân thích"),
    "tie.ended": N_("Bỏ khai báo quan hệ"),
    "gate.released": N_("Cho gửi tin bị giữ"),
    "gate.held": N_("Tin gửi nhóm bị giữ lại"),
    "gate.dropped": N_("Bỏ tin bị giữ"),
    "gate.rewritten": N_("Viết lại tin bị giữ"),
}
_OBJECTS = {
    "case": N_("Vụ"),
    "officer": N_("Cán bộ"),
    "token": N_("Mã của máy"),
    "group": N_("Nhóm"),
    "message": N_("Tin nhắn"),
    "outgoing": N_("Tin gửi đi"),
    "area": N_("Địa bàn"),
    "reporter": N_("Người báo"),
    "channel": N_("Kênh"),
    "file": N_("Ảnh"),
    "areas": N_("Địa bàn"),
    "checkpoint": N_("Điểm kiểm tra"),
    "data": N_("Yêu cầu"),
    "consent": N_("Bản đồng ý"),
    "class": N_("Loại dữ liệu"),
    "breach": N_("Sự cố"),
    "found": N_("Đồ nhặt được"),
    "aid": N_("Hoàn cảnh khó khăn"),
    "report": N_("Báo cáo"),
    "scam": N_("Lừa đảo"),
    "weapon": N_("Vũ khí"),
    "bulletin": N_("Bản tin"),
    "procedure": N_("Thủ tục"),
    "question": N_("Câu hỏi"),
    "manual_group": N_("Nhóm tự đăng"),
    "template": N_("Mẫu bản tin"),
    "group_rules": N_("Nội quy nhóm"),
    "station": N_("Trụ sở công an"),
    "tip": N_("Tin kín"),
    "group-tip": N_("Tin kín trong nhóm"),
    "key": N_("Khóa"),
    "holder": N_("Khóa riêng"),
    "backup": N_("Bản sao"),
}
# Facts of key entries to compare with the printed record: field of the detail, and its text.
_KEY_FACTS = {
    "key_recovered": (("to", N_("cho {keys}")), ("by", N_("bằng {keys}"))),
    "key_shared": (("groups", N_("khóa của {keys}")),),
    "key_taken_back": (("groups", N_("khóa của {keys}")),),
    "key_retired": (("last", N_("không còn ai giữ khóa của {keys}")),),
    "key_renewed": (("keys", N_("khóa mới {keys}")),),
    "key_destroyed": (("key", "{keys}"),),
}
_ACTORS = {"citizen": N_("Người dân"), "visitor": N_("Người chưa đăng nhập")}
_SYSTEM = N_("Hệ thống")
_SHORT_ID_CHARS = 8
EntryRow = dict[str, Any]


def format_rows(entries: Iterable[EntryLine]) -> list[EntryRow]:
    """Format entries for the page and the CSV file; at most two statements, for the names."""
    entry_list = list(entries)
    words = (word for line in entry_list for word in (line.actor, line.object, str(line.detail.get("of", ""))))
    names = {word.partition(":")[2] for word in words if word.startswith("officer:")}
    people = get_officers_by_public_ids(name for name in names if len(name) == 36)
    return [_format_row(entry, people) for entry in entry_list]


def group_rows(rows: Sequence[EntryRow]) -> list[dict[str, Any]]:
    """Group rows, newest first, by day, and in a day those in sequence of one person about one object or action.

    Returns days: `day`, `groups`; a group has the fields of its newest row, its `rows`, all actions as `what`, `about`
    only if it is the same in all, and `since`, the hour of the oldest.
    """
    days: list[dict[str, Any]] = []
    for row in rows:
        if not days or days[-1]["day"] != row["day"]:
            days.append({"day": row["day"], "groups": []})
        groups = days[-1]["groups"]
        if groups and _belongs_together(groups[-1], row):
            _add_to_group(groups[-1], row)
        else:
            groups.append({**row, "rows": [row], "since": row["hour"]})
    return days


def _belongs_together(group: Mapping[str, Any], row: EntryRow) -> bool:
    if any(group[name] != row[name] for name in ("who", "outcome", "unit")):
        return False
    newest = group["rows"][-1]
    return bool(newest["what"] == row["what"] or (row["about"] and newest["about"] == row["about"]))


def _add_to_group(group: dict[str, Any], row: EntryRow) -> None:
    group["rows"].append(row)
    group["since"] = row["hour"]
    group["what"] = ", ".join(dict.fromkeys(entry["what"] for entry in reversed(group["rows"])))
    group["about"] = group["about"] if group["about"] == row["about"] else ""


def _format_row(entry: EntryLine, people: Mapping[str, Officer]) -> EntryRow:
    bad = is_refusal(entry.verb, entry.detail)
    return {
        "at_text": format_full_time(entry.at),
        "iso": entry.at.isoformat(timespec="seconds"),
        "day": f"{entry.at.astimezone(VIETNAM):%d/%m/%Y}",
        "hour": f"{entry.at.astimezone(VIETNAM):%H:%M}",
        "who": _format_actor(entry.actor, people),
        "what": format_verb(entry.verb),
        "verb": entry.verb,
        "about": _format_object(entry.object, people),
        "unit": _format_unit(entry.unit_id),
        "more": _format_details(entry, people),
        "outcome": _("Bị từ chối") if bad else "",
    }


def format_verb(name: str) -> str:
    family, _dot, event = name.partition(".")
    label = _VERBS.get(name) or (EVENT_LABELS.get(event) if family == "case" else None)
    return _(label) if label else name


def _format_actor(actor: str, people: Mapping[str, Officer]) -> str:
    kind, _colon, name = actor.partition(":")
    if kind == "officer":
        return people[name].name if name in people else _("Cán bộ {short}").format(short=name[-_SHORT_ID_CHARS:])
    if kind == "command":
        return _("Máy chủ: lệnh {name}").format(name=name)
    if kind == "token":
        return _("Máy khác {short}").format(short=name[-_SHORT_ID_CHARS:])
    return _(_ACTORS.get(actor, _SYSTEM))


def _format_object(written: str, people: Mapping[str, Officer]) -> str:
    kind, _colon, name = written.partition(":")
    if not name:
        return ""
    if kind == "case":
        return _("Vụ {name}").format(name=format_code(name))
    if kind == "officer" and name in people:
        return people[name].name
    if kind in ("key", "holder"):
        return f"{_(_OBJECTS[kind])} {_format_key(name)}"
    short = format_code(name) if kind == "bulletin" else name[-_SHORT_ID_CHARS:]
    return f"{_(_OBJECTS.get(kind, kind))} {short}"


def _format_key(name: str) -> str:
    """Format a key as on the printed record of the key ceremony: the group's label, or the fingerprint."""
    if label := get_group_label(name):
        return label
    mark = name.replace(" ", "").upper()
    return " ".join(mark[start : start + 4] for start in range(0, len(mark), 4))


def _format_keys(names: object) -> str:
    name_list = names if isinstance(names, list) else [names]
    return ", ".join(_format_key(str(name).removeprefix("holder:")) for name in name_list)


def _format_unit(unit_id: int | None) -> str:
    if unit_id is None:
        return ""
    try:
        return get_directory().unit_name(unit_id)
    except AreasNotLoadedError:
        return ""


def _format_details(entry: EntryLine, people: Mapping[str, Officer]) -> str:
    """Format the numbers and reasons of a detail that help a reader; the remaining fields are for machines."""
    detail = entry.detail
    if entry.verb in _KEY_FACTS:
        texts = [
            _(words).format(keys=_format_keys(detail[name]))
            for name, words in _KEY_FACTS[entry.verb]
            if detail.get(name)
        ]
        if texts:
            return "; ".join(texts)
    if (whose := detail.get("of")) and whose != entry.actor:
        return _("đứng tên {name}").format(name=_format_actor(str(whose), people))
    if isinstance(detail.get("n"), int):
        return ngettext("{n} mục", "{n} mục", detail["n"]).format(n=detail["n"])
    if isinstance(detail.get("tries"), int):
        return _("lần thứ {tries}").format(tries=detail["tries"])
    return ""
