#!/usr/bin/env bash
# exim, OpenDKIM and dkimpy sign List-Unsubscribe, and leave out the List-Unsubscribe-Post beside it.
#
# Software:  exim4-daemon-light 4.96-15+deb12u11, opendkim 2.11.0~beta2-8+deb12u1, python3-dkim 1.1.4-1 (which dkimpy-milter signs with),
#            Debian 12, each with what it signs by itself. (rspamd signs both since 2020, by its change log.)
# Behaviour: a mail has List-Unsubscribe and List-Unsubscribe-Post. RFC 8058 has both covered by the DKIM signature, or a
#            receiver is not to offer one-click. All three sign the fields that RFC 6376 gives as examples, which is older: the first is
#            among them, the second is not.
# Seen:      h= of each has list-unsubscribe, none has list-unsubscribe-post. With `dkim_sign_headers = _DKIM_SIGN_HEADERS:List-Unsubscribe-Post`
#            exim has both; with `SignHeaders *,+List-Unsubscribe-Post` OpenDKIM has both.
# For somebody who sends digests: the mail is signed, the signature holds, both fields are there, and no mail program shows its button. Large
#            receivers ask for it of whoever sends many. Nothing is logged anywhere.
# For pgbell: the example of digests (deploy/examples/mail) sends both fields; its README has these two lines.
set -euo pipefail

dir=$(mktemp -d)
pids=()
finish() { for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; wait 2>/dev/null; rm -rf "$dir"; }
trap finish EXIT
cd "$dir"
chmod 755 "$dir"

# Debian packages, unpacked into root/ and not installed: name=version, or what there is of it today.
unpack() {
	for package; do
		apt-get -qq -o APT::Sandbox::User=root download "$package" 2>/dev/null ||
			apt-get -qq -o APT::Sandbox::User=root download "${package%%=*}"
	done
	for package in *.deb; do dpkg -x "$package" root; done
	rm -f -- *.deb
}
unpack exim4-daemon-light=4.96-15+deb12u11 libidn12 libgnutls-dane0 libunbound8 libevent-2.1-7 opendkim=2.11.0~beta2-8+deb12u1 \
	libopendkim11 libmemcached11 libhashkit2 libsasl2-2 libmilter1.0.1 libopendbx1 librbl1 libvbr2 liblua5.3-0 libbsd0 libdb5.3 libldap-2.5-0 \
	libprotobuf-c1 libhiredis0.14 libnghttp2-14 python3-dkim=1.1.4-1 python3-dnspython

openssl genrsa -out key.pem 2048 2>/dev/null
chmod 644 key.pem
cat >mail <<MAIL
From: bell@example.org
To: ann@example.net
Subject: Two new answers
Date: Sun, 29 Nov 2026 02:00:00 +0000
Message-ID: <1@example.org>
List-Unsubscribe: <https://example.org/mail/unsubscribe?token=$(printf 'a%.0s' {1..64})>
List-Unsubscribe-Post: List-Unsubscribe=One-Click

Two new answers.
MAIL

# --- exim: it starts itself again with no environment, and wants an account of its own -----------

cat >sink.py <<'PYTHON'
# A mail server that keeps the one mail that it is given.
import socket, sys
listener = socket.socket()
listener.bind(('127.0.0.1', 0))
listener.listen(1)
print(listener.getsockname()[1], flush=True)
connection, _ = listener.accept()
lines = connection.makefile('rb')
say = lambda words: connection.sendall(words + b'\r\n')
say(b'220 here')
for line in lines:
    if line.upper().startswith(b'DATA'):
        say(b'354 go on')
        with open(sys.argv[1], 'wb') as kept:
            while (line := lines.readline()) not in (b'.\r\n', b''):
                kept.write(line)
        say(b'250 taken')
    else:
        say(b'250 well')
