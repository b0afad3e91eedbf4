// Object files for debuggers. See gdb.cc.
#pragma once

#include "env.h"

namespace wn {
void register_gdb(napi_env env, napi_value exports);
}
