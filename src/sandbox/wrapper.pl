#!/usr/bin/perl
# Runs a command in a sandbox. It is the process of the attempt, outside: when it ends, all in the sandbox has ended,
# and when it is killed, the kernel kills the sandbox (bwrap --die-with-parent, a process namespace of its own).
#
#   perl wrapper.pl FOLDER NETWORK HOSTS BWRAP ARGUMENTS_AND_COMMAND...
#
# FOLDER is the attempt's. NETWORK is "none", or "proxy": then network.pl serves HOSTS at a socket of this process in
# FOLDER, which takes the place of FOLDER/network.sock in the arguments: several commands may run at once.
# Variables of the sandbox come as ORCHD_INNER_NAME and go to bwrap through a pipe: never argv, never the disk.
# TERM is passed on to the command, so that it may tidy up. Exits as the command did (128 + signal);
# FOLDER/sandbox.failed says that the sandbox could not be set up, so that the command never began.

use strict;
use warnings;
no warnings 'exec';
use POSIX ();
use Socket ();

my ($folder, $network, $hosts, $bwrap, @arguments) = @ARGV;
my @inner = map { /^ORCHD_INNER_(.+)$/s ? ('--setenv', $1, $ENV{$_}) : () } keys %ENV;
my $key = $ENV{ORCHD_ATTEMPT_KEY};
%ENV = defined $key ? (ORCHD_ATTEMPT_KEY => $key) : ();
my ($monitor, $proxy, $told) = (0, 0, '');
my $socket = "network.$$.sock";

$^F = 1000;    # the pipes are handed on
$SIG{PIPE} = 'IGNORE';
$SIG{$_} = \&pass_on for qw(TERM INT HUP);

my $outputs = POSIX::open("$folder/outputs", POSIX::O_WRONLY() | POSIX::O_CREAT(), 0600);
failed("cannot make $folder/outputs: $!") if !defined $outputs;
POSIX::close($outputs);
start_proxy() if $network eq 'proxy';
pipe my $variables, my $variables_out or failed("pipe: $!");
pipe my $status, my $status_out       or failed("pipe: $!");
my $filter = filter_of_calls();
$monitor = fork // failed("cannot fork: $!");
if ($monitor == 0) {
    $SIG{$_} = 'DEFAULT' for qw(TERM INT HUP PIPE);
    POSIX::setpgid(0, 0);    # what ends this process's group leaves the sandbox time to tidy up
    close $_ for $variables_out, $status;
    my @filter = $filter ? ('--seccomp', fileno $filter) : ();
    exec $bwrap, '--args', fileno $variables, '--json-status-fd', fileno $status_out, @filter, @arguments;
    print STDERR "cannot execute $bwrap: $!\n";
    POSIX::_exit(126);
}
close $_ for $variables, $status_out;
fcntl $status, POSIX::F_SETFL(), POSIX::O_NONBLOCK();
print {$variables_out} map { "$_\0" } @inner;
close $variables_out;

1 while waitpid($monitor, 0) != $monitor;
my $ended = $?;
hear();
kill 'KILL', -$proxy if $proxy;
unlink "$folder/$socket" if $proxy;
if ($ended & 127) {
    $SIG{$_} = 'DEFAULT' for qw(TERM INT HUP);
    kill $ended & 127, $$;
    POSIX::_exit(128 + ($ended & 127));
}
failed('') if $told !~ /"exit-code"/;
exit $ended >> 8;

# bwrap itself has printed why, unless it was never reached.
sub failed {
    my ($why) = @_;
    print STDERR "$why\n" if $why ne '';
    kill 'KILL', -$proxy if $proxy;
    symlink 'setup', "$folder/sandbox.failed";
    exit 126;
}

sub hear {
    while (sysread $status, my $part, 4096) { $told .= $part }
    return;
}

