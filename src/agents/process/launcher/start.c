/* Starting an attempt: the claim, its output file, its process. */
#define _GNU_SOURCE
#include "launcher.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The environment of all attempts. */
static Frame base;

void set_base(Frame frame) {
    free(base.text);
    free(base.fields);
    base = frame;
}

static bool make_folder(const char *folder) {
    if (mkdir(folder, 0700) == 0 || errno != ENOENT) return true;
    char *parent = copied(folder), *end = strrchr(parent, '/');
    bool made = end != NULL && end != parent;
    if (made) {
        *end = '\0';
        /* Somebody else may make it, too: a holder that takes up what an earlier one asked for. */
        made = make_folder(parent) && (mkdir(folder, 0700) == 0 || errno == EEXIST);
    }
    free(parent);
    return made;
}

static bool claim(const Attempt *attempt, const char *generation) {
    const char *dot = strcmp(generation, "0") == 0 ? "" : ".";
    char *path = format("%s/claim%s%s", attempt->folder, dot, *dot == '\0' ? "" : generation);
    bool claimed = symlink(identity, path) == 0;
    int why = errno;
    free(path);
    errno = why;
    return claimed;
}

/* `words` at `fields[at]`: their number, then they. Moves `at` behind them. */
static bool read_words(const Frame *frame, size_t *at, char ***words, size_t *count) {
    if (*at >= frame->count) return false;
    *count = strtoull(frame->fields[*at], NULL, 10);
    *words = frame->fields + *at + 1;
    *at += 1 + *count;
    return *at <= frame->count;
}

static bool read_command(Command *command, const Frame *frame) {
    size_t at = 12;
    command->cwd = frame->fields[11];
    if (!read_words(frame, &at, &command->direct, &command->direct_count)) return false;
    if (!read_words(frame, &at, &command->shell, &command->shell_count) || command->shell_count == 0) return false;
    command->env = frame->fields + at;
    command->env_count = frame->count - at;
    return true;
}

/* Fields: start ID KEY FOLDER GENERATION LIMITS CWD COUNT direct... COUNT shell... NAME=VALUE... */
void start(Frame frame) {
    Attempt *attempt = attempt_of(frame.fields + 1);
    attempt->request = frame;
    enter(attempt);
    if (!read_command(&attempt->command, &frame)) {
        fputs("launcher: a start that is not whole\n", stderr);
        return leave(attempt);
    }
    make_folder(attempt->folder);
    if (claim(attempt, frame.fields[4])) return launch(attempt);
    if (errno == EEXIST) {
        report("claimed %llu", (unsigned long long)attempt->id);
    } else {
        char *text = format("cannot write to %s: %s", attempt->folder, strerror(errno));
        char *json = description(attempt, "spawn_failed", text, 0);
        report("ended %llu %s", (unsigned long long)attempt->id, json);
        free(json);
        free(text);
    }
    leave(attempt);
}

static void give_up(Attempt *attempt, char *text) {
    attempt->over = true;
    attempt->error = text;
    finish(attempt, 0);
}

/* The system has no process to spare: tries again a little later. */
static void wait_for_process(Attempt *attempt, int why) {
    if (now() - attempt->started > FORK_PATIENCE) return give_up(attempt, format("cannot fork: %s", strerror(why)));
    attempt->unborn = true;
    if (attempt->interval < SECOND) attempt->interval *= 2;
    attempt->look_at = now() + attempt->interval;
    look_soon(attempt->interval);
}

static size_t name_size(const char *entry) { return (size_t)(strchrnul(entry, '=') - entry) + 1; }

static const char *entry_of(char **env, size_t count, const char *name, size_t size) {
    for (size_t index = 0; index < count; index++) {
        if (strncmp(env[index], name, size) == 0) return env[index];
    }
    return NULL;
}

/* PWD, the attempt's own, and what else the base has. */
static char **environment_of(const Command *command, char *pwd) {
    size_t base_count = base.count > 0 ? base.count - 1 : 0, size = 0;
    char **all = grown(NULL, (command->env_count + base_count + 2) * sizeof *all);
    all[size++] = pwd;
    for (size_t index = 0; index < command->env_count; index++) {
        if (strncmp(command->env[index], "PWD=", 4) != 0) all[size++] = command->env[index];
    }
    size_t own = size;
    for (size_t index = 1; index <= base_count; index++) {
        char *entry = base.fields[index];
        if (entry_of(all, own, entry, name_size(entry)) == NULL) all[size++] = entry;
    }
    all[size] = NULL;
    return all;
}

