// HTTP/1.1 as bytes: requests that no client library would send, and answers
// with nothing smoothed over.

import net from 'node:net';

// Send one request exactly as it stands, on a connection of its own.  target
// and the values of headers (a list of [name, value]) are text, which goes
// as UTF-8, or Buffers.  Gives { status, headers, fields, text }: headers by
// their names in lower case, fields as the list that came.  An event stream
// ends with its header, unless there is an `until`, a pattern in its text.
export function requestRaw(port, { method = 'GET', target, headers = [], body, until }) {
	const hasHost = headers.some(([name]) => name.toLowerCase() === 'host');
	const lines = [...hasHost ? [] : [['Host', `127.0.0.1:${port}`]], ['Connection', 'close'], ...headers];
	if (body !== undefined && !headers.some(([name]) => /^(content-length|transfer-encoding)$/i.test(name)))
		lines.push(['Content-Length', String(Buffer.byteLength(body))]);
	return sendRaw(port, Buffer.concat([method, ' ', target, ' HTTP/1.1\r\n',
		...lines.flatMap(([name, value]) => [name, ': ', value, '\r\n']), '\r\n', body ?? ''].map((part) => Buffer.from(part))), until);
}

// Send these bytes and take the answer.
export function sendRaw(port, bytes, until) {
	return new Promise((resolve, reject) => {
		const socket = net.connect(port, '127.0.0.1');
		let all = Buffer.alloc(0);
		const finish = () => {
			socket.destroy();
			resolve(parse(all));
		};
		socket.setTimeout(20_000, () => socket.destroy(new Error(`no answer to ${bytes.subarray(0, 200)}`)));
		socket.on('error', (error) => error.code === 'EPIPE' || error.code === 'ECONNRESET' ? finish() : reject(error));
		socket.on('end', finish);
		socket.on('data', (chunk) => {
			all = Buffer.concat([all, chunk]);
			if (isComplete(parse(all), until))
				finish();
		});
		socket.write(bytes);
	});
}

// A server may keep a connection on which it has not read all that was sent.
function isComplete({ headers, text, body }, until) {
	if (/^text\/event-stream/.test(headers['content-type']))
		return until === undefined || until.test(text);
	return headers['content-length'] !== undefined && body.length >= Number(headers['content-length']);
}

function parse(bytes) {
	const [, head, body] = /^(.*?)\r\n\r\n(.*)$/s.exec(bytes.toString('latin1')) ?? [];
	if (head === undefined)
		return { status: undefined, headers: {}, fields: [], text: bytes.toString(), body: '' };
	const fields = head.split('\r\n').slice(1).map((line) => line.split(/: ?(.*)/s, 2));
	const headers = Object.fromEntries(fields.map(([name, value]) => [name.toLowerCase(), value]));
	const isChunked = headers['transfer-encoding'] === 'chunked';
	const text = Buffer.from(isChunked ? unchunk(body) : body, 'latin1').toString();
	return { status: Number(head.split(' ')[1]), headers, fields, text, body };
}

function unchunk(body) {
	let text = '';
	for (let rest = body; ;) {
		const [, size, after] = /^([0-9a-f]+)\r\n(.*)$/is.exec(rest) ?? [, '0', ''];
		const length = Number.parseInt(size, 16);
		if (length === 0)
			return text;
		text += after.slice(0, length);
		rest = after.slice(length + 2);
	}
}
