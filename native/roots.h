// The places that hold references and are neither objects of the heap nor exceptions: where both collectors start.
#pragma once

#include "global.h"
#include "instance.h"
#include "promising.h"
#include "stack.h"
#include "table.h"
#include "waiting.h"

namespace wn {

// Calls f(u32) with what is in tables, globals and segments, but functions.
template <class F>
void each_exact_root(const Env* e, F f) {
  for (const Table* t : e->live_tables) {
    for (u64 i = 0; !t->funcref && i < t->length; i++) f(t->get(i));
  }
  for (const Global* g : e->live_globals) {
    if (g->kind == kGlobalExternref) f(field<u32>(g->cell, 0));
  }
  for (const Instance* i : e->holding) {
    i->each_slot([&f](u32 reference, bool function) {
      if (!function) f(reference);
    });
  }
}

// Calls f(from, to) with the frames on the wasm stack, and with registers that were put aside without a frame: any word
// of them may be a reference.
template <class F>
void each_frames_of_thread(Thread* t, F f) {
  f(t->wasm_sp, t->stack_high);
  for (Activation* a = t->top; a != nullptr; a = a->prev) {
    if (a->waits_for != kRoom || !a->retry.whole) continue;
    char* from = reinterpret_cast<char*>(a->retry.registers);
    f(from, from + sizeof a->retry.registers);
  }
}

// The same, and the frames of calls that were put aside.
template <class F>
void each_frames(const Env* e, F f) {
  each_frames_of_thread(e->thread, f);
  for (const auto& [id, c] : e->promising.map) f(c->frames.get(), c->frames.get() + c->frame_bytes());
}

// Calls f(u32) with all that may be a reference and is none to a function.
template <class F>
void each_root(const Env* e, F f) {
  each_exact_root(e, f);
  each_frames(e, [&f](char* from, char* to) {
    for (char* p = from; p + 4 <= to; p += 4) f(field<u32>(p, 0));
  });
}

}  // namespace wn
