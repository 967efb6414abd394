/* config_tree.h -- what is inside a Config; for the config files of store/ only. */
#ifndef STORE_CONFIG_TREE_H
#define STORE_CONFIG_TREE_H

#include "store/config.h"

typedef enum NodeKind { NODE_SCALAR, NODE_SEQUENCE, NODE_MAPPING } NodeKind;

struct ConfigNode {
    const char *file; /* owned by the Config */
    int line;         /* 1-based; of the key where the node is the value of one */
    NodeKind kind;
    bool quoted; /* scalars: written in quotes or as a block, so that "" is a text */
    char *text;  /* scalars */
    size_t n, capacity;
    char **keys;        /* mappings [n] */
    ConfigNode **items; /* sequences and mappings [n] */
};

struct Config {
    char *name;
    ConfigNode *root;
};

/* With all that is below it; NULL is fine. Local. */
void config_node_free(ConfigNode *node);

/* Put an item (and its key, for mappings) at the end of a node, which then owns both. Local. */
void config_node_push(ConfigNode *node, char *key, ConfigNode *item);

#endif
