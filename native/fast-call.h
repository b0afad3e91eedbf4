// invoke, resume and access to tables as functions that V8's optimised code calls directly, and V8's flags. See
// fast-call.cc.
#pragma once

#include "env.h"

namespace wn {
void register_fast_calls(napi_env env, napi_value exports);
}
