/* What a row of the bell asks before it does something: a line of buttons below it. */

import { sheetAdder } from './bell-style.js';
import { h } from './element.js';
import { reportMistake } from './report.js';

const addSheet = sheetAdder(`
/* What is asked at a row has a line of its own. */
.row:has(.choice) {
	flex-wrap: wrap;
}

.choice {
	position: relative;
	z-index: 1;
	display: flex;
	flex: 1 0 100%;
	flex-wrap: wrap;
	align-items: center;
	gap: 0.25rem;
	padding-block-start: 0.25rem;
	padding-inline-start: 1.5rem; /* so that the first word stands below the row's */
	font-size: 0.9rem;
}

.choice > span {
	padding: 0 0.5rem;
}

/* Takes no place, and is there for those who hear the page. */
.choice > span:empty {
	position: absolute;
	padding: 0;
}

.moment {
	padding: 0.15rem 0.4rem;
	border: 1px solid var(--_line);
	border-radius: 8px;
	font: inherit;
	color: var(--_ink);
	background: var(--_card);
}
`);

/* onClose is called when it is to go.  Returns {element, show(text, …buttons), attempt(doing)}. */
export function createChoice(onClose) {
	const word = h('span', { role: 'status' });
	const element = h('div', { class: 'choice', part: 'choice', role: 'group', onkeydown });

	function show(text, ...buttons) {
		word.textContent = text;
		element.replaceChildren(word, ...buttons);
		if (element.isConnected) addSheet(element.getRootNode()); /* its row may be gone by now */
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

	/* The keys of the list are not meant here: a date is typed with them. */
	function onkeydown(event) {
		event.stopPropagation();
		if (event.key !== 'Escape') return;
		event.preventDefault();
		onClose();
	}

	return { element, show, attempt };
}

export const choiceButton = (text, onclick) =>
	h('button', { type: 'button', class: 'quiet', part: 'action', onclick }, text);
