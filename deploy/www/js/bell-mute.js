/*
 * What a person can mute at a notification: its kind, and what it is about where the page has said that.
 * Fetched when somebody asks for it.
 */

import { h } from './element.js';
import { reportMistake } from './report.js';

/*
 *   kind, subject   of the notification; an empty subject is none
 *   store, texts    of the bell
 *   onClose         called when it is to go
 */
export function createMute({ kind, subject, store, texts, onClose }) {
	const element = h('div', { class: 'mute-choice', part: 'mute-choice', role: 'group', onkeydown });
	const word = h('span', { role: 'status' });

	async function attempt(what, muted, then) {
		try {
			await store.mute(what, muted);
			then(what);
		} catch (problem) {
			word.textContent = problem.message;
			reportMistake(problem);
		}
	}

	function offer() {
		show(
			'',
			...(subject === '' ? [] : [button(texts.muteSubject, () => attempt({ subject }, true, offerUndo))]),
			button(texts.muteKind, () => attempt({ kind }, true, offerUndo)),
			button(texts.cancel, onClose),
		);
	}

	function offerUndo(what) {
		show(
			texts.muted,
			button(texts.undo, () => attempt(what, false, onClose)),
			button(texts.close, onClose),
		);
	}

	function show(text, ...buttons) {
		word.textContent = text;
		element.replaceChildren(word, ...buttons);
		buttons[0].focus();
	}

	function onkeydown(event) {
		if (event.key !== 'Escape') return;
		event.stopPropagation();
		onClose();
	}

	return { element, open: offer };
}

const button = (text, onclick) => h('button', { type: 'button', class: 'quiet', part: 'action', onclick }, text);
