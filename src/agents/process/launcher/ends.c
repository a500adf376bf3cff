/* Ends of attempts: what is left of them is ended too, then their status is written. */
#define _GNU_SOURCE
#include "launcher.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A status line that the disk did not take. */
typedef struct Unwritten {
    struct Unwritten *next;
    char *path, *line;
    int64_t since;
} Unwritten;

static Unwritten *unwritten;
static size_t sweeping;

bool has_unwritten(void) { return unwritten != NULL; }

static void settle_sweeping(void) {
    for (Attempt *at = attempts, *next; at != NULL; at = next) {
        next = at->next;
        if (at->sweeping > 0) settle(at);
    }
}

void reap(void) {
    int status;
    bool any = false;
    Attempt *over = NULL;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0; any = true) {
        forget_orphan(pid);
        Attempt *attempt = forget_pid(pid);
        if (attempt == NULL) continue;
        attempt->over = true;
        if (WIFSIGNALED(status)) attempt->signal = WTERMSIG(status);
        else attempt->code = WEXITSTATUS(status);
        attempt->next_by_pid = over;
        over = attempt;
    }
    if (!any) return;
    if (subreaper) note_orphans();
    for (Attempt *next; over != NULL; over = next) {
        next = over->next_by_pid;
        settle(over);
    }
    if (sweeping > 0) settle_sweeping();
}

/* Each that ends may leave others to us, which get TERM as they turn up. */
static void tell(Attempt *attempt, const Pids *left) {
    for (size_t index = 0; index < left->count; index++) {
        pid_t pid = left->pids[index];
        if (has_pid(&attempt->told, pid)) continue;
        add_pid(&attempt->told, pid);
        kill(pid, SIGTERM);
        kill(pid, SIGCONT);
    }
}

/* Its own process has ended: ends the attempt too, when nothing of it is left. What is left gets TERM, then KILL. */
void settle(Attempt *attempt) {
    Pids left = leftovers(attempt);
    int64_t at = now();
    if (left.count == 0 || (attempt->sweeping > 0 && at > attempt->sweeping + SWEEP_GIVE_UP)) {
        finish(attempt, left.count);
        free(left.pids);
        return;
    }
    bool hurry = attempt->reason != NULL && strcmp(attempt->reason, "killed") == 0;
    if (attempt->sweeping == 0) {
        sweeping++;
        attempt->sweeping = at + (hurry ? 0 : SWEEP_GRACE);
    }
    if (hurry || at >= attempt->sweeping) kill_pids(&left, SIGKILL);
    else tell(attempt, &left);
    free(left.pids);
    attempt->look_at = at + FIRST_LOOK;
    look_soon(FIRST_LOOK);
}

/* What the attempt itself may have put there does not count. */
static bool write_status(const char *path, const char *line) {
    int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
    int file = open(path, flags, 0600);
    if (file < 0 && errno == EEXIST && unlink(path) == 0) file = open(path, flags, 0600);
    if (file < 0) return false;
    ssize_t size = (ssize_t)strlen(line), written = write(file, line, (size_t)size);
    close(file);
    if (written != size) unlink(path);
    return written == size;
}

static void keep_unwritten(char *path, char *line) {
    Unwritten *kept = grown(NULL, sizeof *kept);
    *kept = (Unwritten){.next = unwritten, .path = path, .line = line, .since = now()};
    unwritten = kept;
    look_soon(SECOND);
}

void write_unwritten(void) {
    for (Unwritten **at = &unwritten; *at != NULL;) {
        Unwritten *kept = *at;
        look_soon(SECOND);
        if (write_status(kept->path, kept->line) || (holder_gone && now() - kept->since > STATUS_PATIENCE)) {
            *at = kept->next;
            free(kept->path);
            free(kept->line);
            free(kept);
        } else {
            at = &kept->next;
        }
    }
}

void finish(Attempt *attempt, size_t left) {
    if (attempt->error != NULL) attempt->code = -1;
    const char *reason = attempt->error != NULL    ? "spawn_failed"
                         : attempt->reason != NULL ? attempt->reason
                         : attempt->guarded        ? "lost"
                                                   : "exited";
    char *json = description(attempt, reason, attempt->error, left);
    char *path = format("%s/status", attempt->folder), *line = format("%s\n", json);
    report("ended %llu %s", (unsigned long long)attempt->id, json);
    free(json);
    if (write_status(path, line)) {
        free(path);
        free(line);
    } else {
        keep_unwritten(path, line);
    }
    if (attempt->sweeping > 0) sweeping--;
    disown(attempt->id);
    leave(attempt);
}

/* Printable ASCII in quotes, or null. */
static char *json_of(const char *text) {
    if (text == NULL) return copied("null");
    char *json = grown(NULL, 2 * strlen(text) + 3), *to = json;
    *to++ = '"';
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\') *to++ = '\\';
        *to++ = *text < 0x20 || *text > 0x7e ? '?' : *text;
    }
    *to++ = '"';
    *to = '\0';
    return json;
}

static const char *number_or_null(int number, char text[16]) {
    if (number < 0) return "null";
    snprintf(text, 16, "%d", number);
    return text;
}

char *description(const Attempt *attempt, const char *reason, const char *text, size_t left) {
    char code[16], signal[16];
    char *quoted = json_of(text);
    char *json = format(
        "{\"reason\":\"%s\",\"exitCode\":%s,\"signal\":%s,\"outputBytes\":%lld,\"outputsBytes\":%lld,"
        "\"durationMs\":%lld,\"left\":%zu,\"text\":%s}",
        reason, number_or_null(attempt->code, code), number_or_null(attempt->signal, signal),
        (long long)size_of(attempt->folder, "output.raw"), (long long)size_of(attempt->folder, "outputs"),
        (long long)(now() - attempt->started), left, quoted);
    free(quoted);
    return json;
}
