// Backtraces: the innermost and the outermost wasm frames of a thread, through the chain of activations and so through
// the JavaScript in between. Every vmctx is checked before it is read; one that is not of this thread ends the walk.
// Cost: see FrameWalk, and one binary search in the trap table for each frame that is kept.

#include <algorithm>

#include "code.h"
#include "instance.h"
#include "stack.h"
#include "trap.h"
#include "walk.h"

namespace wn {

bool in_function(const char* pc, const Thread* t) {
  Code* c = find_code(pc, t);
  return c != nullptr && c->find_function(static_cast<u32>(pc - c->text)) >= 0;
}

namespace {

// A frame before its wasm offset is looked up: deep recursions pass a million frames of which 256 are kept.
struct RawFrame {
  u32 instance;
  u32 func;
  u32 activation;
  u32 at;  // code offset of the pc
  const Code* code;
};

struct Backtrace {
  Thread* t;
  RawFrame kept[kInnerFrames + kOuterFrames];
  u32 depth = 0;
  u32 activation = 0;
  char* checked_vm = nullptr;

  explicit Backtrace(Thread* thread) : t(thread) {}

  // Keeps the innermost kInnerFrames and, in a ring behind them, the outermost kOuterFrames.
  void emit(const FrameWalk& w) {
    const Code* code = w.code();
    RawFrame f{field<Instance*>(w.vm(), WN_VM_INSTANCE)->id,
               code->imported_funcs + static_cast<u32>(w.row() - code->rows), activation,
               static_cast<u32>(w.pc() - code->text), code};
    kept[depth < kInnerFrames ? depth : kInnerFrames + (depth - kInnerFrames) % kOuterFrames] = f;
    depth++;
  }

  void finish(Frames* out) {
    constexpr u32 kMost = kInnerFrames + kOuterFrames;
    if (depth > kMost)
      std::rotate(kept + kInnerFrames, kept + kInnerFrames + (depth - kInnerFrames) % kOuterFrames, kept + kMost);
    out->depth = depth;
    out->count = std::min(depth, kMost);
    for (u32 k = 0; k < out->count; k++) {
      const RawFrame& f = kept[k];
      int site = f.code->find_trap(f.at);
      out->rows[k] = {f.instance, f.func, site >= 0 ? f.code->trap_offsets[site] : kNoOffset, f.activation};
    }
  }

  bool valid(char* vm) {
    if (vm == checked_vm) return true;
    if (!t->vmctxs.has(vm)) return false;
    checked_vm = vm;
    return true;
  }

  // All frames of one activation, from where `w` was set to; `some`: whether that is a frame.
  void walk(FrameWalk& w, bool some) {
    for (; some; some = w.next()) {
      if (w.row() == nullptr) continue;
      if (!valid(w.vm())) return;
      emit(w);
    }
  }

  void walk_outer(Activation* a) {
    for (; a != nullptr; a = a->prev) {
      activation++;
      // The activation below departed to the host function that made this entry; without one, wasm_sp is the end of the
      // stack.
      if (a->prev != nullptr) from_departure(a->wasm_sp, a->prev->stack_top());
    }
  }

  void from_departure(char* sp, char* top) {
    FrameWalk w(sp, top, true);
    walk(w, w.from_departure(sp));
  }
};

}  // namespace

void walk_fault(Thread* t, const Fault& f, Frames* out) {
  Backtrace b(t);
  FrameWalk w(t->map + kStackGuard, t->top->stack_top(), true);
  b.walk(w, w.from_fault(f));
  b.walk_outer(t->top);
  b.finish(out);
}

void walk_departure(Thread* t, Frames* out) {
  Backtrace b(t);
  b.from_departure(t->wasm_sp, t->top->stack_top());
  b.walk_outer(t->top);
  b.finish(out);
}

}  // namespace wn
