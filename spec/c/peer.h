/* A process at the other end of a socket: a thread that accepts one
 * connection and does with it what a test wants. */
#ifndef PEER_H
#define PEER_H

#include "../../csrc/core/base/hadm_address.h"

#include <pthread.h>
#include <stddef.h>

struct peer {
  void (*serve)(struct peer *peer, int fd);
  const char *answer; /* for the serving functions below */
  size_t at;          /* where they stop, or begin to wait */
  char path[64];      /* of a unix socket; empty for TCP */
  struct hadm_address address;
  int listener;
  int stop; /* the test is over */
  pthread_t thread;
};

/* Begins to listen on a unix socket, or on a TCP port of its own. */
void peer_listen(struct peer *peer, int backlog);
void peer_listen_tcp(struct peer *peer);

/* Serves the first connection in a thread. */
void peer_start(struct peer *peer, void (*serve)(struct peer *, int));

/* Waits for the thread, if there is one, and removes what is left. */
void peer_stop(struct peer *peer);

/* Reads one line and answers; closes. */
void peer_answer(struct peer *peer, int fd);
/* The same in single bytes with pauses. */
void peer_drip(struct peer *peer, int fd);
/* Closes behind the first <at> bytes of the answer. */
void peer_cut(struct peer *peer, int fd);
/* Sends <at> bytes of the answer and waits until the other end closes. */
void peer_stall(struct peer *peer, int fd);
/* Sends without end, as fast as it can. */
void peer_flood(struct peer *peer, int fd);
/* Sends without end, some kilobytes a millisecond. */
void peer_stream(struct peer *peer, int fd);
/* Resets the connection when it has read the line (TCP). */
void peer_reset(struct peer *peer, int fd);
/* Answers without reading, and reads no more. */
void peer_deaf(struct peer *peer, int fd);
/* Reads slowly, answers when the line has ended. */
void peer_slow_reader(struct peer *peer, int fd);

#endif
