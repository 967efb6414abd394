#define _GNU_SOURCE /* memfd_create */
#include "store/h5.h"

#include "base/mem.h"
#include "par/comm_hdf5.h"
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
    char *path;       /* of the file, for messages */
    bool is_new;      /* not yet in place */
    bool grows;       /* new, and on the disk already as PATH.part */
    const Comm *comm; /* of all ranks that write together; NULL: this process alone */
    Replace replace;  /* of a new file */
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

/* The bytes of a file in memory to its place. */
static Err write_image(H5 *file)
{
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

/* Access for all ranks of `c` together, or for this process alone (NULL). */
static hid_t growing_access(const Comm *c)
{
    hid_t access = on_disk();
    if (c != NULL)
        comm_hdf5_access(c, access);
    return access;
}

bool h5_is_parallel(void)
{
    return comm_hdf5_has();
}

static Err agree(const Comm *c, Err e)
{
    return c == NULL ? e : comm_agree(c, e);
}

static bool leads(const Comm *c)
{
    return c == NULL || comm_is_root(c);
}

/* PATH.part, empty or with the bytes of PATH. */
static Err begin_part(const char *path, bool copy, Replace *r)
{
    enum { BLOCK = 1 << 20 };
    FILE *old = copy ? fopen(path, "rb") : NULL;
    if (copy && old == NULL)
        return err_set(ERR_FILE, "%s: cannot be opened: %s", path, strerror(errno));
    Err e = replace_begin(r, path);
    if (old == NULL || e != OK) {
        if (old != NULL)
            fclose(old);
        return e;
    }
    char *block = mem_new(BLOCK, 1);
    size_t n;
    while (e == OK && (n = fread(block, 1, BLOCK, old)) > 0)
        e = replace_write(r, block, n);
    if (e == OK && ferror(old))
        e = err_set(ERR_FILE, "%s: cannot be read", path);
    free(block);
    fclose(old);
    if (e != OK)
        replace_cancel(r);
    return e;
}

static Err grow(const char *path, const Comm *c, bool copy, H5 **file)
{
    quiet();
    *file = NULL;
    Replace replace = {.file = -1};
    Err e = agree(c, leads(c) ? begin_part(path, copy, &replace) : OK);
    if (e != OK) {
        replace_cancel(&replace);
        return e;
    }
    char *part = mem_format("%s.part", path);
    hid_t access = growing_access(c);
    hid_t id = copy ? H5Fopen(part, H5F_ACC_RDWR, access)
                    : H5Fcreate(part, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    H5Pclose(access);
    free(part);
    if (id < 0)
        e = copy ? err_set(ERR_FILE,
                           "%s: not an HDF5 file, or truncated, or not closed; make it again", path)
                 : err_set(ERR_FILE, "%s: HDF5 cannot create the file", path);
    e = agree(c, e);
    if (e != OK) {
        if (id >= 0)
            H5Fclose(id);
        replace_cancel(&replace);
        return e;
    }
    *file = wrap_file(id, path);
    (*file)->is_new = (*file)->grows = true;
    (*file)->comm = c;
    (*file)->replace = replace;
    return OK;
}

Err h5_create_growing(const char *path, H5 **file)
{
    return grow(path, NULL, false, file);
}

Err h5_extend(const char *path, const Comm *c, H5 **file)
{
    return grow(path, c, true, file);
}

Err h5_settle(H5 *file)
{
    Err e = OK;
    if (H5Fflush(file->id, H5F_SCOPE_GLOBAL) < 0) {
        e = h5_failed(file, "flush", "cannot be written; free space on this disk");
        if (file->comm == NULL)
            divert(file);
    }
    return agree(file->comm, e);
}

static Err close_growing(H5 *file)
{
    Err e = h5_settle(file);
    if (H5Fclose(file->id) < 0 && e == OK)
        e = h5_failed(file, "close", "cannot be written; free space on this disk");
    return agree(file->comm, e);
}

static void release(H5 *file)
{
    replace_cancel(&file->replace);
    free(file->path);
    free(file);
}

Err h5_commit(H5 *file)
{
    CHECK(file->is_new, "%s is not a new file", file->path);
    if (!file->grows) {
        Err e = write_image(file);
        h5_close(file);
        return e;
    }
    const Comm *c = file->comm;
    Err e = close_growing(file);
    if (e == OK)
        e = agree(c, leads(c) ? replace_commit(&file->replace, false) : OK);
    release(file);
    return e;
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
    *file = wrap_file(id, path);
    return OK;
}

void h5_close(H5 *file)
{
    if (file == NULL)
        return;
    if (file->grows) {
        Err lost = close_growing(file);
        (void)lost; /* it was not to be kept */
    } else {
        H5Fclose(file->id);
    }
    release(file);
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

Err h5_group_of_class(H5 *parent, const char *name, const char *nx_class, H5 **group)
{
    TRY(h5_group(parent, name, group));
    Err e = h5_attr_text(*group, NULL, "NX_class", nx_class);
    if (e != OK) {
        h5_close_group(*group);
        *group = NULL;
    }
    return e;
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
    size_t n = 0, room = 0;
    char **list = NULL;
    for (hsize_t i = 0; i < info.nlinks; i++) {
        ssize_t length =
            H5Lget_name_by_idx(at->id, ".", H5_INDEX_NAME, H5_ITER_INC, i, NULL, 0, H5P_DEFAULT);
        if (length < 0)
            break; /* a damaged group: what can be read of it */
        if (n == room) {
            list = mem_resize(list, n, 2 * room + 16, sizeof *list);
            room = 2 * room + 16;
        }
        list[n] = MEM_NEW(char, length + 1);
        H5Lget_name_by_idx(at->id, ".", H5_INDEX_NAME, H5_ITER_INC, i, list[n++],
                           (size_t)length + 1, H5P_DEFAULT);
    }
    *names = list;
    return n;
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
