"""The citizen's door."""

from django.urls import path

from records.portal import opened, signing, views

urlpatterns = [
    path("", views.home, name="portal"),
    path("records/<str:collection>", views.records_of, name="records-of"),
    path("looked", views.looked, name="looked"),
    path("looked/<str:ref>", views.access, name="access"),
    path("questions", views.my_questions, name="my-questions"),
    path("public", opened.public, name="public"),
    path("public/<str:collection>", opened.lookup, name="public-lookup"),
    path("public/<str:collection>/check", opened.check, name="public-check"),
    path("sign-in/<str:token>", signing.demo_sign_in, name="demo-sign-in"),
    path("sign-out", signing.sign_out, name="sign-out"),
]
