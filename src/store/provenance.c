#define _POSIX_C_SOURCE 200809L
#include "store/provenance.h"

#include "base/hash.h"
#include "base/mem.h"
#include "base/timer.h"
#include "store/config.h"
#include "store/h5.h"

#include "build_info.h"

#include <libfyaml.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const char *provenance_version(void)
{
    return "paddlewheel " BUILD_VERSION " (git " BUILD_GIT ")";
}

const char *provenance_code(void)
{
    return BUILD_CODE;
}

/* "model name : ..." of the first core; Linux. */
static void cpu_name(size_t size, char name[])
{
    snprintf(name, size, "unknown");
    FILE *file = fopen("/proc/cpuinfo", "r");
    char line[512];
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || colon == NULL)
            continue;
        line[strcspn(line, "\n")] = '\0';
        snprintf(name, size, "%s", colon + 1 + strspn(colon + 1, " "));
        break;
    }
    if (file != NULL)
        fclose(file);
}

/* A value in quotes, so that colons and hashes in it stay YAML. */
static void quote(char **text, const char *value)
{
    config_append(text, "\"");
    for (; *value != '\0'; value++)
        if (*value == '"' || *value == '\\')
            config_append(text, "\\%c", *value);
        else if ((unsigned char)*value >= ' ')
            config_append(text, "%c", *value);
    config_append(text, "\"");
}

static void add(char **text, const char *key, const char *value)
{
    config_append(text, "%s: ", key);
    quote(text, value);
    config_append(text, "\n");
}

static void add_build(char **text)
{
    char hdf5[64], mpi[256];
    h5_library(sizeof hdf5, hdf5);
    comm_library(sizeof mpi, mpi);
    add(text, "program", provenance_version());
    add(text, "code", provenance_code());
    add(text, "compiler", BUILD_COMPILER);
    add(text, "flags", BUILD_FLAGS);
    char *libraries =
        mem_format("%s, libfyaml %s, %s", hdf5, fy_library_version(), BUILD_LIBRARIES);
    add(text, "libraries", libraries);
    free(libraries);
    add(text, "mpi", mpi);
}

char *provenance_text(const Comm *c, const ProvenanceRun *run)
{
    char *text = NULL, cpu[256], date[21];
    const char *job = getenv("SLURM_JOB_ID");
    cpu_name(sizeof cpu, cpu);
    timer_date(date);
    add_build(&text);
    add(&text, "cpu", cpu);
    config_append(&text, "ranks: %d\n", comm_size(c));
    if (run->grid[0] > 0)
        config_append(&text, "rank_grid: [%d, %d, %d]\n", run->grid[0], run->grid[1], run->grid[2]);
    if (run->seed >= 0)
        config_append(&text, "seed: %" PRId64 "\n", run->seed);
    if (job != NULL)
        add(&text, "slurm_job", job);
    if (run->started != NULL)
        add(&text, "started", run->started);
    if (run->resumed != NULL && run->resumed[0] != '\0')
        add(&text, "resumed", run->resumed);
    if (run->finished)
        add(&text, "finished", date);
    if (run->inputs != NULL)
        config_append(&text, "inputs:\n%s", run->inputs);
    return text;
}

/* Append the line if the list does not have it. */
static void add_line(char **list, size_t n, const char *line)
{
    for (const char *at = *list; at != NULL && *at != '\0'; at = strchr(at, '\n') + 1)
        if (strncmp(at, line, n) == 0)
            return;
    config_append(list, "%.*s", (int)n, line);
}

Err provenance_add_input(char **list, const char *role, const char *path)
{
    char hex[HASH_HEX], *line = NULL;
    TRY(hash_file(path, hex));
    config_append(&line, "  - {role: %s, file: ", role);
    quote(&line, path);
    config_append(&line, ", sha256: %s}\n", hex);
    add_line(list, strlen(line), line);
    free(line);
    return OK;
}

void provenance_add_source(char **list, const char *role, const char *source)
{
    char *line = NULL;
    config_append(&line, "  - {role: %s, source: ", role);
    quote(&line, source);
    config_append(&line, "}\n");
    add_line(list, strlen(line), line);
    free(line);
}

void provenance_add_inputs(char **list, const char *other)
{
    while (other != NULL && *other != '\0') {
        size_t n = strcspn(other, "\n") + 1; /* every line of a list is closed */
        add_line(list, n, other);
        other += n;
    }
}

bool provenance_started(const char *text, char date[21])
{
    const char *at = strstr(text, "\nstarted: \"");
    return at != NULL && sscanf(at, "\nstarted: \"%20[^\"]", date) == 1;
}

void provenance_print_version(void)
{
    char *text = NULL;
    add_build(&text);
    printf("%s\n%s", provenance_version(), text);
    free(text);
}
