#!/usr/bin/env bash
# nodemailer makes a link of List-Unsubscribe-Post, and encoded words of a List-Id with quotation marks.
#
# Software:  npm nodemailer 10.6.1; Node.js 20.
# Behaviour: `list: { unsubscribe: …, 'unsubscribe-post': 'List-Unsubscribe=One-Click' }`, the place for fields of lists, takes each value
#            for an address: what has no scheme gets "http://" and angle brackets. RFC 8058 knows one value, List-Unsubscribe=One-Click,
#            and a receiver that reads another offers no one-click. In `headers` it goes out as it is. But there a value with a quotation
#            mark in it is written in encoded words (RFC 2047) as a whole, also where all of it is ASCII, and also in fields
#            in which those may not stand: of List-Id (RFC 2919) the identifier in angle brackets is gone.
# Seen:      list: List-Unsubscribe-Post: <http://List-Unsubscribe=One-Click>; headers: List-Unsubscribe-Post: List-Unsubscribe=One-Click
#            headers: List-Id: =?UTF-8?Q?=22The_bell=22_=3Cbell=2Eexample=2Eorg?= …; list: List-Id: "The bell" <bell.example.org>
# For somebody who sends digests: no "unsubscribe" beside the sender, nothing logged, and nobody's filter by list finds the mail. Write
#            List-Unsubscribe and List-Id in `list`, and List-Unsubscribe-Post in `headers`.
# For pgbell: a row for it in deploy/examples/mail/README.md, whose own mailer is Python.
set -euo pipefail

dir=$(mktemp -d)
finish() { rm -rf "$dir"; }
trap finish EXIT
cd "$dir"
command -v npm >/dev/null || { echo 'needs Node.js 20 and npm' >&2; exit 2; }
echo '{ "private": true, "type": "module" }' >package.json
npm install --silent --no-audit --no-fund nodemailer@10.6.1
cat >try.js <<'NODE'
import nodemailer from 'nodemailer';
const link = 'https://example.org/mail/unsubscribe?token=4711';
const transport = nodemailer.createTransport({ streamTransport: true, buffer: true });
async function fields(name, more) {
	const { message } = await transport.sendMail({ from: 'bell@example.org', to: 'ann@example.net', subject: 'Two new answers', text: 'Two.', ...more });
	const all = Object.fromEntries(message.toString().split('\r\n\r\n')[0].replace(/\r\n[ \t]+/g, ' ').split('\r\n').map((line) => line.split(/: (.*)/)));
	const found = ['List-Unsubscribe', 'List-Unsubscribe-Post', 'List-ID'].map((field) => all[field]);
	console.log(`${name}:\n\t${found.join('\n\t')}`);
	return found;
}
const [, listPost, listId] = await fields('list', {
	list: { unsubscribe: link, 'unsubscribe-post': 'List-Unsubscribe=One-Click', id: { url: 'bell.example.org', comment: 'The bell' } },
});
const [, headersPost, headersId] = await fields('headers', {
	headers: { 'List-Unsubscribe': `<${link}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click', 'List-Id': '"The bell" <bell.example.org>' },
});
const same = listPost === '<http://List-Unsubscribe=One-Click>' && headersPost === 'List-Unsubscribe=One-Click'
	&& listId === '"The bell" <bell.example.org>' && /^=\?UTF-8\?Q\?=22The_bell=22_=3C/.test(headersId);
process.exit(same ? 0 : 1);
NODE
timeout 30 node try.js
