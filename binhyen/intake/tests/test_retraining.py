"""Corrections of officers become masked training rows; a new model goes live only if it is not worse; the page reports
it."""

import dataclasses
import datetime as dt
import json
from io import StringIO

import pytest
from django.core.management import call_command

from binhyen.cases.models import Case
from binhyen.cases.services import linking, officer_actions
from binhyen.cases.tests.scene import create_message, open_case, sign_in_browser
from binhyen.channels.models import Message
from binhyen.intake import corrections, model_cache, retraining
from binhyen.intake.corrections import collect_corrections
from binhyen.intake.model_cache import ModelCache
from binhyen.intake.models import Correction
from binhyen.intake.retraining import REJECTED_FILE, retrain_model
from binhyen.intake.tests.chat_reports import create_people, run_pipeline
from binhyen.intake.tests.web import submit_report
from binhyen.kit import clock
from binhyen.language.model_selection import LIVE_FILE, MODEL_FILE
from binhyen.language.training import build
from binhyen.language.training import rows as stored
from binhyen.language.training.rows import filter_split
from tests import rls

pytestmark = pytest.mark.django_db
SCAM = "Có người tự xưng Nguyễn Văn Bình gọi số 0912 345 678 đòi chuyển tiền, xe 38A-123.45 {sdt} ở xã Lộc Hà"

FIRE = "Cháy nhà ở TDP Phú Mậu xã Lộc Hà, cháy to lắm"
SMOKE = "Khói khét quá ở tdp phú mậu lộc hà, đốt rác hay sao ấy"


@pytest.fixture(autouse=True)
def models(settings, tmp_path, monkeypatch):
    settings.MODELS_ROOT = tmp_path / "models"
    monkeypatch.setattr(model_cache, "_model_cache", ModelCache())
    return tmp_path / "models"


def correct_case(case, officer, category, urgency):
    return officer_actions.reclassify_case(
        code=case.code, officer=officer, category=category, urgency=urgency, version=None, now=clock.now()
    )


def test_a_correction_on_the_desk_becomes_one_masked_row(client, officer):
    submit_report(client, SCAM)
    case, message = Case.objects.get(), Message.objects.get()
    duty = officer("PROVINCE_DUTY", "42")
    assert collect_corrections() == 0, "decisions of intake add no training rows"
    correct_case(case, duty, "drugs_gambling", 2)
    assert collect_corrections() == 1
    row = Correction.objects.get()
    assert (row.message, row.source, row.unit) == (message, "RECLASSIFIED", case.unit)
    assert (row.category_before, row.category_after) == (message.category, "drugs_gambling")
    assert (row.urgency_before, row.urgency_after) == (message.urgency, 2)
    for secret in ("0912", "345 678", "38A", "Bình"):
        assert secret not in row.text
    assert "{sdt}" in row.text and "(sdt)" in row.text, "a slot cannot be injected"
    assert row.officer_hash and str(duty.public_id) not in row.officer_hash
    correct_case(case, duty, "scam", 1)
    collect_corrections()
    collect_corrections()
    assert Correction.objects.get().category_after == "scam", "once per message, the last correction counts"


def test_a_promoted_message_is_a_row_too(officer, unit):
    message = create_message(unit("18568"), text="Chiều nay mất con trâu ở đồng")
    sign_in_browser(officer()).post(
        f"/tin-nhan/{message.public_id}/mo-vu-viec", {"category": "lost_item", "urgency": "1"}
    )
    collect_corrections()
    row = Correction.objects.get()
    assert (row.source, row.category_before, row.category_after) == ("PROMOTED", "violence", "lost_item")


def join_two_reports(officer):
    """Join two unrelated reports (a house fire, a smell of smoke) as an officer; return the case, both messages and the
    officer."""
    (first, second), duty = create_people(2), officer("PROVINCE_DUTY", "42")
    (fire,), (smoke,) = run_pipeline((first, FIRE)), run_pipeline((second, SMOKE))
    assert (fire.message.category, fire.case != smoke.case) == ("fire", True)
    linking.attach_message(
        code=fire.case.code, message_id=str(smoke.message.public_id), officer=duty, version=None, now=clock.now()
    )
    return fire.case, fire.message, smoke.message, duty


def detach_message(case, message, duty):
    linking.detach_message(
        code=case.code, message_id=str(message.public_id), officer=duty, version=None, now=clock.now()
    )


