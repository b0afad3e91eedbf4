// Artefacts of small modules, for all threads: see kept.cc.
#pragma once

#include "common.h"

namespace wn {
void register_kept(napi_env env, napi_value exports);
}
