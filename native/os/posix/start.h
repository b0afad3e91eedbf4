// Programs that nothing waits for.
#pragma once

namespace wn::os {

// Starts a program with the lowest priority, no terminal and no standard streams, which this process does not have
// among its children. Lists end with null; the first argument is the program's file. 0, or an errno.
int start_program(char* const* arguments, char* const* environment);

// In the child that becomes the program: nothing that allocates or locks. Returns an errno, if at all.
int become_program(char* const* arguments, char* const* environment);

}  // namespace wn::os
