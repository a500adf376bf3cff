/*
 * The resident launcher in C. It is the program that ../launcher.pl is, for machines that had a compiler when orchd was
 * built: the same arguments, requests, reports and files, which are described there. What differs is only what a start
 * costs: vfork does not copy the launcher, and nothing is interpreted. Functions have the names that they have there.
 */
#ifndef LAUNCHER_H
#define LAUNCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    SECOND          = 1000,
    FIRST_LOOK      = 50,      /* ms after the start; most steps that are quick have ended by then */
    SWEEP_GRACE     = 1000,    /* ms between TERM and KILL for what a step leaves behind */
    SWEEP_GIVE_UP   = 5000,    /* ms after KILL: what then lives hangs in the kernel */
    FORK_PATIENCE   = 30000,   /* ms of trying to fork before the attempt is given up */
    STATUS_PATIENCE = 600000,  /* ms of trying to write a status on a full disk, once nobody else would know it */
    BLOCK           = 4096,
    PATH_SIZE       = 4096,
};

/* A request, split into its fields. */
typedef struct {
    char *text;
    char **fields;
    size_t count;
} Frame;

/* In ms (0: none) and bytes. */
typedef struct {
    int64_t timeout, stall, orphan, grace, head, tail;
} Limits;

/* What is executed; points into the request. */
typedef struct {
    const char *cwd;
    char **direct, **shell, **env;
    size_t direct_count, shell_count, env_count;
} Command;

/* Processes; minus a number is a process group. */
typedef struct {
    pid_t *pids;
    size_t count;
} Pids;

typedef struct Attempt {
    struct Attempt *next, *previous;           /* all attempts */
    struct Attempt *next_by_pid, *next_by_id;  /* in the same bucket */
    uint64_t id;
    char *key, *folder;
    Limits limits;
    Frame request;  /* until it is launched */
    Command command;
    pid_t pid;             /* 0 while it has none of ours */
    const char *reason;    /* why it was stopped, or NULL */
    char *error;           /* why it could not be executed, or NULL */
    int code, signal;      /* of its process; -1: none */
    int64_t started, grown, look_at, interval, kill_at, sweeping;  /* ms; sweeping: when KILL follows TERM, or 0 */
    int64_t size, punched; /* of output.raw; up to where it was cut */
    Pids told;             /* what of it got TERM while it is swept */
    bool over;             /* its own process has ended */
    bool unborn;           /* there was no process to spare yet */
    bool noted, uncut;
    bool guarded;          /* its own launcher has died */
    pid_t main;            /* of a guarded one: its process, if that was noted, */
    char main_start[32];   /* and when that began */
} Attempt;

/* main.c */
extern const char *holder_file, *boot;
extern char identity[512];
extern bool subreaper, holder_gone;
extern int64_t holder_seen;
int64_t now(void);
void look_soon(int64_t ms);
void *grown(void *memory, size_t size);
char *copied(const char *text);
char *format(const char *pattern, ...) __attribute__((format(printf, 1, 2)));

/* attempts.c: those that are not over */
extern Attempt *attempts;
Attempt *attempt_of(char **fields);
void enter(Attempt *attempt);
void note_pid(Attempt *attempt, pid_t pid);
Attempt *forget_pid(pid_t pid);
bool is_ours(pid_t pid);
Attempt *with_id(uint64_t id);
Attempt *with_key(const char *key);
void leave(Attempt *attempt);

/* holder.c */
void hear_holder(void);
bool reports_wait(void);
void report(const char *pattern, ...) __attribute__((format(printf, 1, 2)));
void flush_reports(void);

/* start.c */
void set_base(Frame frame);
void start(Frame frame);
void launch(Attempt *attempt);

/* ends.c */
void reap(void);
void settle(Attempt *attempt);
void finish(Attempt *attempt, size_t left);
char *description(const Attempt *attempt, const char *reason, const char *text, size_t left);
void write_unwritten(void);
bool has_unwritten(void);

/* leftovers.c: processes of an attempt that outlive its own */
void add_pid(Pids *pids, pid_t pid);
bool has_pid(const Pids *pids, pid_t pid);
void kill_pids(const Pids *pids, int signal);
Pids leftovers(Attempt *attempt);
Pids marked(const char *key);
void note_orphans(void);
void forget_orphan(pid_t pid);
void disown(uint64_t id);
void kill_orphans(void);

/* watch.c */
void stop(Attempt *attempt, const char *reason);
void look_for_stops(void);
void look_at_attempts(int64_t at);
void guard(char **fields);
bool guarded_lives(const Attempt *attempt);

/* proc.c */
char *contents(const char *path, size_t *size);
char *key_of(pid_t pid);
pid_t session_of(pid_t pid);
bool start_time(pid_t pid, char *into, size_t size);
int64_t size_of(const char *folder, const char *name);

#endif
