// Maps artefacts. The code section is mapped PROT_READ | PROT_EXEC from the file and never writable; the rest of the
// file is mapped read-only once more for the tables.

#include "code.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <mutex>

#include "machine.h"

namespace wn {

// ---- ranges ----

// Chunks are never freed, slots are reused: a handler may read any of them at any time. `end` is written last and
// cleared first.
struct RangeChunk {
  static constexpr u32 kSlots = 512;
  struct Slot {
    std::atomic<const char*> begin{nullptr};
    std::atomic<const char*> end{nullptr};
    std::atomic<Code*> code{nullptr};
  } slots[kSlots];
  std::atomic<RangeChunk*> next{nullptr};
};
static RangeChunk ranges;
static std::mutex ranges_mutex;

static void add_range(Code* c) {
  std::lock_guard<std::mutex> lock(ranges_mutex);
  u32 number = 0;
  for (RangeChunk* k = &ranges;; k = k->next.load(), number += RangeChunk::kSlots) {
    for (u32 i = 0; i < RangeChunk::kSlots; i++) {
      RangeChunk::Slot& s = k->slots[i];
      if (s.end.load(std::memory_order_relaxed) != nullptr) continue;
      s.code.store(c);
      s.begin.store(c->text);
      s.end.store(c->text + c->text_size);
      c->range_slot = number + i;
      return;
    }
    if (k->next.load() == nullptr) k->next.store(new RangeChunk());
  }
}

static void remove_range(Code* c) {
  std::lock_guard<std::mutex> lock(ranges_mutex);
  RangeChunk* k = &ranges;
  u32 slot = c->range_slot;
  for (; slot >= RangeChunk::kSlots; slot -= RangeChunk::kSlots) k = k->next.load();
  k->slots[slot].end.store(nullptr);
  k->slots[slot].begin.store(nullptr);
}

Code* find_code(const char* pc) {
  for (RangeChunk* k = &ranges; k != nullptr; k = k->next.load(std::memory_order_acquire)) {
    for (RangeChunk::Slot& s : k->slots) {
      const char* end = s.end.load(std::memory_order_acquire);
      if (pc < end && pc >= s.begin.load(std::memory_order_relaxed)) return s.code.load(std::memory_order_relaxed);
    }
  }
  return nullptr;
}

// ---- tables ----

int Code::find_trap(u32 offset, bool fault) const {
  u32 lo = 0, hi = traps;
  while (lo < hi) {
    u32 mid = (lo + hi) / 2;
    if (trap_pcs[mid] < offset)
      lo = mid + 1;
    else
      hi = mid;
  }
  // A load right after a call: the call's row comes first, then the load's.
  if (fault && lo + 1 < traps && trap_pcs[lo + 1] == offset) lo++;
  return lo < traps && trap_pcs[lo] == offset ? static_cast<int>(lo) : -1;
}

const WrapRow* Code::find_wrap(u32 offset) const {
  const WrapRow* row =
      std::lower_bound(wraps, wraps + wrap_count, offset, [](const WrapRow& r, u32 pc) { return r.pc < pc; });
  return row != wraps + wrap_count && row->pc == offset ? row : nullptr;
}

int Code::find_function(u32 offset) const {
  if (order.empty()) {
    for (u32 i = 0; i < row_count; i++) {
      if (offset - rows[i].offset < rows[i].size) return static_cast<int>(i);
    }
    return -1;
  }
  u32 lo = 0, hi = row_count;
  while (lo < hi) {
    u32 mid = (lo + hi) / 2;
    if (rows[order[mid]].offset <= offset)
      lo = mid + 1;
    else
      hi = mid;
  }
  if (lo == 0) return -1;
  const FunctionRow& r = rows[order[lo - 1]];
  return offset - r.offset < r.size ? static_cast<int>(order[lo - 1]) : -1;
}

char* Code::find_landing_pad(const char* return_address) const {
  u32 offset = static_cast<u32>(return_address - text);
  u32 lo = 0, hi = handler_count;
  while (lo < hi) {
    u32 mid = (lo + hi) / 2;
    if (handlers[2 * mid] < offset)
      lo = mid + 1;
    else
      hi = mid;
  }
  return lo < handler_count && handlers[2 * lo] == offset ? text + handlers[2 * lo + 1] : nullptr;
}

void Code::make_order() {
  if (!order.empty()) return;
  std::vector<u32> o(row_count);
  for (u32 i = 0; i < row_count; i++) o[i] = i;
  auto before = [this](u32 a, u32 b) { return rows[a].offset < rows[b].offset; };
  if (!std::is_sorted(o.begin(), o.end(), before)) std::sort(o.begin(), o.end(), before);
  order.swap(o);
}

Code::~Code() {
  if (text != nullptr) {
    remove_range(this);
    munmap(text, align_up(text_size, kOsPage));
  }
  if (file != nullptr) munmap(file, align_up(file_size, kOsPage));
  if (fd >= 0) close(fd);
}

// ---- loading ----

// Result: a file descriptor or a negative errno; a thrown error when the argument is of another type.
static int open_source(Args& a) {
  Napi::Value source(a.napi, a.v[0]);
  if (source.IsString()) {
    int fd = open(source.As<Napi::String>().Utf8Value().c_str(), O_RDONLY | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
  }
  if (source.IsNumber()) {
    int fd = fcntl(static_cast<int>(a.u32_at(0)), F_DUPFD_CLOEXEC, 3);
    return fd < 0 ? -errno : fd;
  }
  if (!is_bytes(source)) {
    a.fail("codeLoad: a path, a file descriptor or a Uint8Array is expected");
    return -EINVAL;
  }
  int fd = memfd_create("wamr-native", MFD_CLOEXEC);
  if (fd < 0) return -errno;
  Napi::Uint8Array bytes = source.As<Napi::Uint8Array>();
  const u8* p = bytes.Data();
  size_t n = bytes.ElementLength();
  while (n > 0) {
    ssize_t w = write(fd, p, n);
    if (w < 0 && errno == EINTR) continue;
    if (w <= 0) {
      int e = errno;
      close(fd);
      return -e;
    }
    p += w;
    n -= static_cast<size_t>(w);
  }
  return fd;
}

static bool read_u32s(Reader& r, const char* name, std::vector<u32>* out) {
  u32* p = nullptr;
  size_t n = 0;
  bool ok = r.array(name, &p, &n);
  if (ok) out->assign(p, p + n);
  free(p);
  return ok;
}

static bool inside(double offset, double size, u64 file_size) {
  return offset >= 0 && size >= 0 && offset + size <= static_cast<double>(file_size);
}

// Maps `c->fd` by a descriptor. 0, or a negative errno.
static int map_code(Code* c, Reader& r) {
  off_t end = lseek(c->fd, 0, SEEK_END);
  if (end < 0) return -errno;
  c->file_size = static_cast<u64>(end);
  double code_offset = r.number("codeOffset"), code_size = r.number("codeSize");
  double traps_offset = r.number("trapsOffset"), traps_size = r.number("trapsSize");
  double rows_offset = r.number("functionsOffset"), rows_size = r.number("functionsSize");
  double dispatch_offset = r.number("dispatchOffset"), dispatch_size = r.number("dispatchSize");
  double handlers_offset = r.number("handlersOffset"), handlers_size = r.number("handlersSize");
  double wraps_offset = r.number("wrapsOffset"), wraps_size = r.number("wrapsSize");
  c->imported_funcs = static_cast<u32>(r.number("importedFuncs"));
  c->needs_guard = r.boolean("needsGuard");
  double architecture = r.number("architecture");
  if (!r.ok || !read_u32s(r, "typeIds", &c->type_ids) || !read_u32s(r, "outBytes", &c->out_bytes) ||
      !read_u32s(r, "entryStubs", &c->entry_stubs) || !read_u32s(r, "hostStubs", &c->host_stubs) ||
      !read_u32s(r, "importStubs", &c->import_stubs))
    return -EINVAL;
  if (architecture != kArchitecture) return -ENOEXEC;
  size_t types = c->type_ids.size();
  if (c->out_bytes.size() != types || c->entry_stubs.size() != types || c->host_stubs.size() != types ||
      c->import_stubs.size() != c->imported_funcs)
    return -EINVAL;
  if (!inside(code_offset, code_size, c->file_size) || !inside(traps_offset, traps_size, c->file_size) ||
      !inside(rows_offset, rows_size, c->file_size) || !inside(dispatch_offset, dispatch_size, c->file_size) ||
      !inside(handlers_offset, handlers_size, c->file_size) || static_cast<u64>(handlers_offset) % 4 != 0 ||
      static_cast<u64>(dispatch_offset) % 4 != 0 || !inside(wraps_offset, wraps_size, c->file_size) ||
      static_cast<u64>(wraps_offset) % 4 != 0)
    return -EINVAL;
  u64 text_offset = static_cast<u64>(code_offset);
  if (c->file_size == 0 || text_offset % kOsPage != 0 || static_cast<u64>(traps_offset) % 4 != 0 ||
      static_cast<u64>(rows_offset) % 4 != 0)
    return -EINVAL;

  void* file = mmap(nullptr, c->file_size, PROT_READ, MAP_PRIVATE, c->fd, 0);
  if (file == MAP_FAILED) return -errno;
  c->file = static_cast<char*>(file);

  const char* traps = c->file + static_cast<u64>(traps_offset);
  if (traps_size >= 4) {
    memcpy(&c->traps, traps, 4);
    if (4 + u64{9} * c->traps > static_cast<u64>(traps_size)) return -EINVAL;
    c->trap_pcs = reinterpret_cast<const u32*>(traps + 4);
    c->trap_offsets = c->trap_pcs + c->traps;
    c->trap_codes = reinterpret_cast<const u8*>(c->trap_offsets + c->traps);
  }
  c->rows = reinterpret_cast<const FunctionRow*>(c->file + static_cast<u64>(rows_offset));
  c->row_count = static_cast<u32>(rows_size / sizeof(FunctionRow));
  u32 size = static_cast<u32>(code_size);
  for (u32 i = 0; i < c->row_count; i++) {
    const FunctionRow& f = c->rows[i];
    if (f.offset > size || f.size > size - f.offset || f.type >= types) return -EINVAL;
  }
  c->dispatch = reinterpret_cast<const u32*>(c->file + static_cast<u64>(dispatch_offset));
  c->dispatch_count = static_cast<u32>(dispatch_size / 4);
  for (u32 i = 0; i < c->dispatch_count; i++) {
    if (c->dispatch[i] >= size) return -EINVAL;
  }
  c->handlers = reinterpret_cast<const u32*>(c->file + static_cast<u64>(handlers_offset));
  c->handler_count = static_cast<u32>(handlers_size / 8);
  for (u32 i = 0; i < 2 * c->handler_count; i++) {
    if (c->handlers[i] >= size) return -EINVAL;
  }
  c->wraps = reinterpret_cast<const WrapRow*>(c->file + static_cast<u64>(wraps_offset));
  c->wrap_count = static_cast<u32>(wraps_size / sizeof(WrapRow));
  for (u32 i = 0; i < c->wrap_count; i++) {
    if (c->wraps[i].copy >= size || (c->wraps[i].place & 0xff) > 15 || c->wraps[i].place >> 8 > 3) return -EINVAL;
  }
  for (const std::vector<u32>* stubs : {&c->entry_stubs, &c->host_stubs, &c->import_stubs}) {
    for (u32 s : *stubs) {
      if (s != kNoStub && s >= size) return -EINVAL;
    }
  }
  if (size == 0) return 0;
  void* text = mmap(nullptr, size, PROT_READ | PROT_EXEC, MAP_PRIVATE, c->fd, static_cast<off_t>(text_offset));
  if (text == MAP_FAILED) return -errno;
  c->text = static_cast<char*>(text);
  c->text_size = size;
  add_range(c);
  // A code in memory is charged whole; of a file the pages belong to the system. Mappings, of which a process has few,
  // and what the runtime knows of a module make each one dearer than its bytes.
  c->weigh((c->in_memory ? c->file_size : 0) + (512 << 10));
  return 0;
}

static napi_value code_load(napi_env env, napi_callback_info info) {
  Args a(env, info);
  int fd = open_source(a);
  if (!a.ok) return nullptr;
  if (fd < 0) return make_number(env, fd);
  Code* c = new Code(a.env);
  c->fd = fd;
  napi_valuetype type = napi_undefined;
  napi_typeof(env, a.v[0], &type);
  c->in_memory = type == napi_object;
  Reader r{env, a.v[1]};
  int status = map_code(c, r);
  if (status != 0) {
    release(c);
    return r.ok ? make_number(env, status) : nullptr;
  }
  return make_number(env, a.env->codes.add(c));
}

static napi_value code_free(napi_env env, napi_callback_info info) {
  Args a(env, info);
  if (!a.env->codes.remove(a.u32_at(0))) a.fail("codeFree: no such code");
  return nullptr;
}

static napi_value code_read(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Code* c = a.handle(0, a.env->codes, "codeRead: no such code");
  double offset = a.number(1), size = a.number(2);
  if (!a.ok) return nullptr;
  if (!inside(offset, size, c->file_size)) {
    a.fail("codeRead: outside the file");
    return nullptr;
  }
  void* out = nullptr;
  napi_value buffer = nullptr;
  if (napi_create_arraybuffer(env, static_cast<size_t>(size), &out, &buffer) == napi_ok && size > 0)
    memcpy(out, c->file + static_cast<u64>(offset), static_cast<size_t>(size));
  return buffer;
}

void register_code(napi_env env, napi_value exports) {
  define(env, exports, "codeLoad", code_load);
  define(env, exports, "codeFree", code_free);
  define(env, exports, "codeRead", code_read);
}

}  // namespace wn
