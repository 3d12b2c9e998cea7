/*
 * Mistakes of the page around us (a listener, a text, a `describe`) and of our own: they are told where a
 * page's makers look, in the console and to whoever listens for the window's `error`, and stop nothing
 * else.
 */

export function report(error) {
	if (globalThis.reportError) globalThis.reportError(error);
	else console.error(error);
}

/* What a server refuses is no mistake, and whoever asked deals with it. */
export function reportMistake(error) {
	if (error?.name !== 'Problem') report(error);
}

/* Calls what the page gave, if it gave any. */
export function tell(listener, ...told) {
	try {
		listener?.(...told);
	} catch (error) {
		report(error);
	}
}
