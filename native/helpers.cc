// What generated code calls through the vmctx (Helper in layout.ts). They run on the thread's stack; a status other
// than 0 makes the stub raise it. Bounds are checked here: a fault in C++ is never taken for a trap. Long fills and
// copies work in chunks, so that an interrupt is seen within a millisecond or so.

#include "funcref.h"
#include "instance.h"
#include "interrupt.h"
#include "invoke.h"
#include "memory.h"
#include "stack.h"
#include "table.h"
#include "thunks.h"

using namespace wn;

static constexpr u64 kChunk = u64{4} << 20;
// Table entries.
static constexpr u64 kTableChunk = 16384;

static Instance* instance_of(char* vm) { return field<Instance*>(vm, WN_VM_INSTANCE); }
static Thread* thread_of(char* vm) { return field<Thread*>(vm, WN_VM_THREAD); }
static Table* table_of(char* vm, u64 index) { return instance_of(vm)->tables[index]; }
static HelperResult trap(u64 code) { return {0, code}; }
static Memory* memory_of(char* vm, u64 index) {
  const std::vector<Memory*>& all = instance_of(vm)->memories;
  return index < all.size() ? all[index] : nullptr;
}
// The range that begins there does not fit into the memory.
static HelperResult out_of_bounds(char* vm, u64 memory, u64 address) {
  thread_of(vm)->faulting_memory = static_cast<u32>(memory);
  return {address, WN_TRAP_MEMORY_OUT_OF_BOUNDS};
}
static HelperResult done(u64 value = 0) { return {value, 0}; }
// The same for helpers that a loop may spend nearly all its time in: a signal hardly ever finds such a loop in
// generated code.
static HelperResult done_unless_interrupted(char* vm, u64 value = 0) {
  return interrupted(thread_of(vm)) ? trap(WN_TRAP_INTERRUPT) : done(value);
}

// Address and offset of an atomic access; a sum beyond 2^64 is an aligned address that no memory has.
static u64 sum(u64 address, u64 offset) { return address + offset < address ? ~u64{7} : address + offset; }

// Whether an atomic access of so many bytes may be made there.
static HelperResult check_atomic(char* vm, u64 memory, u64 address, u64 size) {
  if ((address & (size - 1)) != 0) return trap(WN_TRAP_UNALIGNED_ATOMIC);
  Memory* m = memory_of(vm, memory);
  return m == nullptr || !m->has(address, size) ? out_of_bounds(vm, memory, address) : done();
}

// Lists of waiting threads are V8's, whose Atomics may be waiting for, or be waited for by, wasm: JavaScript does both
// (runtime/atomics.ts). What is asked is in the argument buffer (`AtomicsSlot` of src-ts/abi/calls.ts).
static HelperResult ask_for_atomics(char* vm, u64 memory, u64 bits, u64 address, u64 expected, u64 timeout) {
  Instance* i = instance_of(vm);
  u64* to = i->env->arguments;
  to[WN_ATOMICS_INSTANCE] = i->id;
  to[WN_ATOMICS_BITS] = bits;
  to[WN_ATOMICS_ADDRESS] = address;
  to[WN_ATOMICS_EXPECTED] = expected;
  to[WN_ATOMICS_TIMEOUT] = timeout;
  to[WN_ATOMICS_MEMORY] = memory;
  return {reinterpret_cast<u64>(wait_for(thread_of(vm)->top, kAtomics, vm)), WN_ASK_JAVASCRIPT};
}

static HelperResult wait(char* vm, u64 memory, u64 address, u64 size, u64 expected, u64 timeout) {
  HelperResult wrong = check_atomic(vm, memory, address, size);
  if (wrong.status != 0) return wrong;
  const Memory* m = memory_of(vm, memory);
  if (!m->shared) return trap(WN_TRAP_WAIT_ON_UNSHARED);
  const char* at = m->base + address;
  bool equal = size == 8
                   ? __atomic_load_n(reinterpret_cast<const u64*>(at), __ATOMIC_SEQ_CST) == expected
                   : __atomic_load_n(reinterpret_cast<const u32*>(at), __ATOMIC_SEQ_CST) == static_cast<u32>(expected);
  if (!equal) return done_unless_interrupted(vm, 1);
  return ask_for_atomics(vm, memory, 8 * size, address, expected, timeout);
}