# System calls that reach past namespaces: the kernel's key rings, which the session lends, and parts of the kernel that
# have been ways out before and that builds and tests do not need. A program of seccomp's filter machine, see bpf(2);
# none on a processor whose numbers are not known here.
sub filter_of_calls {
    my %machines = (
        x86_64  => [0xc000003e, 16, [248, 249, 250, 298, 321, 323]],
        aarch64 => [0xc00000b7, 29, [217, 218, 219, 241, 280, 282]],
        riscv64 => [0xc00000f3, 29, [217, 218, 219, 241, 280, 282]],
    );
    my $machine = $machines{ (POSIX::uname())[4] } or return;
    my ($architecture, $ioctl, $forbidden) = @$machine;
    my ($allow, $refuse, $absent) = (0x7fff0000, 0x00050000 | POSIX::EPERM(), 0x00050000 | POSIX::ENOSYS());
    my @program;
    my $load      = sub { push @program, pack 'S C C L', 0x20, 0, 0, $_[0] };
    my $return    = sub { push @program, pack 'S C C L', 0x06, 0, 0, $_[0] };
    my $if_equal  = sub { push @program, pack 'S C C L', 0x15, 0, 1, $_[0]; $return->($_[1]) };
    my $go_on_if  = sub { push @program, pack 'S C C L', 0x15, 1, 0, $_[0] };
    $load->(4);
    $go_on_if->($architecture);    # calls of another architecture would have other numbers
    $return->($absent);
    $load->(0);
    push @program, pack 'S C C L', 0x35, 0, 1, 0x40000000;    # so would x32
    $return->($absent);
    $if_equal->($_, $refuse) for @$forbidden;                # add_key request_key keyctl perf_event_open bpf userfaultfd
    $if_equal->($_, $absent) for 425 .. 427;                  # io_uring, whose users know how to do without
    $go_on_if->($ioctl);
    $return->($allow);
    $load->(24);
    $if_equal->($_, $refuse) for 0x5412, 0x541c;              # TIOCSTI, TIOCLINUX: typing into a terminal
    $return->($allow);
    pipe my $read, my $write or failed("pipe: $!");
    syswrite $write, join '', @program;
    close $write;
    return $read;
}

# To the command's own process group, as without a sandbox. Before there is one, nothing needs to tidy up.
sub pass_on {
    local ($!, $?);
    POSIX::_exit(143) if !$monitor;
    hear();
    my ($init) = $told =~ /"child-pid": (\d+)/;
    my %groups = map { $_ => 1 } defined $init ? groups_below($init) : ();
    return kill 'KILL', $monitor if !%groups;
    for my $group (keys %groups) {
        kill 'TERM', -$group;
        kill 'CONT', -$group;
    }
    return;
}

sub groups_below {
    my ($parent) = @_;
    my @groups;
    opendir my $proc, '/proc' or return;
    for my $pid (grep { /^\d+$/ } readdir $proc) {
        open my $file, '<', "/proc/$pid/stat" or next;
        my $text = <$file> // '';
        my (undef, $ppid, $group) = split ' ', substr $text, rindex($text, ')') + 2;
        push @groups, $group if ($ppid || 0) == $parent;
    }
    return @groups;
}

# It listens before the sandbox begins, and ends with this process: nothing else holds the other end of the pipe.
sub start_proxy {
    chdir $folder or failed("cannot enter $folder: $!");    # the path of a socket has at most 107 bytes
    unlink $socket;
    socket my $listener, Socket::PF_UNIX(), Socket::SOCK_STREAM(), 0 or failed("socket: $!");
    bind $listener, Socket::pack_sockaddr_un($socket) or failed("cannot listen at $folder/$socket: $!");
    @arguments = map { $_ eq "$folder/network.sock" ? "$folder/$socket" : $_ } @arguments;
    listen $listener, 128;
    chdir '/';
    pipe my $lifeline, my $alive or failed("pipe: $!");
    fcntl $alive, POSIX::F_SETFD(), POSIX::FD_CLOEXEC();
    $proxy = fork // failed("cannot fork: $!");
    if ($proxy) {
        POSIX::setpgid($proxy, $proxy);
        close $listener;
        close $lifeline;
        our $kept = $alive;
        return;
    }
    $SIG{$_} = 'DEFAULT' for qw(TERM INT HUP);
    POSIX::setpgid(0, 0);
    close $alive;
    (my $script = $0) =~ s/wrapper\.pl$/network.pl/;
    exec $^X, $script, 'proxy', fileno $listener, fileno $lifeline, $hosts;
    POSIX::_exit(126);
}
