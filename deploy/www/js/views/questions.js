/* The list of questions, newest first. */

import { h } from '../element.js';
import { icon } from '../icon.js';
import { timeElement } from '../time.js';
import { loadingElement, problemElement } from './plain.js';

const PAGE = 20;

export function questionsView(app) {
	app.setTitle('Questions');
	const list = h('ol', { class: 'questions' });
	const foot = h('div', { class: 'list-foot' });
	const content = h('div', {}, loadingElement());
	const failure = h('p', { class: 'failure', role: 'alert' });
	let gone = false;
	let asked = null; /* the number that older ones are asked for by, just now */

	async function load() {
		content.replaceChildren(loadingElement());
		try {
			const page = await app.api.listQuestions({ limit: PAGE });
			list.replaceChildren(...page.questions.map(questionRow));
			showNext(page.next);
			content.replaceChildren(
				...(page.questions.length > 0
					? [list, failure, foot]
					: [emptyList()]),
			);
		} catch (problem) {
			if (!gone) content.replaceChildren(problemElement(problem, load));
		}
	}

	async function loadOlder(before) {
		if (asked === before) return;
		asked = before;
		failure.textContent = '';
		try {
			const page = await app.api.listQuestions({ limit: PAGE, before });
			const rows = page.questions.map(questionRow);
			list.append(...rows);
			showNext(page.next);
			rows[0]?.querySelector('a').focus();
		} catch (problem) {
			asked = null;
			failure.textContent = problem.message;
		}
	}

	function showNext(next) {
		foot.replaceChildren();
		if (next !== null)
			foot.append(
				h(
					'button',
					{ type: 'button', onclick: () => loadOlder(next) },
					'Older questions',
				),
			);
	}

	load();
	return {
		element: h(
			'div',
			{},
			h(
				'div',
				{ class: 'view-head' },
				h('h1', {}, 'Questions'),
				h(
					'a',
					{ href: '#/ask', class: 'button primary' },
					'Ask a question',
				),
			),
			content,
		),
		dispose() {
			gone = true;
		},
	};
}

function emptyList() {
	return h(
		'div',
		{ class: 'blank' },
		h('p', {}, 'Nobody has asked anything yet.'),
		h('p', {}, h('a', { href: '#/ask' }, 'Ask the first question')),
	);
}

function questionRow(question) {
	const { id, title, excerpt, author, answer_count: answers, accepted } = question;
	const state = accepted ? 'accepted' : answers > 0 ? 'answered' : 'open';
	return h(
		'li',
		{ class: 'question-row' },
		h(
			'p',
			{ class: `answers ${state}` },
			h('b', {}, accepted && icon('check'), String(answers)),
			' ',
			answers === 1 ? 'answer' : 'answers',
			accepted && h('span', { class: 'unseen' }, ', one accepted'),
		),
		h(
			'div',
			{ class: 'question-text' },
			h('h2', {}, h('a', { href: `#/questions/${id}` }, title)),
			h('p', { class: 'excerpt' }, excerpt),
			h(
				'p',
				{ class: 'meta' },
				h('b', {}, author.username),
				' asked ',
				timeElement(question.created_at),
			),
		),
	);
}
