"""Words of an appeal, for its page, its card and its bulletin."""

from django.utils.translation import gettext as _

from binhyen.missing.queries import Appeal
from binhyen.missing.rules.records import (
    PERSON_KIND_LABELS,
    SEX_LABELS,
    PersonKind,
    RecordSide,
    Sex,
    format_age,
)
from binhyen.ui.formatting import format_full_time


def format_person(appeal: Appeal) -> str:
    """Return name, kind, sex and age in one line."""
    age = format_age(appeal.age_low, appeal.age_high)
    return ", ".join(
        filter(
            None,
            [
                appeal.name,
                _(PERSON_KIND_LABELS[PersonKind(appeal.kind)]).lower() if appeal.kind != PersonKind.OTHER else "",
                _(SEX_LABELS[Sex(appeal.sex)]).lower() if appeal.sex != Sex.UNKNOWN else "",
                _("{age} tuổi").format(age=age) if age else "",
            ],
        )
    )


def format_title(appeal: Appeal) -> str:
    """Return the headline of the page."""
    person = format_person(appeal)
    if appeal.side == RecordSide.UNIDENTIFIED:
        return _("Ai là người thân: {person}").format(person=person)
    return _("Tìm {person}").format(person=person)


def format_place(appeal: Appeal) -> str:
    return ", ".join(dict.fromkeys(filter(None, (appeal.place, appeal.commune))))


def format_bulletin_title(appeal: Appeal) -> str:
    """Return the title of a bulletin, at most 120 characters."""
    return format_title(appeal)[:120]


def format_bulletin_text(appeal: Appeal, *, link: str) -> str:
    """Return the text of a bulletin in plain sentences."""
    seen = {"time": format_full_time(appeal.seen_at), "place": format_place(appeal) or appeal.unit}
    lines = [
        _("Thấy lần cuối {time}, tại {place}.").format(**seen)
        if appeal.side == RecordSide.MISSING
        else _("Được tìm thấy {time}, tại {place}.").format(**seen),
        _("Quần áo: {clothes}.").format(clothes=appeal.clothes) if appeal.clothes else "",
        _("Đặc điểm nhận dạng: {marks}.").format(marks=appeal.marks) if appeal.marks else "",
        _("Ai thấy, xin báo {unit} hoặc mở: {link}").format(unit=appeal.unit, link=link),
        _("Không đuổi theo, không đăng lại ảnh lên trang riêng.") if appeal.side == RecordSide.MISSING else "",
    ]
    return "\n".join(filter(None, lines))
