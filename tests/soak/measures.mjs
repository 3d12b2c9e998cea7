// What a site holds: memory, descriptors, connections, rows.

import { readdir, readFile } from 'node:fs/promises';

const MB = 1048576;

async function statusKb(pid, field) {
	const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
	return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0);
}

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

async function measureProgram(site, names) {
	const pids = await Promise.all(names.map((name) => site.pid(name)));
	const residentKb = await Promise.all(pids.map((pid) => statusKb(pid, 'VmRSS')));
	const descriptors = await Promise.all(pids.map(async (pid) => (await readdir(`/proc/${pid}/fd`)).length));
	return { pids: pids.join(), bytes: 1024 * sum(residentKb), descriptors: sum(descriptors) };
}

// Of a backend only its own memory counts: shared buffers fill up once.
async function measureBackends(site) {
	const rows = await site.superuser(`select pid from pg_stat_activity where application_name like 'pgbell-%'`);
	const ownKb = await Promise.all(rows.map(({ pid }) => statusKb(pid, 'RssAnon')));
	return { connections: rows.length, bytes: 1024 * sum(ownKb) };
}

async function measureTables(site) {
	const [row] = await site.superuser(`select
		pg_total_relation_size('pgbell.pending')::float as pending_bytes, (select count(*)::int from pgbell.pending) as pending_rows,
		pg_total_relation_size('pgbell.event')::float as event_bytes, (select count(*)::int from pgbell.event) as events,
		pg_notification_queue_usage() as queue`);
	return row;
}

export async function measure(site, apis) {
	const stream = await measureProgram(site, ['pgbell-stream']);
	const api = await measureProgram(site, apis);
	const backends = await measureBackends(site);
	const tables = await measureTables(site);
	return { stream, api, backends, tables };
}

// --- the table -----------------------------------------------------------------

const columns = [
	['minute', 6, (row) => row.minute],
	['activities', 8, (row) => row.activities],
	['stream MB', 10, ({ stream }) => (stream.bytes / MB).toFixed(2)],
	['fds', 5, ({ stream }) => stream.descriptors],
	['apis MB', 9, ({ api }) => (api.bytes / MB).toFixed(2)],
	['fds', 5, ({ api }) => api.descriptors],
	['backends', 9, ({ backends }) => backends.connections],
	['own MB', 8, ({ backends }) => (backends.bytes / MB).toFixed(2)],
	['pending rows', 13, ({ tables }) => tables.pending_rows],
	['KB', 6, ({ tables }) => tables.pending_bytes / 1024],
	['events', 8, ({ tables }) => tables.events],
	['MB', 7, ({ tables }) => (tables.event_bytes / MB).toFixed(1)],
];

export const tableHead = () => columns.map(([name, width]) => name.padStart(width)).join('');
export const tableRow = (row) => columns.map(([, width, value]) => String(value(row)).padStart(width)).join('');

// --- the verdict ---------------------------------------------------------------

const GROWTH = 1.1;
const GROWTH_BYTES = 2 * MB;
const GROWTH_DESCRIPTORS = 2;

const hasGrown = (from, to, slack) => to > from * GROWTH && to - from > slack;

// What has grown from one measure, taken at rest, to a later one.
export function findGrowth(from, to) {
	const findings = [];
	for (const part of ['stream', 'api', 'backends'])
		if (hasGrown(from[part].bytes, to[part].bytes, GROWTH_BYTES))
			findings.push(`the memory of ${part} has grown from ${(from[part].bytes / MB).toFixed(2)} to ${(to[part].bytes / MB).toFixed(2)} MB`);
	for (const part of ['stream', 'api']) {
		if (hasGrown(from[part].descriptors, to[part].descriptors, GROWTH_DESCRIPTORS))
			findings.push(`${part} has ${to[part].descriptors} descriptors open, and had ${from[part].descriptors}`);
		if (from[part].pids !== to[part].pids)
			findings.push(`${part} is not the same process any more`);
	}
	if (to.backends.connections > from.backends.connections)
		findings.push(`${to.backends.connections} database connections, and there were ${from.backends.connections}`);
	if (to.tables.pending_rows > 0)
		findings.push(`${to.tables.pending_rows} rows are left in pgbell.pending`);
	return findings;
}
