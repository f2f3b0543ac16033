"""The fields of «Tin kín». What somebody wrote always comes back with the error."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from binhyen.intake.forms import WriteForm, place_field


class MoreForm(WriteForm):
    """More words or pictures of a tip that was opened with its receipt. `plain`: keep the clean copies only."""

    plain = forms.BooleanField(required=False)


class TipForm(MoreForm):
    """A new tip: words first; neither name nor phone is asked for, and a field for them would be a promise broken."""

    place = place_field()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors and not cleaned["text"]:
            self.add_error("text", _("Bạn viết vài chữ cùng với ảnh: có chuyện gì, ở đâu."))
        return cleaned
