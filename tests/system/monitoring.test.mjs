// deploy/monitoring: the alerts and the dashboard speak of what /metrics has, all of it, and
// the alerts are raised when they should be.

import assert from 'node:assert';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { parseMetrics } from '../lib/metrics.mjs';
import { root, startSite } from '../lib/site.mjs';

const run = promisify(execFile);
const directory = join(root, 'deploy/monitoring');
const read = (name) => readFile(join(directory, name), 'utf8');

let site, scratch, metrics;

before(async () => {
	site = await startSite({ apis: 1 });
	scratch = await mkdtemp(join(tmpdir(), 'pgbell-monitoring-'));
	metrics = parseMetrics((await site.api('GET', '/metrics')).body);
});

after(async () => {
	await site?.stop();
	await rm(scratch, { recursive: true, force: true });
});

// The families that an expression speaks of, and the values of a label that it names.
const families = (text) => [...new Set([...text.matchAll(/\bpgbell_[a-z_]+(?=[{[ )]|$)/gm)].map(([name]) => name.replace(/_(bucket|sum|count)$/, '')))].sort();
const reasons = (text) => [...text.matchAll(/(pgbell_[a-z_]+)\{[^}]*reason=~?"([^"]+)"/g)].flatMap(([, name, values]) => values.split('|').map((value) => `${name}{reason="${value}"}`));

const expressions = async () => JSON.parse(await read('grafana.json')).panels.flatMap((panel) => panel.targets.map((target) => target.expr));

test('the_alerts_are_sound_and_speak_of_what_there_is', async () => {
	const text = await read('alerts.yml');
	await run('promtool', ['check', 'rules', '--lint=all', '--lint-fatal', join(directory, 'alerts.yml')]);
	const named = text.match(/expr: .*/g).join('\n');
	assert.ok(families(named).length >= 9);
	for (const family of families(named))
		assert.ok(metrics.families.has(family), family);
	assert.ok(reasons(named).length >= 5);
	for (const sample of reasons(named))
		assert.ok(metrics.samples.has(sample), sample);
});

test('each_alert_is_raised_by_what_it_is_for_and_none_when_all_is_well', async () => {
	const fixture = join(root, 'tests/system/fixtures/alerts.yml');
	await run('promtool', ['test', 'rules', fixture]);
	const tried = await readFile(fixture, 'utf8');
	for (const [, name] of (await read('alerts.yml')).matchAll(/alert: (\w+)/g))
		assert.ok(tried.includes(`alertname="${name}"`), `${name} is not tried`);
});

test('the_dashboard_shows_all_that_there_is_and_nothing_else', async () => {
	const shown = await expressions();
	assert.deepEqual(families(shown.join('\n')), [...metrics.families.keys()].sort());
	// Grafana's own words in the place of which it puts something; then promtool reads them.
	const rules = shown.map((expression, i) => `      - record: "panel:${i}"\n        expr: ${JSON.stringify(expression
		.replaceAll('$__rate_interval', '1m').replaceAll('$job', 'pgbell').replaceAll('$instance', '.*'))}\n`);
	const file = join(scratch, 'panels.yml');
	await writeFile(file, `groups:\n  - name: panels\n    rules:\n${rules.join('')}`);
	await run('promtool', ['check', 'rules', file]);
});

test('prometheus_takes_the_lines_for_it', async () => {
	const file = join(scratch, 'prometheus.yml');
	await writeFile(file, (await read('prometheus.yml')).replaceAll('/usr/local/share/pgbell/monitoring', directory));
	await run('promtool', ['check', 'config', file]);
});

test('promtool_itself_finds_nothing_wrong_with_the_metrics', async () => {
	const { body } = await site.api('GET', '/metrics');
	const checked = run('promtool', ['check', 'metrics']);
	checked.child.stdin.end(body);
	const { stdout, stderr } = await checked;
	assert.equal(stdout + stderr, '');
});
