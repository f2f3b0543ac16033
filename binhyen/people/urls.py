"""URL patterns of people; included by the project's urls.py."""

from django.urls import path

from binhyen.people import views

urlpatterns = [
    path("dang-nhap", views.sign_in, name="sign_in"),
    path("dang-nhap/buoc-hai", views.second, name="second_step"),
    path("dang-nhap/kich-hoat", views.activation, name="activation"),
    path("dang-nhap/them", views.first, name="first_factor"),
    path("dang-nhap/dinh-danh", views.to_service, name="to_identity_service"),
    path("dang-nhap/tro-ve", views.from_service, name="from_identity_service"),
    path("dang-xuat", views.sign_out, name="sign_out"),
    path("bao-mat", views.account, name="account"),
    path("bao-mat/them", views.more, name="more_factors"),
    path("bao-mat/bo", views.remove, name="remove_factor"),
    path("bao-mat/ma-du-phong", views.spare_codes, name="spare_codes"),
    path("bao-mat/mat-khau", views.password, name="password"),
    path("bao-mat/ket-thuc-phien", views.end_session, name="end_session"),
    path("bao-mat/xac-nhan", views.confirmation, name="confirmation"),
    path("bao-mat/dang-lam", views.awake, name="awake"),
    path("can-bo", views.people, name="people"),
    path("can-bo/<uuid:officer>", views.person, name="person"),
    path("can-bo/<uuid:officer>/<slug:action>", views.act, name="person_action"),
    path("quan-he", views.declared, name="ties"),
    path("quan-he/khai", views.declare, name="tie_declare"),
    path("quan-he/quyen-truong", views.appoint, name="acting_chief"),
    path("quan-he/<uuid:tie>/bo", views.end_tie, name="tie_end"),
    path("lich-truc", views.roster, name="roster"),
    path("lich-truc/them", views.roster_add, name="roster_add"),
    path("lich-truc/bo", views.roster_remove, name="roster_remove"),
]
