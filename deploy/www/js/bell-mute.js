/*
 * What a person can mute at a notification: its kind, and what it is about where the page has said that.
 * Fetched when somebody asks for it.
 */

import { choiceButton as button, createChoice } from './bell-choice.js';

/*
 *   notification, subject   what can be muted; an empty subject is none
 *   store, texts            of the bell
 *   onClose                 called when it is to go
 * Returns {element, open}.
 */
export function createMute({ notification: { kind }, subject, store, texts, onClose }) {
	const { element, show, attempt } = createChoice(onClose);

	const mute = async (what) => (await attempt(store.mute(what))) && offerUndo(what);
	const unmute = async (what) => (await attempt(store.mute(what, false))) && onClose();

	function open() {
		show(
			'',
			...(subject === '' ? [] : [button(texts.muteSubject, () => mute({ subject }))]),
			button(texts.muteKind, () => mute({ kind })),
			button(texts.cancel, onClose),
		);
	}

	function offerUndo(what) {
		show(
			texts.muted,
			button(texts.undo, () => unmute(what)),
			button(texts.close, onClose),
		);
	}

	return { element, open };
}
