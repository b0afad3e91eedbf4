// Loads artefacts. All of one is copied: a file that is mapped changes with what is written to it, in the middle of a
// run, and one that was truncated ends the process with SIGBUS. The code section goes to executable memory
// (executable.cc), the tables are read where they are.

#include "code.h"

#include <errno.h>

#include <algorithm>
#include <atomic>

#include "executable.h"
#include "hash.h"
#include "instance.h"
#include "machine.h"
#include "os/files.h"
#include "os/memory.h"
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

constexpr u64 kMapFrom = 65536;
// `imagePage` in abi/artefact.ts.
constexpr u64 kImagePage = kArchitecture == WN_ARCHITECTURE_AARCH64 ? 65536 : WN_SECTION_PAGE;

static bool make_head(Artefact* p) {
  bool map = p->text_offset >= kMapFrom;
  p->head = static_cast<char*>(map ? os::allocate_whole(p->text_offset) : malloc(p->text_offset + 1));
  if (map && p->head != nullptr) p->head_mapped = p->text_offset;
  return p->head != nullptr;
}

// Makes room for the part of an artefact behind its code: mapped when it is large, since an image may be in it.
static bool make_tail(Artefact* p) {
  u64 size = p->file_size - p->tail_offset;
  u64 image = align_up(p->tail_offset, kImagePage);
  bool map = size >= kMapFrom;
  // It begins a little earlier, so that everything is aligned as it is in the file.
  u64 lead = p->tail_offset % (map ? kOsPage : 16);
  p->tail_offset -= lead;
  size += lead;
  if (map) {
    // A memory that an image is moved to begins with a large page.
    p->tail = os::allocate_whole(size, image < p->file_size ? image - p->tail_offset : 0);
    if (p->tail == nullptr) return false;
    p->tail_mapped = size;
  } else {
    p->tail = static_cast<char*>(calloc(1, size + 1));
  }
  return p->tail != nullptr;
}

// Copies the three parts, the code of which is where it is said to be. 0, or a negative errno.
static int copy_artefact(Artefact* p, const Source& source, u64 text_offset, u64 text_size) {
  p->file_size = source.size;
  p->text_offset = text_offset;
  p->text_size = text_size;
  if (p->text_offset % WN_SECTION_PAGE != 0) return -EINVAL;
  u64 end = p->text_offset + p->text_size;
  p->tail_offset = end;
  if (!make_head(p) || !make_tail(p)) return -ENOMEM;
  struct Copy {
    Artefact* artefact;
    const Source& source;
    u64 end;
    int error;
    int run(char* text) {
      int status = -ENOMEM;
      attempt([&] {
        status = copy_and_hash(source,
                               {{artefact->head, artefact->text_offset},
                                {text, artefact->text_size},
                                {artefact->tail + (end - artefact->tail_offset), source.size - end}},
                               artefact->hash);
      });
      return status;
    }
  } copy{p, source, end, 0};
  if (p->text_size == 0) return copy.run(nullptr);
  auto fill = [](void* context, char* to) {
    Copy* it = static_cast<Copy*>(context);
    it->error = it->run(to);
    return it->error == 0;
  };
  int error = 0;
  p->text = make_executable(p->text_size, fill, &copy, &error);
  if (p->text != nullptr && p->text_offset >= WN_HEADER_BYTES &&
      (field<u32>(p->head, WN_HEADER_FEATURES) & kLandingPads) != 0)
    os::require_landing_pads(p->text, p->text_size);
  return p->text != nullptr ? 0 : copy.error != 0 ? copy.error : -error;
}

// The parts that a code is of: those that another thread has, or a copy. 0, or a negative errno.
static int take_artefact(Code* c, const Source& source, double code_offset, double code_size, const u8* hash) {
  if (!inside(code_offset, code_size, source.size) || code_size >= 4294967296.0) return -EINVAL;
  u64 offset = static_cast<u64>(code_offset), size = static_cast<u64>(code_size);
  Artefact* p =
      hash == nullptr ? nullptr : find_artefact(hash, source.size, offset, size, c->env->thread->token, &c->user);
  bool found = p != nullptr;
  if (!found) p = new Artefact();
  int status = found ? 0 : copy_artefact(p, source, offset, size);
  if (status != 0) {
    delete p;
    return status;
  }
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
  define<code_hash>(env, exports, "codeHash");
  define<code_load>(env, exports, "codeLoad");
  define<code_free>(env, exports, "codeFree");
  define<code_read>(env, exports, "codeRead");
}

}  // namespace wn
