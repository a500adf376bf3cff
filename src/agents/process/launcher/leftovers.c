/* Processes that outlive the process of their attempt: its group, and descendants that lost their parents. */
#define _GNU_SOURCE
#include "launcher.h"
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A descendant that became our child. Without a sign of its attempt it may belong to any that lived then. */
typedef struct Orphan {
    struct Orphan *next;
    pid_t pid;
    uint64_t *owners;
    size_t count;
} Orphan;

static Orphan *orphans;

void add_pid(Pids *pids, pid_t pid) {
    pids->pids = grown(pids->pids, (pids->count + 1) * sizeof *pids->pids);
    pids->pids[pids->count++] = pid;
}

bool has_pid(const Pids *pids, pid_t pid) {
    for (size_t index = 0; index < pids->count; index++) {
        if (pids->pids[index] == pid) return true;
    }
    return false;
}

void kill_pids(const Pids *pids, int signal) {
    for (size_t index = 0; index < pids->count; index++) kill(pids->pids[index], signal);
}

static Pids guarded_members(const Attempt *attempt) {
    Pids pids = marked(attempt->key);
    if (attempt->main > 0 && !has_pid(&pids, attempt->main) && guarded_lives(attempt)) add_pid(&pids, attempt->main);
    return pids;
}

/* The caller notes orphans before. */
Pids leftovers(Attempt *attempt) {
    if (attempt->guarded) return guarded_members(attempt);
    Pids left = {0};
    if (!subreaper) left = marked(attempt->key);
    if (kill(-attempt->pid, 0) == 0 || errno == EPERM) add_pid(&left, -attempt->pid);
    for (Orphan *at = orphans; at != NULL; at = at->next) {
        if (at->count == 1 && at->owners[0] == attempt->id) add_pid(&left, at->pid);
    }
    return left;
}

static Attempt *session_owner(pid_t pid) {
    pid_t session = session_of(pid);
    for (Attempt *at = attempts; at != NULL; at = at->next) {
        if (at->pid > 0 && at->pid == session) return at;
    }
    return NULL;
}

static void note_orphan(pid_t pid) {
    Orphan *orphan = grown(NULL, sizeof *orphan);
    *orphan = (Orphan){.next = orphans, .pid = pid};
    orphans = orphan;
    char *key = key_of(pid);
    Attempt *owner = *key == '\0' ? NULL : with_key(key);
    free(key);
    if (owner == NULL) owner = session_owner(pid);
    for (Attempt *at = owner == NULL ? attempts : owner; at != NULL; at = at->next) {
        orphan->owners = grown(orphan->owners, (orphan->count + 1) * sizeof *orphan->owners);
        orphan->owners[orphan->count++] = at->id;
        if (at == owner) break;
    }
}

static bool is_noted(pid_t pid) {
    for (Orphan *at = orphans; at != NULL; at = at->next) {
        if (at->pid == pid) return true;
    }
    return false;
}

void note_orphans(void) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", getpid(), getpid());
    size_t size;
    char *text = contents(path, &size), *at = text, *end;
    for (;; at = end) {
        pid_t pid = (pid_t)strtol(at, &end, 10);
        if (end == at) break;
        if (!is_ours(pid) && !is_noted(pid)) note_orphan(pid);
    }
    free(text);
}

static void forget(Orphan **at) {
    Orphan *gone = *at;
    *at = gone->next;
    free(gone->owners);
    free(gone);
}

void forget_orphan(pid_t pid) {
    for (Orphan **at = &orphans; *at != NULL; at = &(*at)->next) {
        if ((*at)->pid == pid) return forget(at);
    }
}

/* An attempt is over: what it might have owned is left to the others. */
void disown(uint64_t id) {
    for (Orphan *at = orphans; at != NULL; at = at->next) {
        for (size_t index = 0; index < at->count; index++) {
            if (at->owners[index] == id) at->owners[index--] = at->owners[--at->count];
        }
    }
}

void kill_orphans(void) {
    for (Orphan *at = orphans; at != NULL; at = at->next) kill(at->pid, SIGKILL);
}

/* All processes that carry the mark of an attempt. */
Pids marked(const char *key) {
    Pids pids = {0};
    DIR *proc = opendir("/proc");
    if (proc == NULL) return pids;
    for (struct dirent *entry; (entry = readdir(proc)) != NULL;) {
        if (!isdigit((unsigned char)entry->d_name[0])) continue;
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (pid == getpid()) continue;
        char *its = key_of(pid);
        if (strcmp(its, key) == 0) add_pid(&pids, pid);
        free(its);
    }
    closedir(proc);
    return pids;
}
