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
from binhyen.cases.tests.scene import browser, open_case, told
from binhyen.channels.models import Message
from binhyen.intake import correction_stats, corrections, model_cache, retraining
from binhyen.intake.corrections import collect
from binhyen.intake.model_cache import Here
from binhyen.intake.models import Correction
from binhyen.intake.retraining import REFUSED, teach
from binhyen.intake.tests.telling import people, say
from binhyen.intake.tests.web import tell
from binhyen.kit import clock
from binhyen.language.model_selection import FILE, MARK
from binhyen.language.training import build
from binhyen.language.training import rows as stored
from binhyen.language.training.rows import of_split
from tests import rls

pytestmark = pytest.mark.django_db
SCAM = "Có người tự xưng Nguyễn Văn Bình gọi số 0912 345 678 đòi chuyển tiền, xe 38A-123.45 {sdt} ở xã Lộc Hà"

FIRE = "Cháy nhà ở TDP Phú Mậu xã Lộc Hà, cháy to lắm"
SMOKE = "Khói khét quá ở tdp phú mậu lộc hà, đốt rác hay sao ấy"


@pytest.fixture(autouse=True)
def models(settings, tmp_path, monkeypatch):
    settings.MODELS_ROOT = tmp_path / "models"
    monkeypatch.setattr(model_cache, "_here", Here())
    return tmp_path / "models"


def correct(case, officer, category, urgency):
    return officer_actions.reclassify(
        code=case.code, officer=officer, category=category, urgency=urgency, version=None, now=clock.now()
    )


def test_a_correction_on_the_desk_becomes_one_masked_row(client, officer):
    tell(client, SCAM)
    case, message = Case.objects.get(), Message.objects.get()
    duty = officer("PROVINCE_DUTY", "42")
    assert collect() == 0, "decisions of intake add no training rows"
    correct(case, duty, "drugs_gambling", 2)
    assert collect() == 1
    row = Correction.objects.get()
    assert (row.message, row.source, row.unit) == (message, "RECLASSIFIED", case.unit)
    assert (row.category_before, row.category_after) == (message.category, "drugs_gambling")
    assert (row.urgency_before, row.urgency_after) == (message.urgency, 2)
    for secret in ("0912", "345 678", "38A", "Bình"):
        assert secret not in row.text
    assert "{sdt}" in row.text and "(sdt)" in row.text, "a slot cannot be injected"
    assert row.officer_hash and str(duty.public_id) not in row.officer_hash
    correct(case, duty, "scam", 1)
    collect()
    collect()
    assert Correction.objects.get().category_after == "scam", "once per message, the last correction counts"


def test_a_promoted_message_is_a_row_too(officer, unit):
    message = told(unit("18568"), text="Chiều nay mất con trâu ở đồng")
    browser(officer()).post(f"/tin-nhan/{message.public_id}/mo-vu-viec", {"category": "lost_item", "urgency": "1"})
    collect()
    row = Correction.objects.get()
    assert (row.source, row.category_before, row.category_after) == ("PROMOTED", "violence", "lost_item")


def two_in_one(officer):
    """Join two unrelated reports (a house fire, a smell of smoke) as an officer; return the case, both messages and the
    officer."""
    (first, second), duty = people(2), officer("PROVINCE_DUTY", "42")
    (fire,), (smoke,) = say((first, FIRE)), say((second, SMOKE))
    assert (fire.message.category, fire.case != smoke.case) == ("fire", True)
    linking.attach(
        code=fire.case.code, message_id=str(smoke.message.public_id), officer=duty, version=None, now=clock.now()
    )
    return fire.case, fire.message, smoke.message, duty


def detach(case, message, duty):
    linking.detach(code=case.code, message_id=str(message.public_id), officer=duty, version=None, now=clock.now())


def taught():
    return {(row.message_id, row.category_after) for row in Correction.objects.all()}


