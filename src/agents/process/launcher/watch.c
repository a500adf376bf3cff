/* Attempts under way: their limits, their output, wishes to stop, and those whose own launcher has died. */
#define _GNU_SOURCE
#include "launcher.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Before its setsid a child has no group of its own yet. */
static void signal_all(Attempt *attempt, int signal) {
    if (attempt->guarded) {
        Pids members = leftovers(attempt);
        kill_pids(&members, signal);
        free(members.pids);
    } else if (kill(-attempt->pid, signal) != 0) {
        kill(attempt->pid, signal);
    }
}

static const char *const reasons[] = {"cancelled", "deadline", "killed", "timeout", "stalled", "orphaned", "output_limit",
                                      "settled"};

/* Ours to keep; what it does not know is a wish to cancel. */
static const char *reason_of(const char *text) {
    for (size_t index = 0; index < sizeof reasons / sizeof *reasons; index++) {
        if (strcmp(text, reasons[index]) == 0) return reasons[index];
    }
    return "cancelled";
}

void stop(Attempt *attempt, const char *text) {
    const char *reason = reason_of(text);
    bool kills = strcmp(reason, "killed") == 0;
    if (attempt->over && !kills) return;
    if (attempt->reason != NULL && (!kills || strcmp(attempt->reason, "killed") == 0)) return;
    attempt->reason = reason;
    if (attempt->unborn) {
        attempt->over = true;
        return finish(attempt, 0);
    }
    if (attempt->over) return;
    attempt->kill_at = now() + (kills ? 0 : attempt->limits.grace);
    signal_all(attempt, kills ? SIGKILL : SIGTERM);
    signal_all(attempt, SIGCONT);
    attempt->look_at = attempt->kill_at;
    look_soon(attempt->kill_at - now());
}

/* The target of a link in an attempt's folder; false when there is none. */
static bool link_of(const Attempt *attempt, const char *name, char *target, size_t size) {
    char *path = format("%s/%s", attempt->folder, name);
    ssize_t got = readlink(path, target, size - 1);
    free(path);
    if (got < 0) return false;
    target[got] = '\0';
    return true;
}

void look_for_stops(void) {
    char reason[64];
    for (Attempt *at = attempts, *next; at != NULL; at = next) {
        next = at->next;
        if (link_of(at, "stop.now", reason, sizeof reason)) stop(at, "killed");
        else if (link_of(at, "stop", reason, sizeof reason)) stop(at, reason);
    }
}

static const char *excess_of(const Attempt *attempt, int64_t at) {
    const Limits *limits = &attempt->limits;
    if (limits->timeout > 0 && at - attempt->started >= limits->timeout) return "timeout";
    if (limits->stall > 0 && at - attempt->grown >= limits->stall) return "stalled";
    if (limits->orphan > 0 && at - holder_seen >= limits->orphan) return "orphaned";
    return NULL;
}

static void note_process(Attempt *attempt) {
    char start[32], target[64];
    attempt->noted = true;
    if (attempt->pid == 0 || !start_time(attempt->pid, start, sizeof start)) return;
    snprintf(target, sizeof target, "%d %s", attempt->pid, start);
    char *path = format("%s/process", attempt->folder);
    if (symlink(target, path) != 0) errno = 0;  /* without it, it is known by its mark */
    free(path);
}

/* Frees the blocks between head and tail in steps of half a tail; the size that writers and readers see stays. */
static void cut_output(Attempt *attempt) {
    int64_t head = attempt->limits.head, tail = attempt->limits.tail;
    int64_t from = attempt->punched > 0 ? attempt->punched : (head + BLOCK - 1) / BLOCK * BLOCK;
    int64_t to = (attempt->size - tail) / BLOCK * BLOCK;
    if (2 * (to - from) < tail || attempt->uncut) return;
    char *path = format("%s/output.raw", attempt->folder);
    int file = open(path, O_RDWR | O_CLOEXEC);
    free(path);
    bool cut = file >= 0 && fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, from, to - from) == 0;
    if (file >= 0) close(file);
    if (cut) {
        attempt->punched = to;
        return;
    }
    attempt->uncut = true;
    stop(attempt, "output_limit");
}

