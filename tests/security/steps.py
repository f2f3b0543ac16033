"""Forms of each step of «Báo tin kín», which has one address for all steps: for tests that go through all of them."""

from typing import Any

from django.test import Client

from binhyen.intake.tests.web import FIGHT
from binhyen.tips import views
from binhyen.tips.models import TipFile
from binhyen.tips.receipt_sessions import create_ticket
from binhyen.tips.tests.page import enter_code, make_picture, read_hidden_fields, read_receipt, submit_tip

ADDRESS = "/bao-kin"


def build_tip_forms() -> dict[str, dict[str, Any]]:
    """Return complete forms of a returning reporter of a tip with a picture. By step; the last one withdraws."""
    code = read_receipt(submit_tip(Client(), photos=make_picture()))
    opened = read_hidden_fields(enter_code(Client(), code))
    forms = {
        "send": {"text": FIGHT},
        "open": {"code": code},
        "more": opened | {"text": "Tối qua lại có"},
        "withdraw": opened | {"sure": "yes"},
    }
    assert list(forms) == list(views.STEPS), "a new step: add its form here"
    return {step: form | {"step": step, "key": create_ticket()} for step, form in forms.items()}


def list_invalid_forms(form: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return invalid variants of the form, and the one that shows the picture instead; by the fault."""
    return {
        "as it is": form,
        "no ticket": form | {"key": ""},
        "nothing in it": {k: form[k] for k in ("step", "key")},
        "a visit that is over": form | {"visit": "x" * 40},
        "too much": form | {"text": "x" * 6000, "code": "1" * 6000},
        "a wrong code": form | {"code": "0" * 20},
        "another step": form | {"step": "khong-co"},
        "unsure": form | {"sure": ""},
        "its picture": form | {"photo": str(TipFile.objects.earliest("pk").public_id)},
    }