extern "C" {

WN_GENERATED HelperResult wn_helper_memory_grow_of(u64 pages, u64 memory, u64, u64, u64, char* vm) {
  Memory* m = memory_of(vm, memory);
  if (m == nullptr) return done(0xffffffffu);
  if (m->shared && pages == 0) return done_unless_interrupted(vm, m->present_bytes() >> m->page_shift);
  if (m->grows_in_javascript()) {
    Activation* a = wait_for(thread_of(vm)->top, kGrow, vm);
    a->value = static_cast<u32>(pages);
    a->growing = static_cast<u32>(memory);
    return {reinterpret_cast<u64>(a), WN_ASK_JAVASCRIPT};
  }
  return done_unless_interrupted(vm, static_cast<u32>(m->grow(static_cast<u32>(pages))));
}

WN_GENERATED HelperResult wn_helper_memory_grow(u64 pages, u64, u64, u64, u64, char* vm) {
  return wn_helper_memory_grow_of(pages, 0, 0, 0, 0, vm);
}

WN_GENERATED HelperResult wn_helper_memory_fill_of(u64 dst, u64 value, u64 n, u64 memory, u64, char* vm) {
  Memory* m = memory_of(vm, memory);
  if (m == nullptr || !m->has(dst, n)) return out_of_bounds(vm, memory, dst);
  for (u64 at = 0; at < n; at += kChunk) {
    memset(m->base + dst + at, static_cast<int>(value), n - at < kChunk ? n - at : kChunk);
    if (interrupted(thread_of(vm))) return trap(WN_TRAP_INTERRUPT);
  }
  return done_unless_interrupted(vm);
}

WN_GENERATED HelperResult wn_helper_memory_fill(u64 dst, u64 value, u64 n, u64, u64, char* vm) {
  return wn_helper_memory_fill_of(dst, value, n, 0, 0, vm);
}

WN_GENERATED HelperResult wn_helper_memory_copy_of(u64 dst, u64 src, u64 n, u64 to_memory, u64 from_memory, char* vm) {
  Memory* to = memory_of(vm, to_memory);
  Memory* from = memory_of(vm, from_memory);
  if (to == nullptr || !to->has(dst, n)) return out_of_bounds(vm, to_memory, dst);
  if (from == nullptr || !from->has(src, n)) return out_of_bounds(vm, from_memory, src);
  bool up = to->base != from->base || dst <= src || dst >= src + n;
  for (u64 at = 0; at < n; at += kChunk) {
    u64 size = n - at < kChunk ? n - at : kChunk;
    u64 offset = up ? at : n - at - size;
    memmove(to->base + dst + offset, from->base + src + offset, size);
    if (interrupted(thread_of(vm))) return trap(WN_TRAP_INTERRUPT);
  }
  return done_unless_interrupted(vm);
}

WN_GENERATED HelperResult wn_helper_memory_copy(u64 dst, u64 src, u64 n, u64, u64, char* vm) {
  return wn_helper_memory_copy_of(dst, src, n, 0, 0, vm);
}

WN_GENERATED HelperResult wn_helper_memory_init_of(u64 dst, u64 src, u64 n, u64 segment, u64 memory, char* vm) {
  Instance* i = instance_of(vm);
  Memory* m = memory_of(vm, memory);
  if (m == nullptr || !m->has(dst, n)) return out_of_bounds(vm, memory, dst);
  // Beyond the end of the segment there is no address to tell.
  if (segment >= i->datas.size() || !fits(src, n, i->datas[segment].size)) return out_of_bounds(vm, memory, kNoAddress);
  for (u64 at = 0; at < n; at += kChunk) {
    u64 size = n - at < kChunk ? n - at : kChunk;
    i->data_init(static_cast<u32>(memory), static_cast<u32>(segment), dst + at, src + at, size);
    if (interrupted(thread_of(vm))) return trap(WN_TRAP_INTERRUPT);
  }
  return done();
}

WN_GENERATED HelperResult wn_helper_memory_init(u64 dst, u64 src, u64 n, u64 segment, u64, char* vm) {
  return wn_helper_memory_init_of(dst, src, n, segment, 0, vm);
}

WN_GENERATED HelperResult wn_helper_data_drop(u64 segment, u64, u64, u64, u64, char* vm) {
  Instance* i = instance_of(vm);
  if (segment < i->datas.size()) i->datas[segment].size = 0;
  return done();
}

WN_GENERATED HelperResult wn_helper_table_get(u64 table, u64 index, u64, u64, u64, char* vm) {
  Table* t = table_of(vm, table);
  return index < t->length ? done_unless_interrupted(vm, t->get(index)) : trap(WN_TRAP_TABLE_OUT_OF_BOUNDS);
}

WN_GENERATED HelperResult wn_helper_table_set(u64 table, u64 index, u64 reference, u64, u64, char* vm) {
  Table* t = table_of(vm, table);
  if (index >= t->length) return trap(WN_TRAP_TABLE_OUT_OF_BOUNDS);
  t->set(index, static_cast<u32>(reference));
  return done_unless_interrupted(vm);
}

WN_GENERATED HelperResult wn_helper_table_grow(u64 table, u64 value, u64 delta, u64, u64, char* vm) {
  return done_unless_interrupted(vm, static_cast<u32>(table_of(vm, table)->grow(delta, static_cast<u32>(value))));
}

WN_GENERATED HelperResult wn_helper_table_fill(u64 table, u64 index, u64 value, u64 n, u64, char* vm) {
  Table* t = table_of(vm, table);
  if (!fits(index, n, t->length)) return trap(WN_TRAP_TABLE_OUT_OF_BOUNDS);
  for (u64 i = 0; i < n; i++) {
    t->set(index + i, static_cast<u32>(value));
    if (i % kTableChunk == 0 && interrupted(thread_of(vm))) return trap(WN_TRAP_INTERRUPT);
  }
  return done();
}

WN_GENERATED HelperResult wn_helper_table_copy(u64 dst_table, u64 src_table, u64 dst, u64 src, u64 n, char* vm) {
  Table* to = table_of(vm, dst_table);
  const Table* from = table_of(vm, src_table);
  if (!fits(dst, n, to->length) || !fits(src, n, from->length)) return trap(WN_TRAP_TABLE_OUT_OF_BOUNDS);
  bool up = dst <= src || dst >= src + n;
  for (u64 at = 0; at < n; at += kTableChunk) {
    u64 size = n - at < kTableChunk ? n - at : kTableChunk;
    u64 offset = up ? at : n - at - size;
    to->copy_from(from, dst + offset, src + offset, size);
    if (interrupted(thread_of(vm))) return trap(WN_TRAP_INTERRUPT);
  }
  return done();
}

WN_GENERATED HelperResult wn_helper_table_init(u64 table, u64 segment, u64 dst, u64 src, u64 n, char* vm) {
  return trap(instance_of(vm)->table_init(static_cast<u32>(table), static_cast<u32>(segment), dst, src, n));
}

WN_GENERATED HelperResult wn_helper_elem_drop(u64 segment, u64, u64, u64, u64, char* vm) {
  Instance* i = instance_of(vm);
  if (segment < i->elems.size()) std::vector<u32>().swap(i->elems[segment].items);
  return done();
}

WN_GENERATED HelperResult wn_helper_ref_func(u64 func, u64, u64, u64, u64, char* vm) {
  return done_unless_interrupted(vm, instance_of(vm)->funcref(static_cast<u32>(func)));
}

WN_GENERATED HelperResult wn_helper_atomic_wait32(u64 address, u64 expected, u64 timeout, u64 offset, u64 memory,
                                                  char* vm) {
  return wait(vm, memory, sum(address, offset), 4,
              static_cast<u64>(static_cast<int64_t>(static_cast<int32_t>(expected))), timeout);
}

WN_GENERATED HelperResult wn_helper_atomic_wait64(u64 address, u64 expected, u64 timeout, u64 offset, u64 memory,
                                                  char* vm) {
  return wait(vm, memory, sum(address, offset), 8, expected, timeout);
}

WN_GENERATED HelperResult wn_helper_atomic_notify(u64 address, u64 count, u64 offset, u64 memory, u64, char* vm) {
  HelperResult wrong = check_atomic(vm, memory, sum(address, offset), 4);
  if (wrong.status != 0) return wrong;
  // No thread can wait there.
  if (!memory_of(vm, memory)->shared) return done_unless_interrupted(vm);
  return ask_for_atomics(vm, memory, 0, address + offset, count, 0);
}

}  // extern "C"
