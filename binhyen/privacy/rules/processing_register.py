"""Register of processing: for each field that can hold personal data, its purpose and legal ground. Pure.

`./dev binhyen register` prints it, and a test fails for a new field without a line.
A field counts where its type can hold text, encrypted bytes, a point on the map or a person; codes with a fixed list of
values, days, numbers and states do not. Grounds marked [R] were not read in the law's own text and wait for the
province's lawyer; they stand here and nowhere else.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from binhyen.privacy.rules.retention import CLASSES_BY_CODE

LAW = "Luật 91/2025/QH15"
DUTY_OF_STATE = f"{LAW} điều 19 khoản 1: hoạt động của cơ quan nhà nước, phòng, chống tội phạm [R]"
CRIME_LAW = "Bộ luật Tố tụng hình sự điều 144–147"


NOT_PERSONAL = ("luôn giữ", "theo dòng của nó")  # belongs to no person


@dataclass(frozen=True, slots=True)
class ProcessingUse:
    """One purpose: data of `people`, visible to `readers`; `retention_class`: of `rules.retention`, or FOREVER."""

    purpose: str
    ground: str
    people: str
    readers: str
    retention_class: str


PROCESSING_USES = {
    "report": ProcessingUse(
        "Tiếp nhận, xử lý tin báo, phản ánh, kiến nghị",
        f"{DUTY_OF_STATE}; {CRIME_LAW}",
        "người báo; người được nhắc đến",
        "đơn vị giữ vụ việc, trực ban và Tham mưu tỉnh",
        "reflection",
    ),
    "place": ProcessingUse("Tìm đến nơi xảy ra", DUTY_OF_STATE, "người báo", "đơn vị giữ vụ việc", "reflection"),
    "found": ProcessingUse(
        "Trả đồ nhặt được cho đúng chủ, chứng minh đã trả",
        "Bộ luật Dân sự 2015 điều 228–232",
        "người nhận đồ",
        "đơn vị giữ vụ việc, trực ban tỉnh",
        "found",
    ),
    "missing": ProcessingUse(
        "Tìm người đi lạc, nhận ra người chưa rõ là ai",
        f"{LAW} điều 19 khoản 1: khẩn cấp về tính mạng, sức khỏe; với trẻ em còn có đồng ý được ghi [R]",
        "người đi lạc, người thân, người báo thấy",
        "đơn vị giữ vụ việc, trực ban tỉnh; phần đăng thì mọi người, đến khi tìm thấy",
        "missing",
    ),
    "bracelet": ProcessingUse(
        "Nhận ra người hay đi lạc khi có người gặp, báo gia đình",
        f"{LAW} điều 9: gia đình, người giám hộ đồng ý bằng giấy",
        "người hay đi lạc, người thân",
        "đơn vị đăng ký, trực ban tỉnh; người quét mã không thấy gì",
        "bracelet",
    ),
    "weapon": ProcessingUse(
        "Lập biên nhận, theo dõi vũ khí đã giao nộp tới khi bàn giao, tiêu hủy",
        "Luật Quản lý, sử dụng vũ khí 42/2024/QH15 chương VI [R]",
        "người giao nộp, người chứng kiến",
        "cán bộ ghi sổ, trưởng công an xã, trực ban tỉnh",
        "weapon",
    ),
    "deed": ProcessingUse(
        "Biểu dương người tốt, việc tốt khi người đó đồng ý",
        f"{LAW} điều 9, 24: đồng ý, rút lúc nào cũng được",
        "người được biểu dương",
        "mọi người, khi đồng ý còn hiệu lực; đơn vị giữ vụ việc, nhà trường",
        "deed",
    ),
    "aid": ProcessingUse(
        "Giúp hộ khó khăn đã xác minh, trao tận tay, chứng minh đã trao, cảm ơn người giúp",
        f"{DUTY_OF_STATE}; {LAW} điều 9: người giúp để lại tên tự nguyện, rút lúc nào cũng được",
        "hộ được giúp, người nhận, người giúp",
        "đơn vị giữ vụ việc, trực ban và Tham mưu tỉnh; trang công khai không nêu hộ",
        "aid",
    ),
    "photo": ProcessingUse(
        "Xem ảnh, giữ chứng cứ",
        f"{DUTY_OF_STATE}; {CRIME_LAW}",
        "người báo; người trong ảnh",
        "đơn vị giữ vụ việc (bản đã bỏ thông tin ẩn)",
        "reflection",
    ),
    "contact": ProcessingUse(
        "Báo kết quả, hỏi thêm",
        f"{LAW} điều 9: người để lại tự nguyện, rút lúc nào cũng được",
        "người báo",
        "hai người giữ danh tính cùng mở, có lý do",
        "identity",
    ),
    "callback": ProcessingUse(
        "Gọi lại cho người báo đã đồng ý",
        f"{LAW} điều 9: đồng ý riêng trên trang báo tin, rút lúc nào cũng được",
        "người báo",
        "cán bộ của đơn vị giữ vụ việc, mỗi lần xem ghi vào nhật ký và báo cho người báo",
        "identity",
    ),
    "reach": ProcessingUse(
        "Trả lời qua kênh người đó đã nhắn",
        f"{DUTY_OF_STATE}; {CRIME_LAW}",
        "người báo, thành viên nhóm",
        "tiến trình gửi tin; người giữ danh tính",
        "identity",
    ),
    "tie": ProcessingUse(
        "Nối lời với người báo bằng biệt danh, không bằng tên",
        DUTY_OF_STATE,
        "người báo",
        "không ai biết đó là ai; chỉ biệt danh",
        "identity",
    ),
    "tip": ProcessingUse(
        "Tiếp nhận tin kín, nói chuyện hai chiều mà không hỏi tên",
        f"{DUTY_OF_STATE}; {CRIME_LAW} điều 56",
        "người báo; người được nhắc đến",
        "bàn tin kín tỉnh; người giữ mã 20 số",
        "tip",
    ),
    "complaint": ProcessingUse(
        "Tiếp nhận phản ánh về cán bộ, tránh người có liên quan",
        f"{DUTY_OF_STATE}; Nghị định 22/2019 điều 5 [R]",
        "người báo; cán bộ được nhắc đến",
        "bàn tiếp nhận không có liên quan",
        "complaint",
    ),
    "conflict": ProcessingUse(
        "Biết ai có quan hệ, để không giao việc cho người có liên quan",
        f"{DUTY_OF_STATE} [R]",
        "cán bộ",
        "trưởng đơn vị, Tham mưu, thanh tra đã khai",
        "conflict",
    ),
    "member": ProcessingUse(
        "Biết nhóm có ai, đếm thành viên",
        f"{LAW} điều 9: tự vào nhóm, tự rời nhóm",
        "thành viên nhóm",
        "chỉ biệt danh",
        "member",
    ),
    "scam": ProcessingUse(
        "Cảnh báo số, đường dẫn lừa đảo; xem lại khi bị phản đối",
        DUTY_OF_STATE,
        "người dùng số bị báo; người phản đối (không tên)",
        "đơn vị có vụ việc, trực ban và Tham mưu tỉnh; ai hỏi đúng số thì biết có cảnh báo",
        "scam",
    ),
    "sent": ProcessingUse("Trả lời, hỏi lại, thông báo", DUTY_OF_STATE, "người nhận", "đơn vị đã viết", "sent"),
    "bulletin": ProcessingUse(
        "Thông báo cho người dân, tìm người, rút lại khi sai",
        DUTY_OF_STATE,
        "người được tìm, người được nêu trong bản tin",
        "mọi người, tới khi hết hiệu lực",
        "bulletin",
    ),
    "procedure": ProcessingUse(
        "Biết câu hỏi về thủ tục nào chưa có lời đáp; sửa, rút thủ tục",
        DUTY_OF_STATE,
        "không ai nhận ra được (đã che tên, số); không ghi ai hỏi",
        "công an tỉnh",
        "procedure",
    ),
    "child": ProcessingUse(
        "Đăng thông tin trẻ em khi có đồng ý hoặc khẩn cấp", f"{LAW} điều 16, 24", "trẻ em", "đơn vị đã viết", "sent"
    ),
    "consent": ProcessingUse("Chứng minh đã có đồng ý", f"{LAW} điều 9", "người đồng ý", "đơn vị ghi; tỉnh", "consent"),
    "request": ProcessingUse(
        "Trả lời yêu cầu của người có dữ liệu",
        f"{LAW} điều 4; Nghị định 356/2025",
        "người yêu cầu",
        "Tham mưu tỉnh, người giữ danh tính",
        "request",
    ),
    "opening": ProcessingUse(
        "Chứng minh ai xin mở danh tính, vì sao",
        f"{LAW}; chống lạm quyền [R]",
        "cán bộ; người báo (biệt danh)",
        "người giữ danh tính, thanh tra",
        "opening",
    ),
    "learning": ProcessingUse(
        "Dạy máy xếp loại tin",
        f"{DUTY_OF_STATE}; đã che tên, số, biển số",
        "không ai nhận ra được",
        "Tham mưu, người vận hành (chỉ số liệu)",
        "learning",
    ),
    "staff": ProcessingUse(
        "Tài khoản, phân công, trực ban",
        "quan hệ công tác, Luật Công an nhân dân [R]",
        "cán bộ",
        "chỉ huy đơn vị, người vận hành",
        "staff",
    ),
    "signin": ProcessingUse(
        "Đăng nhập an toàn, chống chiếm tài khoản",
        "Luật An ninh mạng 116/2025/QH15 [R]",
        "cán bộ",
        "chính người đó; người vận hành thấy tên tài khoản",
        "signin",
    ),
    "trace": ProcessingUse(
        "Ai đã làm gì, đã xem gì",
        f"{LAW}: trách nhiệm chứng minh [R]",
        "cán bộ (mã); không có dữ liệu người dân",
        "thanh tra; mỗi người thấy vết của mình",
        "audit",
    ),
    "push": ProcessingUse(
        "Báo vụ khẩn cấp cho cán bộ, gửi bản tin theo địa bàn cho người đăng ký",
        f"cán bộ: {DUTY_OF_STATE}; người dân: tự bật trên máy, {LAW} điều 9",
        "cán bộ; người bật nhận bản tin",
        "chỉ bộ gửi tin mở được địa chỉ của máy",
        "push",
    ),
    "webhook": ProcessingUse(
        "Nhận tin từ kênh, đọc xong là xóa", DUTY_OF_STATE, "người nhắn", "chỉ bộ đọc tin mở được", "webhook"
    ),
    "imprint": ProcessingUse(
        "Không để lời báo kín lộ ra nhóm: so lời sắp gửi",
        DUTY_OF_STATE,
        "người báo; người được nhắc đến",
        "không ai đọc được; chỉ bộ xử lý so được",
        "talk",
    ),
    "breach": ProcessingUse(
        "Ghi sự cố, báo trong 72 giờ", f"{LAW} điều 23 [R]", "không tên ai", "người vận hành, thanh tra", "breach"
    ),
    "hold": ProcessingUse(
        "Giữ hồ sơ quá hạn theo yêu cầu có thẩm quyền", DUTY_OF_STATE, "không tên ai", "Tham mưu tỉnh", "hold"
    ),
    "other": ProcessingUse("Nối máy khác", "thỏa thuận giữa hai cơ quan [R]", "cán bộ", "người vận hành", "token"),
    "public": ProcessingUse(
        "Địa bàn, đơn vị, số điện thoại của đơn vị, nội quy", "thông tin công khai", "không ai", "mọi người", "luôn giữ"
    ),
    "none": ProcessingUse(
        "Khóa, mã, trạng thái của máy", "không phải dữ liệu cá nhân", "không ai", "máy", "theo dòng của nó"
    ),
}

# Table → use → its fields. A field stands once.
FIELDS_BY_TABLE: dict[str, dict[str, str]] = {
    "account_emailaddress": {"none": "user email"},  # empty: e-mail proves nothing here
    "account_emailconfirmation": {"none": "key"},
    "aid_aiddelivery": {"aid": "receiver minutes note", "staff": "officer"},
    "aid_need": {
        "aid": "household household_place household_key place_key reason check_note",
        "public": "summary unit_name search_text",
        "staff": "officer verified_by",
        "none": "code",
    },
    "aid_pledge": {"aid": "donor_name note answer", "tie": "reporter", "staff": "officer", "none": "code link_hash"},
    "api_answer": {"report": "answer", "none": "key_hash body_hash"},
    "api_token": {"other": "name officer", "none": "hash scopes"},
    "areas_alias": {"public": "name search_text kind"},
    "areas_area": {"public": "key latitude longitude"},
    "areas_areaversion": {"public": "code type name full_name name_key search_text legal_basis date_quality"},
    "areas_landmark": {"public": "name search_text", "none": "source"},
    "areas_reorganisation": {
        "public": "code type name full_name name_key search_text unit_name legal_basis old_areas villages moved_rows",
        "staff": "planned_by",
        "none": "state kind",
    },
    "areas_revision": {"none": "token"},
    "areas_succession": {"public": "share legal_basis note"},
    "areas_unit": {"public": "code name"},
    "audit_auditentry": {"trace": "actor verb object detail"},
    "audit_check": {"none": "faults"},
    "audit_checkpoint": {"none": "head roots note"},
    "audit_checkpointdelivery": {"trace": "receipt"},
    "audit_link": {"none": "hash"},
    "auth_group": {"none": "name"},
    "auth_permission": {"none": "name codename"},
    "bulletins_acknowledgement": {"staff": "officer"},
    "bulletins_bulletin": {
        "bulletin": "title text reason returned_note",
        "staff": "author approved_by reviewed_by ended_by",
        "none": "code accepted_kinds group_level cap_source",
    },
    "bulletins_bulletindocument": {"bulletin": "data name", "none": "file"},
    "bulletins_bulletinpicture": {"bulletin": "data alt", "none": "file"},
    "bulletins_capalert": {"public": "data headline source", "none": "entry key references problem"},
    "bulletins_capfeed": {"none": "url etag modified failure"},
    "bulletins_manualgroup": {"public": "name", "staff": "keeper", "none": "level"},
    "bulletins_manualpost": {"staff": "posted_by", "none": "kind"},
    "bulletins_officerchat": {"staff": "officer", "tie": "reporter", "none": "code_hash"},
    "bulletins_population": {"staff": "officer"},
    "bulletins_sharedmessage": {"staff": "officer", "none": "fingerprint"},
    "bulletins_station": {"public": "phone address", "staff": "officer"},
    "bulletins_texttemplate": {"public": "title text", "staff": "officer"},
    "cases_alarm": {"staff": "acknowledged_by"},
    "cases_case": {
        "report": "title snippet result search_text search_accented",
        "place": "place latitude longitude",
        "conflict": "excluded_officers",
        "staff": "assignee",
        "none": "code kind category state_before_merge",
    },
    "cases_caseevent": {"trace": "actor officer verb data"},
    "cases_casemessage": {"trace": "attached_by"},
    "cases_clock": {"none": "name label paused_in_states"},
    "cases_evidence": {"report": "text", "staff": "officer"},
    "cases_callbackview": {"tie": "reporter", "staff": "officer"},
    "cases_note": {"report": "text", "staff": "officer"},
    "cases_relation": {"staff": "officer"},
    "cases_replytemplate": {"none": "label text", "staff": "officer"},
    "cases_report": {"tie": "reporter conversation", "none": "link_hash recovery"},
    "channels_attachment": {
        "photo": "url name original preview lock",
        "complaint": "restricted_key",
        "tip": "shown_lock",
        "none": "kind reason mime sha256 unlisted_host",
    },
    "channels_channel": {"none": "kind name settings paused_reason plan"},
    "channels_childground": {"child": "reason", "staff": "officer"},
    "channels_conversation": {"tie": "reporter", "none": "page_public_key"},
    "channels_credential": {"none": "ciphertext gateway_ciphertext refusal"},
    "channels_eventcount": {"none": "event"},
    "channels_flag": {"sent": "answer", "report": "why", "staff": "settled_by"},
    "channels_group": {"public": "name reason external_id link asset_type"},
    "channels_grouprules": {"public": "text welcome"},
    "channels_textfingerprint": {"imprint": "source prints"},
    "channels_dlpoverride": {"imprint": "source"},
    "channels_inbound": {"webhook": "sealed_body external_id", "none": "event reason"},
    "channels_membership": {"member": "reporter"},
    "channels_message": {
        "report": "text search_text search_accented reading category external_id",
        "tie": "conversation reporter",
        "place": "latitude longitude",
        "tip": "ciphertext lock",
    },
    "channels_outgoing": {
        "sent": "text dlp_findings reason external_ids buttons media quote_of",
        "tie": "conversation",
        "staff": "officer",
        "none": "key purpose code",
    },
    "channels_pushdelivery": {"none": "code token_hash"},
    "channels_pushnotice": {
        "staff": "officers",
        "public": "title body mail_text",
        "none": "key areas topic url replaces",
    },
    "channels_pushsubscription": {
        "push": "sealed endpoint_hash officer browser topics",
        "none": "ended_code token_hash",
    },
    "channels_publishedtext": {"public": "value", "staff": "officer"},
    "conduct_complaintalarm": {"complaint": "desk", "staff": "ended_by", "none": "clock"},
    "conduct_complaint": {"complaint": "lock owner page_wrapped_key subject_ranks"},
    "conduct_file": {"complaint": "original preview", "none": "kind"},
    "conduct_desktransfer": {"complaint": "reason desk", "staff": "officer"},
    "conduct_handleralert": {"staff": "officer"},
    "consents_consent": {"consent": "reporter proof code", "staff": "officer"},
    "deeds_deed": {
        "deed": "person_name text school school_class reason school_note",
        "staff": "author decided_by",
        "none": "code link_hash bulletin_codes",
    },
    "django_admin_log": {"trace": "user object_id object_repr change_message"},
    "django_content_type": {"none": "app_label model"},
    "django_session": {"signin": "session_key session_data"},
    "found_claim": {"found": "answers reason", "staff": "officer", "none": "code link_hash"},
    "found_custodyentry": {"found": "giver receiver note", "staff": "officer", "none": "digest"},
    "found_founditem": {"found": "description brand colour place search_text", "staff": "officer", "none": "code"},
    "found_hiddendetail": {"found": "text"},
    "found_receipt": {
        "found": "receiver_name condition paper receiver_signature officer_signature",
        "staff": "officer",
    },
    "intake_correction": {"learning": "text category_before category_after officer_hash"},
    "kit_heartbeat": {"none": "name stepped_by"},
    "kit_liveevent": {"trace": "topics name data"},
    "mfa_authenticator": {"signin": "user data"},
    "people_activation": {"signin": "officer code_hash"},
    "people_dutyshift": {"staff": "officer"},
    "people_dutyphone": {"staff": "officer phone"},
    "people_officer": {"staff": "username name subject search_text", "signin": "password"},
    "people_appointment": {"staff": "officer role"},
    "people_signin": {"signin": "officer key_hash factor browser"},
    "people_loginattempts": {"signin": "key_hash"},
    "people_relationship": {"conflict": "officer_a officer_b", "staff": "declared_by"},
    "people_conflictrule": {"conflict": "subject_ref conflict_keys alias"},
    "privacy_breach": {"breach": "what who measures code", "staff": "officer"},
    "privacy_breachstep": {"breach": "text", "staff": "officer"},
    "privacy_hold": {"hold": "reason", "staff": "officer"},
    "privacy_request": {
        "request": "reporter conversation link_hash words answer code duty",
        "staff": "answered_by",
        "conflict": "excluded_officers",
    },
    "privacy_sweep": {"none": "group failed"},
    "procedures_procedure": {
        "public": "key title questions steps papers fee duration place hours ask variants source source_url",
        "procedure": "returned_note reason",
        "staff": "author approved_by ended_by",
    },
    "procedures_unansweredquestion": {"procedure": "text digest nearest_key"},
    "procrastinate_events": {"none": "type"},
    "procrastinate_jobs": {"none": "args task_name lock queueing_lock queue_name status"},  # ids only
    "procrastinate_periodic_defers": {"none": "task_name periodic_id"},
    "stats_contribution": {"none": "metric"},
    "stats_count": {"none": "metric"},
    "missing_appealbulletin": {"none": "code"},
    "missing_careregistration": {
        "bracelet": "name other_names birth_year marks habits health contact guardian_paper",
        "photo": "photo",
        "staff": "officer",
        "none": "code",
    },
    "missing_personrecord": {
        "missing": "name other_names clothes marks health place latitude longitude contact ground_reason",
        "photo": "photo",
        "consent": "consent",
        "staff": "officer released_by reviewed_by",
        "none": "code",
    },
    "missing_searchedarea": {"missing": "place party note", "staff": "officer"},
    "missing_sighting": {"missing": "place text contact", "photo": "photo", "staff": "officer", "none": "key_hash"},
    "stats_daycount": {"none": "metric"},
    "stats_monthcount": {"none": "metric"},
    "stats_opendatarelease": {"public": "content", "staff": "released_by"},
    "stats_remarkrequest": {"none": "question", "staff": "asked_by"},
    "stats_reporttemplate": {"none": "file", "staff": "uploaded_by"},
    "stats_unitremark": {"none": "text", "staff": "officer"},
    "stats_mailing": {"none": "schedule", "staff": "officer address"},
    "stats_savedquestion": {"none": "name query", "staff": "officer"},
    "stats_issuedreport": {"none": "area_key content note", "staff": "issued_by"},
    "scams_dispute": {"scam": "statement answer", "staff": "decided_by"},
    "scams_picturetext": {"scam": "text", "staff": "officer"},
    "scams_stoppedfraud": {"scam": "amount proof", "staff": "officer"},
    "scams_indicator": {"scam": "value proposal_reason decision_reason", "staff": "proposed_by decided_by"},
    "tips_extract": {"tip": "text", "staff": "officer"},
    "tips_tip": {"tip": "lookup page_wrapped_key text_digest lock last_form"},
    "tips_tipfile": {"tip": "original original_lock preview"},
    "vault_approval": {"opening": "officer"},
    "vault_contact": {"reach": "reporter key ciphertext custody_sealed"},
    "vault_groupkey": {"none": "public key_id"},
    "vault_holder": {"staff": "officer label", "none": "public wrapped_key verify"},
    "vault_callbacknumber": {"callback": "reporter ciphertext"},
    "vault_identity": {"contact": "reporter ciphertext"},
    "vault_keyshare": {"none": "ciphertext"},
    "vault_conversationkey": {"none": "public"},
    "vault_wrappedkey": {"none": "lock ciphertext"},
    "vault_disclosedshare": {"opening": "ciphertext"},
    "vault_disclosurerequest": {
        "opening": "reporter requester asked_as subject reason refused_by refusal words_lock words_key sealed_reason "
        "sealed_refusal file file_context file_lock"
    },
    "vault_reporter": {"tie": "pseudonym lock"},
    "vault_sealedtext": {"tip": "lock owner ciphertext", "staff": "author"},
    "weapons_weapon": {"weapon": "description serial serial_key condition"},
    "weapons_weaponappointment": {"staff": "officer"},
    "weapons_weaponcampaign": {"none": "name", "staff": "officer"},
    "weapons_weaponcustody": {"weapon": "giver receiver place seal paper note", "staff": "officer", "none": "digest"},
    "weapons_weaponreceipt": {
        "weapon": "giver_name witness place seal paper giver_signature officer_signature",
        "staff": "officer",
    },
    "weapons_weaponrecord": {"staff": "officer", "none": "code"},
}


def find_use(table: str, field: str) -> str | None:
    """Return the code of a field's use; None where none is recorded."""
    return next((use for use, names in FIELDS_BY_TABLE.get(table, {}).items() if field in names.split()), None)


def describe_period(use: ProcessingUse) -> str:
    """Return the period as text, with today's default numbers."""
    group = CLASSES_BY_CODE.get(use.retention_class)
    return (
        use.retention_class
        if group is None
        else "; ".join(f"{period.days} ngày từ {period.counted}" for period in group.times) or group.then
    )


def list_uses() -> Iterator[tuple[str, ProcessingUse, list[str]]]:
    """Yield (code, use, «table.field …») of every use of personal data."""
    for code, use in PROCESSING_USES.items():
        fields = [
            f"{table}: {names}"
            for table, uses in FIELDS_BY_TABLE.items()
            for use_code, names in uses.items()
            if use_code == code
        ]
        yield code, use, fields
