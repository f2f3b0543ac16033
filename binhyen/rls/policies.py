"""Visible rows of each login: row-level security, the database's copy of `people/access.py`.

`pages` acts for a person, named by the session variable `binhyen.scope` (kit/rls_scope.py): parts separated by «;».
  | part | requester | visible rows |
  |---|---|---|
  | (empty) | unknown | none |
  | `province` | duty desk and staff of the province | all |
  | `unit:N` | officer, chief | responsibility of unit N |
  | `tasks:N` | village team | cases assigned to officer N |
  | `case:N` | beside one of these | one more case: the one the officer just transferred |
  | `data` | custodians | data subject requests |
  | `operator` | operators | delivery state of outgoing messages |
  | `link:H` | holder of a status link, by its hash | reports of that person and their replies |
  | `officer:N` | beside these, or alone | excludes subjects of officer N's exclusions; their custody alerts |
  | `desk:…` `sides:…` | in custody: a handler of complaints about police | those without a shared conflict key |
  | `tip:H` | holder of a receipt, by its lookup hash | that tip, its case's state, its texts |
  | `program` | the program itself: stores submissions of citizens, counts | rows that a report may need |
Worker and sender act for no person: they see all rows of the tables they may use. The expressions are sub-selects
without outer columns: evaluated once a statement, so that a row costs one comparison. Own columns come first;
conditions on another table come last, behind OR, and run only for rows not accepted yet, hence the low COST of the
functions: otherwise the planner would avoid walking an index.
"""

from binhyen.kit.database.sql_files import read_sql_file
from binhyen.rls.grants import COLUMN_GRANTS, PROCESSES, TABLE_GRANTS, get_login_name

# «IS NOT NULL» makes the planner assume that nearly every row passes: plans stay those of the plain query, which
# filters by unit itself.
_ALL = "(SELECT nullif(rls_is('province', 'program'), false)) IS NOT NULL"
_PROVINCE = "(SELECT nullif(rls_is('province'), false)) IS NOT NULL"
_IS_PROGRAM_NULLABLE = "(SELECT nullif(rls_is('program'), false)) IS NOT NULL"
_UNIT = "unit_id = (SELECT rls_id('unit'))"
# A reporter sees the state of the case by its own row, but no related rows.
_CASE = "((SELECT rls_scope() !~ '(link|tip):') AND EXISTS (SELECT 1 FROM cases_case c WHERE c.id = case_id))"
_PROGRAM = "(SELECT rls_is('program'))"
# Roles with KEEP_WEAPONS (people/roles.py).
_KEEPS_WEAPONS = """(SELECT EXISTS (SELECT 1 FROM people_officer o
    WHERE o.id = rls_id('officer') AND o.role IN ('CHIEF', 'PROVINCE_DUTY')))"""
_OWN_REPORTER = "reporter_id = (SELECT rls_reporter())"

_GROUPS = f"""{_IS_PROGRAM_NULLABLE} OR {_PROVINCE} OR EXISTS (SELECT 1 FROM channels_group g WHERE g.id = group_id AND g.{_UNIT})"""

_TABLES_OF_A_CASE = ("cases_alarm", "cases_caseevent", "cases_casemessage", "cases_clock", "cases_relation")

