#!/usr/bin/perl
# The resident launcher: starts, watches and ends the processes of attempts for one holder, and outlives it.
# `launcher/` is the same in C, function by function, and is taken where it was compiled: what changes here changes there.
#
#   perl launcher.pl HOLDER_FILE BOOT_ID
#
# Why not in the holder: forking from Node costs more the more memory it has; a process without a wrapper would lose
# its exit status with the holder. Why Perl: perl-base is on every Debian, and can setsid, waitpid and be a subreaper.
#
# stdin:  frames of a 4-byte big-endian length and fields separated by NUL (a NUL cannot be in argv or env):
#           base   NAME=VALUE...                          the environment of all attempts (replaces this process's own)
#           start  ID KEY FOLDER GENERATION LIMITS CWD COUNT direct... COUNT shell... NAME=VALUE...
#           stop   ID REASON                              cancelled | deadline | settled | stalled | killed (no grace)
#           guard  ID KEY FOLDER ELAPSED LIMITS           watch an attempt whose own launcher has died
#         LIMITS is six fields: timeout, stall, orphan and grace in ms (0: none), head and tail in bytes.
# stdout: lines: "ended ID JSON", "claimed ID" (begun by somebody else, not started), "guarding ID", "gone ID".
# At the end of stdin the holder is gone: attempts go on, and the launcher ends with the last of them.
#
# In an attempt's folder (all this side of the kernel's atomic operations, so that no reader sees half of anything):
#   claim, claim.1, ...  symlink "PID START BOOT" of the launcher that began it, or "held" when recovery was first
#   process              symlink "PID START" of its process, once it lives longer than a moment
#   output.raw           stdout and stderr
#   status               one line of JSON; without its newline it counts as absent
#   stop, stop.now       symlink to a reason: a later holder asks for the end, then sends SIGUSR1

use strict;
use warnings;
no warnings 'exec';
use POSIX ();

use constant {
    SECOND         => 1000,
    FIRST_LOOK     => 50,       # ms after the start; most steps that are quick have ended by then
    SWEEP_GRACE    => 1000,     # ms between TERM and KILL for what a step leaves behind
    SWEEP_GIVE_UP  => 5000,     # ms after KILL: what then lives hangs in the kernel
    FORK_PATIENCE  => 30_000,   # ms of trying to fork before the attempt is given up
    STATUS_PATIENCE => 600_000, # ms of trying to write a status on a full disk, once nobody else would know it
    BLOCK          => 4096,
};
my %linux_calls = (
    x86_64  => { prctl => 157, fallocate => 285 },
    aarch64 => { prctl => 167, fallocate => 47 },
    riscv64 => { prctl => 167, fallocate => 47 },
);

my ($holder_file, $boot) = @ARGV;
my $calls    = (POSIX::uname())[0] eq 'Linux' ? $linux_calls{ (POSIX::uname())[4] } || {} : {};
my $tick_ms  = 1000 / POSIX::sysconf(POSIX::_SC_CLK_TCK());
my $identity = join ' ', $$, start_time($$) || 0, $boot;

my %attempts;     # by id
my %by_pid;       # attempts whose process is not reaped yet
my %by_key;       # attempts by ORCHD_ATTEMPT_KEY
my %orphans;      # pid of an adopted descendant => ids of the attempts that may own it
my %unwritten;    # status lines that the disk did not take: id => [path, line, since]
my ($in, $out, $holder_gone, $ask_stops, $next_look, $holder_seen) = ('', '', 0, 0, undef, now());

# With the kernel's help every descendant that loses its parent becomes our child, so leftovers are known for free.
my $subreaper = exists $calls->{prctl} && syscall($calls->{prctl}, 36, 1, 0, 0, 0) == 0 && -r "/proc/$$/task/$$/children";

chdir '/';
if (opendir my $inherited, '/proc/self/fd') {    # or attempts would hold what the holder's parent left open
    POSIX::close($_) for grep { /^\d+$/ && $_ > 2 } readdir $inherited;
}
open my $null, '+<', '/dev/null' or die "/dev/null: $!";
pipe my $wake_read, my $wake or die "pipe: $!";
unblock($_) for *STDIN, *STDOUT, $wake_read, $wake;

my ($wake_fd, $null_fd, $set_mask, $no_signals) = (fileno $wake_read, fileno $null, POSIX::SIG_SETMASK(), POSIX::SigSet->new);
my $append = POSIX::O_WRONLY() | POSIX::O_APPEND() | POSIX::O_CREAT();