def list_training_rows():
    return {(row.message_id, row.category_after) for row in Correction.objects.all()}


def test_outcomes_do_not_train_on_detached_messages(officer):
    case, fire, smoke, duty = join_two_reports(officer)
    detach_message(case, fire, duty)
    correct_case(case, duty, "environment_noise", 1)
    collect_corrections()
    assert list_training_rows() == {(smoke.pk, "environment_noise"), (fire.pk, "fire")}, (
        "regression: a house fire became noise"
    )
    whole, *_ = retraining.get_category_stats(now=clock.now())
    assert (whole.acted_on, whole.unchanged) == (2, 2), "the page compares the same words"


def test_training_rows_follow_messages_detached_later(officer):
    case, fire, smoke, duty = join_two_reports(officer)
    correct_case(case, duty, "environment_noise", 1)
    collect_corrections()
    assert list_training_rows() == {(smoke.pk, "environment_noise")}, (
        "the text that the correction is about, not the first text"
    )
    detach_message(case, fire, duty)
    for _ in range(2):
        collect_corrections()
        assert list_training_rows() == {(smoke.pk, "environment_noise"), (fire.pk, "fire")}, (
            "its reporter has a separate case"
        )


def test_a_rejected_case_trains_the_label_other(officer, unit):
    case = open_case(unit("18568"))
    correct_case(case, officer(), "other", 0)
    collect_corrections()
    assert Correction.objects.values_list("category_after", "urgency_after").get() == ("other", 0)


def test_the_row_outlives_its_message_without_names(officer, unit):
    message = create_message(unit("18568"))
    Correction.objects.create(
        message=message,
        source="PROMOTED",
        text="x",
        category_before="other",
        category_after="theft",
        urgency_before=0,
        urgency_after=1,
        at=clock.now(),
    )
    message.delete()
    assert Correction.objects.get().message is None


def test_unmaskable_texts_are_not_written(officer, unit):
    person, case, broken = officer(), open_case(unit("18568")), open_case(unit("18568"))
    for number, first_case in enumerate((broken, case)):
        Message.objects.filter(case_messages__case=first_case).update(text=f"Tin {number}", reading={"entities": []})
        correct_case(first_case, person, "theft", 1)
    Message.objects.filter(text="Tin 0").update(reading={"entities": [{"type": "PHONE"}]})
    assert collect_corrections() == 1
    assert Correction.objects.get().text == "Tin 1"


def test_exported_rows_are_read_by_training(officer, unit, tmp_path):
    correct_case(open_case(unit("18568"), text=SCAM), officer(), "scam", 2)
    collect_corrections()
    path = tmp_path / "rows.jsonl"
    assert corrections.export_corrections(path) == 1
    (row,) = stored.read_rows(path)
    assert (row.category, row.urgency, row.split, row.register) == ("scam", 2, "train", "officer")
    assert row.sensitive is None, "no action of an officer confirmed it: it would be the classifier's own label"
    assert "{" not in stored.fill_row(row).text


def sample_training_rows():
    """Return a tenth of the shipped rows: enough to learn something in a second or two."""
    shipped_rows = stored.load_shipped_rows()
    return [
        *filter_split(shipped_rows, "train")[::12],
        *filter_split(shipped_rows, "dev")[::6],
        *filter_split(shipped_rows, "test")[::6],
    ]


def test_a_new_model_goes_live_if_it_is_not_worse(models, officer, unit, now, monkeypatch):
    correct_case(open_case(unit("18568")), officer(), "public_order", 2)
    collect_corrections()
    honest = build.compare_models
    monkeypatch.setattr(build, "compare_models", lambda *all_: dataclasses.replace(honest(*all_), better=True))
    taught = retrain_model(now=now, rows=sample_training_rows())
    folder = models / taught.version
    assert (taught.live, taught.corrections) == (True, 1)
    assert {f.name for f in folder.iterdir()} == {MODEL_FILE, LIVE_FILE}, "no row stays in a file"
    mark_data = json.loads((folder / LIVE_FILE).read_text())
    assert mark_data["compared_with"] == "shipped"
    assert 0 < mark_data["macro_f1"] <= 1
    assert model_cache.get_model_in_use().version == taught.version
    page = sign_in_browser(officer("OPERATOR", "42")).get("/hoc-may").content.decode()
    assert taught.version in page


