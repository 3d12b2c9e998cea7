<?php
// pgbell beside PHP's own sessions, which are files that no database can read: a sign-in starts a session of pgbell's
// too, each page keeps it alive, and a sign-out ends it.  The bell lives as long as the site's session does.

const BELL_LIFETIME = '30 minutes'; // as long as the site's own without a visit

function bell_call(PDO $db, string $call, array $values): ?string
{
	$statement = $db->prepare("select $call");
	$statement->execute($values);
	return $statement->fetchColumn() ?: null;
}

function bell_cookie(string $token, int $expires): void
{
	setcookie('pgbell_session', $token, ['expires' => $expires, 'path' => '/', 'httponly' => true,
		'samesite' => 'Lax', 'secure' => !empty($_SERVER['HTTPS'])]);
}

// Behind the check of the password.
function bell_sign_in(PDO $db, string $user): void
{
	$token = bell_call($db, "token from pgbell.create_session(?, cast(? as interval))", [$user, BELL_LIFETIME]);
	$_SESSION['bell'] = $token;
	bell_cookie($token, 0);
}

// On each page, with whom the site takes the visitor for, or null.  A bell that is not visited any more ends with the
// site's session; and where the site knows somebody whose bell has ended (pgbell.revoke_sessions()), or who was signed
// in before there was one, there is a new one.
function bell_keep(PDO $db, ?string $user): void
{
	if ($user === null) {
		if (isset($_COOKIE['pgbell_session'])) {
			bell_sign_out($db);
		}
		return;
	}
	try {
		bell_call($db, 'pgbell.renew_session(?)', [$_SESSION['bell'] ?? '']);
		if (($_COOKIE['pgbell_session'] ?? '') !== $_SESSION['bell']) { // it ends with the browser; the site's may not
			bell_cookie($_SESSION['bell'], 0);
		}
	} catch (PDOException) {
		bell_sign_in($db, $user);
	}
}

function bell_sign_out(PDO $db): void
{
	bell_call($db, 'pgbell.end_session(?)', [$_SESSION['bell'] ?? $_COOKIE['pgbell_session'] ?? '']);
	unset($_SESSION['bell']);
	bell_cookie('', 1);
}
