/* mail.h -- personal messages of every step: things go out, are worked on, and come back changed.
 *
 * As comm_alltoallv, but messages go only between ranks that have something for each other, travel while
 * other work is done, and no memory is taken once buffers have grown. What a rank sends to itself is
 * copied, not sent.
 *
 * Messages of one round trip: one all-to-all of 4 bytes to tell the lengths, then for each rank that gets
 * anything one message out and one back.
 */
#ifndef PAR_MAIL_H
#define PAR_MAIL_H

#include "par/comm.h"

typedef struct Mail Mail;

/* item, reply: bytes of one thing sent, and of the answer to it. comm is kept until mail_free. Local. */
Mail *mail_new(const Comm *c, size_t item, size_t reply);
void mail_free(Mail *m); /* Local */

/* Room for n things to send, to be written before mail_send. Local. */
void *mail_room(Mail *m, size_t n);

/* Send: count[r] things to rank r, lying one after another in the room. Returns while they travel, with the
 * number that will come in. Collective. */
size_t mail_send(Mail *m, const int count[]);

/* What came in, in rank order: *own of them, from *first_own on, are this rank's and are there at once; the
 * others are there after mail_wait. Local. */
const void *mail_inbox(const Mail *m, size_t *first_own, size_t *own);
void mail_wait(Mail *m); /* Collective */

/* Room for the replies, one for each thing that came in, in the same order. Local. */
void *mail_reply_room(Mail *m);

/* Send the replies. Returns while they travel. Collective. */
void mail_reply(Mail *m);

/* The replies to what this rank had sent, in the order of the room. Collective. */
const void *mail_answers(Mail *m);

/* Messages and bytes sent to other ranks since mail_new, the lengths not counted. Local. */
void mail_traffic(const Mail *m, int64_t *messages, int64_t *bytes);

#endif
