// What the systems' versions of `start_program` share.
#pragma once

#include "../start.h"

namespace wn::os {

// In the child that becomes the program: nothing that allocates or locks. Returns an errno, if at all.
int become_program(char* const* arguments, char* const* environment);

}  // namespace wn::os
