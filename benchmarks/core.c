/* The core arithmetic of a week in plain C, as a yardstick for benchmarks/model.py: 22 organisations in 38 regions, six hazards on their
 * members that compete, six counts a cell drawn from addressed uniform numbers, contacts of rivals, recruitment, contest for control,
 * movement to eight neighbours. Numbers are invented; the operations are those of the model, without drugs, arms, money, politics.
 *
 * cc -O3 -march=native -ffast-math core.c -lm; ./a.out FUTURES WEEKS prints seconds and a sum that keeps the work from being removed. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { O = 22, R = 38, CELLS = O * R, FLOWS = 6, NEIGHBOURS = 8, TERMS = 7 };

static float members[CELLS], uniform[FLOWS][CELLS + 1], weight[O][O], taken[FLOWS][CELLS], hazard[FLOWS][CELLS];
static int near_by[R][NEIGHBOURS];

static inline uint32_t turn(uint32_t x, int n) { return (x << n) | (x >> (32 - n)); }

/* Threefry-2x32-20, as in luck.py: both words are used. */
static void draw(uint32_t k0, uint32_t k1, uint32_t stream, float *out) {
  static const int turns[2][4] = {{13, 15, 26, 6}, {17, 29, 16, 24}};
  uint32_t keys[3] = {k0, k1, k0 ^ k1 ^ 0x1BD11BDA};
  for (uint32_t i = 0; i < CELLS / 2; i++) {
    uint32_t x = i + k0, y = stream + k1;
    for (int block = 1; block < 6; block++) {
      for (int j = 0; j < 4; j++) {
        x += y;
        y = turn(y, turns[(block + 1) % 2][j]) ^ x;
      }
      x += keys[block % 3];
      y += keys[(block + 1) % 3] + block;
    }
    out[i] = ((x >> 9) + 0.5f) * 0x1p-23f;
    out[i + CELLS / 2] = ((y >> 9) + 0.5f) * 0x1p-23f;
  }
}

/* A standard normal for a uniform, to 4.5e-4 (Abramowitz and Stegun 26.2.23). */
static inline float normal(float u) {
  float p = u < 0.5f ? u : 1 - u, t = sqrtf(-2 * logf(p));
  float z = t - (2.515517f + t * (0.802853f + t * 0.010328f)) / (1 + t * (1.432788f + t * (0.189269f + t * 0.001308f)));
  return u < 0.5f ? -z : z;
}

static inline float binomial(float n, float p, float u) {
  float mean = n * p, small = mean < 1.5f ? p : 0, odds = small / (1 - small);
  float chance = expf(n * log1pf(-small)), below = chance, few = 0;
  for (int k = 1; k <= TERMS; k++) {
    few += u > below;
    chance *= fmaxf((n + 1) * odds / k - odds, 0);
    below += chance;
  }
  float z = normal(u), spread = sqrtf(fmaxf(mean * (1 - p) - 1 / 12.0f, 0));
  float many = fmaxf(rintf(mean + spread * z + (z * z - 1) * (1 - 2 * p) / 6), 0);
  return fminf(mean < 1.5f ? few : many, n);
}

static float week(uint32_t future, uint32_t t) {
  float contact[CELLS], strength[CELLS], moved[CELLS] = {0}, violence = 0;
  for (int f = 0; f < FLOWS; f++) draw(future, t, 101 * f, uniform[f]);
  for (int o = 0; o < O; o++)
    for (int r = 0; r < R; r++) {
      float others = 0;
      for (int p = 0; p < O; p++) others += weight[o][p] * members[p * R + r];
      contact[o * R + r] = others;
    }
  for (int r = 0; r < R; r++) {
    float total = 1;
    for (int o = 0; o < O; o++) total += strength[o * R + r] = expf(0.8f * logf(members[o * R + r] + 1));
    for (int o = 0; o < O; o++) strength[o * R + r] /= total;
  }
  for (int i = 0; i < CELLS; i++) {
    float share = strength[i], pressed = logf((1 + share) / 2);
    hazard[0][i] = 1e-6f * contact[i];
    hazard[1][i] = 2e-4f * expf(0.4f * pressed);
    hazard[2][i] = 1e-3f * (1 - share);
    hazard[3][i] = -log1pf(-fminf(0.5f * share / (members[i] + 1), 0.9f));
    hazard[4][i] = 1e-4f;
    hazard[5][i] = 0;
  }
  for (int o = 0; o < O; o++)
    for (int r = 0; r < R; r++) {
      float here = strength[o * R + r], out = 0;
      for (int j = 0; j < NEIGHBOURS; j++) {
        float better = strength[o * R + near_by[r][j]] - here;
        out += fmaxf(better, 0) + (better >= 0) * logf(1 + fmaxf(better, 0));
      }
      hazard[5][o * R + r] = 1e-3f * out;
    }
  for (int i = 0; i < CELLS; i++) {
    float total = 0, sum = 0;
    for (int f = 0; f < FLOWS; f++) total += hazard[f][i];
    float factor = -expm1f(-total) / (total + 1e-9f);
    for (int f = 0; f < FLOWS; f++) sum += taken[f][i] = binomial(members[i], hazard[f][i] * factor, uniform[f][i]);
    float scale = fminf(1, members[i] / (sum + 1e-9f));
    float recruits = members[i] * expm1f(4e-3f * expf(0.1f * logf(strength[i] + 1)));
    members[i] += recruits - scale * sum;
    violence += taken[0][i];
  }
  for (int o = 0; o < O; o++)
    for (int r = 0; r < R; r++)
      for (int j = 0; j < NEIGHBOURS; j++) moved[o * R + near_by[r][j]] += taken[5][o * R + r] / NEIGHBOURS;
  for (int i = 0; i < CELLS; i++) members[i] += moved[i];
  return violence;
}

int main(int argc, char **argv) {
  int futures = argc > 1 ? atoi(argv[1]) : 16, weeks = argc > 2 ? atoi(argv[2]) : 260;
  for (int o = 0; o < O; o++)
    for (int p = 0; p < O; p++) weight[o][p] = o == p ? 0 : 0.1f;
  for (int r = 0; r < R; r++)
    for (int j = 0; j < NEIGHBOURS; j++) near_by[r][j] = (r + j * 5 + 1) % R;
  struct timespec begin, end;
  double sum = 0;
  clock_gettime(CLOCK_MONOTONIC, &begin);
  for (int f = 0; f < futures; f++) {
    for (int i = 0; i < CELLS; i++) members[i] = 50 + i % 300;
    for (int t = 0; t < weeks; t++) sum += week(f, t);
  }
  clock_gettime(CLOCK_MONOTONIC, &end);
  printf("%.6f %.3g\n", (end.tv_sec - begin.tv_sec) + 1e-9 * (end.tv_nsec - begin.tv_nsec), sum);
  return 0;
}