def test_what_became_of_the_rest_is_not_learnt_about_words_that_were_taken_out(officer):
    case, fire, smoke, duty = two_in_one(officer)
    detach(case, fire, duty)
    correct(case, duty, "environment_noise", 1)
    collect()
    assert taught() == {(smoke.pk, "environment_noise"), (fire.pk, "fire")}, "regression: a house fire became noise"
    whole, *_ = correction_stats.kept(now=clock.now())
    assert (whole.acted_on, whole.unchanged) == (2, 2), "the page compares the same words"


def test_what_was_learnt_goes_when_the_words_are_taken_out_later(officer):
    case, fire, smoke, duty = two_in_one(officer)
    correct(case, duty, "environment_noise", 1)
    collect()
    assert taught() == {(smoke.pk, "environment_noise")}, "the text that the correction is about, not the first text"
    detach(case, fire, duty)
    for _ in range(2):
        collect()
        assert taught() == {(smoke.pk, "environment_noise"), (fire.pk, "fire")}, "its reporter has a separate case"


def test_no_case_after_all_teaches_other(officer, unit):
    case = open_case(unit("18568"))
    correct(case, officer(), "other", 0)
    collect()
    assert Correction.objects.values_list("category_after", "urgency_after").get() == ("other", 0)


def test_the_row_outlives_its_message_and_names_nobody(officer, unit):
    message = told(unit("18568"))
    Correction.objects.create(
        message=message, source="PROMOTED", text="x", category_before="other", category_after="theft",
        urgency_before=0, urgency_after=1, at=clock.now(),
    )  # fmt: skip
    message.delete()
    assert Correction.objects.get().message is None


def test_what_cannot_be_masked_is_not_written(officer, unit):
    person, case, broken = officer(), open_case(unit("18568")), open_case(unit("18568"))
    for number, one in enumerate((broken, case)):
        Message.objects.filter(case_messages__case=one).update(text=f"Tin {number}", reading={"entities": []})
        correct(one, person, "theft", 1)
    Message.objects.filter(text="Tin 0").update(reading={"entities": [{"type": "PHONE"}]})
    assert collect() == 1
    assert Correction.objects.get().text == "Tin 1"


def test_what_is_exported_is_what_training_reads(officer, unit, tmp_path):
    correct(open_case(unit("18568"), text=SCAM), officer(), "scam", 2)
    collect()
    path = tmp_path / "rows.jsonl"
    assert corrections.export(path) == 1
    (row,) = stored.read(path)
    assert (row.category, row.urgency, row.split, row.register) == ("scam", 2, "train", "officer")
    assert row.sensitive is None, "no action of an officer confirmed it: it would be the classifier's own label"
    assert "{" not in stored.fill(row).text


def few_rows():
    """Return a tenth of the shipped rows: enough to learn something in a second or two."""
    known = stored.shipped()
    return [*of_split(known, "train")[::12], *of_split(known, "dev")[::6], *of_split(known, "test")[::6]]


def test_a_new_model_goes_live_if_it_does_not_lose(models, officer, unit, now, monkeypatch):
    correct(open_case(unit("18568")), officer(), "public_order", 2)
    collect()
    honest = build.compare
    monkeypatch.setattr(build, "compare", lambda *all_: dataclasses.replace(honest(*all_), better=True))
    taught = teach(now=now, rows=few_rows())
    folder = models / taught.version
    assert (taught.live, taught.corrections) == (True, 1)
    assert {f.name for f in folder.iterdir()} == {FILE, MARK}, "no row stays in a file"
    known = json.loads((folder / MARK).read_text())
    assert known["compared_with"] == "shipped"
    assert 0 < known["macro_f1"] <= 1
    assert model_cache.in_use().version == taught.version
    page = browser(officer("OPERATOR", "42")).get("/hoc-may").content.decode()
    assert taught.version in page


