"""Endings of the demo story that take several steps: officers and citizens use the services behind their pages."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from binhyen.aid import services as aid
from binhyen.aid.rules import DonorKind, NeedKind
from binhyen.bulletins import digest_services
from binhyen.bulletins import services as bulletins
from binhyen.bulletins.models import Bulletin
from binhyen.bulletins.queries import PUBLIC_URL
from binhyen.bulletins.rules import BulletinState, BulletinTopic, UrgentGround
from binhyen.cases.choices import Grade, Outcome, State
from binhyen.cases.models import Case, Report
from binhyen.cases.services import closing, officer_actions, ratings
from binhyen.conduct.queries import list_visible as list_visible_complaints
from binhyen.conduct.services import handling
from binhyen.consents.rules import GivenBy, Purpose
from binhyen.consents.services import ConsentForm, record_consent
from binhyen.deeds import services as deeds
from binhyen.deeds.rules import DeedKind
from binhyen.found import services as items
from binhyen.found.rules import HiddenField, ItemHolder, ItemKind
from binhyen.kit import clock
from binhyen.kit.ids import format_code, generate_token
from binhyen.missing import services as missing
from binhyen.missing.rules.records import AgeRange, PersonKind, RecordSide, ReleaseGround, Sex, SightingVerdict
from binhyen.people.conflicts import Desk, get_queue
from binhyen.people.models import Officer
from binhyen.scams import services as scams
from binhyen.scams.models import Indicator
from binhyen.scams.rules.indicators import IndicatorKind
from binhyen.scams.rules.review import Decision, IndicatorState
from binhyen.scams.rules.stopped import StopMethod
from binhyen.weapons import services as weapons
from binhyen.weapons.rules import Measure, StepForm, WeaponKind, WeaponOrigin, WeaponStep

_CORRECTION_DELAY = 60.0  # story seconds that stand for an hour
_CALM_COMMUNE = "18406"
WaitUntil = Callable[[Callable[[], Any], str], Any]
_OWNER_ANSWERS: dict[str, str] = {HiddenField.NAME: "Tran Van Minh", HiddenField.MARK: "móc khóa hình con trâu"}


def return_wallet(case: Case, officer: Officer, _wait_until: WaitUntil) -> None:
    """Enter the wallet in the register; its owner proves hidden details on the board and signs the receipt."""
    now = clock.now()
    item = items.register_item(
        form=items.ItemForm(
            kind=ItemKind.BAG,
            description="Ví da",
            colour="nâu",
            place="chợ Nghèn",
            found_on=clock.to_vietnam_day(now),
            holder=ItemHolder.POLICE,
            details={HiddenField.NAME: "Trần Văn Minh", HiddenField.MARK: "Móc khóa hình con trâu"},
        ),
        case_code=case.code,
        officer=officer,
        now=now,
    )
    claim = items.submit_claim(item_code=item.code, link=generate_token(), answers=_OWNER_ANSWERS, now=clock.now())
    items.decide_claim(
        claim=claim, accepts=True, reason="Khớp tên trên giấy tờ, đã xem căn cước", officer=officer, now=clock.now()
    )
    items.draw_up_receipt(
        item=item, receiver_name="Trần Văn Minh", condition="Nguyên vẹn", officer=officer, now=clock.now()
    )
    items.hand_over(item=item, receiver_signed=True, officer_signed=True, paper="", officer=officer, now=clock.now())
    _praise_finder(case, officer)


def _praise_finder(case: Case, officer: Officer) -> None:
    """Draft the finder's good deed with a consent; another officer approves it, and the roll of the year shows it."""
    approver = Officer.objects.filter(role="PROVINCE_DUTY", is_active=True).exclude(pk=officer.pk).first()
    if approver is None:
        return
    agreed = record_consent(
        form=ConsentForm(Purpose.PRAISE, GivenBy.SELF, "gặp trực tiếp, ký giấy"),
        case_id=case.pk,
        unit_id=case.unit_id,
        reporter_id=None,
        officer=officer,
        now=clock.now(),
    )
    deed = deeds.draft_deed(
        case_code=case.code,
        form=deeds.DeedForm(DeedKind.RETURNED, "Nguyễn Thị Lan", "Nhặt được ví có giấy tờ, trả lại người mất."),
        consent=agreed,
        officer=officer,
        now=clock.now(),
    )
    deeds.decide_deed(deed=deed, approves=True, reason="", officer=approver, now=clock.now())
    _praise_pupil(case, officer, approver)


