/* Requests of the holder on stdin, reports to it on stdout. */
#define _GNU_SOURCE
#include "launcher.h"
#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { READ_SIZE = 1 << 18 };

typedef struct {
    char *bytes;
    size_t size, room;
} Buffer;

static Buffer in, out;

static char *room_for(Buffer *buffer, size_t more) {
    if (buffer->size + more > buffer->room) {
        buffer->room = 2 * buffer->room + more;
        buffer->bytes = grown(buffer->bytes, buffer->room);
    }
    return buffer->bytes + buffer->size;
}

static void take(Buffer *buffer, size_t size) {
    buffer->size -= size;
    memmove(buffer->bytes, buffer->bytes + size, buffer->size);
}

static Frame frame_of(const char *bytes, size_t size) {
    Frame frame = {.text = grown(NULL, size + 1), .count = 1};
    memcpy(frame.text, bytes, size);
    frame.text[size] = '\0';
    for (size_t at = 0; at < size; at++) frame.count += bytes[at] == '\0';
    frame.fields = grown(NULL, (frame.count + 1) * sizeof *frame.fields);
    char *field = frame.text;
    for (size_t index = 0; index < frame.count; index++, field += strlen(field) + 1) frame.fields[index] = field;
    frame.fields[frame.count] = NULL;
    return frame;
}

static void stop_by_id(char **fields) {
    Attempt *attempt = with_id(strtoull(fields[0], NULL, 10));
    if (attempt != NULL) stop(attempt, fields[1]);
}

/* The frame is kept by those who need it longer. */
static void obey(Frame frame) {
    const char *verb = frame.fields[0];
    if (strcmp(verb, "start") == 0 && frame.count > 12) return start(frame);
    if (strcmp(verb, "base") == 0) return set_base(frame);
    if (strcmp(verb, "stop") == 0 && frame.count == 3) stop_by_id(frame.fields + 1);
    else if (strcmp(verb, "guard") == 0 && frame.count == 11) guard(frame.fields + 1);
    else fprintf(stderr, "launcher: a request that it does not know: %s\n", verb);
    free(frame.text);
    free(frame.fields);
}

void hear_holder(void) {
    ssize_t got = read(0, room_for(&in, READ_SIZE), READ_SIZE);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got > 0) in.size += (size_t)got;
    size_t at = 0;
    while (in.size - at >= 4) {
        uint32_t size;
        memcpy(&size, in.bytes + at, 4);
        size = ntohl(size);
        if (in.size - at < 4 + (size_t)size) break;
        obey(frame_of(in.bytes + at + 4, size));
        at += 4 + (size_t)size;
    }
    take(&in, at);
    if (got > 0) return;
    holder_gone = true;
    in.size = out.size = 0;
    holder_seen = now();
    look_soon(0);
}

bool reports_wait(void) { return out.size > 0; }

void report(const char *pattern, ...) {
    if (holder_gone) return;
    va_list args;
    va_start(args, pattern);
    char *line;
    int size = vasprintf(&line, pattern, args);
    va_end(args);
    if (size < 0) exit(70);
    line[size] = '\n';  /* in the place of its end */
    memcpy(room_for(&out, (size_t)size + 1), line, (size_t)size + 1);
    out.size += (size_t)size + 1;
    free(line);
}

void flush_reports(void) {
    if (out.size == 0) return;
    ssize_t sent = write(1, out.bytes, out.size);
    if (sent >= 0) take(&out, (size_t)sent);
    else if (errno != EAGAIN && errno != EINTR) out.size = 0;
}
