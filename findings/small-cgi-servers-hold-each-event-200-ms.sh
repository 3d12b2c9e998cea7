#!/usr/bin/env bash
# mini_httpd and webfsd hand out each piece of a CGI program's output 0.2 s late.
#
# Software:  mini-httpd 1.30-3 and webfs 1.21+ds1-12+b1 (Debian 12); busybox httpd 1.35.0 for comparison; a python3 CGI
#            program.
# Behaviour: the program writes an event and sleeps. busybox httpd has it with the client at once. Under the other two it is
#            there 200 ms later, as long as the kernel holds a small piece of a socket that is corked so that a page leaves
#            in full packets. Neither has a setting for it.
# Seen:      busybox httpd 0.000 s; mini_httpd 0.206 s; webfsd 0.208 s (each event)
# For somebody who runs a stream: a fifth of a second on top of each event, which no look at the program or the database
#            shows. Another small server does without it.
# For pgbell: a row for small servers that run CGI programs, with busybox httpd as the one to take.
set -euo pipefail

dir=$(mktemp -d)
pids=()
finish() { for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; wait 2>/dev/null; rm -rf "$dir"; }
trap finish EXIT
cd "$dir"

# Debian packages, unpacked into root/ and not installed: name=version, or what there is of it today.
unpack() {
	for package; do
		apt-get -qq -o APT::Sandbox::User=root download "$package" 2>/dev/null ||
			apt-get -qq -o APT::Sandbox::User=root download "${package%%=*}"
	done
	for package in *.deb; do dpkg -x "$package" root; done
	rm -f -- *.deb
}
free_port() { python3 -c "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])"; }
await_port() { for _ in {1..100}; do (: </dev/tcp/127.0.0.1/"$1") 2>/dev/null && return; sleep 0.1; done; return 1; }
unpack mini-httpd=1.30-3 webfs=1.21+ds1-12+b1 busybox=1:1.35.0-4+deb12u1+b1
chmod 755 "$dir"
mkdir -p site/cgi-bin
cat >site/cgi-bin/stream <<'PYTHON'
#!/usr/bin/python3
import os, time
os.write(1, b'Content-Type: text/event-stream\r\n\r\n')
for n in range(1, 9):
    os.write(1, b'data: %d %.4f\n\n' % (n, time.time()))
    time.sleep(0.7)
PYTHON
chmod -R a+rX,a+x site

declare -A port
for name in busybox mini_httpd webfsd; do port[$name]=$(free_port); done
busybox=root/bin/busybox
"$busybox" httpd -f -p "127.0.0.1:${port[busybox]}" -h "$dir/site" -u nobody 2>/dev/null & pids+=($!)
root/usr/sbin/mini_httpd -D -C /dev/null -h 127.0.0.1 -p "${port[mini_httpd]}" -d "$dir/site" -u nobody -c 'cgi-bin/*' -l "$dir/mini.log" 2>/dev/null & pids+=($!)
root/usr/bin/webfsd -F -i 127.0.0.1 -p "${port[webfsd]}" -r "$dir/site" -x /cgi-bin -u nobody 2>/dev/null & pids+=($!)
for name in "${!port[@]}"; do await_port "${port[$name]}"; done

timeout 60 python3 - "${port[busybox]}" "${port[mini_httpd]}" "${port[webfsd]}" <<'PYTHON'
import socket, sys, time
def lateness(port):
    client, late, text = socket.create_connection(('127.0.0.1', int(port)), 10), [], b''
    client.sendall(b'GET /cgi-bin/stream HTTP/1.0\r\nHost: localhost\r\n\r\n')
    while len(late) < 5:
        text += client.recv(65536)
        while b'\ndata: ' in text and b'\n\n' in text.split(b'\ndata: ', 1)[1]:
            event, text = text.split(b'\ndata: ', 1)[1].split(b'\n\n', 1)
            text = b'\n' + text
            late.append(time.time() - float(event.split()[1]))
    return late[1:]
seen = {}
for name, port in zip(('busybox httpd', 'mini_httpd', 'webfsd'), sys.argv[1:]):
    seen[name] = lateness(port)
    print('%-14s' % name, ', '.join('%.3f s late' % seconds for seconds in seen[name]))
held = max(seen['busybox httpd']) < 0.1 and min(seen['mini_httpd']) > 0.15 and min(seen['webfsd']) > 0.15
sys.exit(0 if held else 1)
PYTHON