def _praise_pupil(case: Case, officer: Officer, approver: Officer) -> None:
    """Praise a pupil who helped, with the guardian's consent; the school answers that it was done under the flag."""
    today = clock.to_vietnam_day(clock.now())
    agreed = record_consent(
        form=ConsentForm(
            Purpose.PRAISE,
            GivenBy.REPRESENTATIVE,
            "phiếu đồng ý của mẹ",
            age=13,
            child_agreed=True,
            until=today + dt.timedelta(days=90),
        ),
        case_id=case.pk,
        unit_id=case.unit_id,
        reporter_id=None,
        officer=officer,
        now=clock.now(),
    )
    pupil = deeds.draft_deed(
        case_code=case.code,
        form=deeds.DeedForm(
            DeedKind.HELPED,
            "Phan Anh Thư",
            "Giúp tìm người đánh rơi ví để trả lại.",
            school="Trường THCS Nghèn",
            school_class="7A",
        ),
        consent=agreed,
        officer=officer,
        now=clock.now(),
    )
    deeds.decide_deed(deed=pupil, approves=True, reason="", officer=approver, now=clock.now())
    deeds.create_school_link(deed=pupil, officer=officer, now=clock.now())
    deeds.record_praise(deed=pupil, praised_on=today, note="Đã nêu trong giờ chào cờ", officer=None, now=clock.now())


def investigate_theft(case: Case, officer: Officer, _wait_until: WaitUntil) -> None:
    """Pass the crime report on with a receipt; the investigator taking it decides; the reporter gets the result."""
    code, investigator = case.code, Officer.objects.filter(role="PROVINCE_DUTY", is_active=True).order_by("pk").first()
    officer_actions.grade_tip(code=code, officer=officer, grade=Grade.VALUABLE, version=None, now=clock.now())
    officer_actions.set_case_state(
        code=code,
        officer=officer,
        to=State.PASSED_ON,
        receiver="Cơ quan Cảnh sát điều tra Công an tỉnh",
        receipt="BN 17",
        version=None,
        now=clock.now(),
    )
    if investigator is None:
        return
    if investigator.unit is not None and investigator.unit_id != case.unit_id:
        reason = "Cơ quan điều tra thụ lý"
        officer_actions.transfer(
            code=code, officer=officer, unit=investigator.unit, reason=reason, version=None, now=clock.now()
        )
    officer_actions.assign_to_self(code=code, officer=investigator, version=None, now=clock.now())
    closing.close_case(
        code=code,
        officer=investigator,
        outcome=Outcome.CASE_OPENED,
        result="Đã khởi tố vụ án. Đã bắt được người trộm, xe được trả lại cho bạn.",
        evidence="Quyết định khởi tố số 17, biên bản trả xe",
        version=None,
        now=clock.now(),
    )


def conclude_conduct_complaint(after_id: int, answer: str, wait_until: WaitUntil) -> None:
    """Accept the complaint about police that came after this case, and conclude it, at the desk that may see it."""
    handlers = [officer for officer in Officer.objects.filter(is_active=True).order_by("pk") if get_queue(officer.role)]

    def find_complaint() -> tuple[Officer, Any] | None:
        for handler in handlers:
            row = list_visible_complaints(handler).filter(case__gt=after_id).first()
            if row is not None and Desk(row.veto.desk) is get_queue(handler.role):
                return handler, row
        return None

    handler, complaint = wait_until(find_complaint, "phản ánh về cán bộ tới bàn của cấp trên")
    handling.accept_complaint(complaint=complaint, officer=handler, now=clock.now())
    handling.conclude_complaint(
        complaint=complaint, outcome=Outcome.RESOLVED, text=answer, officer=handler, now=clock.now()
    )


