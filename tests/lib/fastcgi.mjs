// pgbell-api without a web server: as a FastCGI program of our own, and once
// as a plain CGI program.

import assert from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { root } from './site.mjs';

export const programs = process.env.PGBELL_BIN ?? join(root, 'build/checked');

export const types = { BEGIN: 1, ABORT: 2, END: 3, PARAMS: 4, STDIN: 5, STDOUT: 6, GET_VALUES: 9, GET_VALUES_RESULT: 10, UNKNOWN: 11 };
const { BEGIN, PARAMS, STDIN, STDOUT, END } = types;

// Node would accept connections itself, so a few words of perl hand the socket on.
const LISTEN = `use IO::Socket::UNIX; use POSIX qw(dup2);
	my $socket = IO::Socket::UNIX->new(Local => shift, Listen => 64) or die "$!";
	dup2(fileno $socket, 0); syswrite STDOUT, "listening\n"; exec @ARGV`;

// Start a program with a listening socket at descriptor 0.  Gives
// { request(variables, body), stop(), child, socket, exited, stderr }.
export async function startWorker(environment, socket, program = 'pgbell-api') {
	const child = spawn('perl', ['-e', LISTEN, socket, join(programs, program)], {
		env: environment, stdio: ['ignore', 'pipe', 'pipe'],
	});
	const worker = { child, socket, stderr: '', exited: once(child, 'close') }; // when all that it said is here
	child.stderr.on('data', (text) => worker.stderr += text);
	worker.request = (variables, body) => requestFastcgi(socket, variables, body);
	worker.stop = async () => {
		child.kill('SIGTERM');
		const [code, signal] = await worker.exited;
		assert.equal(code ?? signal, 0, worker.stderr);
		await rm(socket);
	};
	await Promise.race([once(child.stdout, 'data'), worker.exited]);
	return worker;
}

// One FastCGI request on a connection of its own; halfway is awaited when half
// of it is sent.
export function requestFastcgi(socket, variables, body = '', halfway = undefined) {
	return new Promise((resolve, reject) => {
		const connection = net.connect(socket);
		const out = [];
		let pending = Buffer.alloc(0);
		connection.on('error', reject);
		connection.on('data', (bytes) => {
			pending = Buffer.concat([pending, bytes]);
			while (pending.length >= 8) {
				const length = pending.readUInt16BE(4), whole = 8 + length + pending[6];
				if (pending.length < whole)
					break;
				if (pending[1] === STDOUT)
					out.push(pending.subarray(8, 8 + length));
				if (pending[1] === END)
					connection.end();
				pending = pending.subarray(whole);
			}
		});
		connection.on('close', () => resolve(parseCgi(Buffer.concat(out).toString())));
		const bytes = Buffer.concat([
			record(BEGIN, Buffer.from([0, 1, 0, 0, 0, 0, 0, 0])),
			record(PARAMS, Buffer.concat(Object.entries(describe(variables, body)).map(pair))),
			record(PARAMS), ...(body ? [record(STDIN, Buffer.from(body))] : []), record(STDIN),
		]);
		const half = halfway ? bytes.length / 2 : bytes.length;
		connection.write(bytes.subarray(0, half));
		halfway?.().then(() => connection.write(bytes.subarray(half)), reject);
	});
}

// Run the program once as a CGI program.
export async function runCgi(environment, variables, body = '', { program = 'pgbell-api', args = [] } = {}) {
	const child = spawn(join(programs, program), args, { env: { ...environment, ...describe(variables, body) } });
	let out = '', err = '';
	child.stdout.on('data', (text) => out += text);
	child.stderr.on('data', (text) => err += text);
	child.stdin.on('error', () => {}); // it need not read a body that it refuses
	child.stdin.end(body);
	const [code] = await once(child, 'close');
	return { ...parseCgi(out), code, out, err };
}

function describe(variables, body) {
	return {
		REQUEST_METHOD: 'GET',
		...(body ? { CONTENT_TYPE: 'application/json', CONTENT_LENGTH: String(Buffer.byteLength(body)) } : {}),
		...variables,
	};
}

function parseCgi(text) {
	const [head, body = ''] = text.split(/\r\n\r\n(.*)/s, 2);
	const headers = Object.fromEntries(head.split('\r\n').filter(Boolean).map((line) => {
		const [name, value] = line.split(/: (.*)/s, 2);
		return [name.toLowerCase(), value];
	}));
	const isJson = /json/.test(headers['content-type'] ?? '') && body !== '';
	return { status: Number.parseInt(headers.status, 10), headers, body: isJson ? JSON.parse(body) : body };
}

// The bytes of a record (FastCGI specification, section 3.3).
export function record(type, content = Buffer.alloc(0), id = 1) {
	const header = Buffer.from([1, type, id >> 8, id & 255, 0, 0, 0, 0]);
	header.writeUInt16BE(content.length, 4);
	return Buffer.concat([header, content]);
}

// The bytes of a name with its value (section 3.4).
export function pair([name, value]) {
	return Buffer.concat([size(name), size(value), Buffer.from(name), Buffer.from(value)]);
}

function size(text) {
	const bytes = Buffer.alloc(4);
	bytes.writeUInt32BE((0x80000000 + Buffer.byteLength(text)) >>> 0);
	return bytes;
}
