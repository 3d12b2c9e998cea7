# Listen to a person's notifications, and to topics, with nothing but Python (3.8 or later):
#
#   TOKEN=… python3 python-urllib.py https://example.org [topic…]
#
# Without a token to topics alone, of those that everybody may follow.

import http.client
import os
import sys
import time
import urllib.error
import urllib.request

if not sys.argv[1:] or not sys.argv[1].startswith(("http://", "https://")):
    print("usage: TOKEN=... python3 python-urllib.py https://example.org [topic...]", file=sys.stderr)
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
    with urllib.request.urlopen(urllib.request.Request(URL, headers=headers), timeout=75) as answer:
        event = {}
        for line in answer:
            line = line.decode().rstrip("\n")
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
    except urllib.error.HTTPError as error:
        if error.code == 401:
            sys.exit("The token is not valid (any more): sign in again.")
        wait_s = float(error.headers.get("Retry-After", 5))
    except (OSError, http.client.HTTPException):
        pass  # a broken connection, or none
    time.sleep(wait_s)
