// Requests to the REST interface of a site, each with the status that it must have.

import assert from 'node:assert';

// Options of a request with this account's token.
export const as = (account, body) => ({ token: account.token, body });

// { expectStatus, expectProblem } for the site that siteOf() returns once it is started.
export function expecting(siteOf) {
	// Ask for it, and expect this status; gives the answer's body.
	async function expectStatus(status, method, path, options) {
		const answer = await siteOf().api(method, path, options);
		assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`);
		return answer.body;
	}

	// Expect a problem document (RFC 9457); gives the whole answer.
	async function expectProblem(status, method, path, options) {
		const answer = await siteOf().api(method, path, options);
		assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`);
		assert.equal(answer.headers['content-type'], 'application/problem+json');
		assert.equal(answer.body.status, status);
		assert.match(answer.body.type, /^urn:pgbell:problem:[a-z-]+$/);
		assert.ok(answer.body.title);
		return answer;
	}

	return { expectStatus, expectProblem };
}
