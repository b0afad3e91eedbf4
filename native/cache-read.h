// Reads the cache folder for a start, without JavaScript.
#pragma once

#include "common.h"

namespace wn {

void register_cache_read(napi_env env, napi_value exports);

}  // namespace wn
