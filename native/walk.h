// Goes through the wasm frames of one activation, innermost first, for backtraces and the profiler. There are no frame
// pointers: the function table's frame bytes lead from a function's stack pointer to its return address. Crosses host
// stubs and switch thunks. Every read is within the activation's part of the wasm stack, and a frame that makes no
// sense ends the walk. Allocates nothing unless `make_order` is set: safe in signal handlers.
#pragma once

#include "code.h"
#include "stack.h"

namespace wn {

class FrameWalk {
 public:
  // `low`, `high`: the part of the wasm stack that the activation owns. `make_order`: codes are prepared for quick
  // look-ups, which a signal handler must not do.
  FrameWalk(char* low, char* high, bool make_order) : low_(low), high_(high), make_order_(make_order) {}

  // Each of these goes to the innermost frame and says whether there is one.
  // Where generated code stopped. `host_frame`: frame register, if the pc may be in a host stub; else null.
  bool from_fault(const Fault& f, char* host_frame = nullptr);
  // The departure whose registers are at `sp`.
  bool from_departure(char* sp);
  // To the frame's caller; false at the entry stub, or when there is none that makes sense.
  bool next();

  // The frame's code, and its function: null in a stub.
  Code* code() const { return code_; }
  const FunctionRow* row() const { return row_; }
  char* pc() const { return pc_; }
  char* sp() const { return sp_; }
  // Offset in the code of the instruction that the frame is in: of its call, when pc is a return address.
  u32 offset() const { return static_cast<u32>(pc_ - code_->text) - (is_return_ ? 1 : 0); }
  // As the thunks saved it, unchecked.
  char* vm() const { return vm_; }
  // What the callee-saved registers are in the frame (kSavedRegisters): all of them after `from_departure`, else the
  // frame register.
  const u64* saved() const { return saved_; }

 private:
  bool readable(const char* p) const { return p >= low_ && p + 8 <= high_ && (reinterpret_cast<u64>(p) & 7) == 0; }
  void locate();
  bool settle();
  char* plausible_return(char* usual) const;
  void restore_from(const char* return_slot);
  bool leave(char* return_slot);
  bool leave_to(char* pc, char* sp);

  char* low_;
  char* high_;
  bool make_order_;
  u64 saved_[kSavedRegisters] = {};
  // Kept from frame to frame: recursion stays in a few functions.
  Code* code_ = nullptr;
  const FunctionRow* row_ = nullptr;

  char* pc_ = nullptr;
  char* sp_ = nullptr;
  char* vm_ = nullptr;
  char* host_frame_ = nullptr;
  char* link_ = nullptr;  // the return address, if the innermost frame may have it in a register
  bool is_return_ = false;
  bool frame_exists_ = true;
  bool exact_ = true;
};

}  // namespace wn