# Table → rows that `pages` may see and change. INSERT is not restricted: a process with the grant also writes for
# others (a report for another unit); reading back is restricted to visible rows.
PAGES_POLICIES: dict[str, str] = {
    "cases_case": f"""((NOT is_restricted OR {_PROGRAM})
        AND (excluded_officers IS NULL OR NOT excluded_officers @> ARRAY[(SELECT rls_id('officer'))]::bigint[])
        AND ({_ALL} OR {_UNIT} OR assignee_id = (SELECT rls_id('tasks'))
        OR (merged_into_id IS NOT NULL AND rls_sees_main(merged_into_id)))) OR id = (SELECT rls_id('case'))
        OR id = ANY ((SELECT rls_reporter_cases())::bigint[]) OR id = (SELECT rls_tip_case())""",
    # The province also sees rows of a case only through the case: none of a complaint about police.
    **dict.fromkeys(_TABLES_OF_A_CASE, f"{_IS_PROGRAM_NULLABLE} OR {_CASE}"),
    **dict.fromkeys(("cases_evidence", "cases_note", "stats_contribution"), _CASE),
    "cases_callbackview": f"{_IS_PROGRAM_NULLABLE} OR {_OWN_REPORTER} OR {_CASE}",
    "vault_callbacknumber": f"""{_PROGRAM}
        OR EXISTS (SELECT 1 FROM cases_report r WHERE r.reporter_id = vault_callbacknumber.reporter_id)""",
    "cases_replytemplate": f"{_ALL} OR {_UNIT}",
    "cases_report": f"{_IS_PROGRAM_NULLABLE} OR {_OWN_REPORTER} OR {_CASE}",
    **dict.fromkeys(
        ("stats_count", "stats_issuedreport", "stats_reporttemplate", "stats_unitremark"), f"{_ALL} OR {_UNIT}"
    ),
    **dict.fromkeys(("stats_daycount", "stats_monthcount"), _ALL),
    "stats_remarkrequest": """(SELECT rls_id('officer')) IS NOT NULL""",
    "stats_mailing": "officer_id = (SELECT rls_id('officer'))",
    "stats_savedquestion": """officer_id = (SELECT rls_id('officer')) OR (is_shared AND unit_id = (SELECT u.unit_id
        FROM people_officer u WHERE u.id = rls_id('officer')))""",
    # The rest of a complaint's message belongs to no unit.
    "channels_message": f"""{_IS_PROGRAM_NULLABLE} OR (unit_id IS NOT NULL AND {_PROVINCE}) OR {_UNIT} OR {_OWN_REPORTER}
        OR EXISTS (SELECT 1 FROM cases_casemessage l WHERE l.message_id = channels_message.id)
        OR (group_id IS NOT NULL AND NOT sensitive AND EXISTS (
            SELECT 1 FROM channels_group g WHERE g.id = group_id AND g.{_UNIT}))""",
    "channels_attachment": f"""{_IS_PROGRAM_NULLABLE} OR (restricted_key_id IS NULL AND message_id IS NOT NULL AND {_PROVINCE})
        OR EXISTS (SELECT 1 FROM channels_message m WHERE m.id = message_id)
        OR EXISTS (SELECT 1 FROM cases_evidence e WHERE e.attachment_id = channels_attachment.id)
        OR (message_id IS NULL AND (SELECT rls_scope() !~ '^(officer:[0-9]+)?$') AND rls_file_is_free(id))""",
    "channels_outgoing": f"""((purpose <> 'APART' OR {_PROGRAM})
        AND ({_ALL} OR {_UNIT} OR (SELECT rls_is('operator')) OR {_CASE})
        AND (case_id IS NULL OR NOT rls_keeps(case_id)))
        OR conversation_id = ANY ((SELECT rls_reporter_talks())::bigint[])""",
    "channels_conversation": f"""{_IS_PROGRAM_NULLABLE} OR {_OWN_REPORTER} OR (SELECT rls_is('operator')) OR rls_sees_talk(id)""",
    **dict.fromkeys(("channels_flag", "channels_membership"), _GROUPS),
    # Released bulletins are public: the page and the feed have no scope.
    "bulletins_bulletin": f"{_ALL} OR {_UNIT} OR state NOT IN ('DRAFT', 'SUBMITTED', 'APPROVED')",
    **dict.fromkeys(
        ("bulletins_bulletindocument", "bulletins_bulletinpicture"),
        "EXISTS (SELECT 1 FROM bulletins_bulletin b WHERE b.id = bulletin_id)",
    ),
    "bulletins_groupdelivery": f"""{_ALL} OR EXISTS (SELECT 1 FROM channels_group g WHERE g.id = group_id AND g.{_UNIT})
        OR EXISTS (SELECT 1 FROM bulletins_bulletin b WHERE b.id = bulletin_id AND b.{_UNIT})""",
    # Procedures that were in use are public; questions without an answer belong to the province.
    "procedures_procedure": f"{_ALL} OR {_UNIT} OR state NOT IN ('DRAFT', 'SUBMITTED')",
    "procedures_unansweredquestion": _ALL,
    **dict.fromkeys(("bulletins_manualgroup", "bulletins_sharedmessage"), f"{_ALL} OR {_UNIT}"),
    "bulletins_officerchat": "officer_id = (SELECT rls_id('officer'))",
    "bulletins_acknowledgement": f"""{_ALL} OR {_UNIT}
        OR EXISTS (SELECT 1 FROM bulletins_bulletin b WHERE b.id = bulletin_id AND b.{_UNIT})""",
    "bulletins_texttemplate": f"""{_ALL} OR {_UNIT}
        OR unit_id IN (SELECT u.id FROM areas_unit u WHERE u.level = 'PROVINCE')""",
    "bulletins_manualpost": f"""{_ALL} OR EXISTS (SELECT 1 FROM bulletins_manualgroup g WHERE g.id = group_id AND g.{_UNIT})
        OR EXISTS (SELECT 1 FROM bulletins_bulletin b WHERE b.id = bulletin_id AND b.{_UNIT})""",
    "channels_pushsubscription": f"""{_IS_PROGRAM_NULLABLE} OR officer_id = (SELECT rls_id('officer'))
        OR (officer_id IS NOT NULL AND (SELECT rls_is('province')))
        OR EXISTS (SELECT 1 FROM people_officer o WHERE o.id = officer_id AND o.{_UNIT})""",
    # Notices to citizens are public, those to officers lead to their cases.
    "channels_pushnotice": f"{_IS_PROGRAM_NULLABLE} OR (officers IS NULL AND (SELECT rls_id('officer')) IS NOT NULL)",
    "channels_pushdelivery": f"{_IS_PROGRAM_NULLABLE} OR EXISTS (SELECT 1 FROM channels_pushnotice n WHERE n.id = notice_id)",
    "channels_childground": f"{_IS_PROGRAM_NULLABLE} OR EXISTS (SELECT 1 FROM channels_outgoing o WHERE o.id = outgoing_id)",
    "people_dutyphone": f"""{_IS_PROGRAM_NULLABLE} OR {_PROVINCE} OR officer_id = (SELECT rls_id('officer'))
        OR EXISTS (SELECT 1 FROM people_officer o WHERE o.id = officer_id AND o.{_UNIT})""",
    "people_conflictrule": _PROGRAM,
    "conduct_complaint": f"{_PROGRAM} OR case_id = ANY ((SELECT rls_reporter_cases())::bigint[])",
    **dict.fromkeys(("conduct_desktransfer", "conduct_complaintalarm"), _PROGRAM),
    "conduct_handleralert": f"{_PROGRAM} OR officer_id = (SELECT rls_id('officer'))",
    "conduct_file": f"""{_PROGRAM} OR EXISTS (SELECT 1 FROM conduct_complaint c
        WHERE c.id = complaint_id AND c.case_id = ANY ((SELECT rls_reporter_cases())::bigint[]))""",
    # Operators see jobs, except those of complaints and of identity disclosures in a complaint.
    "procrastinate_jobs": f"""(task_name NOT LIKE 'conduct.%' AND coalesce(args->>'subject', '') NOT LIKE 'conduct:%')
        OR {_PROGRAM}""",
    "tips_tip": "(SELECT rls_is('program')) OR lookup = (SELECT rls_tip())",
    "tips_tipfile": "(SELECT rls_is('program')) OR EXISTS (SELECT 1 FROM tips_tip t WHERE t.id = tip_id)",
    "vault_sealedtext": """(SELECT rls_is('program')) OR lock_id = (SELECT rls_tip_lock())
        OR lock_id = ANY ((SELECT rls_reporter_locks())::bigint[])""",
    "vault_wrappedkey": """(SELECT rls_is('program')) OR lock_id = (SELECT rls_tip_lock())
        OR lock_id = ANY ((SELECT rls_tip_originals())::bigint[])""",
    "vault_identity": "(SELECT rls_is('program'))",
    "vault_contact": "false",
    "vault_disclosurerequest": f"""{_PROGRAM} OR {_OWN_REPORTER} OR subject = (SELECT rls_tip_subject())
        OR ((SELECT rls_scope() !~ '(link|tip):')
            AND EXISTS (SELECT 1 FROM cases_case c WHERE c.code = substr(subject, 6) AND subject LIKE 'case:%'))""",
    # nosemgrep: vault-in-sql  policies cover every table
    "vault_approval": "EXISTS (SELECT 1 FROM vault_disclosurerequest o WHERE o.id = opening_id)",
    "consents_consent": f"{_ALL} OR {_UNIT} OR {_OWN_REPORTER}",
    "privacy_request": f"""(SELECT rls_is('program')) OR ((SELECT rls_is('province')) AND NOT is_restricted)
        OR ((SELECT rls_is('data'))
            AND (excluded_officers IS NULL OR NOT excluded_officers @> ARRAY[(SELECT rls_id('officer'))]::bigint[]))
        OR {_OWN_REPORTER} OR link_hash = (SELECT rls_link())""",
    "intake_correction": "(SELECT rls_is('program', 'province', 'operator'))",
    "found_founditem": f"{_IS_PROGRAM_NULLABLE} OR {_CASE}",
    **dict.fromkeys(
        ("found_claim", "found_custodyentry", "found_hiddendetail", "found_receipt"),
        f"{_IS_PROGRAM_NULLABLE} OR EXISTS (SELECT 1 FROM found_founditem i WHERE i.id = item_id)",
    ),
    "missing_personrecord": f"{_IS_PROGRAM_NULLABLE} OR {_CASE}",
    **dict.fromkeys(
        ("missing_appealbulletin", "missing_searchedarea", "missing_sighting"),
        f"{_IS_PROGRAM_NULLABLE} OR EXISTS (SELECT 1 FROM missing_personrecord p WHERE p.id = record_id)",
    ),
    "missing_careregistration": f"{_IS_PROGRAM_NULLABLE} OR {_PROVINCE} OR {_UNIT}",
    "aid_need": f"{_IS_PROGRAM_NULLABLE} OR {_CASE}",
    **dict.fromkeys(
        ("aid_aiddelivery", "aid_pledge"),
        f"{_IS_PROGRAM_NULLABLE} OR EXISTS (SELECT 1 FROM aid_need n WHERE n.id = need_id)",
    ),
    "scams_indicator": f"""{_IS_PROGRAM_NULLABLE}
        OR EXISTS (SELECT 1 FROM scams_indicatorreport r WHERE r.indicator_id = scams_indicator.id)""",
    "scams_indicatorreport": f"{_IS_PROGRAM_NULLABLE} OR {_CASE}",
    "scams_stoppedfraud": f"{_IS_PROGRAM_NULLABLE} OR {_CASE}",
    "scams_picturetext": f"{_IS_PROGRAM_NULLABLE} OR {_CASE}",
    "scams_dispute": f"{_PROGRAM} OR EXISTS (SELECT 1 FROM scams_indicator i WHERE i.id = indicator_id)",
    "privacy_hold": f"{_IS_PROGRAM_NULLABLE} OR {_CASE}",
    **dict.fromkeys(
        ("deeds_deed", "weapons_weaponrecord", "weapons_weaponappointment"), f"{_IS_PROGRAM_NULLABLE} OR {_CASE}"
    ),
    "weapons_weapon": f"""{_IS_PROGRAM_NULLABLE}
        OR EXISTS (SELECT 1 FROM weapons_weaponrecord r WHERE r.id = record_id)""",
    # Names and storage places: of visible records to chiefs and the duty desk, of own records to their officer.
    "weapons_weaponreceipt": f"""{_IS_PROGRAM_NULLABLE} OR EXISTS (SELECT 1 FROM weapons_weaponrecord r
        WHERE r.id = record_id AND ({_KEEPS_WEAPONS} OR r.officer_id = (SELECT rls_id('officer'))))""",
    "weapons_weaponcustody": f"""{_IS_PROGRAM_NULLABLE} OR EXISTS (SELECT 1 FROM weapons_weapon w
        JOIN weapons_weaponrecord r ON r.id = w.record_id
        WHERE w.id = weapon_id AND ({_KEEPS_WEAPONS} OR r.officer_id = (SELECT rls_id('officer'))))""",
}

