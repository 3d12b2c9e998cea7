package Supervisor;

# Starts programs, starts those again that die, and stops them all.  A
# program is a hash:
#
#   name         pgbell-api-2, as it is called in messages
#   command      [program, argument, ...]
#   environment  { NAME => value } besides our own
#   directory    where it runs
#   log          file that its standard output and error are appended to
#   pid_file     removed when it dies; the program writes it
#   socket       a listening socket that it finds as descriptor 0, else /dev/null;
#                when it removes its pid file itself, it takes no more connections
#                and its successor starts, while it sees off those that it has
#   inherits     a handle that it finds under our number of it
#   stage        in the highest stage first, programs are stopped
#   stop_signal  what ends it ("TERM"), and stop_s how long it may take
#   settle_s     how long to wait after an orderly exit, see adopt
#   adopt        a sub that returns the pid of an instance which somebody else
#                started instead (an operator with pg_ctl), or 0
#
# Each program leads a process group of its own.  So Ctrl-C in the terminal
# reaches nobody but us, and what a killed program leaves behind (nginx's
# workers) is found and ended.  It also gets its stop signal from the kernel
# when we die ourselves, however that happens.

use strict;
use warnings;
use Fcntl qw(F_SETFD);
use POSIX qw(:sys_wait_h :signal_h);

use constant {
	TICK_S       => 0.1,     # how often we look after the programs
	SETTLED_S    => 10,      # a program that lived so long died of something new
	DELAY_MIN_S  => 0.25,    # between two starts of one that dies again and again
	DELAY_MAX_S  => 4,
	LINE_BYTES   => 4096,    # of a log's end, for its last line
};

sub new {
	my ($class, $say) = @_;
	return bless { programs => [], say => $say, stopping => '' }, $class;
}

sub add {
	my ($self, %program) = @_;
	my $program = { pid => 0, adopted => 0, start_at => 0, delay_s => 0, settle_s => 0, %program };
	push @{ $self->{programs} }, $program;
	return $program;
}

