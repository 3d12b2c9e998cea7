#!/usr/bin/perl
# What systemd does for a service with a socket, as far as a program can see it:
# holds the listening socket, hands it to each process as descriptor 0, starts a
# process that ends again, hears its messages, and ends one whose watchdog
# barks.
#
#   manager.pl SOCKET BACKLOG COUNT NOTIFY WATCHDOG_MS -- command …
#
# NOTIFY is the path of the socket of messages, or ""; WATCHDOG_MS is 0 where there is
# none.  Says what happens on standard output: "started PID", "ended PID STATUS",
# "heard PID MESSAGE".  SIGTERM ends the processes, and then us.

use strict;
use warnings;
use IO::Socket::UNIX;
use POSIX qw(:signal_h WNOHANG);
use Socket qw(SOCK_DGRAM);
use Time::HiRes qw(time);

my ($path, $backlog, $count, $notify, $watchdog_ms, undef, @command) = @ARGV;
$| = 1;
unlink $path;
my $listener = IO::Socket::UNIX->new(Local => $path, Listen => $backlog) or die "$path: $!\n";
chmod 0660, $path;
my $ear;
if ($notify ne '') {
	unlink $notify;
	$ear = IO::Socket::UNIX->new(Local => $notify, Type => SOCK_DGRAM) or die "$notify: $!\n";
}

# The watchdog's time is our own waking time: when the machine stands still, what
# it guards could say nothing either.
my ($awake, $looked) = (0, time);
my (%alive, $stopping);    # pid => when it was last heard, or 0 before READY=1
$SIG{TERM} = sub { $stopping = 1; kill 'TERM', keys %alive };
start() for 1 .. $count;
while (%alive) {
	my $readable = '';
	vec($readable, fileno $ear, 1) = 1 if $ear;
	my $is_heard = select($readable, undef, undef, 0.02) > 0;
	my $now = time;
	$awake += $now - $looked < 0.1 ? $now - $looked : 0.1;
	$looked = $now;
	hear() if $is_heard;
	bark();
	while ((my $pid = waitpid -1, WNOHANG) > 0) {
		delete $alive{$pid};
		print "ended $pid $?\n";
		start() if !$stopping;
	}
}

sub start {
	my $held = POSIX::SigSet->new(SIGTERM);    # our own handler is not for the child
	sigprocmask(SIG_BLOCK, $held);
	my $pid = fork // die "fork: $!\n";
	if ($pid == 0) {
		$SIG{TERM} = 'DEFAULT';
		sigprocmask(SIG_UNBLOCK, $held);
		open STDIN, '<&', $listener or die "descriptor 0: $!\n";
		$^F = 2;
		$ENV{NOTIFY_SOCKET} = $notify if $ear;
		@ENV{qw(WATCHDOG_USEC WATCHDOG_PID)} = ($watchdog_ms * 1000, $$) if $watchdog_ms;
		exec 'setpriv', '--pdeathsig=KILL', '--', @command or die "$command[0]: $!\n";
	}
	$alive{$pid} = 0;
	sigprocmask(SIG_UNBLOCK, $held);
	print "started $pid\n";
}

# With one process, which is what a service has that speaks, it is clear who it was.
sub hear {
	defined recv $ear, my $message, 4096, 0 or return;
	my ($pid) = keys %alive or return;
	$alive{$pid} = $awake;
	print "heard $pid $message\n";
}

sub bark {
	return if !$watchdog_ms;
	for my $pid (grep { $alive{$_} && $awake - $alive{$_} > $watchdog_ms / 1000 } keys %alive) {
		kill 'KILL', $pid;
	}
}
