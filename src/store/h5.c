#define _GNU_SOURCE /* memfd_create */
#include "store/h5.h"

#include "base/mem.h"
#include "store/replace.h"

#include <hdf5.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MEMORY_STEP = 1 << 20 }; /* bytes by which a file under construction grows */

struct H5 {
    hid_t id;
    char *path;      /* of the file, for messages */
    bool is_new;     /* made by h5_create and not yet in place */
    Replace replace; /* of a new file */
};

/* HDF5 prints its error stack and tidies up at exit unless told; after a full disk that tidying
 * would try the same writes again, so it is switched off: whoever opens here also closes. */
static void quiet(void)
{
    H5dont_atexit();
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

/* HDF5 says "..., errno = 28, error message = 'No space left on device', ..." deep in its stack. */
static herr_t find_reason(unsigned n, const H5E_error2_t *error, void *reason)
{
    static const char mark[] = "error message = '";
    const char *at = error->desc != NULL ? strstr(error->desc, mark) : NULL;
    (void)n;
    if (at != NULL)
        snprintf(reason, 128, " (%.*s)", (int)strcspn(at + strlen(mark), "'"), at + strlen(mark));
    return 0;
}

Err h5_failed(const H5 *at, const char *name, const char *what)
{
    char reason[128] = "";
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, find_reason, reason);
    return err_set(ERR_FILE, "%s: %s: %s%s", at->path, name, what, reason);
}

/* A new file is built in memory and written at once by h5_commit: HDF5 1.10 cannot close a file
 * whose last writes fail, and so would leak it on a full disk. */
