#include "sampling/move.h"

const Move *const move_all[MOVE_COUNT] = {
    [MOVE_ROTATE] = &move_rotate,         [MOVE_TURN] = &move_turn,
    [MOVE_SYMMETRY] = &move_symmetry,     [MOVE_TRANSLATE] = &move_translate,
    [MOVE_DISPLACE] = &move_displace,     [MOVE_HOP] = &move_hop,
    [MOVE_HOP_FOLLOW] = &move_hop_follow,
};
