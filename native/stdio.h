// Standard streams for hosts that block on them.
#pragma once

#include "common.h"

namespace wn {

void register_stdio(napi_env env, napi_value exports);

}  // namespace wn
