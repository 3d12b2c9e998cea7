#!/usr/bin/env bash
# Python's EmailMessage makes encoded words of a List-Unsubscribe whose link is long.
#
# Software:  Python 3.11.2-6+deb12u9 (Debian 12), its email package with the default policy, as smtplib's send_message() sends it.
#            Python 3.10, 3.12.1 and 3.13.0 do the same.
# Behaviour: a header's value of 78 characters or more that has no space to be folded at is written in encoded words
#            (RFC 2047), also where all of it is ASCII, and also in headers in which encoded words may not stand: List-Unsubscribe
#            is made of links in angle brackets (RFC 2369), of which nothing is left to see.
# Seen:      a value of 77 characters: on a line of its own, <https://example.org/stop/aaa…>
#            a value of 78 characters: List-Unsubscribe: =?utf-8?q?=3Chttps=3A//example=2Eorg/stop/aaa…?= and another such line
#            with max_line_length=998: as it was given
# For somebody who sends digests: with a token of 64 digits in the link, mail programs show no "unsubscribe", and a receiver that
#            asks for one-click (RFC 8058) finds no link. Tests with a short token pass. Take
#            EmailMessage(policy.default.clone(max_line_length=998)).
# For pgbell: its example of mail does so.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
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
unpack {python3.11-minimal,libpython3.11-minimal,libpython3.11-stdlib}=3.11.2-6+deb12u9

cat >try.py <<'PYTHON'
import email.message, email.policy, sys
print('Python', sys.version.split()[0])

def line(length, policy=email.policy.default):
    mail = email.message.EmailMessage(policy)
    link = '<https://example.org/stop/%s>'
    mail['List-Unsubscribe'] = link % ('a' * (length - len(link % '')))
    mail.set_content('Two are unread.')
    return mail.as_string().partition('\nContent-Type')[0]

fits, long, told = line(77), line(78), line(78, email.policy.default.clone(max_line_length=998))
print(fits, long, told, sep='\n')
is_link = lambda header: header.split(maxsplit=1)[1].startswith('<https://') and header.endswith('>')
sys.exit(0 if is_link(fits) and '=?utf-8?q?' in long and 'https://' not in long and is_link(told) else 1)
PYTHON
PYTHONHOME=$dir/root/usr root/usr/bin/python3.11 try.py