def search_child(case: Case, officer: Officer, wait_until: WaitUntil) -> None:
    """Publish the appeal of a lost child and a bulletin at once; a citizen sees the child, a party searches the beach.

    The bulletin is withdrawn when the child is found: its words leave every page. They name no child.
    """
    now = clock.now()
    record = missing.register_person(
        form=missing.PersonForm(
            side=RecordSide.MISSING,
            kind=PersonKind.CHILD,
            sex=Sex.MALE,
            seen_at=now - dt.timedelta(minutes=30),
            age=AgeRange(6, 6),
            clothes="áo phông vàng",
        ),
        case_code=case.code,
        officer=officer,
        now=now,
    )
    missing.release_record(
        record=record,
        ground=ReleaseGround.EMERGENCY,
        reason="Trẻ em đi lạc, có thể nguy hiểm đến tính mạng",
        until=clock.to_vietnam_day(now),
        consent_code="",
        shows_photo=False,
        officer=officer,
        now=clock.now(),
    )
    sighting = missing.SightingForm(key=generate_token(), seen_at=clock.now(), place="chợ Thạch Kim")
    seen = missing.report_sighting(code=record.code, form=sighting, photo=None, now=clock.now())
    missing.record_searched_area(
        record=record,
        place="bãi biển Lộc Hà",
        party="tổ bảo vệ an ninh thôn",
        searched_at=clock.now(),
        note="",
        officer=officer,
        now=clock.now(),
    )
    missing.judge_sighting(
        record=record,
        public_id=str(seen.public_id),
        verdict=SightingVerdict.LIKELY,
        officer=officer,
        now=clock.now(),
    )
    bulletin = bulletins.create_bulletin(
        form=bulletins.BulletinForm(
            topic=BulletinTopic.MISSING,
            title="Tìm trẻ lạc ở bãi biển Lộc Hà",
            text="Một cháu trai khoảng 6 tuổi, áo phông vàng, đi lạc từ 4 giờ chiều.\n"
            "Ai thấy cháu, giữ cháu lại và gọi 113 hoặc nhắn vào đây.",
            ground=UrgentGround.MISSING_CHILD,
            expires_at=now + dt.timedelta(hours=12),
        ),
        case=case,
        officer=officer,
        now=now,
    )
    bulletins.release_urgently(code=bulletin.code, officer=officer, now=clock.now())
    wait_until(partial(is_posted, bulletin), "bản tin tìm cháu tới nhóm")
    bulletins.withdraw_bulletin(code=bulletin.code, reason="Đã tìm thấy cháu", officer=officer, now=clock.now())
    officer_actions.grade_tip(code=case.code, officer=officer, grade=Grade.VALUABLE, version=None, now=clock.now())
    note = "Thấy cháu ở chợ Thạch Kim, mẹ cháu nhận, biên bản giao cháu"
    missing.end_record(record=record, outcome=Outcome.FOUND_SAFE, note=note, officer=officer, now=clock.now())


def stop_fraud(case: Case, officer: Officer, wait_until: WaitUntil) -> None:
    """Close the case as stopped, and warn the groups of the province."""
    scams.close_as_stopped(
        case_code=case.code,
        method=StopMethod.NOT_SENT,
        amount=20_000_000,
        proof="Người dân đã dừng lại, chưa chuyển tiền",
        result="Bạn đã không chuyển tiền. Công an đã ghi nhận và cảnh báo bà con.",
        officer=officer,
        now=clock.now(),
    )
    _warn_of_fraud(wait_until)


def verify_number(case: Case, officer: Officer, wait_until: WaitUntil) -> None:
    """Confirm the number of a fraud report as a scam, by two officers; the check box warns of it from then on."""
    indicators = Indicator.objects.filter(kind=IndicatorKind.PHONE, reports__case=case)
    indicator = wait_until(indicators.first, "số điện thoại trong tin lừa đảo")
    if indicator.state != IndicatorState.REPORTED:  # an earlier play confirmed it
        return
    second = Officer.objects.filter(role="PROVINCE_DUTY", is_active=True).exclude(pk=officer.pk).first()
    for decision, decider in ((Decision.PROPOSE, officer), (Decision.CONFIRM, second)):
        if decider is not None:
            scams.decide_indicator(
                public_id=str(indicator.public_id),
                decision=decision,
                reason="Giả danh công an, nhiều người bị gọi",
                officer=decider,
                now=clock.now(),
            )


def help_household(case: Case, officer: Officer, _wait_until: WaitUntil) -> None:
    """Verify a need; a school pledges on the page and is thanked by name, the police deliver and close the case."""
    need = aid.register_need(
        form=aid.NeedForm(
            kind=NeedKind.FOOD,
            summary="Một gia đình mất trụ cột, đang thiếu gạo ăn",
            unit_name="bao gạo",
            needed=6,
            household="chị Hương",
            household_place="thôn Nam Thượng",
        ),
        case_code=case.code,
        officer=officer,
        now=clock.now(),
    )
    aid.verify_need(
        need=need,
        check_note="Đến nhà cùng trưởng thôn",
        accepts_double=True,
        officer=officer,
        now=clock.now(),
    )
    pledge = aid.submit_pledge(
        need_code=need.code,
        link=generate_token(),
        form=aid.PledgeForm(DonorKind.SCHOOL, 6, donor_name="Trường THCS Đại Nài", agrees_naming=True),
        now=clock.now(),
    )
    aid.record_delivery(
        need=need,
        pledge=pledge,
        units=6,
        receiver="chị Hương",
        minutes="BB 07",
        note="",
        day=clock.to_vietnam_day(clock.now()),
        names_donor=True,
        expected_number=1,
        officer=officer,
        now=clock.now(),
    )
    aid.close_as_helped(
        need=need,
        result="Công an đã cùng nhà trường trao 6 bao gạo cho gia đình. Cảm ơn bạn đã báo.",
        accepts_rest=False,
        officer=officer,
        now=clock.now(),
    )


