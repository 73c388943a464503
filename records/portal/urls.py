"""The citizen's door."""

from django.urls import path

from records.portal import views

urlpatterns = [
    path("", views.home, name="portal"),
    path("sign-in/<str:token>", views.demo_sign_in, name="demo-sign-in"),
    path("sign-out", views.sign_out, name="sign-out"),
]
