<?php
// Listen to a person's notifications with nothing but PHP:
//
//   TOKEN=… php php.php https://example.org

if (!preg_match('#^https?://#', $argv[1] ?? '')) {
	fwrite(STDERR, "usage: TOKEN=... php php.php https://example.org\n");
	exit(2);
}

$url = $argv[1] . '/api/notifications/stream';
$last_id = null;
$wait_ms = 3000;

function take(array $event): void
{
	if (($event['event'] ?? '') === 'new_notification')
		echo $event['id'], ' ', $event['data'], "\n";
}

// One stream, up to its end; data is one line of JSON.
function listen(string $url): void
{
	global $last_id, $wait_ms;
	$fields = ['Authorization: Bearer ' . getenv('TOKEN')];
	if ($last_id !== null)
		$fields[] = "Last-Event-ID: $last_id";
	$stream = @fopen($url, 'r', false, stream_context_create(['http' => [
		'header' => $fields,
		'protocol_version' => 1.0, // of an answer in chunks PHP hands out blocks of 8 KB
		'timeout' => 75,           // a heartbeat comes every 30 s
		'ignore_errors' => true,
	]]));
	if ($stream === false)
		return;
	$answer = stream_get_meta_data($stream)['wrapper_data'];
	if (str_contains($answer[0], ' 401'))
		exit("The token is not valid (any more): sign in again.\n");
	if (!str_contains($answer[0], ' 200')) {
		$wait_ms = 5000;
		return;
	}
	$event = [];
	while (($line = fgets($stream)) !== false) {
		[$name, $value] = explode(': ', rtrim($line, "\n"), 2) + ['', ''];
		$event[$name] = $value;
		if ($name === 'retry')
			$wait_ms = (int) $value;
		if ($line === "\n") {
			$last_id = $event['id'] ?? $last_id; // now that the event is whole
			take($event);
			$event = [];
		}
	}
}

for (;;) {
	listen($url);
	usleep($wait_ms * 1000);
}
