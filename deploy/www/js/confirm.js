/*
 * A button for what cannot be undone: the first press asks, the second does it.  Leaving it, or
 * Escape, takes the question back.  A double click is one press.
 */

import { h } from './element.js';

/* onConfirm is async; a Problem that it throws goes to onProblem. */
export function confirmButton({ text, question, onConfirm, onProblem }) {
	const button = h(
		'button',
		{ type: 'button', class: 'quiet', onclick, onblur: disarm, onkeydown },
		text,
	);
	let armed = false;

	async function onclick({ detail: clicks }) {
		if (clicks > 1) return;
		if (!armed) {
			armed = true;
			button.textContent = question;
			button.classList.add('danger');
			return;
		}
		disarm();
		try {
			await onConfirm();
		} catch (problem) {
			onProblem(problem);
		}
	}

	function onkeydown(event) {
		if (event.key === 'Escape' && armed) {
			event.stopPropagation();
			disarm();
		}
	}

	function disarm() {
		armed = false;
		button.textContent = text;
		button.classList.remove('danger');
	}

	return button;
}
