"""The citizen's door."""

from django.urls import path

from records.portal import signing, views

urlpatterns = [
    path("", views.home, name="portal"),
    path("records/<str:collection>", views.records_of, name="records-of"),
    path("looked", views.looked, name="looked"),
    path("looked/<str:ref>", views.access, name="access"),
    path("questions", views.my_questions, name="my-questions"),
    path("sign-in/<str:token>", signing.demo_sign_in, name="demo-sign-in"),
    path("sign-out", signing.sign_out, name="sign-out"),
]
