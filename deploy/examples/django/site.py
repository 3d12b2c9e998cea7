"""A small site in one file: sign in, sign out, and a shop that ships.  What pgbell is about is in bell.py."""

import os
import sys

from django.conf import settings

settings.configure(
    DEBUG=False, ALLOWED_HOSTS=["*"], SECRET_KEY=os.environ["SECRET_KEY"], ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware",
                "django.contrib.auth.middleware.AuthenticationMiddleware", "bell.Bell"],
    DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "NAME": os.environ["PGDATABASE"],
                           "HOST": os.environ["PGHOST"], "PORT": os.environ["PGPORT"], "USER": os.environ["PGUSER"]}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", USE_TZ=True)

import django  # noqa: E402

django.setup()

import bell  # noqa: E402
from django.contrib.auth import authenticate, login, logout, update_session_auth_hash  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.core.management import execute_from_command_line  # noqa: E402
from django.db import transaction  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402


def sign_up(request):
    return HttpResponse(User.objects.create_user(request.POST["user"], password=request.POST["password"]).pk)


def sign_in(request):
    user = authenticate(request, username=request.POST["user"], password=request.POST["password"])
    if user is None:
        return HttpResponse("no", status=403)
    login(request, user)
    return HttpResponse(user.pk)


def sign_out(request):
    logout(request)
    return HttpResponse("out")


def change_password(request):
    request.user.set_password(request.POST["password"])
    request.user.save()
    update_session_auth_hash(request, request.user)  # as Django's own PasswordChangeView does
    return HttpResponse("changed")


def lock(request):
    user = User.objects.get(username=request.POST["user"])
    user.is_active = False
    user.save()
    return HttpResponse("locked")


@transaction.atomic
def ship(request):
    bell.notify(User.objects.get(username=request.POST["to"]), "shipped", {"parcel": int(request.POST["parcel"])})
    return HttpResponse("shipped")


urlpatterns = [path("sign-up", sign_up), path("sign-in", sign_in), path("sign-out", sign_out), path("lock", lock),
               path("change-password", change_password), path("ship", ship)]

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