# Readable tables of the pages without policies, with the reason. A new table must be here or in ROWS, otherwise the
# build fails (tests/architecture/test_rls.py).
TABLES_WITHOUT_POLICY: dict[str, str] = {
    **dict.fromkeys(
        (
            "areas_alias",
            "areas_area",
            "areas_areaversion",
            "areas_landmark",
            "areas_revision",
            "areas_succession",
            "areas_reorganisation",
            "areas_unit",
            "bulletins_capalert",
            "bulletins_capfeed",
            "bulletins_population",
            "bulletins_station",
            "channels_grouprules",
            "channels_publishedtext",
            "stats_opendatarelease",
            "weapons_weaponcampaign",
        ),
        "public: campaigns, released numbers, places, units, their telephones, numbers of inhabitants, the rules of groups",
    ),
    **dict.fromkeys(
        ("people_officer", "people_appointment", "people_dutyshift", "people_relationship"),
        "colleagues: the roster is theirs",
    ),
    **dict.fromkeys(
        (
            "people_signin",
            "people_loginattempts",
            "people_activation",
            "mfa_authenticator",
            "django_session",
            "api_token",
            "api_answer",
        ),
        "asked before it is known who asks; keys are hashes, secrets and answers sealed or by hash",
    ),
    **dict.fromkeys(
        ("channels_channel", "channels_group", "channels_eventcount", "channels_credential"),
        "the installation's channels and groups; their secrets are sealed",
    ),
    "channels_groupsize": "how many were in a group on a day",
    "channels_inbound": "columns without a word: what came, when, and whether it was read",
    **dict.fromkeys(("vault_conversationkey", "vault_groupkey"), "public keys"),
    "vault_holder": "columns: who has a key and its public half, not the key",
    "vault_reporter": "a pseudonym and the number of a lock; who it is stands sealed elsewhere",
    "cases_statsdirty": "numbers of cases that wait to be counted",
    **dict.fromkeys(("privacy_breach", "privacy_breachstep", "privacy_sweep"), "of nobody by name: groups, counts"),
    "intake_eventcursor": "how far events were read",
    **dict.fromkeys(
        ("audit_auditentry", "audit_check", "audit_checkpoint", "audit_checkpointdelivery", "audit_link"),
        "ids and verbs; the book is whole or no evidence (access.py: book)",
    ),
    "kit_heartbeat": "whether the worker works and clocks hold: of nobody",
    "kit_liveevent": "codes only; topics say who hears",
    **dict.fromkeys(
        ("django_admin_log", "django_content_type", "django_migrations", "procrastinate_events"), "the machine's own"
    ),
}


