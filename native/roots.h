// The places that hold references and are neither objects of the heap nor exceptions: where both collectors start.
#pragma once

#include "global.h"
#include "instance.h"
#include "promising.h"
#include "stack.h"
#include "table.h"

namespace wn {

// Calls f(u32) with all that may be a reference and is none to a function. Tables, globals and segments are exact; any
// word of the wasm stack, and of calls that were put aside, may be one.
template <class F>
void each_root(const Env* e, F f) {
  for (const Table* t : e->live_tables) {
    for (u64 i = 0; !t->funcref && i < t->length; i++) f(t->get(i));
  }
  for (const Global* g : e->live_globals) {
    if (g->kind == kGlobalExternref) f(field<u32>(g->cell, 0));
  }
  for (const Instance* i : e->live_instances) {
    i->each_slot([&f](u32 reference, bool function) {
      if (!function) f(reference);
    });
  }
  const Thread* t = e->thread;
  for (char* p = t->wasm_sp; p < t->stack_high; p += 4) f(field<u32>(p, 0));
  for (const auto& [id, c] : e->promising.map) {
    char* frames = c->frames.get();
    for (u64 at = 0; at + 4 <= c->frame_bytes(); at += 4) f(field<u32>(frames, static_cast<std::ptrdiff_t>(at)));
  }
}

}  // namespace wn
