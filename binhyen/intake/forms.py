"""Forms for citizens. Typed text always comes back with the error, so nothing is lost."""

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from binhyen.intake.recovery import MAX_CHARS, is_long_enough
from binhyen.kit.i18n_markers import L_
from binhyen.kit.text import collapse_spaces, fold_text, to_nfc
from binhyen.language.aligned_text import align
from binhyen.language.entities.money import add_amounts
from binhyen.language.entities.span_registry import SpanRegistry

MAX_REPORT_CHARS = 5000  # code points after NFC
MAX_PHOTOS_PER_FORM = 5
_RAW_FACTOR = 4  # code points as typed for one as stored: «ệ» may be three, a line end two
_RAW_SPARE = 1000  # blanks around it
_PHONE = re.compile(r"(?:\+?84|0)(\d{8,10})|\+(\d{8,15})")


WORD_PROBLEM = _("Từ để tìm lại cần từ 6 đến 60 chữ. Đừng dùng tên hay số của bạn.")
_SCAM_FIELD_PROBLEM = _("Dòng này dài quá. Phần còn lại bạn viết ở ô kể chuyện.")
PHONE_PROBLEM = _("Số điện thoại chưa đúng. Bạn sửa lại hoặc để trống.")
LOSS_PROBLEM = _("Chưa hiểu số tiền này. Ghi một số, ví dụ 5 triệu, 5.000.000. Chưa chuyển ghi 0, không rõ để trống.")
MAX_DONG = 1_000_000_000_000  # a larger sum is a typing error
_MIN_DONG = 1_000  # «5» may be five thousand or five million
_PLAIN_DONG = re.compile(r"(\d+|\d{1,3}(?:([., ])\d{3})(?:\2\d{3})*) ?(?:d|dong|vnd)?")


def parse_phone(typed: str) -> str:
    """Return national digits («0912345678»), or «+…» for foreign numbers; "" if it is no phone number."""
    match = _PHONE.fullmatch(re.sub(r"[\s.()-]", "", typed))
    if not match:
        return ""
    return f"0{match[1]}" if match[1] else f"+{match[2]}"


def parse_dong(typed: str) -> int | None:
    """Return the đồng of one sum («20.000.000», «5tr», «năm triệu rưỡi»), 0 for «0»; None for anything else."""
    folded = fold_text(typed).strip()
    if match := _PLAIN_DONG.fullmatch(folded):
        amount = int(re.sub(r"\D", "", match[1]))
    else:
        registry = SpanRegistry(align(typed))
        add_amounts(registry)
        sums = registry.entities()
        if len(sums) != 1 or not isinstance(sums[0].norm, int):
            return None
        if re.search(r"[\d–-]", typed.replace(sums[0].text, "", 1)):  # «5-6 triệu», «-3 triệu», «2 lần 5 triệu»
            return None
        amount = sums[0].norm
    return amount if amount == 0 or _MIN_DONG <= amount <= MAX_DONG else None


class TextField(forms.CharField):
    """Text as it is stored: NFC, no invisible characters, one kind of line end. Checked for length after that.

    What is too long in any form is refused before work is spent on it.
    """

    def to_python(self, value: Any) -> str:
        typed = str(value or "")
        if self.max_length is not None and len(typed) > self.max_length * _RAW_FACTOR + _RAW_SPARE:
            words: Any = self.error_messages["max_length"]
            raise forms.ValidationError(
                words, code="max_length", params={"show_value": len(typed), "limit_value": self.max_length}
            )
        return to_nfc(typed.replace("\r\n", "\n").replace("\r", "\n")).strip()


class LineField(TextField):
    """Text on one line."""

    def to_python(self, value: Any) -> str:
        return collapse_spaces(super().to_python(value))


class _MultipleFileInput(forms.FileInput):
    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> "list[UploadedFile[Any]]":
        return list(files.getlist(name)) if hasattr(files, "getlist") else []


class PhotosField(forms.Field):
    """Up to five uploaded files; whether they are pictures is checked when the report is accepted."""

    widget = _MultipleFileInput

    def clean(self, value: "Sequence[UploadedFile[Any]] | None") -> "list[UploadedFile[Any]]":
        files = list(value or ())
        if len(files) > MAX_PHOTOS_PER_FORM:
            raise forms.ValidationError(
                _("Bạn chọn {chosen} ảnh. Mỗi lần gửi được tối đa {most} ảnh.").format(
                    chosen=len(files), most=MAX_PHOTOS_PER_FORM
                )
            )
        return files


