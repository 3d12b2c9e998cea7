/* What a row of the bell asks before it does something: a line of buttons below it. */

import { h } from './element.js';
import { reportMistake } from './report.js';

/* onClose is called when it is to go.  Returns {element, show(text, …buttons), attempt(doing)}. */
export function createChoice(onClose) {
	const word = h('span', { role: 'status' });
	const element = h('div', { class: 'choice', part: 'choice', role: 'group', onkeydown });

	function show(text, ...buttons) {
		word.textContent = text;
		element.replaceChildren(word, ...buttons);
		buttons[0].focus();
	}

	/* Whether it went well; what did not is said. */
	async function attempt(doing) {
		try {
			await doing;
			return true;
		} catch (problem) {
			word.textContent = problem.message;
			reportMistake(problem);
			return false;
		}
	}

	function onkeydown(event) {
		if (event.key !== 'Escape') return;
		event.stopPropagation();
		onClose();
	}

	return { element, show, attempt };
}

export const choiceButton = (text, onclick) =>
	h('button', { type: 'button', class: 'quiet', part: 'action', onclick }, text);
