// The frame walk: see walk.h.

#include "walk.h"

#include "thunks.h"

namespace wn {

static bool in_switch_thunk(const char* pc) { return pc == reinterpret_cast<char*>(&wn_switch_thunk_returned); }
static bool in_area_thunk(const char* pc) { return pc == reinterpret_cast<char*>(&wn_switch_thunk_area_returned); }

static bool is_return_address(char* word) {
  char* pc = plain_return(word);
  return pc != nullptr && (find_code(pc) != nullptr || in_switch_thunk(pc) || in_area_thunk(pc));
}

bool FrameWalk::from_fault(const Fault& f, char* host_frame) {
  pc_ = f.pc;
  sp_ = f.sp;
  vm_ = f.vm;
  host_frame_ = host_frame;
  is_return_ = f.is_return;
  frame_exists_ = f.frame_exists;
  exact_ = f.exact;
  link_ = kLinkRegister ? f.link : nullptr;
  saved_[kFrameRegister] = f.frame_register;
  return settle();
}

bool FrameWalk::from_departure(char* sp) {
  if (!readable(sp) || !readable(sp + WN_DEPARTURE_RETURN)) return false;
  char* host_frame = field<char*>(sp, WN_DEPARTURE_FRAME);
  vm_ = field<char*>(sp, WN_DEPARTURE_VM);
  departed_registers(sp, saved_);
  if (!leave(sp + WN_DEPARTURE_RETURN)) return false;
  host_frame_ = host_frame;
  return settle();
}

bool FrameWalk::next() {
  char* slot;
  if (row_ != nullptr) {
    slot = frame_exists_ ? sp_ + row_->frame_bytes() : sp_;
    if (link_ != nullptr && !frame_exists_) return leave_to(link_, sp_) && settle();
    if (!exact_) slot = plausible_return(slot);
    if (slot == nullptr && is_return_address(link_)) return leave_to(link_, sp_) && settle();
    if (frame_exists_) restore_from(slot);
  } else {
    // In a host stub its frame is known; otherwise this is the entry stub.
    if (host_frame_ == nullptr) return false;
    slot = host_frame_ + 8;
    if (readable(host_frame_)) saved_[kFrameRegister] = field<u64>(host_frame_, 0);
  }
  return leave(slot) && settle();
}

// The registers that the frame below this return address has saved.
void FrameWalk::restore_from(const char* slot) {
  u32 mask = row_->saved_registers();
  for (u32 k = 0; k < kSavedRegisters; k++) {
    if ((mask >> k & 1) == 0) continue;
    slot -= 8;
    if (readable(slot)) saved_[k] = field<u64>(const_cast<char*>(slot), 0);
  }
}

// Takes pc and sp to where the return address in `slot` leads.
bool FrameWalk::leave(char* slot) {
  return slot != nullptr && readable(slot) && leave_to(field<char*>(slot, 0), slot + 8);
}

bool FrameWalk::leave_to(char* pc, char* sp) {
  pc_ = plain_return(pc);
  sp_ = sp;
  host_frame_ = link_ = nullptr;
  is_return_ = frame_exists_ = exact_ = true;
  return true;
}

// Passes switch thunks. Whether pc is in code then.
bool FrameWalk::settle() {
  for (;;) {
    locate();
    if (code_ != nullptr) return true;
    bool area = in_area_thunk(pc_);
    if (!area && !in_switch_thunk(pc_)) return false;
    char* frame = area ? reinterpret_cast<char*>(saved_[kFrameRegister]) : sp_;
    char* saved = frame + (area ? WN_SWITCH_AREA_VM : WN_SWITCH_VM);
    // Upwards only, whatever the register is: a walk must end.
    if (!readable(saved) || saved < sp_) return false;
    vm_ = field<char*>(saved, 0);
    if (area && readable(frame)) saved_[kFrameRegister] = field<u64>(frame, 0);
    if (!leave(frame + (area ? WN_SWITCH_AREA_RETURN : WN_SWITCH_RETURN))) return false;
  }
}

void FrameWalk::locate() {
  const char* at = is_return_ ? pc_ - 1 : pc_;
  if (code_ == nullptr || !code_->contains(at)) {
    code_ = find_code(at);
    row_ = nullptr;
    if (code_ == nullptr) return;
    if (make_order_) code_->make_order();
  }
  u32 offset = static_cast<u32>(at - code_->text);
  if (row_ != nullptr && offset - row_->offset < row_->size) return;
  int found = code_->find_function(offset);
  row_ = found < 0 ? nullptr : code_->rows + found;
}

// A signal may stop a function in its prologue or epilogue: takes the first place from the frame's usual one downwards
// that holds a return address into code.
char* FrameWalk::plausible_return(char* usual) const {
  if (offset() == row_->offset || (link_ != nullptr && row_->frame_bytes() == 0)) return kLinkRegister ? nullptr : sp_;
  auto returns = [this](char* p) { return readable(p) && is_return_address(field<char*>(p, 0)); };
  if (returns(usual)) return usual;
  for (char* p = sp_; p < usual && readable(p); p += 8) {
    if (returns(p)) return p;
  }
  return nullptr;
}

}  // namespace wn
