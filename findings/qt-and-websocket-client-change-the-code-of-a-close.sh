#!/usr/bin/env bash
# Qt makes 1002 of a WebSocket that a server closes with 1012 or 1013; Python's websocket-client has no code for these, and since 1.9 for none.
#
# Software:  PyQt 6.4.2 with libqt6websockets6 6.4.2, PyQt 5.15.9 with libqt5websockets5 5.15.8, python3-websocket 1.2.3-1 (Debian 12) and 1.9.0-4
#            (Debian sid); 1.8.0 of Debian 13 tells each code, as do aiohttp, websockets, tornado and Mojolicious of Debian 12 (tried beside). A plain
#            python3 server.
# Guessed:   the code that the server sent; 1006 of a break.
# Behaviour: 1012 (service restart) and 1013 (try again later) are registered with IANA beside those of RFC 6455. Qt takes them for mistakes: it
#            answers 1002, "protocol error", and closeCode() is 1002, closeReason() "Invalid close code 1002 detected.". Of a connection that
#            broke off closeCode() is 1000, as of one that was closed well. websocket-client 1.2.3 calls on_error ("Invalid close
#            opcode.") for the two. 1.9.0 calls on_error with the frame for each close, and on_close without code, also for codes of an application.
# Seen:      server closes with 1001, 1012, 1013, 4401, breaks off: Qt 5 and 6 have 1001, 1002, 1002, 4401, 1000; websocket-client 1.2.3 1001,
#            none, none, 4401, none; 1.9.0 none at all
# For somebody who runs a stream: a client cannot go by the code alone. Let those of an application (4000 to 4999) be the ones that matter, say them in a
#            message before, too, and have clients come back from anything else.
# For pgbell: it closes with 1001 and 1013 to have a client come back, and with 4401 behind a session_ended; deploy/www/CLIENTS.md says what these two hear of it.
set -euo pipefail

dir=$(mktemp -d)
pids=()
finish() { for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; wait 2>/dev/null; rm -rf "$dir"; }
trap finish EXIT
cd "$dir"

# Debian packages, unpacked and not installed, with what they need and is not here; sid's by lists of our own.
mirror=$(grep -rhoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null | head -n 1 || true)
mkdir -p lists cache
: >status
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror sid main" >sources.list
plain=(-qq -o APT::Sandbox::User=root)
sid=("${plain[@]}" -o "Dir::Etc::sourcelist=$dir/sources.list" -o Dir::Etc::sourceparts=/dev/null -o "Dir::State::lists=$dir/lists" -o "Dir::Cache=$dir/cache"
	-o "Dir::State::status=$dir/status" -o Acquire::Languages=none)
apt-get "${sid[@]}" update
wanted=(python3-pyqt5.qtwebsockets python3-pyqt6.qtwebsockets python3-websocket)
mapfile -t packages < <(apt-get -o APT::Sandbox::User=root install -s --no-install-recommends "${wanted[@]}" | awk '$1 == "Inst" { print $2 }')
apt-get "${plain[@]}" download "${packages[@]}" "${wanted[@]}"
for package in *.deb; do dpkg -x "$package" bookworm; done
rm -f -- *.deb
apt-get "${sid[@]}" download python3-websocket=1.9.0-4 2>/dev/null || apt-get "${sid[@]}" download python3-websocket
for package in *.deb; do dpkg -x "$package" sid; done
rm -f -- *.deb

cat >server.py <<'PYTHON'
# Says hello, then closes with the code that the path names, or breaks off (/0).
import base64, hashlib, http.server, struct, time
class Server(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def log_message(self, *args): pass
    def do_GET(self):
        key = self.headers['Sec-WebSocket-Key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
        self.send_response(101)
        self.send_header('Upgrade', 'websocket')
        self.send_header('Connection', 'Upgrade')
        self.send_header('Sec-WebSocket-Accept', base64.b64encode(hashlib.sha1(key.encode()).digest()).decode())
        self.end_headers()
        self.wfile.write(b'\x81\x05hello')
        self.wfile.flush()
        time.sleep(0.3)
        self.close_connection = True
        if code := int(self.path[1:]):
            self.wfile.write(b'\x88\x05' + struct.pack('>H', code) + b'why')
            self.wfile.flush()
            self.connection.settimeout(2)
            try: self.connection.recv(4096)  # its answer
            except OSError: pass
server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Server)
print(server.server_port, flush=True)
server.serve_forever()
PYTHON
python3 server.py >server.port 2>/dev/null & pids+=($!)
until [ -s server.port ]; do sleep 0.1; done

cat >qt.py <<'PYTHON'
import sys
if sys.argv[1] == '5':
    from PyQt5.QtCore import QCoreApplication, QTimer, QUrl
    from PyQt5.QtWebSockets import QWebSocket
else:
    from PyQt6.QtCore import QCoreApplication, QTimer, QUrl
    from PyQt6.QtWebSockets import QWebSocket
app, client = QCoreApplication([]), QWebSocket()
def disconnected():
    code = client.closeCode()
    print(int(getattr(code, 'value', code)))
    print(sys.argv[2], client.closeReason() or client.errorString(), file=sys.stderr)
    app.quit()
client.disconnected.connect(disconnected)
client.open(QUrl(sys.argv[2]))
QTimer.singleShot(8000, app.quit)
app.exec()
PYTHON
cat >client.py <<'PYTHON'
import logging, sys, websocket
logging.disable()
client = websocket.WebSocketApp(sys.argv[2], on_close=lambda client, code, reason: print(code or 'none'),
    on_error=lambda client, error: print(sys.argv[2], 'error:', error, file=sys.stderr))
client.run_forever()
PYTHON
debian() { LD_LIBRARY_PATH=$dir/bookworm/usr/lib/x86_64-linux-gnu PYTHONPATH=$dir/$1/usr/lib/python3/dist-packages timeout 20 /usr/bin/python3 "${@:2}" 2>>errors; }
for client in 'bookworm qt.py 5' 'bookworm qt.py 6' 'bookworm client.py -' 'sid client.py -'; do
	read -r release program version <<<"$client"
	codes=$(for code in 1001 1012 1013 4401 0; do debian "$release" "$program" "$version" "ws://127.0.0.1:$(cat server.port)/$code"; done)
	echo "$release, $program $version:" $codes
done >seen
cat seen
diff seen - <<'EXPECTED' || { cat errors >&2; exit 1; }
bookworm, qt.py 5: 1001 1002 1002 4401 1000
bookworm, qt.py 6: 1001 1002 1002 4401 1000
bookworm, client.py -: 1001 none none 4401 none
sid, client.py -: none none none none none
EXPECTED
