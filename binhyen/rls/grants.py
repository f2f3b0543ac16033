"""Grants of each process on each table: data, written into the database by `apply` and into docs/threat-model.md.

Verbs: `s` select, `i` insert, `u` update, `d` delete; «·» nothing. A table without a line fails the build
(tests/architecture/test_rls.py). The owner (migrations, backup, operator commands) may do everything.
"""

from typing import NamedTuple

PROCESSES = ("gateway", "pages", "worker", "sender", "custody")


class Grant(NamedTuple):
    gateway: str
    pages: str
    worker: str
    sender: str
    custody: str


_NONE = "·"
_PUBLIC = Grant(_NONE, "s", "s", "s", "s")  # areas, units, rules: public data
_NO_ACCESS = Grant(_NONE, _NONE, _NONE, _NONE, _NONE)

# fmt: off
TABLE_GRANTS: dict[str, Grant] = {
    # table                              gateway  pages   worker  sender custody
    "account_emailaddress":      _NO_ACCESS,
    "account_emailconfirmation": _NO_ACCESS,
    "aid_aiddelivery":           Grant(_NONE, "si",   "sd",   _NONE,     _NONE),
    "aid_need":                  Grant(_NONE, "siu",  "sd",   _NONE,     _NONE),
    "aid_pledge":                Grant(_NONE, "siu",  "sud",  _NONE,     _NONE),
    "areas_alias":               Grant(_NONE, "si",   "s",    "s",    "s"),
    "areas_area":                Grant(_NONE, "siu",  "s",    "s",    "s"),
    "areas_areaversion":         Grant(_NONE, "siu",  "s",    "s",    "s"),
    "areas_landmark":            Grant(_NONE, "su",   "siud", "s",    "s"),
    "areas_reorganisation":      Grant(_NONE, "siu",  "s",    _NONE,     _NONE),
    "areas_revision":            Grant(_NONE, "siu",  "siu",  "s",    "s"),
    "areas_succession":          Grant(_NONE, "si",   "s",    "s",    "s"),
    "areas_unit":                Grant(_NONE, "si",   "s",    "s",    "s"),
    "api_answer":                Grant(_NONE, "siud", "sd",   _NONE,     _NONE),
    "api_token":                 Grant(_NONE, "s",    "sd",   _NONE,     _NONE),
    "audit_auditentry":          Grant(_NONE, "si",   "si",   "si",   "si"),
    "audit_check":               Grant(_NONE, "s",    "si",   _NONE,     _NONE),
    "audit_checkpoint":          Grant(_NONE, "s",    "si",   _NONE,     _NONE),
    "audit_checkpointdelivery":              Grant(_NONE, "si",   "si",   _NONE,     _NONE),
    "audit_link":                Grant(_NONE, "s",    "si",   _NONE,     _NONE),
    "audit_waiting":             Grant(_NONE, "i",    "sid",  "i",    "i"),  # a work queue, no evidence
    "auth_group":                _NO_ACCESS,
    "auth_group_permissions":    _NO_ACCESS,
    "auth_permission":           _NO_ACCESS,
    "bulletins_acknowledgement": Grant(_NONE, "si",   "sd",   _NONE,     _NONE),
    "bulletins_bulletin":        Grant(_NONE, "siu",  "siud", _NONE,     _NONE),
    "bulletins_bulletindocument": Grant(_NONE, "sid", "sud",  _NONE,     _NONE),
    "bulletins_bulletinpicture": Grant(_NONE, "sid",  "sud",  _NONE,     _NONE),
    "bulletins_capalert":        Grant(_NONE, "su",   "sd",   "siu",  _NONE),
    "bulletins_capfeed":         Grant(_NONE, "s",    _NONE,  "siu",  _NONE),
    "bulletins_groupdelivery":        Grant(_NONE, "siu",  "siud", _NONE,     _NONE),
    "bulletins_manualgroup":     Grant(_NONE, "siu",  "s",    _NONE,     _NONE),
    "bulletins_officerchat":     Grant(_NONE, "siud", "sud",  _NONE,     _NONE),
    "bulletins_population":      Grant(_NONE, "siud", "s",    _NONE,     _NONE),
    "bulletins_sharedmessage":   Grant(_NONE, "si",   "sid",  _NONE,     _NONE),
    "bulletins_station":         Grant(_NONE, "siu",  "s",    _NONE,     _NONE),
    "bulletins_texttemplate":    Grant(_NONE, "siud", "s",    _NONE,     _NONE),
    "bulletins_manualpost":      Grant(_NONE, "siu",  "siud", _NONE,     _NONE),
    "cases_alarm":               Grant(_NONE, "siu",  "siu",  _NONE,     _NONE),
    "cases_callbackview":        Grant(_NONE, "si",   "sd",   _NONE,     _NONE),
    "cases_case":                Grant(_NONE, "siu",  "siu",  _NONE,     "su"),  # custody: sealed ones
    "cases_caseevent":           Grant(_NONE, "si",   "si",   "si",   "i"),
    "cases_casemessage":         Grant(_NONE, "siu",  "siud", _NONE,     _NONE),
    "cases_clock":               Grant(_NONE, "siud", "siud", _NONE,     "su"),
    "cases_derivedcase":               Grant(_NONE, _NONE,     "sid",  _NONE,     _NONE),
    "cases_evidence":            Grant(_NONE, "si",   "sud",  _NONE,     _NONE),
    "cases_note":                Grant(_NONE, "si",   "sid",  _NONE,     _NONE),
    "cases_relation":            Grant(_NONE, "sid",  "sid",  _NONE,     _NONE),
    "cases_replytemplate":       Grant(_NONE, "siud", _NONE,  _NONE,     _NONE),
    "cases_report":              Grant(_NONE, "siud", "siud", _NONE,     _NONE),
    "cases_statsdirty":           Grant(_NONE, "si",   "sid",  "i",    "i"),
    "channels_attachment":       Grant(_NONE, "siu",  "siud", "siu",  _NONE),
    "channels_channel":          Grant("s", "siu", "siu",  "siu",  "s"),
    "channels_childground":      Grant(_NONE, "si",   "sid",  _NONE,     _NONE),
    "channels_conversation":     Grant(_NONE, "siu",  "siud", "su",   _NONE),
    "channels_credential":       Grant("s", "s",   "siu",  "siu",  _NONE),
    "channels_eventcount":       Grant(_NONE, "s",    "siud", _NONE,     _NONE),
    "channels_flag":             Grant(_NONE, "su",   "siud", _NONE,     _NONE),
    "channels_group":            Grant(_NONE, "siu",  "siu",  "siu",  "s"),
    "channels_grouprules":       Grant(_NONE, "si",   "s",    "s",    "s"),
    "channels_groupsize":        Grant(_NONE, "s",    "siu",  "siu",  _NONE),
    "channels_textfingerprint":          Grant(_NONE, _NONE,     "sid",  _NONE,     _NONE),
    "channels_inbound":          Grant(_NONE, _NONE,     "sud",  _NONE,     _NONE),
    "channels_membership":       Grant(_NONE, "su",   "siud", "siu",  _NONE),
    "channels_message":          Grant(_NONE, "siu",  "siud", _NONE,     _NONE),
    "channels_outgoing":         Grant(_NONE, "siu",  "siud", "siu",  _NONE),
    "channels_dlpoverride":           Grant(_NONE, "i",    "sid",  _NONE,     _NONE),
    "channels_publishedtext":        Grant(_NONE, "si",   "s",    "s",    _NONE),
    "channels_pushdelivery":     Grant(_NONE, _NONE,     "sd",   "siu",  _NONE),
    "channels_pushnotice":       Grant(_NONE, "si",   "siud", "su",   _NONE),
    "channels_pushsubscription": Grant(_NONE, "i",    "sud",  "su",   _NONE),
    "consents_consent":          Grant(_NONE, "siu",  "siud", "s",    _NONE),
    "conduct_complaint":         Grant(_NONE, "siu",  "siud", _NONE,     "su"),
    "conduct_complaintalarm":             Grant(_NONE, "siud", "siud", _NONE,     "su"),
    "conduct_file":              Grant(_NONE, "si",   "sid",  _NONE,     "s"),
    "conduct_desktransfer":              Grant(_NONE, "si",   "sid",  _NONE,     "si"),
    "conduct_handleralert":           Grant(_NONE, "sid",  "sid",  _NONE,     "sid"),
    "deeds_deed":                Grant(_NONE, "siu",  "su",   _NONE,     _NONE),
    "django_admin_log":          Grant(_NONE, "s",    _NONE,     _NONE,     _NONE),
    "django_content_type":       Grant(_NONE, "s",    "s",    "s",    "s"),
    "django_migrations":         _PUBLIC,
    "django_session":            Grant(_NONE, "siud", "d",    _NONE,     "siud"),
    "found_claim":               Grant(_NONE, "siu",  "sd",   _NONE,     _NONE),
    "found_custodyentry":        Grant(_NONE, "si",   "sd",   _NONE,     _NONE),
    "found_founditem":           Grant(_NONE, "siu",  "sd",   _NONE,     _NONE),
    "found_hiddendetail":        Grant(_NONE, "si",   "sd",   _NONE,     _NONE),
    "found_receipt":             Grant(_NONE, "siu",  "sd",   _NONE,     _NONE),
    "intake_eventcursor":          Grant(_NONE, "s",    "siu",  _NONE,     _NONE),
    "intake_correction":         Grant(_NONE, "s",    "siud", _NONE,     _NONE),
    "kit_heartbeat":            Grant(_NONE, "s",    "siu",  "siu",  _NONE),
    "kit_liveevent":             Grant("s", "si",  "sid",  "si",   "si"),
    "mfa_authenticator":         Grant(_NONE, "siud", "d",    _NONE,     _NONE),
    "people_activation":         Grant(_NONE, "siu",  "d",    _NONE,     _NONE),
    "people_dutyshift":          Grant(_NONE, "siud", "sd",   _NONE,     _NONE),
    "people_dutyphone":          Grant(_NONE, "siud", "sd",   _NONE,     _NONE),
    "people_officer":            Grant(_NONE, "siu",  "s",    _NONE,     "s"),
    "people_appointment":            Grant(_NONE, "siu",  "sd",   _NONE,     "s"),
    "people_signin":             Grant(_NONE, "siu",  "sd",   _NONE,     "siu"),
    "people_loginattempts":          Grant(_NONE, "siud", "sd",   _NONE,     "siud"),
    "privacy_breach":            Grant(_NONE, "siu",  "sd",   _NONE,     _NONE),
    "privacy_breachstep":        Grant(_NONE, "si",   "sd",   _NONE,     _NONE),
    "privacy_hold":              Grant(_NONE, "siu",  "sd",   _NONE,     _NONE),
    "privacy_request":           Grant(_NONE, "siu",  "siud", _NONE,     _NONE),
    "privacy_sweep":             Grant(_NONE, "s",    "si",   _NONE,     _NONE),
    "people_relationship":                Grant(_NONE, "siu",  "sd",   _NONE,     "s"),
    "people_conflictrule":               Grant(_NONE, "siu",  "siud", _NONE,     "su"),
    "procrastinate_events":      Grant(_NONE, "si",   "siud", "siud", "si"),
    "procrastinate_jobs":        Grant(_NONE, "si",   "siud", "siud", "si"),
    "procrastinate_periodic_defers": Grant(_NONE, _NONE, "siud", "siud", _NONE),
    "procrastinate_workers":     Grant(_NONE, _NONE,     "siud", "siud", _NONE),
    "missing_appealbulletin":    Grant(_NONE, "si",   "sd",   _NONE,     _NONE),
    "missing_careregistration":  Grant(_NONE, "siu",  "sud",  _NONE,     _NONE),  # a deleted picture sets null
    "missing_personrecord":      Grant(_NONE, "siu",  "sud",  _NONE,     _NONE),
    "missing_searchedarea":      Grant(_NONE, "si",   "sd",   _NONE,     _NONE),
    "missing_sighting":          Grant(_NONE, "siu",  "sud",  _NONE,     _NONE),
    "procedures_procedure":      Grant(_NONE, "siu",  "siud", _NONE,     _NONE),
    "procedures_unansweredquestion": Grant(_NONE, "siud", "siud", _NONE, _NONE),
    "scams_dispute":             Grant(_NONE, "siu",  "sd",   _NONE,     _NONE),
    "scams_indicator":           Grant(_NONE, "su",   "siud", _NONE,     _NONE),
    "scams_stoppedfraud":        Grant(_NONE, "siu",  "sd",   _NONE,     _NONE),
    "scams_picturetext":         Grant(_NONE, "siu",  "sd",   _NONE,     _NONE),
    "scams_indicatorreport":     Grant(_NONE, "s",    "siud", _NONE,     _NONE),
    "stats_contribution":        Grant(_NONE, "s",    "siud", _NONE,     _NONE),
    "stats_count":               Grant(_NONE, "s",    "siud", _NONE,     _NONE),
    "stats_daycount":            Grant(_NONE, "s",    "siud", _NONE,     _NONE),
    "stats_monthcount":          Grant(_NONE, "s",    "siud", _NONE,     _NONE),
    "stats_opendatarelease":     Grant(_NONE, "si",   "s",    _NONE,     _NONE),
    "stats_remarkrequest":       Grant(_NONE, "si",   "s",    _NONE,     _NONE),
    "stats_reporttemplate":      Grant(_NONE, "siu",  "s",    _NONE,     _NONE),
    "stats_unitremark":          Grant(_NONE, "siu",  "su",   _NONE,     _NONE),
    "stats_mailing":             Grant(_NONE, "siud", "sud",  _NONE,     _NONE),
    "stats_savedquestion":       Grant(_NONE, "siud", "s",    _NONE,     _NONE),
    "stats_issuedreport":        Grant(_NONE, "si",   "s",    _NONE,     _NONE),
    "tips_extract":              Grant(_NONE, _NONE,     "sud",  _NONE,     "i"),
    "tips_tip":                  Grant(_NONE, "siu",  "su",   _NONE,     "su"),
    "tips_tipfile":              Grant(_NONE, "sid",  "sd",   _NONE,     "s"),
    "vault_contact":             Grant(_NONE, _NONE,     "sid",  "s",    "s"),
    "vault_callbacknumber":      Grant(_NONE, "siud", "d",    _NONE,     _NONE),
    "vault_approval":            Grant(_NONE, "s",    "sd",   _NONE,     "si"),
    "vault_groupkey":            Grant("s", "s",   "s",    "s",    "siu"),
    "vault_holder":              Grant(_NONE, _NONE,     _NONE,     _NONE,     "siu"),
    "vault_identity":            Grant(_NONE, "id",   "id",   _NONE,     "s"),
    "vault_keyshare":            Grant(_NONE, _NONE,     "d",    _NONE,     "siud"),
    "vault_conversationkey":                Grant(_NONE, "si",   "sid",  "si",   "si"),
    "vault_wrappedkey":            Grant(_NONE, "id",   "id",   "i",    "siud"),
    "vault_disclosedshare":          Grant(_NONE, _NONE,     "d",    _NONE,     "sid"),
    "vault_disclosurerequest":             Grant(_NONE, "i",    "sd",   _NONE,     "siu"),
    "vault_reporter":            Grant(_NONE, "siu",  "siu",  "s",    "s"),
    "vault_sealedtext":          Grant(_NONE, "si",   "si",   _NONE,     "si"),
    "weapons_weapon":            Grant(_NONE, "siu",  "sd",   _NONE,     _NONE),
    "weapons_weaponappointment": Grant(_NONE, "siu",  "sd",   _NONE,     _NONE),
    "weapons_weaponcampaign":    Grant(_NONE, "si",   "s",    _NONE,     _NONE),
    "weapons_weaponcustody":     Grant(_NONE, "si",   "sd",   _NONE,     _NONE),
    "weapons_weaponreceipt":     Grant(_NONE, "siu",  "sd",   _NONE,     _NONE),
    "weapons_weaponrecord":      Grant(_NONE, "siu",  "sd",   _NONE,     _NONE),
}
# Processes with access to some columns only: encrypted or raw content stays hidden.
COLUMN_GRANTS: dict[tuple[str, str], dict[str, tuple[str, ...]]] = {
    ("channels_inbound", "pages"): {
        "s": ("id", "channel_id", "event", "received_at", "signed_at", "due_at", "state", "attempts", "reason"),
    },
    ("channels_inbound", "gateway"): {"s": ("id", "channel_id", "signed_at")},  # is what comes older than what came?
    ("channels_inbound", "sender"): {"s": ("id", "state", "due_at", "received_at")},  # does anybody read?
    ("people_signin", "gateway"): {"s": ("officer_id", "key_hash", "expires_at", "ended_at")},
    ("people_officer", "gateway"): {"s": ("id", "unit_id", "role", "is_active")},
    ("channels_message", "custody"): {  # envelopes and sort keys
        "s": ("id", "public_id", "ciphertext", "lock_id", "category", "urgency", "sent_at", "group_id", "reporter_id"),
    },
    ("channels_attachment", "custody"): {
        "s": ("id", "public_id", "message_id", "preview", "shown_lock_id", "original", "lock_id"),
    },
    ("channels_childground", "worker"): {"u": ("consent_id",)},  # a consent is deleted before its messages
    ("channels_message", "sender"): {"s": ("id", "channel_id", "received_at")},
    ("channels_pushdelivery", "pages"): {  # to acknowledge an alarm with a token
        "s": ("id", "notice_id", "subscription_id", "state", "token_hash", "acknowledged_at", "code", "sent_at"),
        "u": ("acknowledged_at",),
    },
    ("channels_pushnotice", "pages"): {"u": ("cancelled_at", "title", "body", "mail_text")},
    ("channels_pushsubscription", "pages"): {  # never the sealed address
        "s": ("id", "public_id", "channel_id", "officer_id", "area_id", "topics", "endpoint_hash", "browser", "made_at",
              "ended_at", "ended_code", "is_pending", "token_hash"),
        "u": ("ended_at", "ended_code", "sealed", "is_pending"),
    },
    ("django_session", "worker"): {"s": ("expire_date",)},  # to clean what is over
    ("people_officer", "custody"): {"u": ("last_login",)},
    ("people_activation", "worker"): {"s": ("id", "officer_id", "expires_at", "used_at")},
    ("people_officer", "worker"): {"u": ("username", "name", "subject", "password")},  # to anonymise former officers
    ("mfa_authenticator", "worker"): {"s": ("id", "user_id")},
    ("privacy_breach", "worker"): {"u": ("alarm",)},
    ("vault_wrappedkey", "sender"): {"s": ("id", "lock_id")},  # it fetches files and encrypts received messages
    ("tips_extract", "custody"): {"s": ("id",)},
    ("tips_tipfile", "custody"): {"u": ("original", "original_lock_id")},  # from the tip's key to the custodians' key
    ("vault_identity", "pages"): {"s": ("id", "reporter_id", "field", "at"), "u": ("ciphertext", "at")},
    ("vault_callbacknumber", "worker"): {"s": ("id", "reporter_id")},  # it deletes them with the person
    ("vault_identity", "worker"): {"s": ("id", "reporter_id", "field", "at"), "u": ("ciphertext", "at")},
    ("vault_wrappedkey", "pages"): {"s": ("id", "lock_id", "group_key_id")},
    ("vault_wrappedkey", "worker"): {"s": ("id", "lock_id", "group_key_id")},
    ("vault_contact", "worker"): {"u": ("reporter_id", "custody_sealed")},  # an erased person remains in their groups
    ("vault_contact", "sender"): {"u": ("ciphertext",)},  # re-encrypted on key rotation
    ("vault_groupkey", "worker"): {"u": ("destroyed_at", "stale_at")},
    ("vault_groupkey", "sender"): {"u": ("destroyed_at",)},
    ("vault_holder", "pages"): {"s": ("id", "officer_id", "retired_at", "placed_at", "public")},
    # It takes shares back from officers with another duty, and cannot read any.
    ("vault_holder", "worker"): {"s": ("id", "officer_id", "seat", "public", "created_at", "placed_at", "retired_at")},
    ("vault_keyshare", "worker"): {"s": ("id", "group_key_id", "holder_id", "part")},
    ("vault_disclosedshare", "worker"): {"s": ("id", "opening_id")},
    ("vault_disclosurerequest", "worker"): {"u": ("refused_at",)},  # requests in a case that becomes a complaint end
    ("vault_disclosurerequest", "pages"): {
        "s": ("id", "public_id", "reporter_id", "subject", "requester_id", "holder_id", "why", "hours", "asked_at",
              "carried_at", "opened_at", "ends_at", "refused_at", "refused_by_id", "file", "asked_as", "asked_unit_id"),
    },
}
# fmt: on

