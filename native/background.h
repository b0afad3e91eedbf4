// Starting the background compiler, and the lock by which there is one.
#pragma once

#include "common.h"

namespace wn {

void register_background(napi_env env, napi_value exports);

}  // namespace wn
