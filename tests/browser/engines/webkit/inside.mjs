/*
 * What runs inside a page of WebKit for those outside of it.  Elements are found by Playwright's own
 * engine, so that a locator means in WebKit what it means in the other browsers; its text has no public name,
 * so it is read where the pinned version of Playwright has it.
 */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const KEY = '~engine';

/* Makes window[KEY], with which later calls work: what is called may take long, and is asked for later. */
export const INSTALL = `
const module = {};
${finderText()}
const injected = new (module.exports.InjectedScript())(window, {
	isUnderTest: false, sdkLanguage: 'javascript', testIdAttributeName: 'data-testid', stableRafCount: 1,
	browserName: 'webkit', shouldPrependErrorPrefix: false, isUtilityWorld: false, customEngines: [],
});
const calls = new Map();
let last = 0;
Object.defineProperty(window, ${JSON.stringify(KEY)}, { value: {
	injected,
	find: (selector) => injected.querySelector(injected.parseSelector(selector), document, true),
	findAll: (selector) => injected.querySelectorAll(injected.parseSelector(selector), document),
	start(call) {
		const answer = {};
		calls.set(++last, answer);
		(async () => call())().then(
			(value) => (answer.value = value === undefined ? [] : [value]),
			(error) => (answer.error = String(error?.message ?? error)));
		return last;
	},
	take(id) {
		const answer = calls.get(id);
		if (!answer) return { gone: true };
		if (answer.value || answer.error !== undefined) calls.delete(id);
		return answer;
	},
} });`;

/* Starts a call; \`engine\` is known to its text.  The page may not have the engine yet. */
export const start = (text) => `
const engine = window[${JSON.stringify(KEY)}];
if (!engine) return { bare: true };
const id = engine.start(async () => { return await (${text}); });
return { id, at: location.href, ...engine.take(id) };`;

export const take = (id) => `
const engine = window[${JSON.stringify(KEY)}];
return { at: location.href, ...(engine?.take(${id}) ?? { gone: true }) };`;

/* The text of a call of \`callee\`, a function or what a page would read as an expression. */
export function callOf(callee, ...given) {
	if (typeof callee !== 'function') return String(callee);
	return `(${callee})(${given.join(', ')})`;
}

export const literal = (value) => (value === undefined ? 'undefined' : JSON.stringify(value));

/* What runs at the head of each document: the page's console goes out, and then what a test has given. */
export const headScript = (number, scripts) => `
(() => {
	const page = ${literal(number)} ?? Number(sessionStorage.getItem('${KEY}'));
	sessionStorage.setItem('${KEY}', page);
	const say = (type, text) =>
		navigator.sendBeacon('/~engine/said', JSON.stringify({ page, type, text, url: location.href }));
	for (const type of ['error', 'warn', 'alert', 'confirm', 'prompt']) {
		const place = type in console ? console : window;
		const own = place === console ? console[type] : () => undefined;
		place[type] = (...words) => {
			say(type, words.map((word) => String(word?.stack ?? word)).join(' '));
			return own.apply(console, words);
		};
	}
	addEventListener('error', (event) => say('uncaught', event.message));
	addEventListener('unhandledrejection', (event) => say('uncaught', String(event.reason)));
})();
${scripts.join(';\n')};`;

function finderText() {
	const path = createRequire(import.meta.url).resolve('playwright-core/lib/coreBundle');
	const text = readFileSync(path, 'utf8');
	const begin = text.indexOf('generated/injectedScriptSource.ts');
	const found = /source\d* = ('(?:[^'\\]|\\.)*');/.exec(text.slice(begin))?.[1];
	if (begin < 0 || found === undefined)
		throw new Error(`${path} is another Playwright than this was written for`);
	return Function(`return ${found}`)();
}