class DegreesField(forms.FloatField):
    """Degrees within ±`limit`; not a number and infinity are rejected."""

    widget = forms.HiddenInput

    def __init__(self, limit: float) -> None:
        super().__init__(required=False, min_value=-limit, max_value=limit)


def _build_text_field_of(*, required: bool, one_line: bool = False, limit: int, too_long: Any) -> TextField:
    messages: dict[str, Any] = {"required": _("Bạn chưa viết gì. Viết vài chữ là đủ."), "max_length": too_long}
    return (LineField if one_line else TextField)(required=required, max_length=limit, error_messages=messages)


class WriteForm(forms.Form):
    """Form for more text or photos on the status page."""

    text = _build_text_field_of(
        required=False,
        limit=MAX_REPORT_CHARS,
        too_long=_("Nội dung dài %(show_value)d ký tự, tối đa 5.000. Bạn rút ngắn, hoặc gửi phần còn lại sau."),
    )
    photos = PhotosField(required=False)
    insist = forms.BooleanField(required=False)  # saw the other authorities, and wants the complaint stored here

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not cleaned["text"] and not cleaned["photos"]:
            self.add_error("text", _("Bạn chưa viết gì. Viết vài chữ hoặc thêm ảnh là đủ."))
        return cleaned


def build_place_field() -> TextField:
    return _build_text_field_of(
        required=False, one_line=True, limit=200, too_long=_("Tên nơi xảy ra dài quá, tối đa 200 ký tự.")
    )


class SharedFields(dict[str, forms.Field]):
    """Fields that all forms of a class share unchanged.

    Django copies them for each form, in case a form changes its own: a tenth of a millisecond.
    """

    def __deepcopy__(self, _memo: Any) -> dict[str, forms.Field]:
        return dict(self)


# The large pictures of the form: labels; the sentence that stands for a picture alone; what begins a typed text.
TOPIC_LABELS = {
    "fight": _("Đánh nhau"),
    "theft": _("Trộm cắp"),
    "fire": _("Cháy"),
    "scam": _("Lừa đảo"),
    "lost": _("Mất, nhặt được đồ"),
    "other": _("Việc khác"),
}
_SCAM_TOPIC = "scam"
FOUND_TOPIC = "found"  # of the form for found things, no picture
_TOPIC_ICONS = {
    "fight": "fight",
    "theft": "thief",
    "fire": "fire",
    "scam": "phone",
    "lost": "search",
    "other": "chat",
}
_TOPIC_SENTENCES = {
    "fight": L_("Có đánh nhau"),
    "theft": L_("Có trộm cắp"),
    "fire": L_("Có cháy"),
    "scam": L_("Tôi bị lừa đảo"),
    "lost": L_("Mất đồ hoặc nhặt được đồ"),
    FOUND_TOPIC: L_("Tôi nhặt được đồ"),
}
_TOPIC_PREFIXES = {
    "fight": L_("Đánh nhau"),
    "theft": L_("Trộm cắp"),
    "fire": L_("Cháy"),
    "scam": L_("Lừa đảo"),
    FOUND_TOPIC: L_("Nhặt được"),
}


_SAMPLE_PREFIX = L_("Số, tài khoản, đường dẫn của kẻ gian")
_LOSS_SENTENCE = L_("Đã chuyển cho kẻ gian: {amount} đồng.")
_NO_LOSS_SENTENCE = L_("Chưa chuyển tiền cho kẻ gian.")
_NO_LOSS = re.compile(r"(?:khong|ko|chua)(?: (?:co|mat|chuyen|gi|tien|dong nao))*|no|none")


def _add_scam_fields(text: str, sample: str, loss: int | None) -> str:
    """Return the text with the fields of a scam report as lines; the number is read as if it stood in the text."""
    lines = [text, f"{_SAMPLE_PREFIX}: {sample}" if sample else ""]
    if loss is not None:
        amount = f"{loss:,}".replace(",", ".")
        lines.append(_LOSS_SENTENCE.format(amount=amount) if loss else _NO_LOSS_SENTENCE)
    return "\n".join(filter(None, lines))


