// Mock these timers of a test: ['setTimeout'].  Node up to 20.10, as Debian 12 has it, takes the names alone.
export function mockTimers(t, names) {
	const [major, minor] = process.versions.node.split('.').map(Number);
	const takesNames = major < 20 || (major === 20 && minor < 11);
	t.mock.timers.enable(takesNames ? names : { apis: names });
	return t.mock.timers;
}