def _warn_of_fraud(wait_until: WaitUntil) -> None:
    """Release a warning of the province, approved by a second person, and correct it. At night it waits for morning."""
    author, approver = (
        Officer.objects.filter(role=role, is_active=True).first() for role in ("PROVINCE_DUTY", "PROVINCE_STAFF")
    )
    if author is None or approver is None:
        return
    draft = bulletins.create_bulletin(
        form=bulletins.BulletinForm(
            topic=BulletinTopic.ONLINE_FRAUD,
            title="Giả danh công an bắt chuyển tiền",
            text="Có người gọi điện xưng công an, dọa bắt và đòi chuyển tiền. Đó là lừa đảo.\n"
            "- Không chuyển tiền, không đọc mã OTP.\n- Tắt máy và báo công an xã.",
        ),
        officer=author,
        now=clock.now(),
    )
    bulletins.submit_bulletin(code=draft.code, officer=author, now=clock.now())
    if bulletins.approve_bulletin(code=draft.code, officer=approver, now=clock.now()).state != BulletinState.RELEASED:
        return
    wait_until(partial(is_posted, draft), "cảnh báo lừa đảo tới các nhóm")
    correction = bulletins.start_correction(code=draft.code, officer=author, now=clock.now())
    bulletins.update_bulletin(
        code=correction.code,
        form=bulletins.BulletinForm(
            topic=BulletinTopic.ONLINE_FRAUD,
            title=draft.title,
            text=f"{draft.text}\n- Công an không làm việc qua điện thoại.",
        ),
        officer=author,
        now=clock.now(),
    )
    bulletins.submit_bulletin(code=correction.code, officer=author, now=clock.now())
    bulletins.approve_bulletin(code=correction.code, officer=approver, now=clock.now())


def is_posted(bulletin: Bulletin) -> bool:
    """Return whether the bulletin has its audience and every group of it got its post."""
    is_fixed = Bulletin.objects.filter(pk=bulletin.pk).exclude(groups_fixed_at=None).exists()
    return is_fixed and not bulletin.deliveries.exclude(outgoing__state="SENT").exists()


def receive_gun(case: Case, officer: Officer, _wait_until: WaitUntil) -> None:
    """Enter a gun that is handed in; the receipt signed by both closes the case."""
    record = weapons.register_weapons(
        form=weapons.WeaponForm(WeaponKind.HUNTING_GUN, "Súng hơi cũ", 1, Measure.PIECE),
        origin=WeaponOrigin.HANDED_IN,
        case_code=case.code,
        officer=officer,
        now=clock.now(),
    )
    weapons.draw_up_weapon_receipt(
        record=record, giver_name="Hồ Văn Nam", place="Kho công an xã", seal="NP 01", officer=officer, now=clock.now()
    )
    weapons.sign_weapon_receipt(
        record=record,
        giver_signed=True,
        officer_signed=True,
        witness="",
        paper="Biên bản giao nộp số 3",
        clearance="",
        officer=officer,
        now=clock.now(),
    )
    steps = (
        StepForm(WeaponStep.STORED, place="Tủ súng kho công an xã", seal="NP 01"),
        StepForm(WeaponStep.TRANSFERRED, receiver="Kho vũ khí công an tỉnh", paper="BB 15"),
        StepForm(WeaponStep.DESTROYED, receiver="Hội đồng tiêu hủy tỉnh", paper="BB 16"),
    )
    for weapon in record.weapons.all():
        for number, form in enumerate(steps, weapon.custody.count() + 1):
            weapons.record_weapon_step(
                weapon=weapon, form=form, expected_number=number, officer=officer, now=clock.now()
            )


def rate_handling(case: Case, _officer: Officer, _wait_until: WaitUntil) -> None:
    """Rate result and attitude as the reporter does on the page of the closed case."""
    report = Report.objects.filter(case=case, case__state=State.CLOSED).select_related("case").first()
    if report is not None:
        ratings.score_handling(report=report, result=5, attitude=5, now=clock.now())


