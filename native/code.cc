// Loads artefacts, out of a copy of all that is in them (artefact-copy.cc). The code section goes to executable memory
// (executable.cc), the tables are read where they are.

#include "code.h"

#include <errno.h>

#include <algorithm>
#include <atomic>

#include "instance.h"
#include "machine.h"
#include "os/files.h"
#include "os/system.h"
#include "stack.h"

namespace wn {

// ---- tables ----

// The first row that is not before an offset.
static u32 row_from(const Code* c, u32 offset) {
  u32 lo = 0, hi = c->traps;
  while (lo < hi) {
    u32 mid = (lo + hi) / 2;
    if (c->trap_pcs[mid] < offset)
      lo = mid + 1;
    else
      hi = mid;
  }
  return lo;
}

bool Code::in_allocation(u32 offset) const {
  u32 k = row_from(this, offset + 1);
  return k < traps && (trap_codes[k] & 0x7f) == WN_ALLOCATION_SITE && trap_pcs[k] - offset <= WN_ALLOCATION_BYTES;
}

int Code::find_trap(u32 offset, bool fault) const {
  u32 lo = row_from(this, offset);
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
  // Without it look-ups take longer.
  std::vector<u32> o;
  if (!attempt([&] { o.resize(row_count); })) return;
  for (u32 i = 0; i < row_count; i++) o[i] = i;
  auto before = [this](u32 a, u32 b) { return rows[a].offset < rows[b].offset; };
  if (!std::is_sorted(o.begin(), o.end(), before)) std::sort(o.begin(), o.end(), before);
  order.swap(o);
}

static u32 next_number() {
  static std::atomic<u32> latest{0};
  return ++latest;
}

Code::Code(Env* e) : Object(e), number(next_number()) {}

Code::~Code() {
  delete shape;
  if (artefact == nullptr) return;
  if (user >= 0)
    remove_user(artefact->users, user);
  else if (text != nullptr)
    unmap_code(text, artefact->text_size);
  release_artefact(artefact);
}

// ---- loading ----

// From a descriptor or bytes; a thrown error when the argument is of another type. 0, or a negative errno.
static int open_source(Args& a, Source* s) {
  napi_valuetype type = napi_undefined;
  napi_typeof(a.napi, a.v[0], &type);
  if (type == napi_number) {
    s->fd = static_cast<int>(a.u32_at(0));
    int64_t size = os::file_size(s->fd);
    if (size < 0) return static_cast<int>(size);
    s->size = static_cast<u64>(size);
    return 0;
  }
  napi_typedarray_type kind;
  size_t n = 0;
  void* data = nullptr;
  if (napi_get_typedarray_info(a.napi, a.v[0], &kind, &n, &data, nullptr, nullptr) != napi_ok ||
      kind != napi_uint8_array) {
    a.fail("codeCopy: a file descriptor or a Uint8Array is expected");
    return 0;
  }
  s->bytes = static_cast<const char*>(data);
  s->size = n;
  return 0;
}

static bool inside(double offset, double size, u64 file_size) {
  return offset >= 0 && size >= 0 && offset + size <= static_cast<double>(file_size);
}

// A whole copy: the one that was begun ahead, or one made now. 0, or a negative errno.
static int copy_artefact(Env* env, const Source& source, u64 text_offset, u64 text_size, Artefact** out) {
  std::unique_ptr<ArtefactCopy> copy;
  for (std::unique_ptr<ArtefactCopy>& begun : env->ahead) {
    if (!begun->is_of(source, text_offset, text_size)) continue;
    copy.swap(begun);
    begun.swap(env->ahead.back());
    env->ahead.pop_back();
    break;
  }
  int status = 0;
  if (copy == nullptr) {
    copy.reset(new ArtefactCopy());
    status = copy->begin(source, text_offset, text_size, kHelpingThreads);
  }
  if (status == 0) status = copy->finish();
  if (status == 0) *out = copy->take();
  return status;
}

// The parts that a code is of: those that another thread has, or a copy. 0, or a negative errno.
static int take_artefact(Code* c, const Source& source, double code_offset, double code_size, const u8* hash) {
  if (!inside(code_offset, code_size, source.size) || code_size >= 4294967296.0) return -EINVAL;
  u64 offset = static_cast<u64>(code_offset), size = static_cast<u64>(code_size);
  Artefact* p =
      hash == nullptr ? nullptr : find_artefact(hash, source.size, offset, size, c->env->thread->token, &c->user);
  bool found = p != nullptr;
  int status = found ? 0 : copy_artefact(c->env, source, offset, size, &p);
  if (status != 0) return status;
  c->artefact = p;
  c->text = p->text;
  // What the runtime knows of a module makes each one dearer than its bytes.
  c->weigh((found ? 0 : p->file_size) + (512 << 10));
  return 0;
}

// Takes what the descriptor says of a copied artefact. 0, or a negative errno.
static int load_code(Code* c, Reader& r) {
  double code_offset = r.number("codeOffset"), code_size = r.number("codeSize");
  double traps_offset = r.number("trapsOffset"), traps_size = r.number("trapsSize");
  double rows_offset = r.number("functionsOffset"), rows_size = r.number("functionsSize");
  double dispatch_offset = r.number("dispatchOffset"), dispatch_size = r.number("dispatchSize");
  double handlers_offset = r.number("handlersOffset"), handlers_size = r.number("handlersSize");
  double wraps_offset = r.number("wrapsOffset"), wraps_size = r.number("wrapsSize");
  c->imported_funcs = static_cast<u32>(r.number("importedFuncs"));
  c->needs_guard = r.boolean("needsGuard");
  double architecture = r.number("architecture");
  if (!r.ok || !r.array("typeIds", &c->type_ids) || !r.array("outBytes", &c->out_bytes) ||
      !r.array("entryStubs", &c->entry_stubs) || !r.array("leafStubs", &c->leaf_stubs) ||
      !r.array("hostStubs", &c->host_stubs) || !r.array("importStubs", &c->import_stubs))
    return -EINVAL;
  if (architecture != kArchitecture) return -ENOEXEC;
  size_t types = c->type_ids.size();
  if (c->out_bytes.size() != types || c->entry_stubs.size() != types || c->leaf_stubs.size() != types ||
      c->host_stubs.size() != types || c->import_stubs.size() != c->imported_funcs)
    return -EINVAL;
  if (!inside(code_offset, code_size, c->artefact->file_size) ||
      !inside(traps_offset, traps_size, c->artefact->file_size) ||
      !inside(rows_offset, rows_size, c->artefact->file_size) ||
      !inside(dispatch_offset, dispatch_size, c->artefact->file_size) ||
      !inside(handlers_offset, handlers_size, c->artefact->file_size) || static_cast<u64>(handlers_offset) % 4 != 0 ||
      static_cast<u64>(dispatch_offset) % 4 != 0 || !inside(wraps_offset, wraps_size, c->artefact->file_size) ||
      static_cast<u64>(wraps_offset) % 4 != 0)
    return -EINVAL;
  // Where the code was copied from is what the header said before it was checked.
  if (static_cast<u64>(code_offset) != c->artefact->text_offset ||
      static_cast<u64>(code_size) != c->artefact->text_size || static_cast<u64>(traps_offset) % 4 != 0 ||
      static_cast<u64>(rows_offset) % 4 != 0)
    return -EINVAL;

  const char* traps = c->artefact->at(static_cast<u64>(traps_offset), static_cast<u64>(traps_size));
  const char* rows = c->artefact->at(static_cast<u64>(rows_offset), static_cast<u64>(rows_size));
  const char* dispatch = c->artefact->at(static_cast<u64>(dispatch_offset), static_cast<u64>(dispatch_size));
  const char* wraps = c->artefact->at(static_cast<u64>(wraps_offset), static_cast<u64>(wraps_size));
  const char* handlers = c->artefact->at(static_cast<u64>(handlers_offset), static_cast<u64>(handlers_size));
  if (traps == nullptr || rows == nullptr || dispatch == nullptr || wraps == nullptr || handlers == nullptr)
    return -EINVAL;
  if (traps_size >= 4) {
    memcpy(&c->traps, traps, 4);
    if (4 + u64{9} * c->traps > static_cast<u64>(traps_size)) return -EINVAL;
    c->trap_pcs = reinterpret_cast<const u32*>(traps + 4);
    c->trap_offsets = c->trap_pcs + c->traps;
    c->trap_codes = reinterpret_cast<const u8*>(c->trap_offsets + c->traps);
  }
  c->rows = reinterpret_cast<const FunctionRow*>(rows);
  c->row_count = static_cast<u32>(rows_size / sizeof(FunctionRow));
  u32 size = static_cast<u32>(code_size);
  for (u32 i = 0; i < c->row_count; i++) {
    const FunctionRow& f = c->rows[i];
    if (f.offset > size || f.size > size - f.offset || f.type() >= types) return -EINVAL;
    // A leaf function has nothing that may fail, call or touch memory: it has no activation. A row at its first byte
    // may be of a call that the function before it ends in.
    if (f.is_leaf() && row_from(c, f.offset + 1) < row_from(c, f.offset + f.size)) return -EINVAL;
  }
  c->dispatch = reinterpret_cast<const u32*>(dispatch);
  c->dispatch_count = static_cast<u32>(dispatch_size / 4);
  for (u32 i = 0; i < c->dispatch_count; i++) {
    if (c->dispatch[i] >= size) return -EINVAL;
  }
  c->handlers = reinterpret_cast<const u32*>(handlers);
  c->handler_count = static_cast<u32>(handlers_size / 8);
  for (u32 i = 0; i < 2 * c->handler_count; i++) {
    if (c->handlers[i] >= size) return -EINVAL;
  }
  c->wraps = reinterpret_cast<const WrapRow*>(wraps);
  c->wrap_count = static_cast<u32>(wraps_size / sizeof(WrapRow));
  for (u32 i = 0; i < c->wrap_count; i++) {
    if (c->wraps[i].copy >= size || (c->wraps[i].place & 0xff) > 15 || c->wraps[i].place >> 8 > 3) return -EINVAL;
    c->needs_low_guard |= c->wraps[i].add < 0;
  }
  for (const std::vector<u32>* stubs : {&c->entry_stubs, &c->leaf_stubs, &c->host_stubs, &c->import_stubs}) {
    for (u32 s : *stubs) {
      if (s != kNoStub && s >= size) return -EINVAL;
    }
  }
  if (c->text == nullptr) return 0;
  const u64 token = c->env->thread->token;
  if (c->user < 0) c->user = offer_artefact(c->artefact, token);
  if (c->user < 0) return map_code(c->text, c->artefact->text_size, token, c) ? 0 : -ENOMEM;
  set_user(c->artefact->users, c->user, c);
  return 0;
}

static napi_value code_copy(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Source source;
  int status = open_source(a, &source);
  double code_offset = a.number(1), code_size = a.number(2);
  if (!a.ok) return nullptr;
  if (status != 0) return make_number(env, status);
  // What its header says: whoever has loaded an artefact with this hash has the same one.
  const u8* hash = nullptr;
  Napi::Value given(env, a.v[3]);
  if (is_bytes(given) && given.As<Napi::Uint8Array>().ElementLength() == sizeof(Artefact::hash))
    hash = given.As<Napi::Uint8Array>().Data();
  Owned<Code> c(new Code(a.env));
  status = take_artefact(c.get(), source, code_offset, code_size, hash);
  if (status != 0) return make_number(env, status);
  return make_number(env, a.env->codes.add(c.release()));
}

// readAhead(fd, codeOffset, codeSize): see binding.ts.
static napi_value read_ahead(napi_env env, napi_callback_info info) {
  Args a(env, info);
  double fd = a.number(0), code_offset = a.number(1), code_size = a.number(2);
  Source source;
  if (!a.ok || open_source(a, &source) != 0 || source.fd != fd) return nullptr;
  if (!inside(code_offset, code_size, source.size) || code_size >= 4294967296.0) return nullptr;
  std::unique_ptr<ArtefactCopy> copy(new ArtefactCopy());
  a.env->ahead.reserve(a.env->ahead.size() + 1);
  // One processor is this thread's, which has something else to do.
  u32 others = os::processors() > 2 ? os::processors() - 1 : 1;
  u32 threads = others < kHelpingThreads ? others : kHelpingThreads;
  if (copy->begin(source, static_cast<u64>(code_offset), static_cast<u64>(code_size), threads) == 0)
    a.env->ahead.push_back(std::move(copy));
  return nullptr;
}

static napi_value end_read_ahead(napi_env env, napi_callback_info info) {
  get_env(env)->ahead.clear();
  return nullptr;
}

static napi_value code_hash(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Code* c = a.handle(0, a.env->codes, "codeHash: no such code");
  void* out = nullptr;
  napi_value buffer = nullptr;
  if (c != nullptr && napi_create_arraybuffer(env, sizeof c->artefact->hash, &out, &buffer) == napi_ok)
    memcpy(out, c->artefact->hash, sizeof c->artefact->hash);
  return buffer;
}

static napi_value code_load(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Code* c = a.handle(0, a.env->codes, "codeLoad: no such code");
  if (c == nullptr) return nullptr;
  Reader r{env, a.v[1]};
  int status = load_code(c, r);
  return r.ok ? make_number(env, status) : nullptr;
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
  const char* from = inside(offset, size, c->artefact->file_size)
                         ? c->artefact->at(static_cast<u64>(offset), static_cast<u64>(size))
                         : nullptr;
  if (from == nullptr) {
    a.fail("codeRead: outside the file");
    return nullptr;
  }
  void* out = nullptr;
  napi_value buffer = nullptr;
  if (napi_create_arraybuffer(env, static_cast<size_t>(size), &out, &buffer) == napi_ok && size > 0)
    memcpy(out, from, static_cast<size_t>(size));
  return buffer;
}

void register_code(napi_env env, napi_value exports) {
  define<code_copy>(env, exports, "codeCopy");
  define<read_ahead>(env, exports, "readAhead");
  define<end_read_ahead>(env, exports, "endReadAhead");
  define<code_hash>(env, exports, "codeHash");
  define<code_load>(env, exports, "codeLoad");
  define<code_free>(env, exports, "codeFree");
  define<code_read>(env, exports, "codeRead");
}

}  // namespace wn
