/* The loop: waits for the holder, for ends of children, for signals and for the next look around. */
#define _GNU_SOURCE
#include "launcher.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

const char *holder_file, *boot;
char identity[512];
bool subreaper, holder_gone;
int64_t holder_seen;
static int64_t next_look = INT64_MAX;
static bool ask_stops;

/* Monotonic; stands still while the machine sleeps. */
int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

void look_soon(int64_t ms) {
    int64_t at = now() + ms;
    if (at < next_look) next_look = at;
}

/* What runs goes on; the holder, or the next one, guards it through another launcher. */
static _Noreturn void no_memory(void) {
    fputs("launcher: out of memory\n", stderr);
    exit(70);
}

void *grown(void *memory, size_t size) {
    void *more = realloc(memory, size);
    if (more == NULL) no_memory();
    return more;
}

char *copied(const char *text) {
    size_t size = strlen(text) + 1;
    return memcpy(grown(NULL, size), text, size);
}

char *format(const char *pattern, ...) {
    va_list args;
    va_start(args, pattern);
    char *text;
    if (vasprintf(&text, pattern, args) < 0) no_memory();
    va_end(args);
    return text;
}

static void do_nothing(int signal) { (void)signal; }

/* SIGPIPE has a handler, because attempts would inherit that it is ignored. */
static int take_signals(void) {
    sigset_t blocked, heard;
    sigemptyset(&heard);
    sigaddset(&heard, SIGCHLD);
    sigaddset(&heard, SIGUSR1);
    blocked = heard;
    /* Attempts are stopped by the holder, never by a terminal; a child unblocks before it executes. */
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGINT);
    sigaddset(&blocked, SIGHUP);
    sigaddset(&blocked, SIGQUIT);
    sigprocmask(SIG_SETMASK, &blocked, NULL);
    struct sigaction action = {.sa_handler = do_nothing};
    sigaction(SIGPIPE, &action, NULL);
    return signalfd(-1, &heard, SFD_NONBLOCK | SFD_CLOEXEC);
}

static void hear_signals(int signals) {
    struct signalfd_siginfo info;
    while (read(signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGUSR1) ask_stops = true;
    }
}

static bool holder_lives(void) {
    size_t size;
    char *text = contents(holder_file, &size), start[32] = "", began[32], holder_boot[256] = "";
    int pid = 0;
    bool whole = sscanf(text, "%d %31s %255s", &pid, start, holder_boot) == 3;
    free(text);
    return whole && strcmp(holder_boot, boot) == 0 && start_time(pid, began, sizeof began) && strcmp(began, start) == 0;
}

static void look_around(void) {
    int64_t at = now();
    next_look = INT64_MAX;
    if (!holder_gone || holder_lives()) holder_seen = at;
    look_at_attempts(at);
    write_unwritten();
}

static void unblock(int file) { fcntl(file, F_SETFL, fcntl(file, F_GETFL) | O_NONBLOCK); }

static void prepare(char **arguments) {
    holder_file = arguments[1];
    boot = arguments[2];
    char start[32] = "0", children[64];
    start_time(getpid(), start, sizeof start);
    snprintf(identity, sizeof identity, "%d %s %s", getpid(), start, boot);
    /* With the kernel's help every descendant that loses its parent becomes our child: leftovers are known for free. */
    snprintf(children, sizeof children, "/proc/%d/task/%d/children", getpid(), getpid());
    subreaper = prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0 && access(children, R_OK) == 0;
    if (chdir("/") != 0) exit(70);
    /* Or attempts would hold what the holder's parent left open. */
    if (syscall(SYS_close_range, 3, ~0U, 0) != 0) {
        for (int file = 3; file < 1024; file++) close(file);
    }
    unblock(0);
    unblock(1);
    holder_seen = now();
}

int main(int count, char **arguments) {
    if (count == 2 && strcmp(arguments[1], "--version") == 0) return puts("compiled") < 0;
    if (count != 3) {
        fputs("usage: launcher HOLDER_FILE BOOT_ID\n", stderr);
        return 64;
    }
    prepare(arguments);
    int signals = take_signals();
    while (!holder_gone || attempts != NULL || has_unwritten()) {
        struct pollfd waits[] = {
            {.fd = signals, .events = POLLIN},
            {.fd = holder_gone ? -1 : 0, .events = POLLIN},
            {.fd = reports_wait() ? 1 : -1, .events = POLLOUT},
        };
        int64_t wait = next_look == INT64_MAX ? -1 : next_look - now();
        int ready = poll(waits, 3, next_look == INT64_MAX ? -1 : wait < 0 ? 0 : wait > SECOND ? SECOND : (int)wait);
        if (ready > 0 && waits[0].revents != 0) hear_signals(signals);
        reap();
        if (ready > 0 && waits[1].revents != 0) hear_holder();
        if (ask_stops) {
            ask_stops = false;
            look_for_stops();
        }
        if (now() >= next_look) look_around();
        flush_reports();
    }
    if (subreaper) note_orphans();
    kill_orphans();
    return 0;
}
