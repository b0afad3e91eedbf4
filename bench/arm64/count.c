/*
 * A plug-in of QEMU's user emulators: how many instructions a program executes, by where their code is (a file, memory
 * without a name). What it takes of QEMU is declared here, since distributions ship no header for plug-ins.
 *
 *   qemu-aarch64 -plugin count.so,out=FILE[,blocks=NAME] program ...
 *
 * FILE gets a line for each mapping: instructions, its name. With `blocks`, also a line for each block of code in a
 * mapping of that name: address, executions, its instructions as words.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef void (*translated)(uint64_t id, struct qemu_plugin_tb *block);
typedef void (*ended)(uint64_t id, void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *block);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *block, size_t k);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, translated call);
/* `what` 0: adds n to *p. */
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *block, int what, void *p, uint64_t n);
void qemu_plugin_register_atexit_cb(uint64_t id, ended call, void *data);

#define EXPORT __attribute__((visibility("default")))
EXPORT int qemu_plugin_version = 1;

#define MAPPINGS 4096
#define NAME 160
static struct {
  uint64_t start, end;
  char name[NAME];
  uint64_t count;
} mapping[MAPPINGS];
static int mappings;

struct block {
  uint64_t at, executions;
  uint32_t instructions;
  int mapping;
  struct block *before;
  uint32_t words[];
};
static struct block *blocks;

static const char *out, *wanted;

/* The mapping of an address. Addresses of the program are those of the process. */
static int find(uint64_t at) {
  for (int k = mappings - 1; k >= 0; k--)
    if (at >= mapping[k].start && at < mapping[k].end) return k;
  FILE *maps = fopen("/proc/self/maps", "r");
  char line[1024];
  int found = -1;
  while (maps && found < 0 && fgets(line, sizeof line, maps)) {
    uint64_t start, end;
    int name = 0;
    if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %*s %*s %*s %n", &start, &end, &name) < 2) continue;
    if (at < start || at >= end || mappings == MAPPINGS) continue;
    line[strcspn(line, "\n")] = 0;
    found = mappings++;
    mapping[found].start = start;
    mapping[found].end = end;
    snprintf(mapping[found].name, NAME, "%s", name > 0 && line[name] ? line + name : "[anonymous]");
  }
  if (maps) fclose(maps);
  return found < 0 ? 0 : found;
}

static void on_block(uint64_t id, struct qemu_plugin_tb *tb) {
  (void)id;
  size_t n = qemu_plugin_tb_n_insns(tb);
  struct block *b = calloc(1, sizeof *b + 4 * n);
  b->at = qemu_plugin_tb_vaddr(tb);
  b->instructions = n;
  for (size_t k = 0; k < n; k++) memcpy(b->words + k, qemu_plugin_insn_data(qemu_plugin_tb_get_insn(tb, k)), 4);
  b->mapping = find(b->at);
  b->before = blocks;
  blocks = b;
  qemu_plugin_register_vcpu_tb_exec_inline(tb, 0, &b->executions, 1);
}

static void on_end(uint64_t id, void *data) {
  (void)id;
  (void)data;
  FILE *f = fopen(out, "w");
  if (!f) return;
  for (struct block *b = blocks; b; b = b->before) mapping[b->mapping].count += b->executions * b->instructions;
  for (int k = 0; k < mappings; k++) fprintf(f, "%" PRIu64 " %s\n", mapping[k].count, mapping[k].name);
  for (struct block *b = blocks; wanted && b; b = b->before) {
    if (!b->executions || !strstr(mapping[b->mapping].name, wanted)) continue;
    fprintf(f, "block %" PRIx64 " %" PRIu64, b->at, b->executions);
    for (uint32_t k = 0; k < b->instructions; k++) fprintf(f, " %08" PRIx32, b->words[k]);
    fputc('\n', f);
  }
  fclose(f);
}

EXPORT int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv) {
  (void)info;
  for (int k = 0; k < argc; k++) {
    if (!strncmp(argv[k], "out=", 4)) out = strdup(argv[k] + 4);
    if (!strncmp(argv[k], "blocks=", 7)) wanted = strdup(argv[k] + 7);
  }
  if (!out) return 1;
  mapping[mappings++].start = 0; /* What is found nowhere. */
  strcpy(mapping[0].name, "[unknown]");
  qemu_plugin_register_vcpu_tb_trans_cb(id, on_block);
  qemu_plugin_register_atexit_cb(id, on_end, 0);
  return 0;
}