# Blocked, not ignored: attempts are stopped by the holder, never by a terminal; a child unblocks before it executes.
POSIX::sigprocmask(POSIX::SIG_BLOCK(), POSIX::SigSet->new(map { POSIX->can($_)->() } qw(SIGTERM SIGINT SIGHUP SIGQUIT)));
$SIG{PIPE} = sub { };
$SIG{CHLD} = sub { local $!; syswrite $wake, "\n" };
$SIG{USR1} = sub { local $!; $ask_stops = 1; syswrite $wake, "\n" };

until ($holder_gone && !%attempts && !%unwritten) {
    my ($readable, $writable) = ('', '');
    vec($readable, 0, 1) = 1 unless $holder_gone;
    vec($readable, $wake_fd, 1) = 1;
    vec($writable, 1, 1) = 1 if length $out;
    my $wait = defined $next_look ? ($next_look - now()) / 1000 : undef;
    my $ready = select $readable, $writable, undef, defined $wait && $wait < 0 ? 0 : $wait;
    hear_children() if $ready > 0 && vec $readable, $wake_fd, 1;
    reap();
    hear_holder() if $ready > 0 && vec $readable, 0, 1;
    look_for_stops() if $ask_stops;
    look_around() if defined $next_look && now() >= $next_look;
    flush_reports();
}
note_orphans() if $subreaper;
kill 'KILL', keys %orphans if %orphans;
exit 0;

sub now { return (POSIX::times())[0] * $tick_ms }    # monotonic; stands still while the machine sleeps

sub unblock {
    my ($handle) = @_;
    fcntl $handle, POSIX::F_SETFL(), fcntl($handle, POSIX::F_GETFL(), 0) | POSIX::O_NONBLOCK();
    return;
}

# ---- talking to the holder

sub hear_holder {
    my $got = sysread STDIN, $in, 1 << 18, length $in;
    if (!defined $got) { return if $! == POSIX::EAGAIN() || $! == POSIX::EINTR() }
    while (length $in >= 4) {
        my $size = unpack 'N', $in;
        last if length $in < 4 + $size;
        my $frame = substr $in, 4, $size;
        substr($in, 0, 4 + $size) = '';
        obey(split /\0/, $frame, -1);
    }
    return if $got;
    ($holder_gone, $in, $out, $holder_seen) = (1, '', '', now());
    look_soon(0);
    return;
}

sub obey {
    my ($verb, @fields) = @_;
    if    ($verb eq 'start') { start(@fields) }
    elsif ($verb eq 'stop')  { $attempts{ $fields[0] } and stop($attempts{ $fields[0] }, $fields[1]) }
    elsif ($verb eq 'guard') { guard(@fields) }
    elsif ($verb eq 'base')  { %ENV = map { split /=/, $_, 2 } @fields }
    return;
}

sub report { $out .= "$_[0]\n" unless $holder_gone; return }

sub flush_reports {
    return unless length $out;
    my $sent = syswrite STDOUT, $out;
    if    (defined $sent) { substr($out, 0, $sent) = '' }
    elsif ($! != POSIX::EAGAIN() && $! != POSIX::EINTR()) { $out = '' }
    return;
}

# ---- starting

sub attempt_of {
    my ($id, $key, $folder, $timeout, $stall, $orphan, $grace, $head, $tail) = @_;
    my $now = now();
    return {
        id => $id, key => $key, folder => $folder, timeout => $timeout, stall => $stall, orphan => $orphan,
        grace => $grace, head => $head, tail => $tail, started => $now, grown => $now, size => 0, punched => 0,
        look_at => $now + FIRST_LOOK, interval => FIRST_LOOK,
    };
}

sub enter {
    my ($attempt) = @_;
    $attempts{ $attempt->{id} } = $by_key{ $attempt->{key} } = $attempt;
    $next_look = $attempt->{look_at} if !defined $next_look || $next_look > $attempt->{look_at};
    return;
}

sub start {
    my ($id, $key, $folder, $generation, @rest) = @_;
    my $attempt = attempt_of($id, $key, $folder, splice @rest, 0, 6);
    my $cwd     = shift @rest;
    my @direct  = splice @rest, 0, shift @rest;
    my @shell   = splice @rest, 0, shift @rest;
    @$attempt{qw(cwd direct shell env)} = ($cwd, \@direct, \@shell, \@rest);

    my $claim = $generation ? "$folder/claim.$generation" : "$folder/claim";
    make_folder($folder);
    if (!symlink $identity, $claim) {
        return report("claimed $id") if $! == POSIX::EEXIST();
        return report("ended $id " . description($attempt, 'spawn_failed', "cannot write to $folder: $!"));
    }
    enter($attempt);
    launch($attempt);
    return;
}

