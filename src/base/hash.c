#include "base/hash.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

Hash *hash_new(void)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    CHECK(context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1, "SHA-256");
    return (Hash *)context; /* the wrapper adds nothing but a name */
}

void hash_add(Hash *h, const void *bytes, size_t n)
{
    CHECK(EVP_DigestUpdate((EVP_MD_CTX *)h, bytes, n) == 1, "%zu bytes", n);
}

void hash_add_text(Hash *h, const char *text)
{
    hash_add(h, text, strlen(text) + 1);
}

void hash_finish(Hash *h, char hex[HASH_HEX])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    CHECK(EVP_DigestFinal_ex((EVP_MD_CTX *)h, digest, &length) == 1 && length == 32, "%u", length);
    EVP_MD_CTX_free((EVP_MD_CTX *)h);
    for (unsigned i = 0; i < length; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

Err hash_file(const char *path, char hex[HASH_HEX])
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return err_set(ERR_FILE, "%s: cannot be opened: %s", path, strerror(errno));
    Hash *h = hash_new();
    char buffer[65536];
    size_t got;
    while ((got = fread(buffer, 1, sizeof buffer, file)) > 0)
        hash_add(h, buffer, got);
    bool bad = ferror(file) != 0;
    fclose(file);
    hash_finish(h, hex);
    return bad ? err_set(ERR_FILE, "%s: cannot be read", path) : OK;
}
