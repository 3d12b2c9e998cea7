#!/usr/bin/env bash
# WebKit opens an EventSource that was closed in pagehide once more when the page comes back.
#
# Software:  WebKitGTK 2.50.6 with its MiniBrowser and WebKitWebDriver (Debian 12); python3. Chromium 156 keeps it closed;
#            Firefox keeps no page that had a stream.
# Behaviour: a page closes its stream in pagehide, as pages do that want to be kept in the back/forward cache. Then close()
#            has been called and readyState is CLOSED. The person goes back: the page is taken out of the cache, its
#            EventSource is CONNECTING, fires an error event, and some seconds later it is open, though nobody called for it.
# Seen:      readyState before leaving OPEN, at close() CLOSED; after going back (pageshow, persisted) OPEN, streams at the
#            server 1
# For somebody who runs a stream: a page that opens a stream anew in pageshow has two of them after "back"; the old one
#            counts against a limit by person, takes one of six connections, and brings each event once more. When an
#            EventSource says something that is not yours any more, close() it again: that holds.
# For pgbell: so does its bell, since this was seen; browser/tabs has it, in make browsers.
set -euo pipefail

dir=$(mktemp -d)
pids=()
finish() { for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; wait 2>/dev/null; rm -rf "$dir"; }
trap finish EXIT
cd "$dir"
browser=$(find /usr/lib -path '*/webkit2gtk-4.?/MiniBrowser' 2>/dev/null | head -n 1)
for program in WebKitWebDriver Xvfb "${browser:-MiniBrowser}"; do
	command -v "$program" >/dev/null || { echo 'needs apt-get install webkit2gtk-driver xvfb' >&2; exit 2; }
done
export browser HOME=$dir
dpkg-query -W -f '${Package} ${Version}\n' webkit2gtk-driver

cat >try.py <<'PYTHON'
import http.server, json, os, socket, subprocess, sys, threading, time, urllib.request

PAGE = b'''<!doctype html><title>A page</title><a href="/other">other</a><script>
const names = ['CONNECTING', 'OPEN', 'CLOSED'];
const said = [];
const source = new EventSource('/stream');
addEventListener('pagehide', () => { said.push(names[source.readyState]); source.close(); said.push(names[source.readyState]); });
addEventListener('pageshow', (event) => said.push(event.persisted));
</script>'''
streams = set()

class Site(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header('content-type', 'text/event-stream' if self.path == '/stream' else 'text/html')
        self.end_headers()
        if self.path == '/':
            self.wfile.write(PAGE)
        elif self.path == '/other':
            self.wfile.write(b'<!doctype html><title>Another</title>')
        else:
            streams.add(self)
            try:
                while True:
                    self.wfile.write(b'retry: 1000\ndata: x\n\n')
                    time.sleep(0.2)
            except OSError:
                streams.discard(self)
    def log_message(self, *_): pass

def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]

server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Site)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
site = f'http://127.0.0.1:{server.server_port}'

screen = subprocess.Popen(['Xvfb', '-displayfd', '1', '-nolisten', 'tcp'], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
display = ':' + screen.stdout.readline().decode().strip()
port = free_port()
driver = subprocess.Popen(['WebKitWebDriver', '--host=127.0.0.1', f'--port={port}'], env={**os.environ, 'DISPLAY': display},
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)

def ask(method, path, body=None):
    request = urllib.request.Request(f'http://127.0.0.1:{port}{path}', method=method,
                                     data=None if body is None else json.dumps(body).encode())
    return json.load(urllib.request.urlopen(request, timeout=30))['value']

def until(what, seconds=20):
    end = time.time() + seconds
    while time.time() < end:
        try:
            if what():
                return True
        except OSError:
            pass
        time.sleep(0.1)
    return False

status = 1
try:
    until(lambda: ask('GET', '/status')['ready'])
    session = '/session/' + ask('POST', '/session', {'capabilities': {'alwaysMatch': {
        'webkitgtk:browserOptions': {'binary': os.environ['browser'], 'args': ['--automation']}}}})['sessionId']
    run = lambda script: ask('POST', session + '/execute/sync', {'script': script, 'args': []})
    state = lambda: run('return names[source.readyState]')
    ask('POST', session + '/url', {'url': site + '/'})
    until(lambda: state() == 'OPEN')
    ask('POST', session + '/url', {'url': site + '/other'})
    until(lambda: not streams)
    ask('POST', session + '/back', {})
    at_close, hidden, persisted = run('return said')[-3:]
    until(lambda: state() == 'OPEN', 8)
    print(f'before leaving {at_close}, at close() {hidden}, persisted {persisted}; '
          f'after going back {state()}, streams at the server {len(streams)}')
    status = 0 if (hidden, persisted, state(), len(streams)) == ('CLOSED', True, 'OPEN', 1) else 1
    ask('DELETE', session)
finally:
    os.killpg(driver.pid, 9)
    screen.terminate()
sys.exit(status)
PYTHON
timeout 90 python3 try.py
