"""Grants of each process on each table: data, written into the database by `apply` and into docs/threat-model.md.

Verbs: `s` select, `i` insert, `u` update, `d` delete; «·» nothing. A table without a line fails the build
(tests/architecture/test_fence.py). The owner (migrations, backup, operator commands) may do everything.
"""

from typing import NamedTuple

PROCESSES = ("door", "pages", "worker", "courier", "custody")


class Grant(NamedTuple):
    door: str
    pages: str
    worker: str
    courier: str
    custody: str


_N = "·"
_PUBLIC = Grant(_N, "s", "s", "s", "s")  # areas, units, rules: public data
_NOBODY = Grant(_N, _N, _N, _N, _N)

# fmt: off
TABLES: dict[str, Grant] = {
    # table                              door  pages   worker  courier custody
    "account_emailaddress":      _NOBODY,
    "account_emailconfirmation": _NOBODY,
    "areas_alias":               Grant(_N, "si",   "s",    "s",    "s"),
    "areas_area":                Grant(_N, "siu",  "s",    "s",    "s"),
    "areas_areaversion":         Grant(_N, "siu",  "s",    "s",    "s"),
    "areas_landmark":            Grant(_N, "su",   "siud", "s",    "s"),
    "areas_revision":            Grant(_N, "siu",  "siu",  "s",    "s"),
    "areas_succession":          Grant(_N, "si",   "s",    "s",    "s"),
    "areas_unit":                Grant(_N, "si",   "s",    "s",    "s"),
    "api_answer":                Grant(_N, "siud", "sd",   _N,     _N),
    "api_token":                 Grant(_N, "s",    "sd",   _N,     _N),
    "audit_auditentry":          Grant(_N, "si",   "si",   "si",   "si"),
    "audit_check":               Grant(_N, "s",    "si",   _N,     _N),
    "audit_checkpoint":          Grant(_N, "s",    "si",   _N,     _N),
    "audit_handed":              Grant(_N, "si",   "si",   _N,     _N),
    "audit_link":                Grant(_N, "s",    "si",   _N,     _N),
    "audit_waiting":             Grant(_N, "i",    "sid",  "i",    "i"),  # a work queue, no evidence
    "auth_group":                _NOBODY,
    "auth_group_permissions":    _NOBODY,
    "auth_permission":           _NOBODY,
    "cases_alarm":               Grant(_N, "siu",  "siu",  _N,     _N),
    "cases_case":                Grant(_N, "siu",  "siu",  _N,     "su"),  # custody: restricted cases, places of tips
    "cases_caseevent":           Grant(_N, "si",   "si",   "si",   "i"),
    "cases_casemessage":         Grant(_N, "siu",  "siud", _N,     _N),
    "cases_clock":               Grant(_N, "siud", "siud", _N,     "su"),
    "cases_drawn":               Grant(_N, _N,     "sid",  _N,     _N),
    "cases_evidence":            Grant(_N, "si",   "sud",  _N,     _N),
    "cases_note":                Grant(_N, "si",   "sid",  _N,     _N),
    "cases_relation":            Grant(_N, "sid",  "sid",  _N,     _N),
    "cases_report":              Grant(_N, "siud", "siud", _N,     _N),
    "cases_uncounted":           Grant(_N, "si",   "sid",  "i",    "i"),
    "channels_attachment":       Grant(_N, "siu",  "siud", "siu",  _N),
    "channels_channel":          Grant("s", "siu", "siu",  "siu",  "s"),
    "channels_childground":      Grant(_N, "si",   "sd",   _N,     _N),
    "channels_conversation":     Grant(_N, "siu",  "siud", "su",   _N),
    "channels_credential":       Grant("s", "s",   "siu",  "siu",  _N),
    "channels_eventcount":       Grant(_N, "s",    "siud", _N,     _N),
    "channels_flag":             Grant(_N, "su",   "siud", _N,     _N),
    "channels_group":            Grant(_N, "siu",  "siu",  "siu",  "s"),
    "channels_grouprules":       _PUBLIC,
    "channels_groupsize":        Grant(_N, "s",    "siu",  "siu",  _N),
    "channels_imprint":          Grant(_N, _N,     "sid",  _N,     _N),
    "channels_inbound":          Grant(_N, _N,     "sud",  _N,     _N),
    "channels_membership":       Grant(_N, "su",   "siud", "siu",  _N),
    "channels_message":          Grant(_N, "siu",  "siud", _N,     _N),
    "channels_outgoing":         Grant(_N, "siu",  "siud", "siu",  _N),
    "channels_passed":           Grant(_N, "i",    "sid",  _N,     _N),
    "channels_published":        Grant(_N, "si",   "s",    "s",    _N),
    "consents_consent":          Grant(_N, "siu",  "siud", "s",    _N),
    "conduct_complaint":         Grant(_N, "siu",  "siud", _N,     "su"),
    "conduct_alarm":             Grant(_N, "siud", "siud", _N,     "su"),
    "conduct_file":              Grant(_N, "si",   "sid",  _N,     "s"),
    "conduct_move":              Grant(_N, "si",   "sid",  _N,     "si"),
    "conduct_summons":           Grant(_N, "sid",  "sid",  _N,     "sid"),
    "django_admin_log":          Grant(_N, "s",    _N,     _N,     _N),
    "django_content_type":       Grant(_N, "s",    "s",    "s",    "s"),
    "django_migrations":         _PUBLIC,
    "django_session":            Grant(_N, "siud", "d",    _N,     "siud"),
    "intake_collected":          Grant(_N, "s",    "siu",  _N,     _N),
    "intake_correction":         Grant(_N, "s",    "siud", _N,     _N),
    "kit_heartbeat":            Grant(_N, "s",    "siu",  "siu",  _N),
    "kit_liveevent":             Grant("s", "si",  "sid",  "si",   "si"),
    "mfa_authenticator":         Grant(_N, "siud", "d",    _N,     _N),
    "people_activation":         Grant(_N, "siu",  "d",    _N,     _N),
    "people_dutyshift":          Grant(_N, "siud", "sd",   _N,     _N),
    "people_officer":            Grant(_N, "siu",  "s",    _N,     "s"),
    "people_posting":            Grant(_N, "siu",  "sd",   _N,     "s"),
    "people_signin":             Grant(_N, "siu",  "sd",   _N,     "siu"),
    "people_signintry":          Grant(_N, "siud", "sd",   _N,     "siud"),
    "privacy_breach":            Grant(_N, "siu",  "sd",   _N,     _N),
    "privacy_breachstep":        Grant(_N, "si",   "sd",   _N,     _N),
    "privacy_hold":              Grant(_N, "siu",  "sd",   _N,     _N),
    "privacy_request":           Grant(_N, "siu",  "siud", _N,     _N),
    "privacy_sweep":             Grant(_N, "s",    "si",   _N,     _N),
    "people_tie":                Grant(_N, "siu",  "sd",   _N,     "s"),
    "people_veto":               Grant(_N, "siu",  "siud", _N,     "su"),
    "procrastinate_events":      Grant(_N, "si",   "siud", "siud", "si"),
    "procrastinate_jobs":        Grant(_N, "si",   "siud", "siud", "si"),
    "procrastinate_periodic_defers": Grant(_N, _N, "siud", "siud", _N),
    "procrastinate_workers":     Grant(_N, _N,     "siud", "siud", _N),
    "stats_contribution":        Grant(_N, "s",    "siud", _N,     _N),
    "stats_count":               Grant(_N, "s",    "siud", _N,     _N),
    "tips_extract":              Grant(_N, _N,     "sud",  _N,     "i"),
    "tips_tip":                  Grant(_N, "siu",  "su",   _N,     "su"),
    "tips_tipfile":              Grant(_N, "sid",  "sd",   _N,     "s"),
    "vault_contact":             Grant(_N, _N,     "sid",  "s",    "s"),
    "vault_approval":            Grant(_N, "s",    "sd",   _N,     "si"),
    "vault_groupkey":            Grant("s", "s",   "s",    "s",    "siu"),
    "vault_holder":              Grant(_N, _N,     _N,     _N,     "siu"),
    "vault_identity":            Grant(_N, "id",   "id",   _N,     "s"),
    "vault_keyshare":            Grant(_N, _N,     "d",    _N,     "siud"),
    "vault_lock":                Grant(_N, "si",   "sid",  "si",   "si"),
    "vault_lockcopy":            Grant(_N, "id",   "id",   "i",    "siud"),
    "vault_openedpart":          Grant(_N, _N,     "d",    _N,     "sid"),
    "vault_opening":             Grant(_N, "i",    "sd",   _N,     "siu"),
    "vault_reporter":            Grant(_N, "siu",  "siu",  "s",    "s"),
    "vault_sealedtext":          Grant(_N, "si",   "si",   _N,     "si"),
}
# Processes with access to some columns only: encrypted or raw content stays hidden.
COLUMNS: dict[tuple[str, str], dict[str, tuple[str, ...]]] = {
    ("channels_inbound", "pages"): {
        "s": ("id", "channel_id", "event", "received_at", "signed_at", "due_at", "state", "attempts", "reason"),
    },
    ("channels_inbound", "door"): {"s": ("id", "channel_id", "signed_at")},  # is what comes older than what came?
    ("channels_inbound", "courier"): {"s": ("id", "state", "due_at")},  # does anybody read?
    ("people_signin", "door"): {"s": ("officer_id", "key_hash", "expires_at", "ended_at")},
    ("people_officer", "door"): {"s": ("id", "unit_id", "role", "is_active")},
    ("channels_message", "custody"): {  # envelopes and sort keys
        "s": ("id", "public_id", "sealed", "lock_id", "category", "urgency", "sent_at", "group_id", "reporter_id"),
    },
    ("channels_attachment", "custody"): {
        "s": ("id", "public_id", "message_id", "shown", "shown_lock_id", "original", "lock_id"),
    },
    ("channels_childground", "worker"): {"u": ("consent_id",)},  # a consent is deleted before its messages
    ("channels_message", "courier"): {"s": ("id", "channel_id", "received_at")},
    ("django_session", "worker"): {"s": ("expire_date",)},  # to clean what is over
    ("people_officer", "custody"): {"u": ("last_login",)},
    ("people_activation", "worker"): {"s": ("id", "officer_id", "expires_at", "used_at")},
    ("people_officer", "worker"): {"u": ("username", "name", "subject", "password")},  # to anonymise former officers
    ("mfa_authenticator", "worker"): {"s": ("id", "user_id")},
    ("privacy_breach", "worker"): {"u": ("alarm",)},
    ("vault_lockcopy", "courier"): {"s": ("id", "lock_id")},  # it fetches files and encrypts received messages
    ("tips_extract", "custody"): {"s": ("id",)},
    ("tips_tipfile", "custody"): {"u": ("original", "original_lock_id")},  # from the tip's key to the custodians' key
    ("vault_identity", "pages"): {"s": ("id", "reporter_id", "field", "at"), "u": ("sealed", "at")},
    ("vault_identity", "worker"): {"s": ("id", "reporter_id", "field", "at"), "u": ("sealed", "at")},
    ("vault_lockcopy", "pages"): {"s": ("id", "lock_id", "group_key_id")},
    ("vault_lockcopy", "worker"): {"s": ("id", "lock_id", "group_key_id")},
    ("vault_contact", "worker"): {"u": ("reporter_id", "custody_sealed")},  # an erased person remains in their groups
    ("vault_contact", "courier"): {"u": ("sealed",)},  # re-encrypted on key rotation
    ("vault_groupkey", "worker"): {"u": ("destroyed_at", "stale_at")},
    ("vault_groupkey", "courier"): {"u": ("destroyed_at",)},
    ("vault_holder", "pages"): {"s": ("id", "officer_id", "retired_at", "placed_at", "public")},
    # It takes shares back from officers with another duty, and cannot read any.
    ("vault_holder", "worker"): {"s": ("id", "officer_id", "seat", "public", "created_at", "placed_at", "retired_at")},
    ("vault_keyshare", "worker"): {"s": ("id", "group_key_id", "holder_id", "part")},
    ("vault_openedpart", "worker"): {"s": ("id", "opening_id")},
    ("vault_opening", "worker"): {"u": ("refused_at",)},  # requests in a case that becomes a complaint end
    ("vault_opening", "pages"): {
        "s": ("id", "public_id", "reporter_id", "subject", "requester_id", "holder_id", "why", "hours", "asked_at",
              "carried_at", "opened_at", "ends_at", "refused_at", "refused_by_id", "file", "asked_as", "asked_unit_id"),
    },
}
# fmt: on