sub make_folder {
    my ($folder) = @_;
    return if mkdir($folder, 0700) || $! != POSIX::ENOENT();
    my ($parent) = $folder =~ m{^(.+)/[^/]+$} or return;
    make_folder($parent);
    mkdir $folder, 0700;
    return;
}

# All that can be done before the fork is done there: each page that a child writes to costs a copy.
sub launch {
    my ($attempt) = @_;
    my ($cwd, $shell) = @$attempt{qw(cwd shell)};
    my $output = POSIX::open("$attempt->{folder}/output.raw", $append, 0600);
    return give_up($attempt, "cannot open its output file: $!") if !defined $output;
    my %env = map { split /=/, $_, 2 } @{ $attempt->{env} };
    local @ENV{ keys %env, 'PWD' } = (values %env, $cwd);
    my $program = program($cwd, $attempt->{direct}[0]);
    my @words   = @{ $program ? $attempt->{direct} : $shell };

    my $pid = fork;
    POSIX::close($output) if $pid || !defined $pid;
    return wait_for_process($attempt) if !defined $pid;
    if ($pid == 0) {
        POSIX::setsid();
        POSIX::dup2($null_fd, 0);
        POSIX::dup2($output, 1);
        POSIX::dup2($output, 2);
        POSIX::close($output);
        chdir $cwd or complain($attempt, "cannot work in $cwd: $!");
        POSIX::sigprocmask($set_mask, $no_signals);
        exec { $program || $words[0] } @words;
        exec { $shell->[0] } @$shell;
        complain($attempt, "cannot execute $shell->[0]: $!");
    }
    $attempt->{pid} = $pid;
    $by_pid{$pid} = $attempt;
    delete @$attempt{qw(unborn cwd direct shell env)};
    return;
}

# The system has no process to spare: tries again a little later.
sub wait_for_process {
    my ($attempt) = @_;
    my $why = $!;
    return give_up($attempt, "cannot fork: $why") if now() - $attempt->{started} > FORK_PATIENCE;
    $attempt->{unborn} = 1;
    $attempt->{interval} *= 2 if $attempt->{interval} < SECOND;
    $attempt->{look_at} = now() + $attempt->{interval};
    look_soon($attempt->{interval});
    return;
}