Err h5_create(const char *path, H5 **file)
{
    quiet();
    *file = NULL;
    Replace replace;
    TRY(replace_begin(&replace, path));
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fapl_core(access, MEMORY_STEP, false);
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    hid_t id = H5Fcreate(replace.part, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    H5Pclose(access);
    if (id < 0) {
        replace_cancel(&replace);
        return err_set(ERR_FILE, "%s: HDF5 cannot create the file", path);
    }
    H5 *h = MEM_NEW(H5, 1);
    *h = (H5){.id = id, .path = mem_string(path), .is_new = true, .replace = replace};
    *file = h;
    return OK;
}

Err h5_commit(H5 *file)
{
    CHECK(file->is_new, "%s was not made by h5_create", file->path);
    Err e = OK;
    void *image = NULL;
    if (H5Fflush(file->id, H5F_SCOPE_GLOBAL) < 0)
        e = err_set(ERR_FILE, "%s: HDF5 cannot finish the file", file->path);
    ssize_t n = e == OK ? H5Fget_file_image(file->id, NULL, 0) : -1;
    if (n > 0)
        image = mem_new((size_t)n, 1);
    if (e == OK && (n <= 0 || H5Fget_file_image(file->id, image, (size_t)n) != n))
        e = err_set(ERR_FILE, "%s: HDF5 gives no file image", file->path);
    if (e == OK)
        e = replace_write(&file->replace, image, (size_t)n);
    if (e == OK)
        e = replace_commit(&file->replace, false);
    free(image);
    h5_close(file);
    return e;
}

static hid_t on_disk(void)
{
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    /* locks fail on many parallel file systems, and one process writes anyway */
    H5Pset_file_locking(access, false, true);
    return access;
}

static H5 *wrap_file(hid_t id, const char *path)
{
    H5 *h = MEM_NEW(H5, 1);
    *h = (H5){.id = id, .path = mem_string(path), .replace = {.file = -1}};
    return h;
}

/* The tables that find the data (HDF5's metadata) stay in memory until a flush. */
static void hold_metadata(hid_t file)
{
    H5AC_cache_config_t c = {.version = H5AC__CURR_CACHE_CONFIG_VERSION};
    H5Fget_mdc_config(file, &c);
    c.evictions_enabled = false;
    c.incr_mode = H5C_incr__off;
    c.flash_incr_mode = H5C_flash_incr__off;
    c.decr_mode = H5C_decr__off;
    herr_t status = H5Fset_mdc_config(file, &c);
    CHECK(status >= 0, "HDF5 refuses the configuration of its metadata cache");
}

Err h5_create_growing(const char *path, H5 **file)
{
    quiet();
    *file = NULL;
    Replace probe; /* for the message and the remedy if the place cannot be written */
    TRY(replace_begin(&probe, path));
    replace_cancel(&probe);
    hid_t access = on_disk(), id = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    H5Pclose(access);
    if (id < 0)
        return err_set(ERR_FILE, "%s: HDF5 cannot create the file", path);
    hold_metadata(id);
    *file = wrap_file(id, path);
    return OK;
}

/* HDF5 1.10 cannot close a file whose last writes fail, and with one left open it crashes when MPI ends. What the disk
 * did not take goes to a file in memory then, and is lost as it would be anyway. */
static void divert(const H5 *file)
{
    void *handle;
    int nowhere = memfd_create("unwritten", 0);
    if (nowhere >= 0 && H5Fget_vfd_handle(file->id, H5P_DEFAULT, &handle) >= 0)
        dup2(nowhere, *(int *)handle);
    if (nowhere >= 0)
        close(nowhere);
}

Err h5_flush(H5 *file)
{
    void *handle;
    if (H5Fflush(file->id, H5F_SCOPE_GLOBAL) < 0) {
        Err e = h5_failed(file, "flush", "cannot be written; free space on this disk");
        divert(file);
        return e;
    }
    if (H5Fget_vfd_handle(file->id, H5P_DEFAULT, &handle) < 0 || fsync(*(int *)handle) != 0)
        return err_set(ERR_FILE, "%s: cannot be synced to the disk: %s", file->path,
                       strerror(errno));
    return OK;
}

Err h5_open(const char *path, bool write, H5 **file)
{
    quiet();
    *file = NULL;
    FILE *there = fopen(path, write ? "r+b" : "rb");
    if (there == NULL)
        return err_set(ERR_FILE, "%s: cannot be opened: %s", path, strerror(errno));
    fclose(there);
    hid_t access = on_disk(), id = H5Fopen(path, write ? H5F_ACC_RDWR : H5F_ACC_RDONLY, access);
    H5Pclose(access);
    if (id < 0)
        return err_set(ERR_FILE, "%s: not an HDF5 file, or truncated, or not closed; make it again",
                       path);
    if (write)
        hold_metadata(id);
    *file = wrap_file(id, path);
    return OK;
}

void h5_close(H5 *file)
{
    if (file == NULL)
        return;
    if (!file->is_new && H5Fflush(file->id, H5F_SCOPE_GLOBAL) < 0)
        divert(file);
    H5Fclose(file->id);
    if (file->is_new)
        replace_cancel(&file->replace);
    free(file->path);
    free(file);
}

/* A link needs all groups above it to exist before HDF5 can be asked about it. */
bool h5_exists(const H5 *at, const char *name)
{
    char *path = mem_string(name);
    bool there = true;
    for (char *slash = strchr(path, '/'); there && slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        there = slash == path || H5Lexists(at->id, path, H5P_DEFAULT) > 0;
        *slash = '/';
    }
    there = there && H5Lexists(at->id, path, H5P_DEFAULT) > 0;
    free(path);
    return there;
}

static hid_t with_parents(void)
{
    hid_t links = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(links, 1);
    H5Pset_char_encoding(links, H5T_CSET_UTF8);
    return links;
}

Err h5_group(H5 *parent, const char *name, H5 **group)
{
    *group = NULL;
    hid_t id;
    if (h5_exists(parent, name)) {
        id = H5Gopen2(parent->id, name, H5P_DEFAULT);
    } else {
        hid_t links = with_parents();
        id = H5Gcreate2(parent->id, name, links, H5P_DEFAULT, H5P_DEFAULT);
        H5Pclose(links);
    }
    if (id < 0)
        return h5_failed(parent, name, "this group is missing and cannot be made");
    H5 *h = MEM_NEW(H5, 1);
    *h = (H5){.id = id, .path = mem_string(parent->path), .replace = {.file = -1}};
    *group = h;
    return OK;
}

void h5_close_group(H5 *group)
{
    if (group == NULL)
        return;
    H5Gclose(group->id);
    free(group->path);
    free(group);
}

size_t h5_members(const H5 *at, char ***names)
{
    H5G_info_t info;
    *names = NULL;
    if (H5Gget_info(at->id, &info) < 0)
        return 0;
    char **list = MEM_NEW(char *, info.nlinks);
    for (hsize_t i = 0; i < info.nlinks; i++) {
        ssize_t length =
            H5Lget_name_by_idx(at->id, ".", H5_INDEX_NAME, H5_ITER_INC, i, NULL, 0, H5P_DEFAULT);
        CHECK(length >= 0, "%s: link %zu has no name", at->path, (size_t)i);
        list[i] = MEM_NEW(char, length + 1);
        H5Lget_name_by_idx(at->id, ".", H5_INDEX_NAME, H5_ITER_INC, i, list[i], (size_t)length + 1,
                           H5P_DEFAULT);
    }
    *names = list;
    return (size_t)info.nlinks;
}

int64_t h5_handle(const H5 *at)
{
    return at->id;
}

const char *h5_path(const H5 *at)
{
    return at->path;
}

bool h5_all_closed(void)
{
    quiet();
    return H5Fget_obj_count((hid_t)H5F_OBJ_ALL, H5F_OBJ_ALL) <= 0;
}

void h5_library(size_t size, char text[])
{
    unsigned major, minor, release;
    quiet(); /* even this call starts the library */
    H5get_libversion(&major, &minor, &release);
    snprintf(text, size, "HDF5 %u.%u.%u", major, minor, release);
}
