// The programs' log, read as strictly as logfmt can be: every line begins with
// time and program, then key=value pairs; a value is a word, or a JSON string.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const HEAD = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([a-z-]+)\[(\d+)\] /;
const PAIR = /([a-z_]+)=([^\x00-\x20"=\\\x7f]+|"(?:[^"\\]|\\.)*")(?: |$)/y;

// One line as an object; throws where it is no such line.
export function parseLine(line) {
	const head = HEAD.exec(line);
	if (!head)
		throw new Error(`no line of a log: ${line}`);
	const entry = { time: head[1], program: head[2], pid: Number(head[3]) };
	for (PAIR.lastIndex = head[0].length; PAIR.lastIndex < line.length;) {
		const at = PAIR.lastIndex;
		const [, key, value] = PAIR.exec(line) ?? [];
		if (key === undefined || key in entry)
			throw new Error(`no key=value at ${at}: ${line}`);
		entry[key] = value.startsWith('"') ? JSON.parse(value) : value;
	}
	return entry;
}

// What a program of a site has said so far: a list of objects.
export async function readLog(site, program) {
	const text = await readFile(join(site.state, 'log', `${program}.log`), 'utf8');
	return text.split('\n').filter(Boolean).map(parseLine);
}
