// The site that a run happens on: two stream processes and two workers, whose
// connections to PostgreSQL lead through proxies of ours; people; and an
// archive that keeps what is deleted from the log, for the judge.
//
//   STATE/site/      the site (tests/lib/site.mjs)
//   STATE/listener/  the proxy of the listeners
//   STATE/reader/    the proxy of the readers
//   STATE/disk/      the disk of the log, where we may make one
//   STATE/bin/       the two programs, each as a script that leads it to its proxy

import { chmod, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { startPooler } from '../lib/pooler.mjs';
import { startSite } from '../lib/site.mjs';
import { NotificationFilter } from './notification-filter.mjs';
import { canMakeDisk, Disk } from './disk.mjs';
import { LinkProxy } from './proxy.mjs';
import { writePrograms } from './programs.mjs';
import { until } from './wait.mjs';

export const STREAMS = 2;
export const APIS = 2;
export const CANARY_S = 1;
export const HEARTBEAT_S = 1;
export const STATEMENT_TIMEOUT_MS = 2000;
const COMMIT_MS = 1000; // far longer than one takes that nobody stands in the way of
const PAGE_MS = 300; // a page is in a backend's hands for microseconds

// Quick to notice, so that many faults fit into a run.  The floor is far away
// unless it is itself on trial: it would make good what a bug loses.
const settings = {
	PGBELL_CANARY_S: String(CANARY_S),
	PGBELL_HEARTBEAT_S: String(HEARTBEAT_S),
	PGBELL_OPEN_WAIT_S: '1',
	PGBELL_RETRY_MS: '400',
	PGBELL_DRAIN_S: '1',
	PGBELL_TRIM_S: '0',
	PGBELL_CONNECT_TIMEOUT_S: '2',
	PGBELL_STATEMENT_TIMEOUT_MS: String(STATEMENT_TIMEOUT_MS),
	PGBELL_BACKLOG_BYTES: '65536',
};

export class Scene {
	notifications = new NotificationFilter();
	disk = canMakeDisk() ? new Disk() : undefined;

	trims = [];     // see course.mjs
	forgotten = []; // what was in a log until a copy was put back, see log.mjs
	mends = [];     // where a log was begun anew, see there

	constructor({ people, floorS, pooler }) {
		this.people = Array.from({ length: people }, (_, i) => ({ id: `person-${i}` }));
		this.probed = { id: 'probe' }; // whom the writers leave alone
		this.topics = ['public:one', 'public:two', 'public:rare'];
		this.floorS = floorS;
		this.hasPooler = pooler;
	}

	async start() {
		this.state = await mkdtemp(join(tmpdir(), 'pgbell-faults-'));
		await chmod(this.state, 0o755);
		const state = join(this.state, 'site');
		const postgres = { path: join(state, 'run/.s.PGSQL.5432') };
		this.listenerProxy = new LinkProxy(postgres, () => this.notifications.makeFilter());
		this.readerProxy = new LinkProxy(postgres);
		for (const [name, proxy] of [['listener', this.listenerProxy], ['reader', this.readerProxy]]) {
			await mkdir(join(this.state, name), { mode: 0o755 });
			await proxy.open({ path: join(this.state, name, '.s.PGSQL.5432') });
		}
		if (this.hasPooler)
			this.pooler = await startPooler(join(this.state, 'pooler'), {
				PGHOST: join(state, 'run'), PGPORT: 5432, size: 2, settings: 'server_login_retry = 0' });
		const bin = join(this.state, 'bin');
		await writePrograms(bin, {
			'pgbell-stream': { PGHOST: join(this.state, 'reader') },
			'pgbell-api': this.pooler ? { PGHOST: this.pooler.directory } : {},
		});
		const command = await this.disk?.prepare(join(this.state, 'disk'));
		this.site = await startSite({ state, command, streams: STREAMS, apis: APIS, env: this.#environment(bin) });
		await this.#furnish();
	}

	#environment(bin) {
		const environment = {
			...settings,
			PGBELL_BIN: bin,
			PGBELL_FLOOR_S: String(this.floorS),
			PGBELL_LISTEN_URL: `host=${join(this.state, 'listener')} port=5432 user=pgbell_stream dbname=pgbell`,
		};
		if (this.hasPooler)
			Object.assign(environment, { PGBELL_POOLER: 'transaction', PGBELL_PREPARE: 'off' });
		return environment;
	}

	async #furnish() {
		await this.site.sql(`
			create schema fault;
			create table fault.archive (like pgbell.event, primary key (address, seq));
			create function fault.archive() returns trigger language plpgsql as $$ begin
				insert into fault.archive select * from gone on conflict (address, seq) do update set type = excluded.type;
				return null;
			end $$;
			create trigger archive after delete on pgbell.event referencing old table as gone
				for each statement execute function fault.archive();
			create function fault.refuse() returns trigger language plpgsql as
				$$ begin raise 'the application refuses this commit' using errcode = 'check_violation'; end $$;
			create unique index digest on pgbell.notification (user_id, subject) where kind = 'digest';
			create constraint trigger refuse after insert on pgbell.notification deferrable initially deferred
				for each row when (new.kind = 'refused') execute function fault.refuse();`);
		await this.site.superuser('create role forger login');
		await this.site.superuser('create role liar login');
		await this.site.sql('grant usage on schema pgbell to liar; grant execute on function pgbell.notify to liar');
		await this.disk?.furnish(this.site);
		for (const person of [...this.people, this.probed]) {
			const [{ token }] = await this.site.sql("select token from pgbell.create_session($1, '1 day')", [person.id]);
			person.token = token;
		}
	}

	// Until nothing is to come or to go any more, and everybody has taken what was announced; nobody writes.
	// An index of the application's may have kept something away: then it is tried again when that is gone.
	async settle() {
		await this.site.sql('drop index if exists pgbell.digest');
		await this.site.sql("update pgbell.due set at = now() where at > now() + interval '10 s'");
		const ids = [...this.people, this.probed].map(({ id }) => id);
		await until('nothing is due any more', async () => {
			const [{ left }] = await this.site.sql(`select (select count(*) from pgbell.due)
				+ (select count(*) from pgbell.announcement where expires_at is not null) as left`);
			const [{ busy }] = await this.site.sql('select busy from pgbell.take_announcements($1)', [ids]);
			return Number(left) === 0 && busy === 0;
		});
	}

	isForgotten({ id }, seq) {
		return this.forgotten.some((part) => part.get(id)?.some((row) => row.seq === seq));
	}

	streamPids() {
		return this.#pids('pgbell-stream', STREAMS);
	}

	apiPids() {
		return this.#pids('pgbell-api', APIS);
	}

	// One that is being started again has no pid for a moment.
	#pids(program, count) {
		return Promise.all(Array.from({ length: count }, (_, i) => {
			const name = i === 0 ? program : `${program}-${i + 1}`;
			return until(`${name} runs`, () => this.site.pid(name));
		}));
	}

	// The processes of PostgreSQL that serve connections of this name.
	async backends(name) {
		const rows = await this.site.superuser('select pid from pg_stat_activity where application_name = $1 order by pid', [name]);
		return rows.map(({ pid }) => pid);
	}

	// Whether a commit that writes and notifies comes through, and nobody waits for a page that a
	// backend has in its hands.
	async canCommit() {
		const committed = this.site.superuser(
			"select pg_logical_emit_message(true, 'fault', ''), pg_notify('nobody', '')",
		).then(() => true);
		if (!await Promise.race([committed, setTimeout(COMMIT_MS, false)]))
			return false;
		const before = await this.waitingForPages();
		await setTimeout(PAGE_MS);
		const after = await this.waitingForPages();
		return !before.some((pid) => after.includes(pid));
	}

	async waitingForPages() {
		const rows = await this.site.superuser("select pid from pg_stat_activity where wait_event = 'BufferContent'");
		return rows.map(({ pid }) => pid);
	}

	readStreamLog() {
		return readFile(join(this.state, 'site/log/pgbell-stream.log'), 'utf8');
	}

	async stop() {
		try {
			await this.site?.stop();
		} finally {
			await this.pooler?.stop();
			for (const proxy of [this.listenerProxy, this.readerProxy])
				await proxy?.close();
			await rm(this.state, { recursive: true, force: true });
		}
	}
}
