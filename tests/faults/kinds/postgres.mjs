// PostgreSQL's processes die, stop, or go away all together.

const LISTENER = 'pgbell-stream listener';
const READER = 'pgbell-stream reader';
const API = 'pgbell-api';
const WRITER = 'fault writer';

// kill -9 of any backend makes the postmaster restart all of them.
const kill = (name) => ({
	name: `kill -9 of a ${name} backend`,
	make: async ({ scene, random }) => signal(random.pick(await scene.backends(name)), 'SIGKILL'),
});

const terminate = (name) => ({
	name: `a ${name} backend is terminated`,
	make: async ({ scene, random }) => signal(random.pick(await scene.backends(name)), 'SIGTERM'),
});

// Stop a backend, one that goes on by itself at a moment when the whole cluster does not wait for it: one
// that stands still while it writes WAL stops every commit of everybody, and nothing heals that.
async function stopBackend(scene, random, name, healsItself) {
	for (;;) {
		const pid = random.pick(await scene.backends(name));
		signal(pid, 'SIGSTOP');
		if (!healsItself || await scene.canCommit())
			return pid;
		signal(pid, 'SIGCONT');
	}
}

// A process that stands still, and goes on when it is healed.
const stop = (name, { heldMs, healsItself = false, isSlow = false }) => ({
	name: `SIGSTOP of a ${name} backend${healsItself ? ', for good' : ''}`,
	heldMs, healsItself, isSlow,
	make: ({ scene, random }) => stopBackend(scene, random, name, healsItself),
	heal: (_, pid) => signal(pid, 'SIGCONT'),
});

const endCluster = (name, theSignal) => ({
	name,
	isTelling: theSignal === 'SIGQUIT',
	make: async ({ scene }) => signal(await scene.site.pid('postgres'), theSignal),
});

export function signal(pid, name) {
	try {
		process.kill(pid, name);
	} catch (error) {
		if (error.code !== 'ESRCH') // it went by itself
			throw error;
	}
}

export default [
	kill(LISTENER), kill(READER), kill(API), kill(WRITER),
	terminate(LISTENER), terminate(READER), terminate(API), terminate(WRITER),
	stop(LISTENER, { healsItself: true }),
	stop(READER, { heldMs: [300, 1_900] }),
	stop(READER, { healsItself: true, isSlow: true }),
	stop(API, { heldMs: [300, 1_900] }),
	// A reader that stands still with a read under way, and then is no more.
	{
		name: `SIGSTOP, then kill -9 of a ${READER} backend`,
		heldMs: [100, 600],
		make: async ({ scene, random }) => {
			const pid = random.pick(await scene.backends(READER));
			signal(pid, 'SIGSTOP');
			return pid;
		},
		heal: (_, pid) => signal(pid, 'SIGKILL'),
	},
	endCluster('PostgreSQL: immediate shutdown (SIGQUIT)', 'SIGQUIT'),
	endCluster('PostgreSQL: fast shutdown (SIGINT)', 'SIGINT'),
	endCluster('PostgreSQL: kill -9 of the postmaster', 'SIGKILL'),
];
