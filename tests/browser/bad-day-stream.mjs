/* One stream of a server with bad days (bad-day-server.mjs), as Server-Sent Events. */

const RETRY_MS = 10; /* what a stream asks for, unless its day is about that */

/* The last number that was given, which need not have an event. */
export const lastOf = (log) => Math.max(log.at(-1)?.seq ?? 0, log.given ?? 0);

export class Stream {
	user = '7';
	/* `open`: the streams that are. */
	constructor({ response, request, given, log, topics, open }) {
		const last = request.headers['last-event-id'] ?? given.get('last_event_id') ?? '';
		const [own, ...others] = last.split(';');
		this.at = own === '' ? null : Number(own);
		this.follows = new Map(); /* topic → how far it was told; null: from now on */
		for (const asked of given.getAll('topic')) {
			const [topic, after = null] = asked.split('=');
			const came = others.find((one) => one.startsWith(`${topic}=`))?.split('=')[1];
			this.follows.set(topic, came ?? after);
		}
		Object.assign(this, { url: request.url, given, response, log, topics, openStreams: open });
		response?.on('close', () => open.delete(this));
	}

	head() {
		this.response.writeHead(200, { 'content-type': 'text/event-stream' });
		this.response.flushHeaders();
	}

	open({ heartbeat_s = 30, ...options } = {}) {
		this.options = options;
		this.head();
		if (options.isBuffered) return;
		this.retry(RETRY_MS);
		const seq = lastOf(this.log);
		const isNew = this.at === null;
		this.at ??= seq;
		const begun = this.begin();
		this.write(
			'connected',
			{
				user_id: this.user,
				seq: this.user && seq,
				unread_count: this.user && seq,
				heartbeat_s,
				retry_ms: RETRY_MS,
				...begun,
			},
			begun.topics || isNew ? this.at : false,
		);
		for (const topic of this.refused) this.tellUnfollowed(topic);
		for (const [topic, reason] of this.resets) this.tellReset(topic, reason);
		this.openStreams.add(this);
		if (this.user) this.send();
		this.sendPublished();
	}

	/* Whether there is anything to follow. */
	mayFollow() {
		return [...this.follows.keys()].some(this.topics.mayFollow);
	}

	/* Where each topic goes on; what `connected` says of them. */
	begin() {
		this.refused = [];
		this.resets = [];
		if (this.follows.size === 0) return {};
		const topics = {};
		for (const [topic, after] of this.follows) {
			if (!this.topics.mayFollow(topic)) {
				this.follows.delete(topic);
				this.refused.push(topic);
				continue;
			}
			topics[topic] = this.topics.last(topic);
			this.follows.set(topic, after === null ? topics[topic] : Number(after));
			const reason = after !== null && this.topics.resetReason(topic, Number(after));
			if (reason) this.resets.push([topic, reason]);
		}
		return { topics };
	}

	sendPublished() {
		if (this.options.isSilent || this.isOver) return;
		const { times = 1, skips = () => false, eventsUntilEnd } = this.options;
		for (const [topic, at] of this.follows)
			for (const { seq, data } of this.topics.log(topic).filter((one) => one.seq > at)) {
				this.follows.set(topic, seq);
				if (!skips(seq)) for (let i = 0; i < times; i++) this.write('published', data, this.at);
				if (eventsUntilEnd) {
					this.end();
					return;
				}
			}
	}

	tellReset(topic, reason) {
		const seq = this.topics.last(topic);
		this.follows.set(topic, seq);
		this.write('reset', { topic, reason, seq }, this.at);
	}

	unfollow(topic) {
		if (this.follows.delete(topic)) this.tellUnfollowed(topic);
	}

	tellUnfollowed(topic) {
		this.write('unfollowed', { topic, reason: 'forbidden' }, false);
		if (this.user || this.follows.size > 0) return;
		this.write('session_ended', { reason: 'revoked' }, false);
		this.end();
	}

	beat() {
		const topics = Object.fromEntries([...this.follows.keys()].map((one) => [one, this.topics.last(one)]));
		const seq = lastOf(this.log);
		this.write('heartbeat', { time: '', seq, unread_count: seq, ...this.follows.size && { topics } }, false);
	}

	/* What the log has behind this stream. */
	send() {
		const { times = 1, skips = () => false, isSilent, isCut, eventsUntilEnd } = this.options;
		if (isSilent) return;
		if (isCut && this.log.length > 0) {
			this.response.write('event: new_notification\ndata: {"id":1,\nid: 1\n\n');
			return;
		}
		for (const { seq, type, data } of this.log.filter((one) => one.seq > this.at)) {
			this.at = seq;
			if (!skips(seq)) for (let i = 0; i < times; i++) this.write(type, data, seq);
			if (eventsUntilEnd) {
				this.end();
				return;
			}
		}
		if (this.at > 0) this.tellCount();
	}

	tellCount() {
		const seq = lastOf(this.log);
		this.write('unread_count', { unread_count: this.log.length, seq }, false);
	}

	reset() {
		this.head();
		const seq = lastOf(this.log);
		this.write('connected', { user_id: '7', seq, unread_count: seq }, false);
		this.write('reset', { reason: 'unknown', seq, unread_count: seq }, seq);
	}

	retry(ms) {
		this.response.write(`retry: ${ms}\n\n`);
	}

	/* `id` is of the person's log; with topics it has the numbers of all. */
	write(type, data, id) {
		const all = [this.user ? id : '', ...[...this.follows].map(([topic, seq]) => `${topic}=${seq}`)];
		const number = id === false ? '' : `id: ${all.join(';')}\n`;
		this.response.write(`event: ${type}\ndata: ${JSON.stringify(data)}\n${number}\n`);
	}

	refuse(status) {
		this.response.writeHead(status, { 'content-type': 'text/html' });
		this.response.end(status === 200 ? '<p>Sign in, please</p>' : undefined);
	}

	end({ retry_ms } = {}) {
		if (retry_ms !== undefined) {
			this.retry(retry_ms);
			this.write('closing', { retry_ms }, false);
		}
		this.openStreams.delete(this);
		this.isOver = true;
		this.hangUp();
	}

	hangUp() {
		this.response.end();
	}
}
