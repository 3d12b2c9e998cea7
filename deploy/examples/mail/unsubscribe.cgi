#!/usr/bin/python3
"""What an unsubscribe link leads to, as plain CGI: POST unsubscribes, which is what a mail program does by
itself (RFC 8058); GET only asks, for links are followed by whoever looks at a mail."""

import os
import re
import subprocess
from html import escape
from urllib.parse import parse_qs

query = parse_qs(os.environ.get("QUERY_STRING", ""))
token = query.get("token", [""])[0]


def answer(status, text, form=False):
    print(f"Status: {status}\r\nContent-Type: text/html; charset=utf-8\r\nCache-Control: no-store\r\n\r")
    button = f'<form method="post" action="?token={escape(token)}"><button>No more mail</button></form>'
    print(f"<!doctype html><title>Mail</title><p>{text}</p>{button if form else ''}")


if not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", token):
    answer("404 Not Found", "There is no such link.")
elif os.environ.get("REQUEST_METHOD") != "POST":
    answer("200 OK", "Do you want no more mail from here?", form=True)
else:
    sql = "select mail.unsubscribe(:'token')"
    done = subprocess.run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-v", f"token={token}"], input=sql.encode(), stdout=subprocess.PIPE)
    if done.returncode != 0:
        answer("503 Service Unavailable", "Please try again in a moment.")
    elif done.stdout.strip() == b"t":
        answer("200 OK", "You get no more mail from here. The bell goes on.")
    else:
        answer("404 Not Found", "There is no such link.")
