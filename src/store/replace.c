#define _POSIX_C_SOURCE 200809L
#include "store/replace.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *remedy(int code)
{
    switch (code) {
    case ENOENT:
    case ENOTDIR:
        return "; make the folder first";
    case EACCES:
    case EPERM:
    case EROFS:
        return "; choose a folder that may be written";
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return "; free space on this disk or write elsewhere";
    default:
        return "";
    }
}

static Err failed(const Replace *r, const char *what, int code)
{
    return err_set(ERR_FILE, "%s: cannot be %s: %s%s", r->path, what, strerror(code), remedy(code));
}

Err replace_begin(Replace *r, const char *path)
{
    r->path = mem_string(path);
    r->part = mem_format("%s.part", path);
    r->file = open(r->part, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (r->file >= 0)
        return OK;
    Err e = failed(r, "written", errno);
    free(r->path);
    free(r->part);
    *r = (Replace){NULL, NULL, -1};
    return e;
}

Err replace_write(Replace *r, const void *bytes, size_t n)
{
    const char *at = bytes;
    while (n > 0) {
        ssize_t done = write(r->file, at, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return failed(r, "written", errno);
        at += done;
        n -= (size_t)done;
    }
    return OK;
}

Err replace_sync_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash == NULL ? mem_string(".") : mem_format("%.*s/", (int)(slash - path), path);
    int file = open(folder, O_RDONLY | O_DIRECTORY);
    int code = file < 0 ? errno : 0;
    /* some network file systems cannot sync a folder (EINVAL): nothing better is to be had there */
    if (file >= 0 && fsync(file) != 0 && errno != EINVAL)
        code = errno;
    if (file >= 0)
        close(file);
    Err e = code == 0 ? OK : err_set(ERR_FILE, "%s: cannot be synced: %s", folder, strerror(code));
    free(folder);
    return e;
}

Err replace_make_folder(const char *path)
{
    if (mkdir(path, 0777) == 0 || errno == EEXIST)
        return OK;
    return err_set(ERR_FILE, "%s: folder cannot be made: %s%s", path, strerror(errno),
                   remedy(errno));
}

/* The old file gets a second name, so that PATH is there at every moment; where the file system has no hard
 * links, its name is changed instead. */
static Err keep_old(const Replace *r)
{
    char *previous = mem_format("%s.previous", r->path);
    unlink(previous);
    bool ok = link(r->path, previous) == 0 || errno == ENOENT || rename(r->path, previous) == 0;
    Err e = ok ? OK : failed(r, "kept as .previous", errno);
    free(previous);
    return e;
}

Err replace_commit(Replace *r, bool keep)
{
    Err e = fsync(r->file) == 0 ? OK : failed(r, "synced to the disk", errno);
    int closed = close(r->file);
    r->file = -1;
    if (e == OK && closed != 0)
        e = failed(r, "closed", errno);
    if (e == OK && keep)
        e = keep_old(r);
    if (e == OK && rename(r->part, r->path) != 0)
        e = failed(r, "put in place", errno);
    if (e == OK)
        e = replace_sync_folder(r->path);
    replace_cancel(r);
    return e;
}

void replace_cancel(Replace *r)
{
    if (r->part == NULL)
        return;
    if (r->file >= 0)
        close(r->file);
    unlink(r->part); /* not there any more after a commit */
    free(r->part);
    free(r->path);
    *r = (Replace){NULL, NULL, -1};
}
