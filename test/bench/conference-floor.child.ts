/**
 * The floor of the conference bench in C: one `recvfrom` (unless told not to) and one `sendto` a socket
 * a tick. Paced by the clock, or in lockstep: a tick for each number that it reads.
 */
export const floorSource = `
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static double cpu_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

int main(int argc, char **argv) {
  int n = atoi(argv[1]), seconds = atoi(argv[2]), receives = atoi(argv[3]), lockstep = atoi(argv[4]);
  int *fds = malloc(n * sizeof(int));
  struct sockaddr_in *to = calloc(n, sizeof(*to));
  for (int i = 0; i < n; i++) {
    int port;
    if (scanf("%d", &port) != 1) return 1;
    to[i].sin_family = AF_INET;
    to[i].sin_port = htons(port);
    to[i].sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  }
  printf("[");
  for (int i = 0; i < n; i++) {
    struct sockaddr_in own = {0};
    socklen_t length = sizeof(own);
    own.sin_family = AF_INET;
    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    fds[i] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    if (bind(fds[i], (struct sockaddr *)&own, sizeof(own)) < 0) return 1;
    getsockname(fds[i], (struct sockaddr *)&own, &length);
    printf(i ? ",%d" : "%d", ntohs(own.sin_port));
  }
  printf("]\\n");
  fflush(stdout);
  unsigned char in[4096], out[172] = {0x80};
  struct timespec due;
  clock_gettime(CLOCK_MONOTONIC, &due);
  int warm = 200, ticks = seconds * 50, go;
  double start = 0;
  for (int tick = 0; lockstep || tick < warm + ticks; tick++) {
    if (lockstep && scanf("%d", &go) != 1) return 0;
    if (lockstep || tick == warm) start = cpu_us();
    for (int i = 0; i < n; i++) {
      struct sockaddr_in from;
      socklen_t length = sizeof(from);
      if (receives) recvfrom(fds[i], in, sizeof(in), MSG_DONTWAIT, (struct sockaddr *)&from, &length);
      sendto(fds[i], out, sizeof(out), MSG_DONTWAIT, (struct sockaddr *)&to[i], sizeof(to[i]));
    }
    if (lockstep) {
      printf("{\\"cpuUs\\":%.1f,\\"memoryBytes\\":0}\\n", cpu_us() - start);
      fflush(stdout);
      continue;
    }
    due.tv_nsec += 20000000;
    if (due.tv_nsec >= 1000000000) { due.tv_nsec -= 1000000000; due.tv_sec++; }
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
  }
  printf("{\\"cpuUs\\":%.0f,\\"maxLatenessMs\\":0,\\"p99LatenessMs\\":0,\\"lateTicks\\":0}\\n", cpu_us() - start);
  fflush(stdout);
  pause();
  return 0;
}
`;
