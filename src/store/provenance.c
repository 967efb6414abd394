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
static void add(char **text, const char *key, const char *value)
{
    config_append(text, "%s: \"", key);
    for (; *value != '\0'; value++)
        if (*value == '"' || *value == '\\')
            config_append(text, "\\%c", *value);
        else if ((unsigned char)*value >= ' ')
            config_append(text, "%c", *value);
    config_append(text, "\"\n");
}

static void add_build(char **text)
{
    char hdf5[64];
    h5_library(sizeof hdf5, hdf5);
    add(text, "program", provenance_version());
    add(text, "code", provenance_code());
    add(text, "compiler", BUILD_COMPILER);
    add(text, "flags", BUILD_FLAGS);
    char *libraries =
        mem_format("%s, libfyaml %s, %s", hdf5, fy_library_version(), BUILD_LIBRARIES);
    add(text, "libraries", libraries);
    free(libraries);
}

char *provenance_text(const Comm *c, int64_t seed)
{
    char *text = NULL, cpu[256], mpi[256], date[21];
    const char *job = getenv("SLURM_JOB_ID");
    cpu_name(sizeof cpu, cpu);
    comm_library(sizeof mpi, mpi);
    timer_date(date);
    add_build(&text);
    add(&text, "cpu", cpu);
    add(&text, "mpi", mpi);
    config_append(&text, "ranks: %d\nseed: %" PRId64 "\n", comm_size(c), seed);
    if (job != NULL)
        add(&text, "slurm_job", job);
    add(&text, "date", date);
    return text;
}

Err provenance_add_input(char **text, const char *role, const char *path)
{
    char hex[HASH_HEX];
    TRY(hash_file(path, hex));
    if (*text == NULL)
        config_append(text, "inputs:\n");
    config_append(text, "  - {role: \"%s\", file: \"%s\", sha256: %s}\n", role, path, hex);
    return OK;
}

void provenance_print_version(void)
{
    char *text = NULL;
    add_build(&text);
    printf("%s\n%s", provenance_version(), text);
    free(text);
}
