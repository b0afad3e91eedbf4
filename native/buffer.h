// ArrayBuffers over reservations, which JavaScript cannot detach.
#pragma once

#include "env.h"
#include "reservation.h"

namespace wn {

// A buffer over the first bytes of a reservation, which it keeps; only `detach_buffer` can detach it. Null: the
// host refuses, or has no way to make such a buffer.
napi_value make_buffer(napi_env env, Reservation* r, u64 bytes);
void detach_buffer(napi_env env, napi_value buffer);

void register_buffer(napi_env env, napi_value exports);

}  // namespace wn
