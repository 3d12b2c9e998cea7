"""pgbell beside Django's sessions, whose data no database can read: a sign-in starts a session of pgbell's too, and a
sign-out ends it.  A changed password or a locked account ends all of a person's; whom Django keeps signed in has a new
one with the same answer.

In settings: MIDDLEWARE gets "bell.Bell" behind AuthenticationMiddleware, and some app imports this module.
"""

import json
import time

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, get_user_model
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db import connection
from django.db.models.signals import post_save
from django.dispatch import receiver

COOKIE = "pgbell_session"


def call(query, *values):
    with connection.cursor() as cursor:
        cursor.execute("select " + query, values)
        return cursor.fetchone()[0]


def notify(user, kind, data):
    """In the transaction of whatever it is about: it rings when that commits."""
    return call("pgbell.notify(%s, %s, cast(%s as jsonb))", str(user.pk), kind, json.dumps(data))


@receiver(user_logged_in)
def start(request, user, **kwargs):
    request.session["bell"] = call(
        "token from pgbell.create_session(%s, make_interval(secs => %s))", str(user.pk), settings.SESSION_COOKIE_AGE)
    request.session["bell_until"] = time.time() + settings.SESSION_COOKIE_AGE
    request.session["bell_hash"] = request.session.get(HASH_SESSION_KEY)


@receiver(user_logged_out)
def end(request, **kwargs):
    if "bell" in request.session:
        call("pgbell.end_session(%s)", request.session["bell"])


@receiver(post_save, sender=get_user_model())
def revoke(instance, created, **kwargs):
    if not created and (not instance.is_active or instance._password is not None):
        call("pgbell.revoke_sessions(%s)", str(instance.pk))


def is_over(session):
    """As it is behind a changed password, in a session from before there was a bell, and in one that lives on by itself."""
    return session.get("bell_hash") != session.get(HASH_SESSION_KEY) or session.get("bell_until", 0) < time.time()


class Bell:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.user.is_authenticated and is_over(request.session):
            start(request, request.user)
        token = request.session.get("bell") if request.user.is_authenticated else None
        if token != request.COOKIES.get(COOKIE):
            if token:
                response.set_cookie(COOKIE, token, max_age=settings.SESSION_COOKIE_AGE, httponly=True, samesite="Lax",
                                    secure=request.is_secure())
            else:
                response.delete_cookie(COOKIE)
        return response
