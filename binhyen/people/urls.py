"""URL patterns of people; included by the project's urls.py."""

from django.urls import path

from binhyen.people import views

urlpatterns = [
    path("dang-nhap", views.sign_in, name="sign_in"),
    path("dang-nhap/buoc-hai", views.check_second_factor, name="second_step"),
    path("dang-nhap/kich-hoat", views.activate_account, name="activation"),
    path("dang-nhap/them", views.enrol_first_factor, name="first_factor"),
    path("dang-nhap/dinh-danh", views.start_oidc_sign_in, name="to_identity_service"),
    path("dang-nhap/tro-ve", views.finish_oidc_sign_in, name="from_identity_service"),
    path("dang-xuat", views.sign_out, name="sign_out"),
    path("bao-mat", views.show_own_account, name="account"),
    path("bao-mat/them", views.enrol_factor, name="more_factors"),
    path("bao-mat/bo", views.remove_own_factor, name="remove_factor"),
    path("bao-mat/ma-du-phong", views.show_recovery_codes, name="spare_codes"),
    path("bao-mat/mat-khau", views.change_own_password, name="password"),
    path("bao-mat/ket-thuc-phien", views.end_other_session, name="end_session"),
    path("bao-mat/xac-nhan", views.confirm_second_factor, name="confirmation"),
    path("bao-mat/dang-lam", views.keep_awake, name="awake"),
    path("can-bo", views.list_officer_accounts, name="people"),
    path("can-bo/<uuid:officer>", views.show_officer_account, name="person"),
    path("can-bo/<uuid:officer>/<slug:action>", views.run_account_action, name="person_action"),
    path("quan-he", views.show_relationships, name="ties"),
    path("quan-he/khai", views.post_relationship, name="tie_declare"),
    path("quan-he/quyen-truong", views.post_acting_chief, name="acting_chief"),
    path("quan-he/<uuid:tie>/bo", views.end_tie, name="tie_end"),
    path("lich-truc", views.show_roster, name="roster"),
    path("lich-truc/them", views.add_roster_shift, name="roster_add"),
    path("lich-truc/bo", views.remove_roster_shift, name="roster_remove"),
]