def test_a_worse_model_is_set_aside(models, officer, now):
    taught = retrain_model(
        now=now, rows=sample_training_rows()
    )  # trained on a tenth: it cannot win against the shipped one
    assert not taught.live
    assert taught.figures["macro_f1"] < taught.before["macro_f1"]
    assert {f.name for f in (models / taught.version).iterdir()} == {MODEL_FILE, REJECTED_FILE}
    assert model_cache.get_model_in_use().version == "shipped"
    (models / "20200101T000000Z").mkdir()
    (models / "20200101T000000Z" / REJECTED_FILE).write_text("{")  # an unreadable note does not count as an attempt
    (told_of,) = retraining.list_training_runs(models)
    assert (told_of.live, told_of.corrections, told_of.version) == (False, 0, taught.version)
    page = sign_in_browser(officer("OPERATOR", "42")).get("/hoc-may").content.decode()
    assert "để riêng" in page and "Mô hình đi kèm chương trình" in page


def test_a_broken_training_leaves_nothing(models, now, monkeypatch):
    def raise_error(*_):
        raise RuntimeError

    monkeypatch.setattr(build, "train_model", raise_error)
    with pytest.raises(RuntimeError):
        retrain_model(now=now)
    assert not list(models.iterdir())


def test_the_command_reports_the_result(monkeypatch):
    from binhyen.intake.management.commands import language_train

    done = retraining.TrainingResult("20260101T000000Z", False, 3, {"macro_f1": 0.8}, {"macro_f1": 0.9})
    monkeypatch.setattr(language_train, "retrain_model", lambda now: done)
    out = StringIO()
    call_command("language_train", stdout=out)
    assert "3 corrections" in out.getvalue() and "0.9000 → 0.8000" in out.getvalue() and "kept aside" in out.getvalue()


def test_share_unchanged_by_category(officer, unit, now):
    person = officer()
    for number in range(4):
        case = open_case(unit("18568"))  # the classifier predicted violence
        if number < 3:
            officer_actions.acknowledge_alarm(code=case.code, officer=person, now=now)
        if number == 0:
            correct_case(case, person, "public_order", 1)
    open_case(unit("18568"), now=now - dt.timedelta(weeks=20))
    whole, violence = retraining.get_category_stats(now=clock.now())
    assert (whole.category, whole.acted_on, whole.unchanged) == ("", 3, 2)
    assert (violence.category, violence.acted_on, violence.unchanged) == ("violence", 3, 2)
    assert violence.share == pytest.approx(2 / 3)
    assert violence.weeks[-1] == pytest.approx(2 / 3, abs=0.001) and len(violence.weeks) == retraining.SHOWN_WEEKS
    assert retraining.get_category_stats(now=now - dt.timedelta(weeks=1))[0].acted_on == 0


def test_access_to_the_page(officer, unit):
    case = open_case(unit("18568"), text="Lời kể riêng tư")
    correct_case(case, officer(), "public_order", 1)
    collect_corrections()
    for person in (officer("PROVINCE_STAFF", "42"), officer("OPERATOR", "42")):
        page = sign_in_browser(person).get("/hoc-may").content.decode()
        for words in ("Máy đọc tin", "Mô hình đi kèm chương trình", "Nhận ra việc khẩn cấp", "<svg", "0 %"):
            assert words in page, words
        assert "Lời kể riêng tư" not in page and case.code not in page
    operator = sign_in_browser(officer("OPERATOR", "42"))
    with rls.acting_as("pages"):  # as in production, where the operator's login reads no case
        assert not Case.objects.exists(), "the control"
        page = operator.get("/hoc-may").content.decode()
    assert page.count('<td class="n">1</td>') == 2, "acted on: of all and of the category"
    for person in (officer(), officer("CHIEF"), officer("PROVINCE_DUTY", "42"), officer("VILLAGE_TEAM")):
        assert sign_in_browser(person).get("/hoc-may").status_code == 403
    assert sign_in_browser(None).get("/hoc-may").status_code == 302


def test_the_page_reports_a_missing_model(officer, models, monkeypatch):
    from binhyen.language.classify.classifier import Classifier

    def raise_error(*_, **__):
        raise FileNotFoundError

    monkeypatch.setattr(Classifier, "load", raise_error)
    page = sign_in_browser(officer("OPERATOR", "42")).get("/hoc-may").content.decode()
    assert "Không đọc được mô hình nào" in page and "Chỉ dùng danh sách từ" in page
