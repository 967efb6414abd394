/* Datasets and attributes. */
#include "store/h5.h"

#include "base/mem.h"

#include <hdf5.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RANK_MAX = 8 };

static hid_t id_of(const H5 *at)
{
    return (hid_t)h5_handle(at);
}

/* Texts have variable length and are UTF-8, the form that h5py gives back as str. */
static hid_t text_type(void)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
    return type;
}

/* n == 0: a scalar */
static bool attach(hid_t object, const char *key, hid_t type, size_t n, const void *value)
{
    hsize_t length = n;
    if (H5Aexists(object, key) > 0)
        H5Adelete(object, key);
    hid_t space = n > 0 ? H5Screate_simple(1, &length, NULL) : H5Screate(H5S_SCALAR);
    hid_t attribute = H5Acreate2(object, key, type, space, H5P_DEFAULT, H5P_DEFAULT);
    bool ok = attribute >= 0 && H5Awrite(attribute, type, value) >= 0;
    if (attribute >= 0)
        H5Aclose(attribute);
    H5Sclose(space);
    return ok;
}

static bool attach_text(hid_t object, const char *key, const char *value)
{
    hid_t type = text_type();
    bool ok = attach(object, key, type, 0, &value);
    H5Tclose(type);
    return ok;
}

/* A new dataset with its data; unit and description NULL for texts. */
static Err write_any(H5 *at, const char *name, int rank, const size_t dims[], hid_t type,
                     const void *data, const char *unit, const char *description)
{
    hsize_t extent[RANK_MAX];
    CHECK(rank >= 0 && rank <= RANK_MAX, "%s: rank %d", name, rank);
    for (int i = 0; i < rank; i++)
        extent[i] = dims[i];
    if (h5_exists(at, name))
        return h5_failed(at, name, "already in the file");
    hid_t space = rank > 0 ? H5Screate_simple(rank, extent, NULL) : H5Screate(H5S_SCALAR);
    hid_t links = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(links, 1);
    hid_t set = H5Dcreate2(id_of(at), name, type, space, links, H5P_DEFAULT, H5P_DEFAULT);
    bool ok = set >= 0;
    if (ok && H5Sget_simple_extent_npoints(space) > 0)
        ok = H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0;
    if (ok && unit != NULL)
        ok = attach_text(set, "unit", unit) && attach_text(set, "description", description);
    if (set >= 0)
        H5Dclose(set);
    H5Pclose(links);
    H5Sclose(space);
    return ok ? OK : h5_failed(at, name, "cannot be written");
}

Err h5_write(H5 *at, const char *name, int rank, const size_t dims[], const double *data,
             const char *unit, const char *description)
{
    CHECK(unit != NULL && description != NULL, "%s has no unit or description", name);
    return write_any(at, name, rank, dims, H5T_NATIVE_DOUBLE, data, unit, description);
}

Err h5_write_complex(H5 *at, const char *name, size_t n, const double _Complex z[],
                     const char *unit, const char *description)
{
    const size_t dims[2] = {n, 2};
    return h5_write(at, name, 2, dims, (const double *)z, unit, description);
}

Err h5_write_i64(H5 *at, const char *name, int rank, const size_t dims[], const int64_t *data,
                 const char *unit, const char *description)
{
    CHECK(unit != NULL && description != NULL, "%s has no unit or description", name);
    return write_any(at, name, rank, dims, H5T_NATIVE_INT64, data, unit, description);
}

Err h5_write_table_i64(H5 *at, const char *name, size_t rows, size_t columns, size_t pitch,
                       const int64_t *data, const char *unit, const char *description)
{
    const size_t dims[2] = {rows, columns};
    bool fits = true;
    CHECK(unit != NULL && description != NULL, "%s has no unit or description", name);
    for (size_t i = 0; i < rows; i++)
        for (size_t k = 0; k < columns; k++)
            fits = fits && data[i * pitch + k] == (int32_t)data[i * pitch + k];
    int32_t *narrow = fits ? MEM_NEW(int32_t, rows * columns) : NULL;
    int64_t *wide = fits ? NULL : MEM_NEW(int64_t, rows * columns);
    for (size_t i = 0; i < rows; i++)
        for (size_t k = 0; k < columns; k++) {
            if (fits)
                narrow[i * columns + k] = (int32_t)data[i * pitch + k];
            else
                wide[i * columns + k] = data[i * pitch + k];
        }
    Err e = write_any(at, name, 2, dims, fits ? H5T_NATIVE_INT32 : H5T_NATIVE_INT64,
                      fits ? (const void *)narrow : wide, unit, description);
    free(narrow);
    free(wide);
    return e;
}

Err h5_write_number(H5 *at, const char *name, double value, const char *unit,
                    const char *description)
{
    return h5_write(at, name, 0, NULL, &value, unit, description);
}

Err h5_write_text(H5 *at, const char *name, const char *text)
{
    hid_t type = text_type();
    Err e = write_any(at, name, 0, NULL, type, &text, NULL, NULL);
    H5Tclose(type);
    return e;
}

