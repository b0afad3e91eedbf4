// The hash of artefacts (src-ts/aot/format.ts): SHA-256 over the header and the SHA-256 of each MiB.
#pragma once

#include "common.h"

namespace wn {

void register_hash(napi_env env, napi_value exports);

}  // namespace wn
