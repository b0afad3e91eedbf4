// Processes that go on by themselves.
#pragma once

#include "common.h"

namespace wn {

void register_background(napi_env env, napi_value exports);

}  // namespace wn