PYTHON
(cat /etc/passwd; echo 'Debian-exim:x:65533:65533::/:/bin/false') >passwd
(cat /etc/group; echo 'Debian-exim:x:65533:') >group
(echo "$dir/root/usr/lib/x86_64-linux-gnu"; cat /etc/ld.so.conf /etc/ld.so.conf.d/*.conf | grep ^/) >ld.so.conf
/sbin/ldconfig -X -C ld.so.cache -f ld.so.conf
send_by_exim() { # name, a line of its transport
	python3 sink.py "$1" >"$1.port" & pids+=($!)
	until [ -s "$1.port" ]; do sleep 0.1; done
	mkdir -m 777 "$1.spool"
	cat >exim.conf <<CONFIG
exim_path = $dir/root/usr/sbin/exim4
exim_user = nobody
exim_group = nogroup
never_users =
spool_directory = $dir/$1.spool
log_file_path = $dir/$1.spool/%s
primary_hostname = mail.example.org
qualify_domain = example.org
keep_environment =
begin routers
out:
  driver = manualroute
  domains = *
  transport = out
  route_list = * 127.0.0.1 byname
  self = send
begin transports
out:
  driver = smtp
  port = $(cat "$1.port")
  hosts_avoid_tls = *
  dkim_domain = example.org
  dkim_selector = bell
  dkim_private_key = $dir/key.pem
  $2
CONFIG
	# shellcheck disable=SC2016 # they are the inner shell's
	unshare --mount bash -c 'for file in passwd group ld.so.cache; do mount --bind $file /etc/$file; done
		root/usr/sbin/exim4 -C "$PWD/exim.conf" -odf -f bell@example.org ann@example.net <mail' 2>>exim.log
	[ -s "$1" ] || { cat exim.log "$1.spool/main" >&2; return 1; }
}

# --- OpenDKIM: a milter is handed the mail piece by piece, and says which fields to add ----------

cat >milter.py <<'PYTHON'
import socket, struct, sys
path, mail = sys.argv[1:]
milter = socket.socket(socket.AF_UNIX)
milter.connect(path)
milter.settimeout(10)
stream = milter.makefile('rb')

def send(command, words=b''):
    milter.sendall(struct.pack('>I', len(words) + 1) + command + words)

def take():
    size, = struct.unpack('>I', stream.read(4))
    answer = stream.read(size)
    return answer[:1], answer[1:]

send(b'O', struct.pack('>III', 6, 0x1ff, 0))
protocol = struct.unpack('>III', take()[1][:12])[2]
def step(command, words, is_left_out, is_not_answered):
    if not protocol & is_left_out:
        send(command, words)
        if not protocol & is_not_answered:
            take()

step(b'C', b'localhost\0' b'4' + struct.pack('>H', 4711) + b'127.0.0.1\0', 0x1, 0x1000)
step(b'H', b'localhost\0', 0x2, 0x2000)
send(b'D', b'M' b'i\0' b'1\0')
step(b'M', b'<bell@example.org>\0', 0x4, 0x4000)
step(b'R', b'<ann@example.net>\0', 0x8, 0x8000)
head, body = open(mail).read().split('\n\n', 1)
for field in head.split('\n'):
    step(b'L', b''.join(part.encode() + b'\0' for part in field.split(': ', 1)), 0x20, 0x80)
step(b'N', b'', 0x40, 0x40000)
step(b'B', body.replace('\n', '\r\n').encode(), 0x10, 0x80000)
send(b'E')
while True:
    command, words = take()
    if command in (b'h', b'i'):
        print(words[4 if command == b'i' else 0:].rstrip(b'\0').replace(b'\0', b': ').decode())
    if command in (b'a', b'c', b'r', b't'):
        break
PYTHON
sign_by_opendkim() { # name, a line of its configuration
	cat >"$1.conf" <<CONFIG
Domain example.org
Selector bell
KeyFile $dir/key.pem
Socket local:$dir/$1.socket
Mode s
Syslog no
Background no
RequireSafeKeys false
$2
CONFIG
	LD_LIBRARY_PATH=$dir/root/usr/lib:$dir/root/usr/lib/x86_64-linux-gnu root/usr/sbin/opendkim -f -x "$1.conf" & pids+=($!)
	for _ in {1..100}; do [ ! -S "$1.socket" ] || break; sleep 0.1; done
	python3 milter.py "$1.socket" mail >"$1"
}

# --- what each has signed ------------------------------------------------------------------------

has() { # a file with a signature; prints which of the two its h= has
	python3 - "$1" <<'PYTHON'
import re, sys
signature = re.search(r'^DKIM-Signature:.*?(?=^\S|\Z)', open(sys.argv[1]).read().replace('\r', ''), re.S | re.M).group(0)
names = [name.strip().lower() for name in re.search(r'\bh=([^;]*)', signature).group(1).split(':')]
print(' '.join(name for name in ('list-unsubscribe', 'list-unsubscribe-post') if name in names))
PYTHON
}
send_by_exim exim ''
send_by_exim exim.told 'dkim_sign_headers = _DKIM_SIGN_HEADERS:List-Unsubscribe-Post'
sign_by_opendkim opendkim ''
sign_by_opendkim opendkim.told 'SignHeaders *,+List-Unsubscribe-Post'
PYTHONPATH=root/usr/lib/python3/dist-packages /usr/bin/python3 -c "import dkim
print(dkim.sign(open('mail', 'rb').read().replace(b'\n', b'\r\n'), b'bell', b'example.org', open('key.pem', 'rb').read()).decode())" >dkimpy

right=0
for name in exim exim.told opendkim opendkim.told dkimpy; do
	echo "$name signs $(has $name)"
	case $name in *.told) wanted='list-unsubscribe list-unsubscribe-post' ;; *) wanted=list-unsubscribe ;; esac
	[ "$(has $name)" != "$wanted" ] || right=$((right + 1))
done
[ $right = 5 ]
