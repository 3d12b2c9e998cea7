/*
 * A form whose rules live in the server: it sends what was typed, and shows what the server says
 * about each field at the field.
 */

import { h } from './element.js';

let count = 0;

/*
 *   fields    [{name, label, hint, type, rows, autocomplete}]; `rows` makes it a text area
 *   submit    text of the button
 *   onSubmit  async (values); a Problem that it throws is shown in the form
 *   draft     a key under which the unsent text outlives the view, a reload, an expired session
 * Returns {element, focus()}.  The form empties itself when onSubmit resolves.
 */
export function createForm({ label, fields, submit, onSubmit, draft }) {
	const rows = new Map(fields.map((field) => [field.name, createRow(field)]));
	const failure = h('p', { class: 'failure', role: 'alert' });
	const button = h('button', { class: 'primary' }, submit);
	const element = h(
		'form',
		{
			class: 'form',
			'aria-label': label,
			novalidate: true,
			onsubmit,
			oninput: keepDraft,
		},
		[...rows.values()].map((row) => row.element),
		failure,
		h('div', { class: 'form-actions' }, button),
	);
	let busy = false;

	const values = () =>
		Object.fromEntries([...rows].map(([name, { input }]) => [name, input.value]));

	function keepDraft() {
		if (draft !== undefined) sessionStorage.setItem(draft, JSON.stringify(values()));
	}

	function restoreDraft() {
		const kept = draft === undefined ? null : sessionStorage.getItem(draft);
		for (const [name, value] of Object.entries(JSON.parse(kept ?? '{}')))
			rows.get(name).input.value = value;
	}

	async function onsubmit(event) {
		event.preventDefault();
		if (busy) return;
		setBusy(true);
		showProblem(null);
		try {
			await onSubmit(values());
			element.reset();
			if (draft !== undefined) sessionStorage.removeItem(draft);
		} catch (problem) {
			showProblem(problem);
		} finally {
			setBusy(false);
		}
	}

	/* The button keeps the focus while it is busy, which a disabled one would lose. */
	function setBusy(value) {
		busy = value;
		button.setAttribute('aria-disabled', String(value));
		element.classList.toggle('busy', value);
	}

	function showProblem(problem) {
		let first = null;
		let told = 0;
		for (const [name, row] of rows) {
			const sentence = problem?.fields?.get(name) ?? '';
			row.showError(sentence);
			if (sentence !== '') {
				first ??= row.input;
				told++;
			}
		}
		/* What the fields already say is not said twice. */
		failure.textContent = problem === null || told > 0 ? '' : problem.message;
		first?.focus();
	}

	restoreDraft();
	return { element, focus: () => rows.values().next().value.input.focus() };
}

function createRow({ name, label, hint, type = 'text', rows, autocomplete }) {
	const id = `field-${++count}-${name}`;
	const hintId = hint && `${id}-hint`;
	const described = (...ids) => ids.filter(Boolean).join(' ') || null;
	const common = { id, name, autocomplete, 'aria-describedby': described(hintId) };
	const input =
		rows === undefined
			? h('input', {
					...common,
					type,
					spellcheck: type === 'password' ? 'false' : null,
				})
			: h('textarea', { ...common, rows, onkeydown: submitOnControlEnter });
	const error = h('p', { class: 'field-error', id: `${id}-error` });

	return {
		input,
		element: h(
			'div',
			{ class: 'field' },
			h('label', { for: id }, label),
			input,
			hint && h('p', { class: 'hint', id: hintId }, hint),
			error,
		),
		/* The server speaks of a field by its name, a person knows it by its label. */
		showError(sentence) {
			error.textContent = sentence.replace(`The ${name} `, `${label} `);
			if (sentence === '') input.removeAttribute('aria-invalid');
			else input.setAttribute('aria-invalid', 'true');
			const ids = described(hintId, sentence !== '' && error.id);
			if (ids === null) input.removeAttribute('aria-describedby');
			else input.setAttribute('aria-describedby', ids);
		},
	};
}

function submitOnControlEnter(event) {
	if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
		event.preventDefault();
		event.target.form.requestSubmit();
	}
}
