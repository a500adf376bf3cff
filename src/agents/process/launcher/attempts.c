/* The attempts that are not over, found by number, by process and by key. */
#include "launcher.h"
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 4096 };

Attempt *attempts;
static Attempt *by_pid[BUCKETS], *by_id[BUCKETS];

static int64_t number(const char *text) { return strtoll(text, NULL, 10); }

/* From the fields ID KEY FOLDER, and six limits at the places 4 to 9. */
Attempt *attempt_of(char **fields) {
    Attempt *attempt = memset(grown(NULL, sizeof *attempt), 0, sizeof *attempt);
    int64_t at = now();
    attempt->id = strtoull(fields[0], NULL, 10);
    attempt->key = copied(fields[1]);
    attempt->folder = copied(fields[2]);
    char **limits = fields + 4;
    attempt->limits = (Limits){number(limits[0]), number(limits[1]), number(limits[2]),
                               number(limits[3]), number(limits[4]), number(limits[5])};
    attempt->code = attempt->signal = -1;
    attempt->started = attempt->grown = at;
    attempt->look_at = at + FIRST_LOOK;
    attempt->interval = FIRST_LOOK;
    return attempt;
}

void enter(Attempt *attempt) {
    Attempt **bucket = &by_id[attempt->id % BUCKETS];
    attempt->next_by_id = *bucket;
    *bucket = attempt;
    attempt->next = attempts;
    if (attempts != NULL) attempts->previous = attempt;
    attempts = attempt;
    look_soon(attempt->look_at - now());
}

void note_pid(Attempt *attempt, pid_t pid) {
    Attempt **bucket = &by_pid[pid % BUCKETS];
    attempt->pid = pid;
    attempt->next_by_pid = *bucket;
    *bucket = attempt;
}

/* The attempt whose process this was; it is reaped, and the number may be another's from now on. */
Attempt *forget_pid(pid_t pid) {
    for (Attempt **at = &by_pid[pid % BUCKETS]; *at != NULL; at = &(*at)->next_by_pid) {
        if ((*at)->pid != pid) continue;
        Attempt *found = *at;
        *at = found->next_by_pid;
        return found;
    }
    return NULL;
}

bool is_ours(pid_t pid) {
    for (Attempt *at = by_pid[pid % BUCKETS]; at != NULL; at = at->next_by_pid) {
        if (at->pid == pid) return true;
    }
    return false;
}

Attempt *with_id(uint64_t id) {
    Attempt *at = by_id[id % BUCKETS];
    while (at != NULL && at->id != id) at = at->next_by_id;
    return at;
}

Attempt *with_key(const char *key) {
    Attempt *at = attempts;
    while (at != NULL && strcmp(at->key, key) != 0) at = at->next;
    return at;
}

void leave(Attempt *attempt) {
    Attempt **at = &by_id[attempt->id % BUCKETS];
    while (*at != attempt) at = &(*at)->next_by_id;
    *at = attempt->next_by_id;
    if (attempt->next != NULL) attempt->next->previous = attempt->previous;
    if (attempt->previous != NULL) attempt->previous->next = attempt->next;
    else attempts = attempt->next;
    free(attempt->key);
    free(attempt->folder);
    free(attempt->error);
    free(attempt->told.pids);
    free(attempt->request.text);
    free(attempt->request.fields);
    free(attempt);
}
