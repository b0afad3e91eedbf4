// Programs that nothing waits for.
#pragma once

namespace wn::os {

// Starts a program with the lowest priority, no terminal and no standard streams, which this process does not have
// among its children. Lists (UTF-8) end with null; the first argument is the program's file. 0, or an errno.
int start_program(char* const* arguments, char* const* environment);

}  // namespace wn::os