# The file of a program that the kernel can execute itself. Anything odd (not found, no permission, a script without
# "#!") is left to the shell, which knows what to do and say.
sub program {
    my ($cwd, $word) = @_;
    return unless defined $word;
    my @folders = $word =~ m{/} ? '' : map { "$_/" } split /:/, $ENV{PATH} || '';
    for my $file (map { "$_$word" } @folders) {
        $file = "$cwd/$file" if $file !~ m{^/};
        next unless -f $file && -x _;
        return contents($file, 4) =~ /^(?:\x7fELF|\#!)/ ? $file : undef;
    }
    return;
}

sub give_up {
    my ($attempt, $text) = @_;
    @$attempt{qw(over error)} = (1, $text);
    finish($attempt, 0);
    return;
}

# In a child that cannot become what it should: tells the launcher by the pipe that wakes it.
sub complain {
    my ($attempt, $text) = @_;
    syswrite $wake, substr("$attempt->{id} $text", 0, 4000) . "\n";
    POSIX::_exit(127);
    return;
}

# ---- ends

sub hear_children {
    my $text = '';
    1 while sysread $wake_read, $text, 1 << 16, length $text;
    while ($text =~ /^(\d+) (.+)$/mg) {
        $attempts{$1}{error} = $2 if $attempts{$1};
    }
    return;
}

sub reap {
    my @over;
    while ((my $pid = waitpid -1, POSIX::WNOHANG()) > 0) {
        my $status = $?;
        delete $orphans{$pid};
        my $attempt = delete $by_pid{$pid} or next;
        my $signal = $status & 127;
        @$attempt{qw(over code signal)} = (1, $signal ? undef : $status >> 8, $signal || undef);
        push @over, $attempt;
    }
    settle($_) for @over, grep { $_->{sweeping} } values %attempts;
    return;
}

# Its own process has ended: ends the attempt too, when nothing of it is left. What is left gets TERM, then KILL.
sub settle {
    my ($attempt) = @_;
    return unless $attempts{ $attempt->{id} };
    my @left = leftovers($attempt);
    my $now  = now();
    if (!@left || ($attempt->{sweeping} && $now > $attempt->{sweeping} + SWEEP_GIVE_UP)) {
        finish($attempt, scalar @left);
        return;
    }
    my $hurry = ($attempt->{reason} || '') eq 'killed';
    $attempt->{sweeping} ||= $now + ($hurry ? 0 : SWEEP_GRACE);
    if ($hurry || $now >= $attempt->{sweeping}) { kill 'KILL', @left }
    elsif (my @untold = grep { !$attempt->{told}{$_}++ } @left) {    # each that ends may leave others to us
        kill 'TERM', @untold;
        kill 'CONT', @untold;
    }
    $attempt->{look_at} = $now + FIRST_LOOK;
    look_soon(FIRST_LOOK);
    return;
}

# Process ids, or minus a process group.
sub leftovers {
    my ($attempt) = @_;
    return guarded_members($attempt) if $attempt->{guarded};
    my $group = -$attempt->{pid};
    my @left = kill(0, $group) || $! == POSIX::EPERM() ? $group : ();
    return (@left, marked($attempt->{key})) unless $subreaper;
    note_orphans();
    for my $pid (keys %orphans) {
        my $owners = $orphans{$pid};
        push @left, $pid if exists $owners->{ $attempt->{id} } && keys %$owners == 1;
    }
    return @left;
}

# An orphan without a sign of its attempt may belong to any that lives now: it is swept with the last of those.
sub note_orphans {
    for my $pid (split ' ', contents("/proc/$$/task/$$/children")) {
        next if $by_pid{$pid} || $orphans{$pid};
        my $owner = $by_key{ key_of($pid) } || session_owner($pid);
        $orphans{$pid} = { map { $_ => 1 } $owner ? $owner->{id} : keys %attempts };
    }
    return;
}

sub session_owner {
    my ($pid) = @_;
    my $session = (stat_fields($pid))[3] || 0;
    for my $attempt (values %attempts) {
        return $attempt if ($attempt->{pid} || -1) == $session;
    }
    return;
}

sub finish {
    my ($attempt, $left) = @_;
    my ($id, $folder) = @$attempt{qw(id folder)};
    hear_children() if !$attempt->{error} && ($attempt->{code} || 0) == 127;
    delete $attempt->{code} if $attempt->{error};
    my $reason = $attempt->{error} ? 'spawn_failed' : $attempt->{reason} || ($attempt->{guarded} ? 'lost' : 'exited');
    my $json = description($attempt, $reason, $attempt->{error}, $left);
    write_status("$folder/status", "$json\n") or $unwritten{$id} = ["$folder/status", "$json\n", now()];
    look_soon(SECOND) if $unwritten{$id};
    delete $attempts{$id};
    delete $by_key{ $attempt->{key} };
    delete $_->{$id} for values %orphans;
    report("ended $id $json");
    return;
}

sub description {
    my ($attempt, $reason, $text, $left) = @_;
    my $folder = $attempt->{folder};
    my $bytes  = (lstat "$folder/output.raw")[7] || 0;
    my $answer = (lstat "$folder/outputs")[7] || 0;
    if (defined $text) {
        $text =~ s/[^\x20-\x7e]/?/g;
        $text =~ s/(["\\])/\\$1/g;
    }
    return sprintf '{"reason":"%s","exitCode":%s,"signal":%s,"outputBytes":%d,"outputsBytes":%d,"durationMs":%d,"left":%d,"text":%s}',
        $reason, $attempt->{code} // 'null', $attempt->{signal} // 'null', $bytes, $answer,
        now() - $attempt->{started}, $left || 0, defined $text ? qq("$text") : 'null';
}

# What the attempt itself may have put there does not count.
sub write_status {
    my ($path, $line) = @_;
    my $flags = POSIX::O_WRONLY() | POSIX::O_CREAT() | POSIX::O_EXCL();
    my $file = POSIX::open($path, $flags, 0600);
    $file = POSIX::open($path, $flags, 0600) if !defined $file && $! == POSIX::EEXIST() && unlink $path;
    return 0 if !defined $file;
    my $written = POSIX::write($file, $line, length $line) || 0;
    POSIX::close($file);
    unlink $path if $written != length $line;
    return $written == length $line;
}

# ---- stopping

sub stop {
    my ($attempt, $reason) = @_;
    return if $attempt->{over} && $reason ne 'killed';
    my $again = $attempt->{reason};
    return if $again && ($reason ne 'killed' || $again eq 'killed');
    $attempt->{reason} = $reason;
    if ($attempt->{unborn}) {
        $attempt->{over} = 1;
        return finish($attempt, 0);
    }
    return if $attempt->{over};
    $attempt->{kill_at} = now() + ($reason eq 'killed' ? 0 : $attempt->{grace});
    signal_all($attempt, $reason eq 'killed' ? 'KILL' : 'TERM');
    signal_all($attempt, 'CONT');
    $attempt->{look_at} = $attempt->{kill_at};
    look_soon($attempt->{kill_at} - now());
    return;
}

# Before its setsid a child has no group of its own yet; a signal then waits for the moment in which it unblocks.
sub signal_all {
    my ($attempt, $signal) = @_;
    if ($attempt->{guarded}) { kill $signal, leftovers($attempt) }
    else                     { kill $signal, -$attempt->{pid} or kill $signal, $attempt->{pid} }
    return;
}

sub look_for_stops {
    $ask_stops = 0;
    for my $attempt (values %attempts) {
        my $reason = -l "$attempt->{folder}/stop.now" ? 'killed' : readlink "$attempt->{folder}/stop";
        stop($attempt, $reason) if defined $reason;
    }
    return;
}

# ---- watching

sub look_soon {
    my ($ms) = @_;
    my $at = now() + $ms;
    $next_look = $at if !defined $next_look || $at < $next_look;
    return;
}

sub look_around {
    my $now = now();
    $next_look = undef;
    $holder_seen = $now if !$holder_gone || holder_lives();
    for my $attempt (values %attempts) {
        look_at($attempt, $now) if $attempt->{look_at} <= $now;
        look_soon($attempt->{look_at} - $now) if $attempts{ $attempt->{id} };
    }
    for my $id (keys %unwritten) {
        my ($path, $line, $since) = @{ $unwritten{$id} };
        delete $unwritten{$id} if write_status($path, $line) || ($holder_gone && $now - $since > STATUS_PATIENCE);
        look_soon(SECOND);
    }
    return;
}

sub look_at {
    my ($attempt, $now) = @_;
    return launch($attempt) if $attempt->{unborn};
    return settle($attempt) if $attempt->{over};
    if ($attempt->{guarded} && !guarded_lives($attempt)) {
        $attempt->{over} = 1;
        return settle($attempt);
    }
    note_process($attempt) unless $attempt->{noted}++;
    signal_all($attempt, 'KILL') if $attempt->{kill_at} && $now >= $attempt->{kill_at};
    measure_output($attempt, $now);
    my $excess = excess_of($attempt, $now);
    stop($attempt, $excess) if $excess && !$attempt->{reason};

    my $wait = $attempt->{interval};
    for my $limit ($attempt->{timeout} && $attempt->{started} + $attempt->{timeout} - $now,
        $attempt->{stall} && $attempt->{grown} + $attempt->{stall} - $now, $attempt->{kill_at} && $attempt->{kill_at} - $now)
    {
        $wait = $limit if $limit && $limit > 0 && $limit < $wait;
    }
    $attempt->{look_at} = $now + ($wait < $tick_ms ? $tick_ms : $wait);
    return;
}

sub excess_of {
    my ($attempt, $now) = @_;
    return 'timeout'  if $attempt->{timeout} && $now - $attempt->{started} >= $attempt->{timeout};
    return 'stalled'  if $attempt->{stall}   && $now - $attempt->{grown} >= $attempt->{stall};
    return 'orphaned' if $attempt->{orphan}  && $now - $holder_seen >= $attempt->{orphan};
    return;
}

sub note_process {
    my ($attempt) = @_;
    my $start = $attempt->{pid} && start_time($attempt->{pid}) or return;
    symlink "$attempt->{pid} $start", "$attempt->{folder}/process";
    return;
}

# Looks again soon while the output grows fast, else more and more seldom, up to once a second.
sub measure_output {
    my ($attempt, $now) = @_;
    my $size   = (lstat "$attempt->{folder}/output.raw")[7] || 0;
    my $growth = $size - $attempt->{size};
    $attempt->{grown}    = $now if $growth;
    $attempt->{size}     = $size;
    $attempt->{interval} = $growth > $attempt->{tail} / 4 ? FIRST_LOOK : $attempt->{interval} * 2;
    $attempt->{interval} = SECOND if $attempt->{interval} > SECOND;
    cut_output($attempt) if $size > $attempt->{head} + $attempt->{tail};
    return;
}

# Frees the blocks between head and tail in steps of half a tail; the size that writers and readers see stays.
sub cut_output {
    my ($attempt) = @_;
    my $from = $attempt->{punched} || $attempt->{head} + (-$attempt->{head}) % BLOCK;
    my $to   = $attempt->{size} - $attempt->{tail};
    $to -= $to % BLOCK;
    return if $to - $from < $attempt->{tail} / 2 || $attempt->{uncut};
    if (exists $calls->{fallocate} && sysopen my $file, "$attempt->{folder}/output.raw", POSIX::O_RDWR()) {
        if (syscall($calls->{fallocate}, fileno $file, 3, $from, $to - $from) == 0) {
            $attempt->{punched} = $to;
            return;
        }
    }
    $attempt->{uncut} = 1;
    stop($attempt, 'output_limit');
    return;
}

sub holder_lives {
    my ($pid, $start, $holder_boot) = split ' ', contents($holder_file);
    return defined $holder_boot && $holder_boot eq $boot && (start_time($pid) || '') eq $start;
}

# ---- attempts whose launcher died: their processes are not our children and are known by their environment only

sub guard {
    my ($id, $key, $folder, $elapsed, @limits) = @_;
    my $attempt = attempt_of($id, $key, $folder, @limits);
    @$attempt{qw(guarded noted)} = (1, 1);
    # Half a record is none: no start time would be the start time of whoever is gone.
    @$attempt{qw(main main_start)} = (readlink("$folder/process") // '') =~ /^([1-9]\d*) (\S+)$/;
    @$attempt{qw(main main_start)} = oldest_leader($key) if !$attempt->{main};
    $attempt->{started} -= $elapsed;
    if (!guarded_lives($attempt)) {
        kill 'KILL', marked($key);
        return report("gone $id");
    }
    enter($attempt);
    report("guarding $id");
    return;
}

# The process that an attempt began with, when there was no time to note it: whatever else leads a session came later.
sub oldest_leader {
    my ($key) = @_;
    my ($oldest, $since);
    for my $pid (sort { $a <=> $b } marked($key)) {
        my @fields = stat_fields($pid);
        next if !@fields || $fields[0] =~ /[ZX]/ || $fields[3] != $pid;
        ($oldest, $since) = ($pid, $fields[19]) if !defined $since || $fields[19] < $since;
    }
    return ($oldest, $since);
}

# Its process by number and start time, where that is known; else whatever carries its mark.
sub guarded_lives {
    my ($attempt) = @_;
    return (start_time($attempt->{main}) || '') eq $attempt->{main_start} if $attempt->{main};
    return scalar(() = marked($attempt->{key}));
}

sub guarded_members {
    my ($attempt) = @_;
    my %pids = map { $_ => 1 } marked($attempt->{key});
    $pids{ $attempt->{main} } = 1 if $attempt->{main} && guarded_lives($attempt);
    return keys %pids;
}

sub marked {
    my ($key) = @_;
    my @pids;
    opendir my $proc, '/proc' or return;
    for my $pid (grep { /^\d+$/ && $_ != $$ } readdir $proc) {
        push @pids, $pid if key_of($pid) eq $key;
    }
    return @pids;
}

# ---- /proc

sub key_of {
    my ($pid) = @_;
    return contents("/proc/$pid/environ") =~ /(?:^|\0)ORCHD_ATTEMPT_KEY=([^\0]*)/ ? $1 : '';
}

# The beginning of a file, or all of it; empty when it cannot be read. Perl's own handles cost four more system calls.
sub contents {
    my ($path, $most) = @_;
    my $file = POSIX::open($path, POSIX::O_RDONLY());
    return '' if !defined $file;
    my $text = '';
    while ((POSIX::read($file, my $part, $most || 65_536) || 0) > 0) {
        $text .= $part;
        last if $most;
    }
    POSIX::close($file);
    return $text;
}

# Fields from the third on (state, ppid, pgrp, session, ...); the second is a name that may hold anything.
sub stat_fields {
    my ($pid) = @_;
    my $text = contents("/proc/$pid/stat");
    return if $text eq '';
    return split ' ', substr $text, rindex($text, ')') + 2;
}

sub start_time {
    my ($pid) = @_;
    my @fields = stat_fields($pid) or return;
    return $fields[0] =~ /[ZX]/ ? undef : $fields[19];
}
