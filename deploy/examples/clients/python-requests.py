# Listen to a person's notifications, and to topics, with requests (Debian: python3-requests):
#
#   TOKEN=… python3 python-requests.py https://example.org [topic…]
#
# Without a token to topics alone, of those that everybody may follow.

import os
import sys
import time

import requests

if not sys.argv[1:] or not sys.argv[1].startswith(("http://", "https://")):
    print("usage: TOKEN=... python3 python-requests.py https://example.org [topic...]", file=sys.stderr)
    sys.exit(2)

URL = sys.argv[1] + "/api/notifications/stream?" + "&".join("topic=" + topic for topic in sys.argv[2:])
last_id = None
wait_s = 3.0


def take(event):
    if event.get("event") in ("new_notification", "published"):
        print(event["id"], event["data"], flush=True)


# One stream, up to its end; data is one line of JSON.
def listen():
    global last_id, wait_s
    headers = {}
    if "TOKEN" in os.environ:
        headers["Authorization"] = "Bearer " + os.environ["TOKEN"]
    if last_id:
        headers["Last-Event-ID"] = last_id
    # A heartbeat comes every 30 s; without a byte for 75 the connection is dead.
    with requests.get(URL, headers=headers, stream=True, timeout=75) as answer:
        if answer.status_code == 401:
            sys.exit("The token is not valid (any more): sign in again.")
        if answer.status_code != 200:
            wait_s = float(answer.headers.get("Retry-After", 5))
            return
        event = {}
        for line in answer.iter_lines(decode_unicode=True):
            name, _, value = line.partition(": ")
            event[name] = value
            if name == "retry":
                wait_s = int(value) / 1000
            if line == "":
                last_id = event.get("id", last_id)  # now that the event is whole
                take(event)
                event = {}


while True:
    try:
        listen()
    except requests.RequestException:
        pass  # a broken connection, or none
    time.sleep(wait_s)
