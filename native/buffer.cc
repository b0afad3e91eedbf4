// Buffers over linear memory that JavaScript cannot take away: `transfer()`, a transfer list and byte streams all
// detach a buffer and go on with its bytes, in another thread perhaps, and Node then tells us too early that the bytes
// are not used any more. V8 marks the buffers of its own memories as not detachable; an addon cannot ask for that, and
// a detach key, which says the same, ends the process in the V8 of Node 20 and 22. So the mark is set here: one bit in
// the object, whose place is found by what stands next to it and then tried out. Where that fails there are no such
// buffers, and the runtime takes V8's memories instead.

#include "buffer.h"

#include <atomic>

namespace wn {

namespace {

// Bytes from the start of an ArrayBuffer object to its flags; 0: not known.
std::atomic<int> flags_at{0};
// The flag of a buffer that may be detached.
constexpr u32 kDetachable = 2;

// A napi_value is the address of a slot with the object's address + 1.
char* object_of(napi_value v) {
  u64 tagged = field<u64>(reinterpret_cast<char*>(v), 0);
  return (tagged & 7) == 1 ? reinterpret_cast<char*>(tagged - 1) : nullptr;
}

u32& flags_of(napi_value buffer) { return field<u32>(object_of(buffer), flags_at.load()); }

// Length, greatest length, address and a pointer come before the flags, in all versions so far.
int find_flags(char* object, u64 bytes, const void* data) {
  for (int at = 24; at <= 64; at += 8) {
    if (field<u64>(object, at) == bytes && field<u64>(object, at + 8) == bytes &&
        field<const void*>(object, at + 16) == data)
      return at + 32;
  }
  return 0;
}

// Whether clearing the flag makes N-API say that the buffer is not detachable, and setting it again undoes that.
bool try_flag(napi_env env, napi_value buffer, int at) {
  u32* flags = &field<u32>(object_of(buffer), at);
  if ((*flags & kDetachable) == 0 || *flags > 0xff) return false;
  *flags &= ~kDetachable;
  napi_status refused = napi_detach_arraybuffer(env, buffer);
  bool detached = true;
  napi_is_detached_arraybuffer(env, buffer, &detached);
  if (refused != napi_detachable_arraybuffer_expected || detached) return false;
  field<u32>(object_of(buffer), at) |= kDetachable;
  return napi_detach_arraybuffer(env, buffer) == napi_ok &&
         napi_is_detached_arraybuffer(env, buffer, &detached) == napi_ok && detached;
}

napi_value pin_buffers(napi_env env, napi_callback_info) {
  if (flags_at.load() == 0) {
    static char block[64];
    constexpr u64 bytes = 61;
    napi_value buffer = nullptr;
    char* object = nullptr;
    if (napi_create_external_arraybuffer(env, block, bytes, nullptr, nullptr, &buffer) == napi_ok)
      object = object_of(buffer);
    int at = object == nullptr ? 0 : find_flags(object, bytes, block);
    if (at != 0 && try_flag(env, buffer, at)) flags_at.store(at);
  }
  return make_bool(env, flags_at.load() != 0);
}

void finalized(napi_env, void*, void* hint) { release_reservation(static_cast<Reservation*>(hint)); }

}  // namespace

napi_value make_buffer(napi_env env, Reservation* r, u64 bytes) {
  napi_value b = nullptr;
  if (flags_at.load() == 0 || napi_create_external_arraybuffer(env, r->base, bytes, finalized, r, &b) != napi_ok)
    return nullptr;
  r->refs++;
  flags_of(b) &= ~kDetachable;
  return b;
}

void detach_buffer(napi_env env, napi_value buffer) {
  flags_of(buffer) |= kDetachable;
  napi_detach_arraybuffer(env, buffer);
}

void register_buffer(napi_env env, napi_value exports) { define<pin_buffers>(env, exports, "pinBuffers"); }

}  // namespace wn