Err h5_write_texts(H5 *at, const char *name, size_t n, const char *const texts[])
{
    hid_t type = text_type();
    Err e = write_any(at, name, 1, &n, type, texts, NULL, NULL);
    H5Tclose(type);
    return e;
}

int h5_rank(const H5 *at, const char *name)
{
    if (!h5_exists(at, name))
        return -1;
    hid_t set = H5Dopen2(id_of(at), name, H5P_DEFAULT);
    if (set < 0)
        return -1;
    hid_t space = H5Dget_space(set);
    int rank = H5Sget_simple_extent_ndims(space);
    H5Sclose(space);
    H5Dclose(set);
    return rank;
}

/* An open dataset whose rank and class of type are as wanted. */
typedef struct Found {
    hid_t set, space, type;
    size_t n; /* elements */
} Found;

static void release(Found *f)
{
    if (f->type >= 0)
        H5Tclose(f->type);
    if (f->space >= 0)
        H5Sclose(f->space);
    if (f->set >= 0)
        H5Dclose(f->set);
}

/* A damaged dataspace may claim more elements than any memory has. Compression gains no factor of 2000; datasets never
 * written and virtual ones take no place in the file. */
static bool is_credible(const H5 *at, const Found *f)
{
    double needed = (double)H5Sget_simple_extent_npoints(f->space) * (double)H5Tget_size(f->type);
    hid_t list = H5Dget_create_plist(f->set);
    H5D_layout_t layout = H5Pget_layout(list);
    H5Pclose(list);
    hsize_t size = 0;
    if (needed < 0.0)
        return false;
    if (needed < 1e6 || layout == H5D_VIRTUAL || H5Fget_filesize(id_of(at), &size) < 0)
        return true;
    return needed <= (layout == H5D_CHUNKED ? 2e3 : 1.0) * fmax((double)size, 1e6);
}

static Err find(H5 *at, const char *name, bool text, int rank, size_t dims[], Found *f)
{
    *f = (Found){-1, -1, -1, 0};
    if (!h5_exists(at, name))
        return h5_failed(at, name, "not in this file; was it written by another version?");
    f->set = H5Dopen2(id_of(at), name, H5P_DEFAULT);
    if (f->set < 0)
        return h5_failed(at, name, "is a group or damaged; a dataset is needed");
    f->space = H5Dget_space(f->set);
    f->type = H5Dget_type(f->set);
    H5T_class_t class = H5Tget_class(f->type);
    bool is_text = class == H5T_STRING, is_number = class == H5T_INTEGER || class == H5T_FLOAT;
    int found = H5Sget_simple_extent_ndims(f->space);
    hsize_t extent[H5S_MAX_RANK];
    H5Sget_simple_extent_dims(f->space, extent, NULL);
    Err e = OK;
    if (text ? !is_text : !is_number)
        e = h5_failed(at, name, text ? "holds no text" : "holds no numbers");
    else if (found != rank)
        e = err_set(ERR_FILE, "%s: %s: has %d dimensions, %d are needed", h5_path(at), name, found,
                    rank);
    else if (!is_credible(at, f))
        e = h5_failed(at, name, "claims to be larger than the file; the file is damaged");
    if (e != OK) {
        release(f);
        return e;
    }
    f->n = (size_t)H5Sget_simple_extent_npoints(f->space);
    for (int i = 0; i < rank; i++)
        dims[i] = (size_t)extent[i];
    return OK;
}

static char *attribute_text(hid_t object, const char *key);

/* Whole dataset as elements of memory type `type` and `size` bytes. */
static Err read_any(H5 *at, const char *name, int rank, size_t dims[], hid_t type, size_t size,
                    void **data, char unit[32])
{
    Found f;
    *data = NULL;
    TRY(find(at, name, false, rank, dims, &f));
    void *block = mem_new(f.n > 0 ? f.n : 1, size);
    bool ok = f.n == 0 || H5Dread(f.set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, block) >= 0;
    if (unit != NULL) {
        char *text = attribute_text(f.set, "unit");
        snprintf(unit, 32, "%s", text != NULL ? text : "");
        free(text);
    }
    release(&f);
    if (!ok) {
        free(block);
        return h5_failed(at, name, "cannot be read; the file is damaged");
    }
    *data = block;
    return OK;
}

Err h5_read(H5 *at, const char *name, int rank, size_t dims[], double **data, char unit[32])
{
    void *block;
    Err e = read_any(at, name, rank, dims, H5T_NATIVE_DOUBLE, sizeof(double), &block, unit);
    *data = block;
    return e;
}

Err h5_read_i64(H5 *at, const char *name, int rank, size_t dims[], int64_t **data)
{
    void *block;
    Err e = read_any(at, name, rank, dims, H5T_NATIVE_INT64, sizeof(int64_t), &block, NULL);
    *data = block;
    return e;
}

Err h5_read_number(H5 *at, const char *name, double *value)
{
    double *data;
    TRY(h5_read(at, name, 0, NULL, &data, NULL));
    CHECK(data != NULL, "%s: no value", name);
    *value = data[0];
    free(data);
    return OK;
}

