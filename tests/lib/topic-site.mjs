// A site for streams that follow topics, where everybody may follow public:…, members of a room room:…, and each
// person user:<id>.

import assert from 'node:assert';
import { startSite } from './site.mjs';

export class TopicSite {
	#topics = 0;

	constructor(site) {
		this.site = site;
	}

	// A topic that nobody has named yet.
	fresh = (kind = 'public') => `${kind}:t${++this.#topics}`;

	publish = (topic, data = {}, kind = 'test') => this.site.sql('select pgbell.publish($1, $2, $3)', [topic, kind, data]);

	join = (user, topic) => this.site.sql('insert into public.member values ($1, $2)', [String(user.id), nameOf(topic)]);

	leave = (user, topic) => this.site.sql('delete from public.member where user_id = $1 and room = $2', [String(user.id), nameOf(topic)]);

	// Everybody may follow what is like the pattern, too.
	allow = (pattern) => this.site.sql(`
		create or replace function pgbell.may_follow(user_id text, topic text)
		returns boolean language sql stable security definer set search_path = public, pg_temp
		as $$
			select topic like 'public:%' or topic like '${pattern}' or topic = 'user:' || $1
				or exists (select from member m where m.user_id = $1 and $2 = 'room:' || m.room)
		$$`);

	follow = (user, names, options = {}) => this.site.stream(user?.token,
		{ ...options, query: [...names.map((name) => ['topic', name]), ...Object.entries(options.query ?? {})] });

	// A stream that is open and has said so, and what it said.
	begin = async (user, names, options) => {
		const stream = await this.follow(user, names, options);
		assert.equal(stream.status, 200, stream.text);
		return [stream, await stream.next('connected')];
	};
}

const nameOf = (room) => room.replace('room:', '');

// The floor is so far away, unless the environment says otherwise, that what is told was rung for.
export async function startTopicSite(env = {}) {
	const site = await startSite({ env: { PGBELL_HEARTBEAT_S: '1', PGBELL_FLOOR_S: '3600', PGBELL_RETRY_MS: '200', ...env } });
	const topics = new TopicSite(site);
	await site.sql('create table public.member (user_id text, room text)');
	await topics.allow('');
	return topics;
}
