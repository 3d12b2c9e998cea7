/*
 * The page: puts the parts together, and shows the view that the address names for the person who
 * is signed in.
 *
 * A view is a function (app, params) that returns {element, dispose?}; it is made anew when the
 * address or the person changes.  `app` is what views get: {api, session, notifications, navigate,
 * setTitle, tell}.
 */

import { createApi } from './api.js';
import { h } from './element.js';
import { createHeader } from './header.js';
import { createNotifications } from './notifications.js';
import { parseRoute } from './route.js';
import { createSession } from './session.js';
import { keepTimesTrue } from './time.js';
import { askView } from './views/ask.js';
import { signInView, signUpView } from './views/account.js';
import { loadingView, missingView, unreachableView } from './views/plain.js';
import { questionView } from './views/question.js';
import { questionsView } from './views/questions.js';

const VIEWS = {
	questions: questionsView,
	question: questionView,
	ask: askView,
	signIn: signInView,
	signUp: signUpView,
	missing: missingView,
};
const RENEWED = 'pgbell-renewed';
const ENDINGS = {
	signed_out: 'You have signed out.',
	expired: 'Your session has expired. Sign in to go on.',
	revoked: 'Your session was ended. Sign in to go on.',
};

const main = document.getElementById('main');
const account = document.getElementById('account');
const notice = document.getElementById('notice');

const api = createApi({ onUnauthorized: () => session.end('expired') });
const session = createSession(api);
const notifications = createNotifications({ onEnded: (reason) => session.end(reason) });
const app = { api, session, notifications, navigate, setTitle, tell };

let view = null;
let header = null;
let person; /* the id of who is signed in, null for nobody, undefined until known */
let arriving = '';

/* Goes to an address in this page, and tells a sentence there. */
function navigate(hash, sentence = '') {
	arriving = sentence;
	if (location.hash === hash) onAddress();
	else location.hash = hash;
}

function setTitle(text) {
	document.title = `${text} · pgbell`;
}

/* One sentence above the view, until the next address. */
function tell(text) {
	notice.textContent = text;
}

/*
 * The server says some minutes before, to every tab, that a session ends; whoever is here can prolong
 * it, and the other tabs hear of that.
 */
function offerToStay() {
	async function stay() {
		try {
			await api.renewSession();
			tell('');
			localStorage.setItem(RENEWED, Date.now());
		} catch (problem) {
			tell(problem.message);
		}
	}
	const button = h(
		'button',
		{ type: 'button', class: 'quiet', onclick: stay },
		'Stay signed in',
	);
	notice.replaceChildren('Your session is about to end. ', button);
}

function show(create, params = {}) {
	view?.dispose?.();
	view = create(app, params);
	main.replaceChildren(view.element);
}

/* Not before it is known for whom: it would be made anew then, under the hands of who is typing. */
function showView() {
	if (person === undefined) return;
	const { name, params } = parseRoute(location.hash);
	show(VIEWS[name], params);
}

function onAddress() {
	tell(arriving);
	arriving = '';
	showView();
	window.scrollTo(0, 0);
	main.focus({ preventScroll: true });
}

/* Somebody signed in or out: another stream, another header, and the view as that person sees it. */
function onSession() {
	const { user, ended } = session.getSnapshot();
	const id = user?.id ?? null;
	if (user === undefined || id === person) return;
	person = id;
	if (user) notifications.start();
	else notifications.visit();
	header?.dispose();
	header = createHeader(app);
	account.replaceChildren(...header.elements);
	tell(ended === null ? '' : (ENDINGS[ended] ?? ENDINGS.revoked));
	showView();
}

async function begin() {
	show(loadingView);
	try {
		await session.resume();
	} catch (problem) {
		show(unreachableView, { problem, retry: begin });
	}
}

session.subscribe(onSession);
notifications.onEvent(({ type }) => type === 'session_expiring' && offerToStay());
window.addEventListener('hashchange', onAddress);
window.addEventListener('storage', ({ key }) => {
	if (key === RENEWED && notice.querySelector('button')) tell('');
});
document.getElementById('skip').addEventListener('click', (event) => {
	event.preventDefault();
	main.focus();
});
keepTimesTrue(document);
begin();
