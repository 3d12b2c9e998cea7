// The metrics of a site's stream program, read as strictly as the exposition
// format (Prometheus text format 0.0.4) can be.

import assert from 'node:assert';
import { setTimeout as sleep } from 'node:timers/promises';
import { PATIENCE_MS } from './wait.mjs';

const SAMPLE = /^([a-z_:][a-z0-9_:]*)(\{[a-z_]+="(?:[^"\\\n]|\\["\\n])*"\})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|\+Inf|NaN)$/;

// { samples, families }: samples is a Map from a name with its label, as it is
// written, to a number; families one from a name to { type, help, samples }.
export function parseMetrics(text) {
	const samples = new Map(), families = new Map();
	let family;

	assert.ok(text.endsWith('\n'), 'the last line has its end');
	for (const line of text.slice(0, -1).split('\n')) {
		const [, word, name, rest] = /^# (HELP|TYPE) ([a-z_:][a-z0-9_:]*) (.+)$/.exec(line) ?? [];
		if (word === 'HELP') {
			assert.ok(!families.has(name), `${name} is told of once`);
			family = { name, help: rest, samples: [] };
			families.set(name, family);
		} else if (word === 'TYPE') {
			assert.equal(name, family?.name, `TYPE stands behind HELP: ${line}`);
			assert.match(rest, /^(counter|gauge|histogram)$/);
			family.type = rest;
		} else {
			const [, sample, label = '', value] = SAMPLE.exec(line) ?? assert.fail(`no sample: ${line}`);
			assert.ok(family?.type, `a sample without a family: ${line}`);
			assert.ok(!samples.has(sample + label), `${sample + label} stands once`);
			family.samples.push({ name: sample, label, value: Number(value) });
			samples.set(sample + label, Number(value));
		}
	}
	return { samples, families };
}

// The samples of now.
export async function readMetrics(site) {
	const answer = await site.api('GET', '/metrics');
	assert.equal(answer.status, 200);
	return parseMetrics(answer.body).samples;
}

// The samples as soon as something holds of them.
export async function untilMetrics(site, holds, withinMs = PATIENCE_MS) {
	for (const deadline = Date.now() + withinMs; ; await sleep(20)) {
		const samples = await readMetrics(site);
		if (holds(samples))
			return samples;
		assert.ok(Date.now() < deadline, `waited in vain for ${holds}:\n${[...samples].map((one) => one.join(' ')).join('\n')}`);
	}
}