def test_a_model_that_loses_is_kept_aside(models, officer, now):
    taught = teach(now=now, rows=few_rows())  # trained on a tenth: it cannot win against the shipped one
    assert not taught.live
    assert taught.figures["macro_f1"] < taught.before["macro_f1"]
    assert {f.name for f in (models / taught.version).iterdir()} == {FILE, REFUSED}
    assert model_cache.in_use().version == "shipped"
    (models / "20200101T000000Z").mkdir()
    (models / "20200101T000000Z" / REFUSED).write_text("{")  # an unreadable note does not count as an attempt
    (told_of,) = correction_stats.tries(models)
    assert (told_of.live, told_of.corrections, told_of.version) == (False, 0, taught.version)
    page = browser(officer("OPERATOR", "42")).get("/hoc-may").content.decode()
    assert "để riêng" in page and "Mô hình đi kèm chương trình" in page


def test_a_broken_training_leaves_nothing(models, now, monkeypatch):
    def broken(*_):
        raise RuntimeError

    monkeypatch.setattr(build, "train", broken)
    with pytest.raises(RuntimeError):
        teach(now=now)
    assert not list(models.iterdir())


def test_the_command_says_what_became_of_it(monkeypatch):
    from binhyen.intake.management.commands import language_train

    done = retraining.Taught("20260101T000000Z", False, 3, {"macro_f1": 0.8}, {"macro_f1": 0.9})
    monkeypatch.setattr(language_train, "teach", lambda now: done)
    out = StringIO()
    call_command("language_train", stdout=out)
    assert "3 corrections" in out.getvalue() and "0.9000 → 0.8000" in out.getvalue() and "kept aside" in out.getvalue()


def test_share_unchanged_by_category(officer, unit, now):
    person = officer()
    for number in range(4):
        case = open_case(unit("18568"))  # the classifier predicted violence
        if number < 3:
            officer_actions.acknowledge(code=case.code, officer=person, now=now)
        if number == 0:
            correct(case, person, "public_order", 1)
    open_case(unit("18568"), now=now - dt.timedelta(weeks=20))
    whole, violence = correction_stats.kept(now=clock.now())
    assert (whole.category, whole.acted_on, whole.unchanged) == ("", 3, 2)
    assert (violence.category, violence.acted_on, violence.unchanged) == ("violence", 3, 2)
    assert violence.share == pytest.approx(2 / 3)
    assert violence.weeks[-1] == pytest.approx(2 / 3, abs=0.001) and len(violence.weeks) == correction_stats.WEEKS
    assert correction_stats.kept(now=now - dt.timedelta(weeks=1))[0].acted_on == 0


def test_who_sees_the_page(officer, unit):
    case = open_case(unit("18568"), text="Lời kể riêng tư")
    correct(case, officer(), "public_order", 1)
    collect()
    for person in (officer("PROVINCE_STAFF", "42"), officer("OPERATOR", "42")):
        page = browser(person).get("/hoc-may").content.decode()
        for words in ("Máy đọc tin", "Mô hình đi kèm chương trình", "Nhận ra việc khẩn cấp", "<svg", "0 %"):
            assert words in page, words
        assert "Lời kể riêng tư" not in page and case.code not in page
    operator = browser(officer("OPERATOR", "42"))
    with rls.acting_as("pages"):  # as in production, where the operator's login reads no case
        assert not Case.objects.exists(), "the control"
        page = operator.get("/hoc-may").content.decode()
    assert page.count('<td class="n">1</td>') == 2, "acted on: of all and of the category"
    for person in (officer(), officer("CHIEF"), officer("PROVINCE_DUTY", "42"), officer("VILLAGE_TEAM")):
        assert browser(person).get("/hoc-may").status_code == 403
    assert browser(None).get("/hoc-may").status_code == 302


def test_the_page_says_when_no_model_reads(officer, models, monkeypatch):
    from binhyen.language.classify import Classifier

    def gone(*_, **__):
        raise FileNotFoundError

    monkeypatch.setattr(Classifier, "load", gone)
    page = browser(officer("OPERATOR", "42")).get("/hoc-may").content.decode()
    assert "Không đọc được mô hình nào" in page and "Chỉ dùng danh sách từ" in page