/* The file of a program that the kernel may be able to execute itself. Anything odd is left to the shell. */
static bool find_program(const Command *command, char **env, char *file) {
    if (command->direct_count == 0) return false;
    const char *word = command->direct[0], *path = "";
    if (strchr(word, '/') == NULL) {
        size_t count = 0;
        while (env[count] != NULL) count++;
        const char *entry = entry_of(env, count, "PATH=", 5);
        if (entry == NULL) return false;
        path = entry + 5;
    }
    for (;;) {
        const char *end = strchrnul(path, ':');
        const char *here = *path == '/' || *word == '/' ? "" : command->cwd, *slash = *here == '\0' ? "" : "/";
        const char *behind = end == path ? "" : "/";
        struct stat stat_;
        int size = snprintf(file, PATH_SIZE, "%s%s%.*s%s%s", here, slash, (int)(end - path), path, behind, word);
        bool whole = size > 0 && size < PATH_SIZE;
        if (whole && stat(file, &stat_) == 0 && S_ISREG(stat_.st_mode) && access(file, X_OK) == 0) return true;
        if (*end == '\0') return false;
        path = end + 1;
    }
}

typedef struct {
    const char *cwd, *program;
    char **direct, **shell, **env;
    int null, output;
    volatile int why;  /* set by the child, which shares our memory until it executes */
    volatile bool left_behind;
} Child;

/* Between vfork and execve: system calls only. */
static void become(Child *child) {
    sigset_t none;
    sigemptyset(&none);
    setsid();
    dup2(child->null, 0);
    dup2(child->output, 1);
    dup2(child->output, 2);
    if (chdir(child->cwd) != 0) {
        child->left_behind = true;
        child->why = errno;
        _exit(127);
    }
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (child->program != NULL) execve(child->program, child->direct, child->env);
    execve(child->shell[0], child->shell, child->env);
    child->why = errno;
    _exit(127);
}

/*
 * The launcher stands still until the child has executed its program: a working directory on a file server that does
 * not answer holds up the other attempts too, which the launcher in Perl, with a fork, does not suffer from.
 */
static __attribute__((noinline)) pid_t spawn(Child *child) {
    pid_t pid = vfork();
    if (pid == 0) become(child);
    return pid;
}

/* The words as execve wants them: with a NULL behind. */
static char **argv_of(char **words, size_t count) {
    char **argv = grown(NULL, (count + 1) * sizeof *argv);
    memcpy(argv, words, count * sizeof *argv);
    argv[count] = NULL;
    return argv;
}

void launch(Attempt *attempt) {
    static int null = -1;
    if (null < 0) null = open("/dev/null", O_RDWR | O_CLOEXEC);
    const Command *command = &attempt->command;
    char path[PATH_SIZE + 16], file[PATH_SIZE];
    snprintf(path, sizeof path, "%s/output.raw", attempt->folder);
    int output = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (output < 0) return give_up(attempt, format("cannot open its output file: %s", strerror(errno)));
    char *pwd = format("PWD=%s", command->cwd);
    char **env = environment_of(command, pwd);
    Child child = {
        .cwd = command->cwd,
        .program = find_program(command, env, file) ? file : NULL,
        .direct = argv_of(command->direct, command->direct_count),
        .shell = argv_of(command->shell, command->shell_count),
        .env = env,
        .null = null,
        .output = output,
    };
    pid_t pid = spawn(&child);
    int why = errno;
    close(output);
    free(pwd);
    free(env);
    free(child.direct);
    free(child.shell);
    if (pid < 0) return wait_for_process(attempt, why);
    if (child.left_behind) attempt->error = format("cannot work in %s: %s", command->cwd, strerror(child.why));
    else if (child.why != 0) attempt->error = format("cannot execute %s: %s", command->shell[0], strerror(child.why));
    note_pid(attempt, pid);
    attempt->unborn = false;
    free(attempt->request.text);
    free(attempt->request.fields);
    attempt->request = (Frame){0};
}