# The same for the custody process: from the register the restricted cases and the places of sealed tips, messages
# encrypted to its desks, and complaints visible to their handler.
_HANDLER_CONDITION = """desk = ANY ((SELECT rls_words('desk'))::text[])
    AND NOT conflict_keys::text[] && (SELECT rls_words('sides'))::text[]"""
_CONFLICT_CONDITION = f"EXISTS (SELECT 1 FROM people_conflictrule v WHERE v.id = veto_id AND {_HANDLER_CONDITION})"
CUSTODY_POLICIES: dict[str, str] = {
    "channels_message": "lock_id IS NOT NULL",
    "channels_attachment": "shown_lock_id IS NOT NULL AND restricted_key_id IS NULL",
    "cases_case": "is_restricted OR kind = 'sealed_tip'",
    **dict.fromkeys(("cases_clock", "cases_caseevent"), "EXISTS (SELECT 1 FROM cases_case c WHERE c.id = case_id)"),
    "people_conflictrule": f"{_PROGRAM} OR ({_HANDLER_CONDITION})",
    "conduct_complaint": f"{_PROGRAM} OR {_CONFLICT_CONDITION}",
    **dict.fromkeys(
        ("conduct_desktransfer", "conduct_complaintalarm", "conduct_file"),
        f"{_PROGRAM} OR EXISTS (SELECT 1 FROM conduct_complaint c WHERE c.id = complaint_id)",
    ),
    "conduct_handleralert": f"{_PROGRAM} OR EXISTS (SELECT 1 FROM conduct_complaintalarm a WHERE a.id = alarm_id)",
}


def list_policy_statements() -> list[str]:
    """List the SQL that replaces all policies: their functions, and the policies of each guarded table."""
    result = [read_sql_file("rls", "drop_policies"), read_sql_file("rls", "scope_functions")]
    for table, rows in PAGES_POLICIES.items():
        result.append(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        for process in PROCESSES:
            condition = {"pages": rows, "custody": CUSTODY_POLICIES.get(table, "true")}.get(process, "true")
            result += _build_policies(table, process, condition)
    return result


def _build_policies(table: str, process: str, rows: str) -> list[str]:
    """List the two policies of a login. A table without grants gets none, hence no rows."""
    read_policy, insert_policy, role = f"rls_{process}", f"rls_{process}_new", get_login_name(process)
    result: list[str] = []
    if any(verb in "siud" for verb in getattr(TABLE_GRANTS[table], process)) or (table, process) in COLUMN_GRANTS:
        result.append(f"CREATE POLICY {read_policy} ON {table} TO {role} USING ({rows}) WITH CHECK ({rows})")
        result.append(f"CREATE POLICY {insert_policy} ON {table} FOR INSERT TO {role} WITH CHECK (true)")
    return result
