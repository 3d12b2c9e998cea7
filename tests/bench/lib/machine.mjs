// Where a run was made, and with what.

import { cpus, release, totalmem } from 'node:os';
import { run } from './processes.mjs';

export function describeMachine() {
	const [{ model }] = cpus();
	return {
		date: new Date().toISOString().slice(0, 10),
		command: ['make bench', ...['QUICK', 'WORKS', 'REPEATS'].filter((name) => process.env[name]).map((name) => `${name}='${process.env[name]}'`)].join(' '),
		machine: `${cpus().length} × ${model}, ${Math.round(totalmem() / 2 ** 30)} GB, Linux ${release()}`,
		versions: versions(),
	};
}

function versions() {
	const packages = run('dpkg-query', ['-W', '-f', '${db:Status-Status} ${Package} ${Version}\n'])
		.split('\n').map((line) => line.split(' ')).filter(([status]) => status === 'installed');
	const found = [['nginx', /^nginx$/], ['nchan', /^libnginx-mod-nchan$/], ['PostgreSQL', /^postgresql-\d+$/], ['pushpin', /^pushpin$/]]
		.map(([name, pattern]) => [name, packages.find(([, it]) => pattern.test(it))?.[2]]);
	return Object.fromEntries([...found.filter(([, version]) => version), ['node', process.version]]);
}
