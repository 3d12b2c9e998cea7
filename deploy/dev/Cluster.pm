package Cluster;

# The private PostgreSQL cluster of a site: STATE/pg.  It listens on a unix
# socket in a directory that is closed to everybody else, and on nothing more,
# so it trusts whoever reaches it.

use strict;
use warnings;

use constant {
	PORT            => 5432,    # part of the socket's name only
	SOCKET_PATH_MAX => 107,     # bytes in a struct sockaddr_un, less the NUL
};

# The server's programs are those in $postgres, where somebody says so.
sub new {
	my ($class, $state, $postgres) = @_;
	my $self = bless { state => $state, data => "$state/pg" }, $class;
	$self->{bin} = $postgres || $self->find_programs;
	-x "$self->{bin}/initdb" or die "there is no initdb in $self->{bin}\n";
	return $self;
}

# Where initdb and postgres of the cluster's version are; of the newest version
# where there is no cluster yet.
sub find_programs {
	my ($self) = @_;
	my $version = '*';
	if (open my $file, '<', "$self->{data}/PG_VERSION") {
		chomp($version = <$file>);
	}
	my @found = grep { -x "$_/initdb" } glob "/usr/lib/postgresql/$version/bin";
	push @found, grep { $version eq '*' && -x "$_/initdb" } split /:/, $ENV{PATH};
	my ($newest) = sort { version_of($b) <=> version_of($a) } @found;
	return $newest if $newest;
	die $version eq '*'
	    ? "PostgreSQL is not installed (no initdb in /usr/lib/postgresql or the PATH)\n"
	    : "$self->{data} was made by PostgreSQL $version, which is not installed\n";
}

sub version_of {
	my ($directory) = @_;
	return $directory =~ m{/(\d+)/bin\z} ? $1 : 0;
}

# psql and pg_isready stand beside the server's programs, or come from another
# package (of another version, perhaps: it does not matter to what we ask of them).
sub client {
	my ($self, $name) = @_;
	return -x "$self->{bin}/$name" ? "$self->{bin}/$name" : $name;
}

sub exists {
	my ($self) = @_;
	return -e "$self->{data}/PG_VERSION";
}

# Made under another name first: what stands in STATE/pg is complete.
sub create {
	my ($self) = @_;
	my $new = "$self->{data}.new";
	system 'rm', '-rf', $new;
	my @words = ("$self->{bin}/initdb", '-D', $new, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8',
		'--locale=C.UTF-8', '--no-instructions');
	open my $output, '-|', @words or die "could not run $words[0]: $!\n";
	my @said = <$output>;
	close $output or die "could not make a database cluster in $self->{data}\n", @said;
	open my $conf, '>>', "$new/postgresql.conf" or die "$new/postgresql.conf: $!\n";
	print $conf "\ninclude 'pgbell.conf'\t# written at each start; your own settings go below\n";
	close $conf or die "$new/postgresql.conf: $!\n";
	rename $new, $self->{data} or die "could not rename $new: $!\n";
}

# The directory of the socket: STATE/run, or where the path is too long for a
# socket (or has characters that libpq reads as a list) a short one, to which
# STATE/run/sockets points.
sub choose_socket_directory {
	my ($self) = @_;
	my $link = "$self->{state}/run/sockets";
	$self->remove_socket_directory;
	$self->{host} = "$self->{state}/run";
	return
	    if $self->{host} =~ m{\A[\w./ +\@-]+\z}
	    && length("$self->{host}/.s.PGSQL." . PORT) <= SOCKET_PATH_MAX;
	chomp($self->{host} = `mktemp -d /tmp/pgbell-XXXXXXXX`);
	die "could not make a directory for the sockets in /tmp\n" if $? != 0;
	symlink $self->{host}, $link or die "could not make $link: $!\n";
	return $self->{host};
}

sub remove_socket_directory {
	my ($self) = @_;
	my $link = "$self->{state}/run/sockets";
	my $target = readlink $link // return;
	unlink $link;
	return if $target !~ m{\A/tmp/pgbell-\w{8}\z} || !-o $target;
	unlink glob "$target/.s.PGSQL.*";
	rmdir $target;
}

# Write the settings that depend on where STATE stands today.
sub configure {
	my ($self) = @_;
	my %setting = (
		listen_addresses        => '',
		port                    => PORT,
		unix_socket_directories => qq("$self->{host}"),
		unix_socket_permissions => '0700',
		external_pid_file       => "$self->{state}/run/postgres.pid",
		cluster_name            => 'pgbell',
		log_line_prefix         => '%m [%p] %q%u %a ',
		max_connections         => 200,
	);
	open my $conf, '>', "$self->{data}/pgbell.conf" or die "$self->{data}/pgbell.conf: $!\n";
	for my $name (sort keys %setting) {
		my $value = $setting{$name} =~ s/'/''/gr;
		print $conf "$name = '$value'\n";
	}
	close $conf or die "$self->{data}/pgbell.conf: $!\n";
}

# What `. STATE/env` gives a shell.
sub write_env {
	my ($self) = @_;
	my $host = $self->{host} =~ s/'/'\\''/gr;
	open my $env, '>', "$self->{state}/env" or die "$self->{state}/env: $!\n";
	print $env "export PGHOST='$host' PGPORT=${\PORT} PGDATABASE=pgbell PGUSER=pgbell_owner\n";
	close $env or die "$self->{state}/env: $!\n";
}

sub connection {
	my ($self, $user) = @_;
	return (PGHOST => $self->{host}, PGPORT => PORT, PGDATABASE => 'pgbell', PGUSER => $user);
}

# The pid of the postmaster that runs in the data directory, or 0.  A
# postmaster's working directory is its data directory.
sub running_pid {
	my ($self) = @_;
	open my $file, '<', "$self->{data}/postmaster.pid" or return 0;
	my ($pid) = (<$file> // '') =~ /^(\d+)/ or return 0;
	return (readlink("/proc/$pid/cwd") // '') eq $self->{data} ? $pid : 0;
}

sub is_ready {
	my ($self) = @_;
	return system($self->client('pg_isready'), '-q', '-h', $self->{host}, '-p', PORT) == 0;
}

# Run a file of SQL as this user; the first error ends it.
sub run_file {
	my ($self, $user, $database, $file) = @_;
	local %ENV = (%ENV, $self->connection($user), PGDATABASE => $database,
		PGOPTIONS => '-c client_min_messages=warning');
	system($self->client('psql'), '-X', '-q', '-o', '/dev/null', '-v', 'ON_ERROR_STOP=1', '-f', $file) == 0
	    or die "$file failed\n";
}

1;
