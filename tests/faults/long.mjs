// A long run, as `make faults` starts it:
//
//   SECONDS=600   how long faults happen
//   SEED=…        which ones, and what writers and readers choose; a new one by default
//   FLOOR_S=3600  PGBELL_FLOOR_S; up to 5, doorbells get lost, too
//   POOLER=off    on: a pgbouncer in transaction mode between pgbell-api and PostgreSQL
//   FAULTS=…      only those whose names hold this text

import { formatReport } from './report.mjs';
import { allFaults, Run } from './run.mjs';

const { SECONDS = '60', SEED = String(Date.now() % 1_000_000), FLOOR_S = '3600', POOLER = 'off', FAULTS } = process.env;

const run = new Run({
	seed: SEED,
	seconds: Number(SECONDS),
	floorS: Number(FLOOR_S),
	pooler: POOLER === 'on',
	faults: FAULTS && allFaults.filter(({ name }) => name.includes(FAULTS)),
});
console.log(`seed ${SEED}: faults for ${SECONDS} s`);
await run.perform((line) => console.log(line));
console.log(`\n${formatReport(run)}`);
process.exitCode = run.findings.length > 0 ? 1 : 0;
