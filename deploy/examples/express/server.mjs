// A small site: sign in, sign out, and a shop that ships.  What pgbell is about is in one line.

import express from 'express';
import session from 'express-session';
import connectPg from 'connect-pg-simple';
import pg from 'pg';

const pool = new pg.Pool();
const Store = connectPg(session);
const app = express();
app.use(express.json());
app.use(session({
	store: new Store({ pool, createTableIfMissing: true }),
	secret: process.env.SESSION_SECRET, resave: false, saveUninitialized: false,
	cookie: { maxAge: 30 * 60 * 1000, sameSite: 'lax' },
}));

app.post('/sign-in', (req, res) => {
	req.session.userId = req.body.user; // a real site asks for a password
	res.json({ user: req.body.user });
});
app.post('/sign-out', (req, res) => req.session.destroy(() => res.sendStatus(204)));
app.post('/ship', async (req, res) => {
	await pool.query('insert into pgbell.notification (user_id, kind, data) values ($1, $2, $3)',
		[req.body.to, 'shipped', { parcel: req.body.parcel }]);
	res.sendStatus(204);
});

const server = app.listen(Number(process.env.PORT), '127.0.0.1', () => console.log(`listening on ${server.address().port}`));
