"""Screens of people: sign-in and sign-out, own account, accounts of others, duty roster."""

from binhyen.people.views.account import (
    change_own_password,
    confirm_second_factor,
    end_other_session,
    keep_awake,
    remove_own_factor,
    show_own_account,
    show_recovery_codes,
)
from binhyen.people.views.add_factor import activate_account, enrol_factor, enrol_first_factor
from binhyen.people.views.identity import finish_oidc_sign_in, start_oidc_sign_in
from binhyen.people.views.officers import list_officer_accounts, run_account_action, show_officer_account
from binhyen.people.views.relationships import post_acting_chief, post_relationship, show_relationships
from binhyen.people.views.relationships import post_relationship_end as end_tie
from binhyen.people.views.roster import add_roster_shift, remove_roster_shift, show_roster
from binhyen.people.views.sign_in import check_second_factor, sign_in, sign_out

__all__ = [
    "activate_account",
    "add_roster_shift",
    "change_own_password",
    "check_second_factor",
    "confirm_second_factor",
    "end_other_session",
    "end_tie",
    "enrol_factor",
    "enrol_first_factor",
    "finish_oidc_sign_in",
    "keep_awake",
    "list_officer_accounts",
    "post_acting_chief",
    "post_relationship",
    "remove_own_factor",
    "remove_roster_shift",
    "run_account_action",
    "show_officer_account",
    "show_own_account",
    "show_recovery_codes",
    "show_relationships",
    "show_roster",
    "sign_in",
    "sign_out",
    "start_oidc_sign_in",
]