def _add_topic(topic: str, text: str) -> str:
    """Return the text with the chosen picture in words; officers and the classifier read Vietnamese."""
    if not text:
        return _TOPIC_SENTENCES.get(topic, "")
    prefix = _TOPIC_PREFIXES.get(topic, "")
    is_long = len(text) + len(prefix) + 2 > MAX_REPORT_CHARS
    return text if is_long or not prefix or prefix.casefold() in text.casefold() else f"{prefix}: {text}"


class ReportForm(WriteForm):
    """Form «Báo tin». Name and phone are optional and go to the vault alone."""

    place = build_place_field()
    latitude = DegreesField(90)
    longitude = DegreesField(180)
    phone = _build_text_field_of(required=False, one_line=True, limit=20, too_long=_("Số điện thoại dài quá."))
    name = _build_text_field_of(required=False, one_line=True, limit=100, too_long=_("Tên dài quá, tối đa 100 ký tự."))
    callback = forms.BooleanField(required=False)
    word = _build_text_field_of(required=False, one_line=True, limit=MAX_CHARS, too_long=WORD_PROBLEM)
    topic = forms.ChoiceField(required=False, choices=[(topic, topic) for topic in (*TOPIC_LABELS, FOUND_TOPIC)])
    # of scams; numbers in a screenshot are typed, no program reads the picture
    sample = _build_text_field_of(required=False, one_line=True, limit=300, too_long=_SCAM_FIELD_PROBLEM)
    loss = _build_text_field_of(required=False, one_line=True, limit=60, too_long=_SCAM_FIELD_PROBLEM)
    field_order = (
        "text",
        "sample",
        "loss",
        "topic",
        "place",
        "photos",
        "phone",
        "callback",
        "name",
        "word",
        "latitude",
        "longitude",
    )

    @property
    def topics(self) -> list[dict[str, Any]]:
        """Return the large pictures, for people who type poorly."""
        chosen = self["topic"].value()
        return [
            {"value": topic, "label": label, "icon": _TOPIC_ICONS[topic], "chosen": topic == chosen}
            for topic, label in TOPIC_LABELS.items()
        ]

    def clean_word(self) -> str:
        typed: str = self.cleaned_data["word"]
        if typed and not is_long_enough(typed):
            raise forms.ValidationError(WORD_PROBLEM)
        return typed

    def clean_loss(self) -> int | None:
        """Return đồng: 0 where nothing was sent yet, None where the field was left empty."""
        typed: str = self.cleaned_data["loss"]
        if not typed or self.data.get("topic") != _SCAM_TOPIC:
            return None
        amount = 0 if _NO_LOSS.fullmatch(fold_text(typed)) else parse_dong(typed)
        if amount is None:
            raise forms.ValidationError(LOSS_PROBLEM)
        return amount

    def clean_phone(self) -> str:
        typed: str = self.cleaned_data["phone"]
        if typed and not parse_phone(typed):
            raise forms.ValidationError(PHONE_PROBLEM)
        return parse_phone(typed)

    def clean(self) -> dict[str, Any]:
        if not {"text", "sample", "loss"} & self.errors.keys():
            data = self.cleaned_data
            topic = data.get("topic", "")
            if topic == _SCAM_TOPIC:  # another picture hides the two fields
                data["text"] = _add_scam_fields(data["text"], data["sample"], data["loss"])
            data["text"] = _add_topic(topic, data["text"])
            if len(data["text"]) > MAX_REPORT_CHARS:
                self.add_error("text", _("Nội dung dài quá 5.000 ký tự. Bạn rút ngắn, hoặc gửi phần còn lại sau."))
        cleaned = super().clean()
        point = cleaned.get("latitude"), cleaned.get("longitude")
        is_broken = bool({"latitude", "longitude"} & self.errors.keys()) or (point[0] is None) != (point[1] is None)
        if is_broken:  # the user cannot correct a hidden field: remove it and explain
            for name in ("latitude", "longitude"):
                self.errors.pop(name, None)
            data_without_point: Any = self.data.copy()  # type: ignore[attr-defined]  # a QueryDict, despite the stubs
            data_without_point.update({"latitude": "", "longitude": ""})
            self.data = data_without_point
            self.add_error("place", _("Vị trí gửi kèm không đọc được nên đã bỏ. Bạn viết nơi xảy ra rồi gửi lại."))
        return cleaned


ReportForm.base_fields = SharedFields(ReportForm.base_fields)
