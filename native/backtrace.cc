// Backtraces without frame pointers: frameBytes of the function table leads from a function's rsp to its return
// address. Crosses host stubs, switch thunks and, by the chain of activations, the JavaScript in between. Every read is
// bounded by the activation's part of the wasm stack, and every vmctx is checked: a damaged frame ends the walk. Cost:
// one binary search for each frame that is in another function than the one before, and one in the trap table for each
// frame that is kept.

#include <algorithm>

#include "code.h"
#include "instance.h"
#include "stack.h"
#include "thunks.h"
#include "trap.h"

namespace wn {

bool in_function(const char* pc) {
  Code* c = find_code(pc);
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

struct Walker {
  Thread* t;
  std::vector<RawFrame> kept;
  u32 depth = 0;
  u32 activation = 0;

  char* low = nullptr;  // bounds of the part of the stack that this activation owns
  char* high = nullptr;

  // What the frame before was in: recursion stays in a few functions.
  Code* code = nullptr;
  const FunctionRow* row = nullptr;
  char* checked_vm = nullptr;

  explicit Walker(Thread* thread) : t(thread) {}

  bool readable(const char* p) const { return p >= low && p + 8 <= high && (reinterpret_cast<u64>(p) & 7) == 0; }

  // Keeps the innermost kInnerFrames and, in a ring behind them, the outermost kOuterFrames.
  void emit(u32 instance, u32 func, u32 at) {
    RawFrame f{instance, func, activation, at, code};
    if (depth < kInnerFrames + kOuterFrames)
      kept.push_back(f);
    else
      kept[kInnerFrames + (depth - kInnerFrames) % kOuterFrames] = f;
    depth++;
  }

  void finish(std::vector<Frame>* out) {
    if (depth > kInnerFrames + kOuterFrames)
      std::rotate(kept.begin() + kInnerFrames, kept.begin() + kInnerFrames + (depth - kInnerFrames) % kOuterFrames,
                  kept.end());
    out->clear();
    for (const RawFrame& f : kept) {
      int site = f.code->find_trap(f.at);
      out->push_back({f.instance, f.func, site >= 0 ? f.code->trap_offsets[site] : kNoOffset, f.activation});
    }
  }

  bool valid(char* vm) {
    if (vm == checked_vm) return true;
    if (t->vmctxs.find(vm) == t->vmctxs.end()) return false;
    checked_vm = vm;
    return true;
  }

  // Sets `code` and `row` for an address inside a function or stub; row null in stubs.
  void locate(const char* pc) {
    if (code == nullptr || !code->contains(pc)) {
      code = find_code(pc);
      row = nullptr;
      if (code == nullptr) return;
      code->make_order();
    }
    u32 at = static_cast<u32>(pc - code->text);
    if (row != nullptr && at - row->offset < row->size) return;
    int found = code->find_function(at);
    row = found < 0 ? nullptr : code->rows + found;
  }

  // One activation, from the innermost function (pc, rsp inside its frame; `frame_exists` false: rsp is at its return
  // address) to the entry stub. `stub_frame`: rbp of the host stub when pc is in one.
  void walk(char* pc, char* rsp, char* vm, char* stub_frame, bool is_return, bool frame_exists, bool exact,
            u32 out_bytes = 0) {
    // out_bytes: of the callee that was passed last.
    for (;;) {
      locate(is_return ? pc - 1 : pc);
      char* slot = nullptr;
      if (row != nullptr) {
        if (!valid(vm)) return;
        emit(field<Instance*>(vm, WN_VM_INSTANCE)->id, code->imported_funcs + static_cast<u32>(row - code->rows),
             static_cast<u32>(pc - code->text));
        slot = frame_exists ? rsp + row->frame_bytes : rsp;
        if (!exact) slot = plausible_return(rsp, slot);
        out_bytes = code->out_bytes[row->type];
      } else if (code != nullptr) {
        // A host stub, right above its departure: the saved rbp is its frame. Otherwise the entry stub: the end.
        if (stub_frame == nullptr) return;
        slot = stub_frame + 8;
      } else if (pc == reinterpret_cast<char*>(&wn_switch_thunk_returned)) {
        if (!readable(rsp + 16)) return;
        vm = field<char*>(rsp, 16);
        slot = rsp + 24;
      } else if (pc == reinterpret_cast<char*>(&wn_switch_thunk_area_returned)) {
        char* frame = rsp + out_bytes;
        if (!readable(frame + 8)) return;
        vm = field<char*>(frame, 8);
        slot = frame + 24;
      } else {
        return;
      }
      if (slot == nullptr || !readable(slot)) return;
      pc = field<char*>(slot, 0);
      rsp = slot + 8;
      stub_frame = nullptr;
      is_return = frame_exists = exact = true;
    }
  }

  // An interrupt may stop a function in its prologue or epilogue: takes the first place from the frame's usual one
  // downwards that holds a return address into code.
  char* plausible_return(char* rsp, char* usual) const {
    for (char* p : {usual, rsp}) {
      if (readable(p) && is_code(field<char*>(p, 0))) return p;
    }
    for (char* p = rsp; p < usual && readable(p); p += 8) {
      if (is_code(field<char*>(p, 0))) return p;
    }
    return nullptr;
  }

  static bool is_code(const char* pc) {
    return find_code(pc) != nullptr || pc == reinterpret_cast<char*>(&wn_switch_thunk_returned) ||
           pc == reinterpret_cast<char*>(&wn_switch_thunk_area_returned);
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
    low = sp;
    high = top;
    if (!readable(sp + WN_DEPARTURE_RETURN)) return;
    // The departure pushed rbp first and r14 last.
    walk(field<char*>(sp, WN_DEPARTURE_RETURN), sp + WN_DEPARTURE_RETURN + 8, field<char*>(sp, 0),
         field<char*>(sp, WN_DEPARTURE_RETURN - 8), true, true, true);
  }
};

}  // namespace

u32 walk_fault(Thread* t, const Fault& f, std::vector<Frame>* out) {
  Walker w(t);
  w.low = t->map + kStackGuard;
  w.high = t->top->stack_top();
  w.walk(f.pc, f.rsp, f.vm, nullptr, f.is_return, f.frame_exists, f.exact, f.out_bytes);
  w.walk_outer(t->top);
  w.finish(out);
  return w.depth;
}

u32 walk_departure(Thread* t, std::vector<Frame>* out) {
  Walker w(t);
  w.from_departure(t->wasm_sp, t->top->stack_top());
  w.walk_outer(t->top);
  w.finish(out);
  return w.depth;
}

}  // namespace wn
