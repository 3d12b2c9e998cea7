/*
 * The page of a question.  It is built once; what is published about the question, or a refresh, changes
 * only what changed, so that nobody loses what they are typing.
 */

import { syncChildren } from '../sync-children.js';
import { confirmButton } from '../confirm.js';
import { h } from '../element.js';
import { createForm } from '../form.js';
import { keepRefreshed } from '../refresh.js';
import { createThread } from '../thread.js';
import { timeElement } from '../time.js';
import { questionOf } from '../wording.js';
import { signInHint } from './account.js';
import { createAnswer } from './answer.js';
import { createComments } from './comments.js';
import { loadingElement, missingView, problemElement } from './plain.js';

/* The events that may tell of the question. */
const TELLING = new Set(['new_notification', 'notification_changed']);

/* `answer` is the one that the address points at, if any. */
export function questionView(app, { id, answer }) {
	const { api, notifications } = app;
	const element = h('div', {}, loadingElement());
	const thread = createThread({
		read: () => api.getQuestion(id),
		onChange: show,
		onGone: showNothing,
		onProblem: fail,
	});
	const { refresh } = thread;
	const ends = [thread.close];
	let page = null;
	let refreshing = null; /* where nobody tells */

	app.setTitle('Question');

	function show(question) {
		if (page === null) build(question);
		else page.update(question);
		refreshing?.soon();
	}

	function build(question) {
		page = createPage(app, question, refresh);
		element.replaceChildren(page.element);
		app.setTitle(question.title);
		page.update(question);
		pointAt(answer);
		follow(question);
	}

	/* A server before there were topics names none. */
	function follow({ topic, seq }) {
		if (topic === undefined) {
			askAgain();
			return;
		}
		const listeners = { onEvent: thread.hear, onReset: thread.reset, onUnfollowed: askAgain };
		ends.push(notifications.follow(topic, { after: seq, ...listeners }));
	}

	function askAgain() {
		refreshing = keepRefreshed(refresh);
		ends.push(refreshing.end, notifications.onEvent(onEvent));
	}

	function onEvent({ type, data }) {
		if (type === 'reset' || (TELLING.has(type) && questionOf(data) === id)) refresh();
	}

	/* A page that is there stays there when a refresh fails, unless what it shows is gone. */
	function fail(problem) {
		if (problem.status === 404) showNothing();
		else if (page === null) element.replaceChildren(problemElement(problem, refresh));
	}

	function showNothing() {
		element.replaceChildren(missingView(app).element);
		page = null;
		dispose();
	}

	function pointAt(answerId) {
		const target =
			answerId !== undefined && element.querySelector(`#answer-${answerId}`);
		if (target) {
			target.scrollIntoView({ block: 'center' });
			target.focus({ preventScroll: true });
		}
	}

	function dispose() {
		for (const end of ends.splice(0)) end();
	}

	refresh();
	return { element, dispose };
}

/* Returns {element, update(question)}. */
function createPage(app, question, refresh) {
	const { api } = app;
	const { id } = question;
	const { user } = app.session.getSnapshot();
	const failure = h('p', { class: 'failure', role: 'alert' });
	const onProblem = (problem) => {
		failure.textContent = problem.message;
		failure.scrollIntoView({ block: 'nearest' });
	};
	/* Does it, then shows the page as it is after it. */
	const then =
		(action) =>
		async (...given) => {
			failure.textContent = '';
			await action(...given);
			await refresh();
		};
	const doing = {
		acceptAnswer: then(api.acceptAnswer),
		deleteAnswer: then(api.deleteAnswer),
		commentOnAnswer: then(api.commentOnAnswer),
		deleteComment: then(api.deleteComment),
		onProblem,
	};

	const comments = createComments({
		user,
		draft: `draft-${user?.id}-question-${id}`,
		onProblem,
		onSubmit: then((comment) => api.commentOnQuestion(id, comment)),
		onDelete: doing.deleteComment,
	});
	const count = h('h2', { 'aria-live': 'polite' });
	const list = h('ol', { class: 'answers-list' });
	const rows = new Map();
	let isShown = false;
	const isAsker = question.author.id === user?.id;
	const element = h(
		'article',
		{ class: 'question' },
		h('p', { class: 'crumb' }, h('a', { href: '#/' }, 'All questions')),
		head(app, question, isAsker, onProblem),
		failure,
		comments.element,
		count,
		list,
		user ? answerForm() : signInHint('answer'),
	);

	return {
		element,
		update({ comments: remarks, answers }) {
			comments.update(remarks);
			const told =
				answers.length === 0
					? 'No answers yet'
					: answers.length === 1
						? '1 answer'
						: `${answers.length} answers`;
			if (count.textContent !== told) count.textContent = told;
			syncChildren(
				list,
				rows,
				answers,
				(answer) => answer.id,
				(answer) =>
					createAnswer(answer, {
						user,
						isAsker,
						isNew: isShown,
						doing,
					}),
			);
			isShown = true;
		},
	};

	function answerForm() {
		const form = createForm({
			label: 'Write an answer',
			draft: `draft-${user.id}-answers-of-${id}`,
			fields: [{ name: 'body', label: 'Your answer', rows: 6 }],
			submit: 'Post answer',
			onSubmit: then((answer) => api.createAnswer(id, answer)),
		});
		return form.element;
	}
}

function head(app, question, isAsker, onProblem) {
	const remove =
		isAsker &&
		confirmButton({
			text: 'Delete',
			question: 'Delete this question?',
			onProblem,
			async onConfirm() {
				await app.api.deleteQuestion(question.id);
				app.navigate('#/', 'The question was deleted.');
			},
		});
	return h(
		'div',
		{ class: 'card' },
		h('h1', {}, question.title),
		h('div', { class: 'prose' }, question.body),
		h(
			'p',
			{ class: 'meta' },
			h('b', {}, question.author.username),
			' asked ',
			timeElement(question.created_at),
			remove,
		),
	);
}
