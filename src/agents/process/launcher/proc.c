/* What files and /proc tell. */
#define _GNU_SOURCE
#include "launcher.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* All of a file, with a NUL behind; empty when it cannot be read. */
char *contents(const char *path, size_t *size) {
    size_t room = 4096;
    char *text = grown(NULL, room);
    *size = 0;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    for (ssize_t got; file >= 0 && (got = read(file, text + *size, room - *size - 1)) > 0;) {
        *size += (size_t)got;
        if (room - *size < 2) text = grown(text, room *= 2);
    }
    if (file >= 0) close(file);
    text[*size] = '\0';
    return text;
}

/* ORCHD_ATTEMPT_KEY of a process, or an empty text. */
char *key_of(pid_t pid) {
    static const char name[] = "ORCHD_ATTEMPT_KEY=";
    char path[32];
    snprintf(path, sizeof path, "/proc/%d/environ", pid);
    size_t size;
    char *text = contents(path, &size), *key = NULL;
    for (char *at = text; key == NULL && at < text + size; at += strlen(at) + 1) {
        if (strncmp(at, name, sizeof name - 1) == 0) key = copied(at + sizeof name - 1);
    }
    free(text);
    return key != NULL ? key : copied("");
}

/* Field `number` of proc_pid_stat(5), from the third (state) on; the second is a name that may hold anything. */
static bool stat_field(pid_t pid, int number, char *into, size_t size) {
    char path[32];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    size_t length;
    char *text = contents(path, &length), *at = strrchr(text, ')'), *rest = NULL;
    char *field = at == NULL ? NULL : strtok_r(at + 1, " ", &rest);
    for (int index = 3; field != NULL && index < number; index++) field = strtok_r(NULL, " ", &rest);
    if (field != NULL) snprintf(into, size, "%s", field);
    free(text);
    return field != NULL;
}

pid_t session_of(pid_t pid) {
    char text[32];
    return stat_field(pid, 6, text, sizeof text) ? (pid_t)strtol(text, NULL, 10) : 0;
}

/* When a process began; false when it runs no more: a zombie has ended. */
bool start_time(pid_t pid, char *into, size_t size) {
    char state[32];
    if (pid <= 0 || !stat_field(pid, 3, state, sizeof state) || *state == 'Z' || *state == 'X') return false;
    return stat_field(pid, 22, into, size);
}

/* Of a file in an attempt's folder, links not followed; 0 when there is none. */
int64_t size_of(const char *folder, const char *name) {
    struct stat stat_;
    char *path = format("%s/%s", folder, name);
    bool is_there = lstat(path, &stat_) == 0;
    free(path);
    return is_there ? stat_.st_size : 0;
}
