/* What every twin shares: typed lanes, the generator of its inputs, and how its answer is printed.
 *
 * A twin does what its TypeScript counterpart does, on the same lanes in the same order, so that the ratio of the two is
 * the price of the language and not of an algorithm. Both print a checksum of every answer on the way.
 */
#ifndef TWIN_H
#define TWIN_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

/* Numerical Recipes' generator: one multiplication, the same in both languages; its high bits are what is used. */
static inline uint32_t next_random(uint32_t *state) {
  *state = *state * 1664525u + 1013904223u;
  return *state >> 8;
}

static inline uint32_t mix(uint32_t checksum, int32_t value) { return checksum * 31u + (uint32_t)value; }

static inline void *lane(size_t count, size_t bytes, int byte) {
  void *start = malloc(count * bytes);
  if (start == NULL) {
    fprintf(stderr, "no memory\n");
    exit(1);
  }
  return memset(start, byte, count * bytes);
}

static inline double wall_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static inline double cpu_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* `TWIN WORKLOAD WARMUP OPS`: both passes run on one state; the second is timed. The checksum covers both. */
typedef uint32_t (*pass_fn)(int32_t ops, uint32_t checksum);

static inline void measure(pass_fn pass, int32_t warmup, int32_t ops) {
  uint32_t checksum = pass(warmup, 0);
  double wall = wall_ns(), cpu = cpu_ns();
  checksum = pass(ops, checksum);
  cpu = cpu_ns() - cpu;
  wall = wall_ns() - wall;
  printf("{\"checksum\":%u,\"wallNs\":%.0f,\"cpuNs\":%.0f}\n", checksum, wall, cpu);
}

#endif
