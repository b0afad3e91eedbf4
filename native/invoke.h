// Calls from JavaScript, and the sweep over externref handles. See invoke.cc.
#pragma once

#include "env.h"

namespace wn {
void register_invoke(napi_env env, napi_value exports);
}
