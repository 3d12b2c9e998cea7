// A short run of the model under faults; `make faults` makes long ones.  The
// seed is new each time: SEED= repeats one.

import assert from 'node:assert';
import { test } from 'node:test';
import { formatFindings, formatReport } from './report.mjs';
import { Run } from './run.mjs';

const seed = process.env.SEED ?? String(Date.now() % 1_000_000);

test(`nothing is lost, doubled or out of order under faults (SEED=${seed})`, async (t) => {
	const run = await new Run({ seed, seconds: 25, kindsMin: 5, isShort: true }).perform();
	for (const line of formatReport(run).split('\n'))
		t.diagnostic(line);
	assert.equal(run.findings.length, 0, `SEED=${seed}\n${formatFindings(run.findings).join('\n')}`);
	assert.ok(run.counts.delivered > 500, `${run.counts.delivered} events were delivered`);
	assert.ok(run.recoveries.size >= run.kindsMin, `${run.recoveries.size} kinds of faults`);
});