/* n texts of fixed or variable length; each is new. */
static bool read_strings(hid_t object, bool attribute, hid_t file_type, size_t n, char *texts[])
{
    bool variable = H5Tis_variable_str(file_type) > 0, ok = n == 0;
    size_t length = variable ? sizeof(char *) : H5Tget_size(file_type) + 1;
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, variable ? H5T_VARIABLE : length);
    H5Tset_cset(type, H5Tget_cset(file_type));
    char *block = mem_new(n, length);
    if (n > 0)
        ok = (attribute ? H5Aread(object, type, block)
                        : H5Dread(object, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, block)) >= 0;
    for (size_t i = 0; ok && i < n; i++) {
        char *variable_text = variable ? ((char **)(void *)block)[i] : NULL;
        const char *text = variable ? variable_text : block + i * length;
        texts[i] = mem_string(text != NULL ? text : "");
        if (variable)
            H5free_memory(variable_text);
    }
    free(block);
    H5Tclose(type);
    return ok;
}

static char *attribute_text(hid_t object, const char *key)
{
    char *text = NULL;
    if (H5Aexists(object, key) <= 0)
        return NULL;
    hid_t attribute = H5Aopen(object, key, H5P_DEFAULT);
    if (attribute < 0)
        return NULL;
    hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    if (H5Tget_class(type) == H5T_STRING && H5Sget_simple_extent_npoints(space) == 1 &&
        !read_strings(attribute, true, type, 1, &text))
        text = NULL;
    H5Tclose(type);
    H5Sclose(space);
    H5Aclose(attribute);
    return text;
}

Err h5_read_text(H5 *at, const char *name, char **text)
{
    Found f;
    *text = NULL;
    TRY(find(at, name, true, 0, NULL, &f));
    bool ok = read_strings(f.set, false, f.type, 1, text);
    release(&f);
    return ok ? OK : h5_failed(at, name, "cannot be read; the file is damaged");
}

Err h5_read_texts(H5 *at, const char *name, size_t *n, char ***texts)
{
    Found f;
    *n = 0;
    *texts = NULL;
    size_t length = 0;
    TRY(find(at, name, true, 1, &length, &f));
    char **list = MEM_NEW(char *, length);
    bool ok = read_strings(f.set, false, f.type, length, list);
    release(&f);
    if (!ok) {
        free(list);
        return h5_failed(at, name, "cannot be read; the file is damaged");
    }
    *n = length;
    *texts = list;
    return OK;
}

/* Opens the object that carries an attribute. */
static hid_t carrier(const H5 *at, const char *name)
{
    return H5Oopen(id_of(at), name != NULL ? name : ".", H5P_DEFAULT);
}

static Err attach_to(H5 *at, const char *name, const char *key, hid_t type, size_t n,
                     const void *value)
{
    hid_t object = carrier(at, name);
    bool ok = object >= 0 && attach(object, key, type, n, value);
    if (object >= 0)
        H5Oclose(object);
    return ok ? OK : h5_failed(at, key, "this attribute cannot be written");
}

Err h5_attr_text(H5 *at, const char *name, const char *key, const char *value)
{
    return h5_attr_texts(at, name, key, 0, &value);
}

Err h5_attr_texts(H5 *at, const char *name, const char *key, size_t n, const char *const values[])
{
    hid_t type = text_type();
    Err e = attach_to(at, name, key, type, n, values);
    H5Tclose(type);
    return e;
}

Err h5_attr_number(H5 *at, const char *name, const char *key, double value)
{
    return attach_to(at, name, key, H5T_NATIVE_DOUBLE, 0, &value);
}

Err h5_attr_integers(H5 *at, const char *name, const char *key, size_t n, const int values[])
{
    return attach_to(at, name, key, H5T_NATIVE_INT, n, values);
}

Err h5_read_attr_text(H5 *at, const char *name, const char *key, char **value)
{
    hid_t object = carrier(at, name);
    *value = object >= 0 ? attribute_text(object, key) : NULL;
    if (object >= 0)
        H5Oclose(object);
    return *value != NULL ? OK : h5_failed(at, key, "this attribute is missing or no text");
}

Err h5_read_attr_number(H5 *at, const char *name, const char *key, double *value)
{
    hid_t object = carrier(at, name);
    hid_t attribute = object >= 0 && H5Aexists(object, key) > 0 ? H5Aopen(object, key, H5P_DEFAULT)
                                                                : H5I_INVALID_HID;
    hid_t space = attribute >= 0 ? H5Aget_space(attribute) : H5I_INVALID_HID;
    bool good = space >= 0 && H5Sget_simple_extent_npoints(space) == 1 &&
                H5Aread(attribute, H5T_NATIVE_DOUBLE, value) >= 0;
    if (space >= 0)
        H5Sclose(space);
    if (attribute >= 0)
        H5Aclose(attribute);
    if (object >= 0)
        H5Oclose(object);
    return good ? OK : h5_failed(at, key, "this attribute is missing or no number");
}
