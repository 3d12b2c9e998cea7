import react from '@vitejs/plugin-react';

export default {
	plugins: [react()],
	/* `npm run dev` beside `make run`. */
	server: { proxy: { '/api': process.env.PGBELL_URL ?? 'http://127.0.0.1:8080' } },
};
