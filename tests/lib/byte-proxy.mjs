// A proxy between a program and PostgreSQL's unix socket that knows only bytes: it
// passes them on both ways until a test drops them or cuts the connection.

import { mkdir } from 'node:fs/promises';
import net from 'node:net';

// A wire to the database that notes who spoke: 'c' for the client, 's' for the server.
// Once meddle(who, bytes, client) is set, it takes what it answers true for off the wire.
export async function startWire(t, site, directory) {
	const wire = { directory, turns: '', swallows: false, isSilent: false, clients: [] };
	await mkdir(directory);
	const server = net.createServer((client) => {
		const database = net.connect(`${site.env.PGHOST}/.s.PGSQL.${site.env.PGPORT}`);
		const cut = () => [client, database].forEach((one) => one.destroy());
		wire.clients.push(client);
		const pass = (from, to, who) => from.on('data', (bytes) => {
			if (!wire.turns.endsWith(who))
				wire.turns += who;
			if (wire.isSilent || wire.meddle?.(who, bytes, client))
				return undefined;
			if (who === 's' && wire.swallows) {
				wire.swallows = false;
				return cut();
			}
			return to.write(bytes);
		}).on('close', cut).on('error', cut);
		pass(client, database, 'c');
		pass(database, client, 's');
	}).listen(`${directory}/.s.PGSQL.${site.env.PGPORT}`);
	t.after(() => server.close());
	return wire;
}

// What a server says as it ends a connection: FATAL, or in a crash of another backend a WARNING.
export function ending(type, severity, sqlstate) {
	const fields = Buffer.from(`S${severity}\0V${severity}\0C${sqlstate}\0Mending\0\0`);
	const head = Buffer.from(`${type}\0\0\0\0`);
	head.writeUInt32BE(4 + fields.length, 1);
	return Buffer.concat([head, fields]);
}
