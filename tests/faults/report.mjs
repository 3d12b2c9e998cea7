// What there is to say of a run: a table, and each finding.

import { allFaults } from './run.mjs';
import { kinds } from './judge.mjs';

export function formatReport({ seed, seconds, counts = {}, recoveries, findings }) {
	const faults = [...recoveries.values()].reduce((sum, took) => sum + took.length, 0);
	const lines = [
		`seed ${seed}, ${seconds} s, ${faults} faults`,
		`${counts.written} events written; transactions: ${counts.committed} committed, ${counts['rolled back']} rolled back, ${counts.unknown} cut off in their commit`,
		`${counts.delivered} events delivered in ${counts.visits} streams, ${counts.replayed} of them replayed; ${counts.resets} resets; all processes awake ${counts.awake} times`,
		`followers of three topics each: ${formatDoors(counts.doors)}`,
		'',
		'| fault | times | whole again, p50 | worst |',
		'|---|---:|---:|---:|',
		...allFaults.filter(({ name }) => recoveries.has(name)).map(({ name }) => formatRow(name, recoveries.get(name))),
		'',
		kinds.map((kind) => `${findings.filter((finding) => finding.kind === kind).length} ${kind}`).join(', '),
	];
	return [...lines, ...formatFindings(findings)].join('\n');
}

function formatDoors(doors = {}) {
	return Object.entries(doors).map(([name, { followed, cuts, commands }]) =>
		`by ${name} ${followed} events, cut ${cuts} times${commands === undefined ? '' : `, ${commands} commands answered`}`).join('; ');
}

function formatRow(name, took) {
	const sorted = [...took].sort((a, b) => a - b);
	return `| ${name} | ${sorted.length} | ${formatMs(sorted[Math.floor((sorted.length - 1) / 2)])} | ${formatMs(sorted.at(-1))} |`;
}

function formatMs(ms) {
	return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

export function formatFindings(findings, most = 12) {
	return findings.slice(0, most).map(({ kind, text }) => `* ${kind}: ${text}`);
}
