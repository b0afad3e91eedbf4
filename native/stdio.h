// Blocking reads and writes of standard streams, for WASI.
#pragma once

#include "common.h"

namespace wn {

void register_stdio(napi_env env, napi_value exports);

}  // namespace wn
