// The sampling profiler.
#pragma once

#include "env.h"

namespace wn {
void register_profile(napi_env env, napi_value exports);
}
