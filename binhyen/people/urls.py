"""Addresses of people; included by the program's map."""

from django.urls import path

from binhyen.people import views

urlpatterns = [
    path("dang-nhap", views.sign_in, name="sign_in"),
    path("dang-xuat", views.sign_out, name="sign_out"),
    path("lich-truc", views.roster, name="roster"),
    path("lich-truc/them", views.roster_add, name="roster_add"),
    path("lich-truc/bo", views.roster_remove, name="roster_remove"),
]
