"""URL patterns of people; included by the project's urls.py."""

from django.urls import path

from binhyen.people.views import account, add_factor, officers, relationships, roster, sign_in

urlpatterns = [
    path("dang-nhap", sign_in.sign_in, name="sign_in"),
    path("dang-nhap/buoc-hai", sign_in.check_second_factor, name="second_step"),
    path("dang-nhap/kich-hoat", add_factor.activate_account, name="activation"),
    path("dang-nhap/them", add_factor.enrol_first_factor, name="first_factor"),
    path("dang-nhap/dinh-danh", sign_in.start_oidc_sign_in, name="to_identity_service"),
    path("dang-nhap/tro-ve", sign_in.finish_oidc_sign_in, name="from_identity_service"),
    path("dang-xuat", sign_in.sign_out, name="sign_out"),
    path("bao-mat", account.show_own_account, name="account"),
    path("bao-mat/them", add_factor.enrol_factor, name="more_factors"),
    path("bao-mat/bo", account.remove_own_factor, name="remove_factor"),
    path("bao-mat/ma-du-phong", account.show_recovery_codes, name="spare_codes"),
    path("bao-mat/mat-khau", account.change_own_password, name="password"),
    path("bao-mat/ket-thuc-phien", account.end_other_session, name="end_session"),
    path("bao-mat/xac-nhan", account.confirm_second_factor, name="confirmation"),
    path("bao-mat/dang-lam", account.keep_awake, name="awake"),
    path("can-bo", officers.list_officer_accounts, name="people"),
    path("can-bo/<uuid:officer>", officers.show_officer_account, name="person"),
    path("can-bo/<uuid:officer>/<slug:action>", officers.run_account_action, name="person_action"),
    path("quan-he", relationships.show_relationships, name="ties"),
    path("quan-he/khai", relationships.post_relationship, name="tie_declare"),
    path("quan-he/quyen-truong", relationships.post_acting_chief, name="acting_chief"),
    path("quan-he/<uuid:tie>/bo", relationships.post_relationship_end, name="tie_end"),
    path("lich-truc", roster.show_roster, name="roster"),
    path("lich-truc/them", roster.add_roster_shift, name="roster_add"),
    path("lich-truc/doi", roster.swap_roster_shift, name="roster_swap"),
    path("lich-truc/bo", roster.remove_roster_shift, name="roster_remove"),
]
