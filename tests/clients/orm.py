"""What Django's ORM writes, one way after the other; each prints the ids that it has got."""

import json
import os

import django
from django.conf import settings

settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "NAME": os.environ["PGDATABASE"],
                           "HOST": os.environ["PGHOST"], "PORT": os.environ["PGPORT"], "USER": os.environ["PGUSER"]}},
    INSTALLED_APPS=[], DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", USE_TZ=True)
django.setup()

from django.db import models, transaction  # noqa: E402


class Notification(models.Model):
    user_id = models.TextField()
    kind = models.TextField()
    data = models.JSONField(default=dict)
    subject = models.TextField(null=True)

    class Meta:
        app_label = "shop"
        managed = False
        db_table = 'pgbell"."notification'


def create():
    return [Notification.objects.create(user_id="ann", kind="create", data={"n": 1}).pk]


def bulk():
    return [it.pk for it in Notification.objects.bulk_create(
        [Notification(user_id="ann", kind="bulk", data={"n": n}) for n in (1, 2, 3)])]


def muted():
    return [Notification.objects.create(user_id="ann", kind="offer").pk]


def bulk_muted():
    return [it.pk for it in Notification.objects.bulk_create(
        [Notification(user_id="ann", kind=kind) for kind in ("offer", "bulk")])]


@transaction.atomic
def update():
    it = Notification(user_id="ann", kind="update", data={"n": 0})
    it.save()
    it.data = {"n": it.pk}
    it.save()
    return [it.pk]


def upsert():
    ids = []
    for n in (1, 2):
        it, _ = Notification.objects.update_or_create(
            user_id="ann", kind="upsert", subject="thread/1", defaults={"data": {"n": n}})
        ids.append(it.pk)
    return ids


print(json.dumps([int(i) for i in globals()[os.environ["WAY"]]()]))
