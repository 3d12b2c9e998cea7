// The operations of the REST interface as its own document tells them, for
// tests that go over all of them.

import { runCgi } from './fastcgi.mjs';

const { paths } = JSON.parse((await runCgi({}, {}, '', { args: ['--openapi'] })).out);

// Each: { method, path, isPrivate, parameters (of the query), schema (of the body, or undefined) }.
export const operations = Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({
	method: method.toUpperCase(),
	path,
	isPrivate: operation.security.length > 0 && operation.security.every((one) => Object.keys(one).length > 0),
	parameters: (operation.parameters ?? []).filter((one) => one.in === 'query'),
	schema: operation.requestBody?.content['application/json'].schema,
})));

const makeValue = ({ type, minLength }) => ({ string: JSON.stringify('v'.repeat(Math.max(minLength, 8))), boolean: 'true' })[type] ?? '1';

// A body that is valid but for the members in broken: what stands there is the
// member's JSON text, or null for none.
export function makeBody(schema, broken = {}) {
	const valid = Object.fromEntries(Object.entries(schema.properties).map(([name, property]) => [name, makeValue(property)]));
	const members = Object.entries({ ...valid, ...broken }).filter(([, text]) => text !== null);
	return `{${members.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`;
}