/* Looks again soon while the output grows fast, else more and more seldom, up to once a second. */
static void measure_output(Attempt *attempt, int64_t at) {
    int64_t size = size_of(attempt->folder, "output.raw"), growth = size - attempt->size;
    if (growth != 0) attempt->grown = at;
    attempt->size = size;
    attempt->interval = growth > attempt->limits.tail / 4 ? FIRST_LOOK : attempt->interval * 2;
    if (attempt->interval > SECOND) attempt->interval = SECOND;
    if (size > attempt->limits.head + attempt->limits.tail) cut_output(attempt);
}

/* The shorter of a wait and what is left of a limit; 0 or less: there is none, or it is over. */
static int64_t shorter(int64_t wait, bool limited, int64_t left) { return limited && left > 0 && left < wait ? left : wait; }

static void look_at(Attempt *attempt, int64_t at) {
    if (attempt->unborn) return launch(attempt);
    if (attempt->over) {
        if (subreaper) note_orphans();
        return settle(attempt);
    }
    if (attempt->guarded && !guarded_lives(attempt)) {
        attempt->over = true;
        return settle(attempt);
    }
    if (!attempt->noted) note_process(attempt);
    if (attempt->kill_at > 0 && at >= attempt->kill_at) signal_all(attempt, SIGKILL);
    measure_output(attempt, at);
    const char *excess = excess_of(attempt, at);
    if (excess != NULL && attempt->reason == NULL) stop(attempt, excess);
    int64_t wait = attempt->interval;
    wait = shorter(wait, attempt->limits.timeout > 0, attempt->started + attempt->limits.timeout - at);
    wait = shorter(wait, attempt->limits.stall > 0, attempt->grown + attempt->limits.stall - at);
    wait = shorter(wait, attempt->kill_at > 0, attempt->kill_at - at);
    attempt->look_at = at + (wait < 1 ? 1 : wait);
}

void look_at_attempts(int64_t at) {
    for (Attempt *attempt = attempts, *next; attempt != NULL; attempt = next) {
        uint64_t id = attempt->id;
        next = attempt->next;
        if (attempt->look_at <= at) look_at(attempt, at);
        if (with_id(id) != NULL) look_soon(attempt->look_at - at);
    }
}

/* The process that it began with, when there was no time to note it: whatever else leads a session came later. */
static void find_main(Attempt *attempt) {
    Pids pids = marked(attempt->key);
    for (size_t index = 0; index < pids.count; index++) {
        pid_t pid = pids.pids[index];
        char start[32];
        if (session_of(pid) != pid || !start_time(pid, start, sizeof start)) continue;
        int64_t later = attempt->main == 0 ? -1 : strtoll(start, NULL, 10) - strtoll(attempt->main_start, NULL, 10);
        if (later > 0 || (later == 0 && pid > attempt->main)) continue;
        attempt->main = pid;
        strcpy(attempt->main_start, start);
    }
    free(pids.pids);
}

/* Fields: ID KEY FOLDER ELAPSED LIMITS */
void guard(char **fields) {
    Attempt *attempt = attempt_of(fields);
    char process[64];
    attempt->guarded = attempt->noted = true;
    attempt->started -= strtoll(fields[3], NULL, 10);
    if (link_of(attempt, "process", process, sizeof process)) {
        int pid = 0;
        /* Half a record is none. */
        if (sscanf(process, "%d %31s", &pid, attempt->main_start) == 2) attempt->main = pid;
    }
    if (attempt->main == 0) find_main(attempt);
    enter(attempt);
    if (guarded_lives(attempt)) {
        report("guarding %llu", (unsigned long long)attempt->id);
        return;
    }
    Pids left = marked(attempt->key);
    kill_pids(&left, SIGKILL);
    free(left.pids);
    report("gone %llu", (unsigned long long)attempt->id);
    leave(attempt);
}

/* Its process by number and start time, where that was noted; else whatever carries its mark. */
bool guarded_lives(const Attempt *attempt) {
    char start[32];
    if (attempt->main > 0) {
        return start_time(attempt->main, start, sizeof start) && strcmp(start, attempt->main_start) == 0;
    }
    Pids members = marked(attempt->key);
    free(members.pids);
    return members.count > 0;
}