# Make SIGINT, SIGTERM and SIGHUP (unless it is ignored, as under nohup) end
# every wait.
sub take_signals {
	my ($self) = @_;
	for my $signal (qw(INT TERM HUP)) {
		next if $signal eq 'HUP' && ($SIG{HUP} // '') eq 'IGNORE';
		$SIG{$signal} = sub { $self->{stopping} ||= $signal };
	}
	$SIG{PIPE} = 'IGNORE';
}

sub is_stopping {
	my ($self) = @_;
	return $self->{stopping} ne '';
}

# Seconds of a clock that nobody sets.
sub now {
	return (POSIX::times())[0] / POSIX::sysconf(POSIX::_SC_CLK_TCK());
}

# Look after the programs until $done returns true, $seconds have passed or
# a signal asks us to stop.  Returns whether $done did.
sub wait_until {
	my ($self, $seconds, $done) = @_;
	my $deadline = now() + $seconds;
	until ($self->is_stopping || now() > $deadline) {
		return 1 if $done->();
		$self->look_after_all;
		select undef, undef, undef, TICK_S;
	}
	return 0;
}

sub look_after_all {
	my ($self) = @_;
	while ((my $pid = waitpid(-1, WNOHANG)) > 0) {
		my $status = $?;
		my ($program) = grep { $_->{pid} == $pid } @{ $self->{programs} };
		$self->bury($program, $status) if $program;
	}
	$self->replace($_) for grep { has_begun_to_leave($_) } @{ $self->{programs} };
	for my $program (@{ $self->{programs} }) {
		if ($program->{adopted} && $program->{adopt}->() != $program->{adopted}) {
			$self->{say}->("$program->{name} $program->{adopted}, which we had adopted, is gone");
			$program->{adopted} = 0;
			$program->{start_at} = now() + $program->{settle_s};
		}
		$self->start($program)
		    if !$program->{pid} && !$program->{adopted} && now() >= $program->{start_at};
	}
}

sub has_begun_to_leave {
	my ($program) = @_;
	return 0 if !$program->{socket} || !$program->{pid} || $program->{is_replaced};
	my $had_pid_file = $program->{has_pid_file};
	$program->{has_pid_file} = -s $program->{pid_file};
	return $had_pid_file && !$program->{has_pid_file};
}

# The list has it twice from now on: as itself, which starts again, and as the
# one that leaves, to be buried.
sub replace {
	my ($self, $program) = @_;
	$self->{say}->("$program->{name} $program->{pid} is leaving; starting the next");
	kill $program->{stop_signal}, $program->{pid};
	push @{ $self->{programs} }, { %$program, is_replaced => 1 };
	$program->{pid} = $program->{start_at} = 0;
}

# A program died: clear away what it left and settle when it starts again.
# The first time that is at once.
sub bury {
	my ($self, $program, $status) = @_;
	kill 'KILL', -$program->{pid};
	forget_pid_file($program, $program->{pid});
	$program->{pid} = 0;
	if ($program->{is_replaced}) {
		@{ $self->{programs} } = grep { $_ != $program } @{ $self->{programs} };
		return;
	}

	my $how = $status & 127 ? 'was killed by signal ' . ($status & 127) : 'ended with status ' . ($status >> 8);
	my $words = $status & 127 ? '' : last_words($program);
	$self->{say}->("$program->{name} $how; starting it again (see $program->{log})" . ($words && "; it said: $words"));

	if (now() - $program->{started_at} > SETTLED_S) {
		$program->{delay_s} = 0;
	}
	$program->{start_at} = now() + ($status == 0 ? $program->{settle_s} : 0) + $program->{delay_s};
	my $longer_s = 2 * $program->{delay_s} || DELAY_MIN_S;
	$program->{delay_s} = $longer_s < DELAY_MAX_S ? $longer_s : DELAY_MAX_S;
}

# The last line that it has logged since it was started, without whose it is; '' if there is none.
sub last_words {
	my ($program) = @_;
	open my $log, '<', $program->{log} or return '';
	my $end = (-s $log) - LINE_BYTES;
	seek $log, $end > $program->{logged_from} ? $end : $program->{logged_from}, 0;
	my @lines = <$log>;
	my ($words) = ($lines[-1] // '') =~ /^(.*)$/;
	return $words =~ s/^pgbell-\w+: //r;
}

sub start {
	my ($self, $program) = @_;
	$program->{logged_from} = -s $program->{log} // 0;
	if (my $pid = $program->{adopt} && $program->{adopt}->()) {
		$self->{say}->("$program->{name} was started by somebody else as $pid; adopting it");
		$program->{adopted} = $pid;
		return;
	}
	# Signals wait until the child has let go of our handlers.
	my $all = POSIX::SigSet->new(SIGINT, SIGTERM, SIGHUP);
	my $before = POSIX::SigSet->new;
	sigprocmask(SIG_BLOCK, $all, $before);
	my $pid = fork // die "could not fork: $!\n";
	become($program, $before) if $pid == 0;
	sigprocmask(SIG_SETMASK, $before);
	$program->{pid} = $pid;
	$program->{started_at} = now();
}

# In the child: turn into the program, or end with 127.
sub become {
	my ($program, $signals) = @_;
	POSIX::setpgid(0, 0);
	$SIG{$_} = 'DEFAULT' for qw(INT TERM HUP PIPE);
	sigprocmask(SIG_SETMASK, $signals);
	%ENV = (%ENV, %{ $program->{environment} // {} });
	my $input = $program->{socket};
	open STDOUT, '>>', $program->{log} or POSIX::_exit(127);
	open STDERR, '>&', \*STDOUT or POSIX::_exit(127);
	open $input, '<', '/dev/null' or POSIX::_exit(127) if !$input;
	POSIX::dup2(fileno $input, 0);
	fcntl $program->{inherits}, F_SETFD, 0 if $program->{inherits};
	chdir $program->{directory} or warn "could not enter $program->{directory}: $!\n";
	no warnings 'exec';
	exec 'setpriv', '--pdeathsig', $program->{stop_signal}, '--', @{ $program->{command} };
	warn "could not run setpriv: $!\n";
	POSIX::_exit(127);
}

# Stop the programs, those of the highest stage first; what does not end
# within its time is killed.
sub stop_all {
	my ($self) = @_;
	my %stages = map { $_->{stage} => 1 } @{ $self->{programs} };
	for my $stage (sort { $b <=> $a } keys %stages) {
		my @running = grep { $_->{stage} == $stage && pid_of($_) } @{ $self->{programs} };
		kill $_->{stop_signal}, pid_of($_) for @running;
		$self->see_off($_) for @running;
	}
}

sub see_off {
	my ($self, $program) = @_;
	my $pid = pid_of($program);
	if (!wait_for_end($program, $pid)) {
		$self->{say}->("$program->{name} did not stop within $program->{stop_s} s; killing it");
		kill 'KILL', $pid;
		wait_for_end($program, $pid);
	}
	kill 'KILL', -$pid;
	forget_pid_file($program, $pid);
	$program->{pid} = $program->{adopted} = 0;
}

# Remove the pid file of one that died, unless its successor has written it anew.
sub forget_pid_file {
	my ($program, $pid) = @_;
	open my $file, '<', $program->{pid_file} or return;
	unlink $program->{pid_file} if (<$file> // '') eq "$pid\n";
}

sub pid_of {
	my ($program) = @_;
	return $program->{pid} || $program->{adopted};
}

sub wait_for_end {
	my ($program, $pid) = @_;
	my $deadline = now() + $program->{stop_s};
	while (now() < $deadline) {
		my $ended = $program->{adopted} ? $program->{adopt}->() != $pid : waitpid($pid, WNOHANG) != 0;
		return 1 if $ended;
		select undef, undef, undef, 0.02;
	}
	return 0;
}

1;
