/* Signing in and signing up. */

import { createForm } from '../form.js';
import { h } from '../element.js';

/* The address to go on to: where the person was when asked to sign in. */
let wanted = '#/';

export function rememberAddress() {
	if (!/^#\/sign-/.test(location.hash)) wanted = location.hash || '#/';
}

export function signInView(app) {
	return accountView(app, {
		title: 'Sign in',
		action: (name, password) => app.session.signIn(name, password),
		autocomplete: 'current-password',
		other: ['New here? ', h('a', { href: '#/sign-up' }, 'Sign up')],
	});
}

export function signUpView(app) {
	return accountView(app, {
		title: 'Sign up',
		action: (name, password) => app.session.signUp(name, password),
		autocomplete: 'new-password',
		other: ['Have an account? ', h('a', { href: '#/sign-in' }, 'Sign in')],
	});
}

function accountView(app, { title, action, autocomplete, other }) {
	app.setTitle(title);
	const form = createForm({
		label: title,
		fields: [
			{ name: 'username', label: 'Username', autocomplete: 'username' },
			{ name: 'password', label: 'Password', type: 'password', autocomplete },
		],
		submit: title,
		async onSubmit({ username, password }) {
			await action(username, password);
			app.navigate(wanted);
			wanted = '#/';
		},
	});
	return {
		element: h(
			'div',
			{ class: 'card narrow' },
			h('h1', {}, title),
			form.element,
			h('p', { class: 'aside' }, other),
		),
	};
}

/* What stands in the place of a form for somebody who is not signed in. */
export function signInHint(purpose) {
	return h(
		'p',
		{ class: 'aside' },
		h('a', { href: '#/sign-in', onclick: rememberAddress }, 'Sign in'),
		' or ',
		h('a', { href: '#/sign-up', onclick: rememberAddress }, 'sign up'),
		` to ${purpose}.`,
	);
}
