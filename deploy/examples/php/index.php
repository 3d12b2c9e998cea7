<?php
// A small site: sign in, sign out, and a shop that ships.  What pgbell is about are the lines with "bell".

require __DIR__ . '/bell.php';
session_start();
$db = new PDO('pgsql:' . getenv('SHOP_DSN'), null, null, [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
bell_keep($db, $_SESSION['user'] ?? null);

switch ($_SERVER['REQUEST_METHOD'] . ' ' . strtok($_SERVER['REQUEST_URI'], '?')) {
	case 'POST /sign-in': // a real site asks for a password
		session_regenerate_id(true);
		$_SESSION['user'] = $_POST['user'];
		bell_sign_in($db, $_POST['user']);
		break;
	case 'POST /sign-out':
		bell_sign_out($db);
		session_destroy();
		break;
	case 'POST /ship':
		$db->prepare('select pgbell.notify(?, ?, cast(? as jsonb))')
			->execute([$_POST['to'], 'shipped', json_encode(['parcel' => (int) $_POST['parcel']])]);
		break;
}
echo isset($_SESSION['user']) ? "signed in as {$_SESSION['user']}" : 'signed out', "\n";
