"""Form of «Tin kín». The typed text always comes back with an error."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from binhyen.intake.forms import WriteForm, build_place_field


class MoreForm(WriteForm):
    """Form for more text or pictures of an opened tip. `plain`: store previews only."""

    plain = forms.BooleanField(required=False)


class TipForm(MoreForm):
    """Form of a new tip: text first; a field for name or phone would break the promise of anonymity."""

    place = build_place_field()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors and not cleaned["text"]:
            self.add_error("text", _("Bạn viết vài chữ cùng với ảnh: có chuyện gì, ở đâu."))
        return cleaned