PERIODIC = "procrastinate_defer_periodic_job_v2(varchar, varchar, varchar, varchar, integer, varchar, bigint, jsonb)"
# Functions with the owner's rights, so that a process gets one narrow operation instead of tables.
NARROW: dict[str, tuple[str, ...]] = {
    "channels_take_in(bigint[], text[], text[], bytea[], timestamptz[], text[], timestamptz)": ("door",),
    "cases_code_of_sealed(uuid)": ("custody",),
    "cases_lies_elsewhere(text, bigint)": ("custody",),
    "cases_spoke_openly(bigint[])": ("courier",),
    "cases_spoke_on(bigint[])": ("courier",),
    # For a row behind a policy PostgreSQL does not report the existing key, but Procrastinate must read it: with the
    # worker's own rights, a periodic job still waiting when its next second comes would end the worker.
    PERIODIC: ("worker", "courier"),
    # Building blocks of the pages' policies (policies.py). Any other caller could learn a case's owner and its
    # exclusions: the caller chooses the scope.
    **dict.fromkeys(
        ("fence_reporter()", "fence_reporter_cases()", "fence_reporter_talks()", "fence_reporter_locks()",
         "fence_sees_main(bigint)", "fence_keeps(bigint)", "fence_file_is_free(bigint)", "fence_tip_case()",
         "fence_tip_lock()", "fence_tip_originals()", "fence_tip_subject()"),
        ("pages",)),
}  # fmt: skip


def login(process: str) -> str:
    """Return the name of a process's login."""
    return f"binhyen_{process}"
