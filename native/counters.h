#pragma once

#include "env.h"

namespace wn {

void register_counters(napi_env env, napi_value exports);

}  // namespace wn
