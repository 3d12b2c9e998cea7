// Clients in languages that take more than each build has at hand: the examples miss nothing and get
// nothing twice, and libraries as their users write them have an event when it comes.

import { execFile } from 'node:child_process';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { missesNothing, printsAtOnce } from '../lib/printing-clients.mjs';
import { root, startSite } from '../lib/site.mjs';

const example = (name) => join(root, 'deploy/examples/clients', name);

let site, go;

before(async () => {
	site = await startSite({ env: { PGBELL_RETRY_MS: '200', PGBELL_DRAIN_S: '0' } });
	go = join(site.state, 'go-client');
	await promisify(execFile)('go', ['build', '-o', go, example('go.go')], { env: { ...process.env, HOME: site.state, GOFLAGS: '-mod=mod', GO111MODULE: 'off' } });
});
after(() => site?.stop());

// As a bundler sees it: the package by what it calls its default.
async function makeApp() {
	const app = join(site.state, 'app');
	const put = async (path, text) => {
		await mkdir(join(app, path, '..'), { recursive: true });
		await writeFile(join(app, path), text);
	};
	await cp(join(root, 'deploy/www'), join(app, 'www'), { recursive: true });
	await cp(example('react-native.mjs'), join(app, 'examples/clients/react-native.mjs'));
	await cp(join(root, 'tests/clients/react-native.mjs'), join(app, 'main.mjs'));
	await put('node_modules/react-native-sse/package.json', '{"exports": "./index.mjs"}');
	await put('node_modules/react-native-sse/index.mjs', `import it from '${join(root, 'tests/clients/node_modules/react-native-sse/index.js')}'; export default it.default ?? it;`);
	return [process.execPath, join(app, 'main.mjs'), join(root, 'tests/clients/')];
}

const examples = {
	'Go': () => [go],
	'Ruby': () => ['ruby', example('ruby.rb')],
	'React Native': makeApp,
};

for (const [name, words] of Object.entries(examples))
	test(`the example for ${name} rings at once, misses nothing while pgbell-stream is killed and restarted, and ends with its session`, async (t) => missesNothing(t, site, await words()));

const others = {
	'Net::HTTP of Ruby': ['ruby', '-rnet/http', '-e', `$stdout.sync = true
url = URI(ARGV[0] + "/api/notifications/stream")
Net::HTTP.start(url.host, url.port) { |http|
  http.request(Net::HTTP::Get.new(url, "Authorization" => "Bearer " + ENV["TOKEN"])) { |answer| answer.read_body { |part| print part } } }`, '--'],
};

for (const [name, words] of Object.entries(others))
	test(`an event is there when it comes: ${name}`, (t) => printsAtOnce(t, site, words));