# Bulletins of the province.

_FRAUD_TEXT = (
    "Có người giả danh điện lực gọi điện, đòi chuyển tiền để khỏi cắt điện.\n- Không bấm đường dẫn lạ.\n"
    "- Không đọc mã OTP cho ai."
)
_FRAUD_ADDITION = "\n- Điện lực không thu tiền qua điện thoại; muốn hỏi thì ra quầy giao dịch."
_STORM_TEXT = (
    "Bão sẽ vào đất liền đêm nay, gió giật mạnh, mưa rất to.\n- Chằng chống nhà cửa, đưa tàu thuyền vào nơi trú.\n"
    "- Không ra đường khi gió mạnh."
)


def issue_bulletins(report: Callable[[str], None], wait_until: WaitUntil, pause: Callable[[float], None]) -> None:
    """Warn the province of a fraud, correct it, withdraw it from one commune; a storm as CAP; a weekly digest."""
    writer, approver = (
        Officer.objects.filter(role=role, is_active=True).order_by("pk").first()
        for role in ("PROVINCE_DUTY", "PROVINCE_STAFF")
    )
    if writer is None or approver is None:
        raise SystemExit("Chưa có tài khoản trình diễn.\nHint: ./dev demo")
    _issue_fraud_warning(writer, approver, report, wait_until, pause)
    storm = bulletins.BulletinForm(
        BulletinTopic.WEATHER,
        "Bão mạnh vào bờ đêm nay",
        _STORM_TEXT,
        UrgentGround.THREAT_TO_LIFE,
        expires_at=clock.now() + dt.timedelta(days=1),
    )
    row = bulletins.create_bulletin(form=storm, officer=writer, now=clock.now())
    row = bulletins.release_urgently(code=row.code, officer=writer, now=clock.now())
    bulletins.review_release(code=row.code, officer=approver, now=clock.now())
    report(f"Cảnh báo bão đã phát, dạng CAP: {PUBLIC_URL}/{format_code(row.code)}/cap")
    week = digest_services.list_weeks(clock.now())[0]
    row = digest_services.draft_digest(first=week, commune=None, officer=writer, now=clock.now())
    _release_bulletin(row, approver)
    report(f"Điểm tin tuần: {row.title}")


def _issue_fraud_warning(
    writer: Officer,
    approver: Officer,
    report: Callable[[str], None],
    wait_until: WaitUntil,
    pause: Callable[[float], None],
) -> None:
    form = bulletins.BulletinForm(BulletinTopic.ONLINE_FRAUD, "Giả danh điện lực để lừa tiền", _FRAUD_TEXT)
    row = bulletins.create_bulletin(form=form, officer=writer, now=clock.now())
    row = _release_bulletin(row, approver)
    if row.state != BulletinState.RELEASED:
        report("Cảnh báo lừa đảo đã duyệt; máy phát sau giờ yên tĩnh, lúc 6 giờ sáng.")
        return
    wait_until(partial(_find_fixed, row.pk), "bản tin tới các nhóm")
    report("Cảnh báo lừa đảo đã phát tới cả tỉnh.")
    pause(_CORRECTION_DELAY)
    draft = bulletins.start_correction(code=row.code, officer=writer, now=clock.now())
    corrected = replace(form, text=_FRAUD_TEXT + _FRAUD_ADDITION)
    bulletins.update_bulletin(code=draft.code, form=corrected, officer=writer, now=clock.now())
    row = _release_bulletin(draft, approver)
    wait_until(partial(_find_fixed, row.pk), "đính chính tới các nhóm")
    report("Đã đính chính, tới đúng những nhóm đã nhận tin gốc.")
    bulletins.withdraw_from_communes(
        code=row.code,
        communes=[_CALM_COMMUNE],
        reason="Ở xã này không có vụ nào như vậy.",
        officer=writer,
        now=clock.now(),
    )
    report("Đã rút riêng ở xã Can Lộc; nơi khác vẫn còn hiệu lực.")


def _release_bulletin(row: Bulletin, approver: Officer) -> Bulletin:
    bulletins.submit_bulletin(code=row.code, officer=row.author, now=clock.now())
    return bulletins.approve_bulletin(code=row.code, officer=approver, now=clock.now())


def _find_fixed(pk: int) -> bool:
    return Bulletin.objects.filter(pk=pk, groups_fixed_at__isnull=False).exists()