PERIODIC_FUNCTION = (
    "procrastinate_defer_periodic_job_v2(varchar, varchar, varchar, varchar, integer, varchar, bigint, jsonb)"
)
# Functions with the owner's rights, so that a process gets one narrow operation instead of tables.
FUNCTION_GRANTS: dict[str, tuple[str, ...]] = {
    "stats_apply_reorganisation(bigint, date, timestamptz)": ("worker",),
    "stats_apply_split(bigint, date, timestamptz)": ("worker",),
    "stats_apply_rename(bigint, date, timestamptz)": ("worker",),
    "channels_store_webhooks(bigint[], text[], text[], bytea[], timestamptz[], text[], timestamptz)": (
        "gateway",
        "sender",  # catch-up: what the history tells and no webhook brought
    ),
    "cases_find_sealed_code(uuid)": ("custody",),
    "cases_exists_elsewhere(text, bigint)": ("custody",),
    "cases_last_open_message(bigint[])": ("sender",),
    "cases_last_sealed_message(bigint[])": ("sender",),
    # For a row behind a policy PostgreSQL does not report the existing key, but Procrastinate must read it: with the
    # worker's own rights, a periodic job still waiting when its next second comes would end the worker.
    PERIODIC_FUNCTION: ("worker", "sender"),
    # Building blocks of the pages' policies (policies.py). Any other caller could learn a case's owner and its
    # exclusions: the caller chooses the scope.
    **dict.fromkeys(
        (
            "rls_reporter()",
            "rls_reporter_cases()",
            "rls_reporter_talks()",
            "rls_reporter_locks()",
            "rls_sees_main(bigint)",
            "rls_keeps(bigint)",
            "rls_file_is_free(bigint)",
            "rls_tip_case()",
            "rls_tip_lock()",
            "rls_tip_originals()",
            "rls_tip_subject()",
        ),
        ("pages",),
    ),
}


def get_login_name(process: str) -> str:
    """Return the name of a process's login."""
    return f"binhyen_{process}"
