#!/usr/bin/python3
"""What an unsubscribe link leads to, as plain CGI: POST unsubscribes, which is what a mail program does by
itself (RFC 8058); GET only asks, for links are followed by whoever looks at a mail.  One with a kind mutes that
kind, by mail and in the bell, where the person can take it back."""

import os
import re
import subprocess
from html import escape
from urllib.parse import parse_qs, urlencode

query = parse_qs(os.environ.get("QUERY_STRING", ""))
token, kind = (query.get(name, [""])[0] for name in ("token", "kind"))
what = f"of “{escape(kind.replace('_', ' '))}”" if kind else "mail"


def answer(status, text, form=False):
    print(f"Status: {status}\r\nContent-Type: text/html; charset=utf-8\r\nCache-Control: no-store\r\n\r")
    again = escape(urlencode({"token": token, "kind": kind} if kind else {"token": token}))
    button = f'<form method="post" action="?{again}"><button>No more {what}</button></form>'
    print(f"<!doctype html><title>Mail</title><p>{text}</p>{button if form else ''}")


if not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", token) or not re.fullmatch(r"[^\x00-\x1f\x7f]{0,64}", kind):
    answer("404 Not Found", "There is no such link.")
elif os.environ.get("REQUEST_METHOD") != "POST":
    answer("200 OK", f"Do you want no more {what} from here?", form=True)
else:
    sql = "select mail.unsubscribe(:'token', nullif(:'kind', ''))"
    asked = ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=sqlstate", "-v", f"token={token}", "-v", f"kind={kind}"]
    done = subprocess.run(asked, input=sql.encode(), capture_output=True)
    if b"PB4" in done.stderr:  # pgbell.mute(): it is one that nobody may mute, or no kind
        answer("409 Conflict", "This cannot be muted.")
    elif done.returncode != 0:
        answer("503 Service Unavailable", "Please try again in a moment.")
    elif done.stdout.strip() == b"t" and kind:
        answer("200 OK", f"You get no more {what}, by mail or in the bell, where you can take that back.")
    elif done.stdout.strip() == b"t":
        answer("200 OK", "You get no more mail from here. The bell goes on.")
    else:
        answer("404 Not Found", "There is no such link.")
